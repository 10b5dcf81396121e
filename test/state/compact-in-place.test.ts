import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { randomStreams } from '../../src/simulator/random.ts';
import { compactInPlace, type Layout } from '../../src/state/compact-in-place.ts';
import {
  commitSlot,
  EMPTY_SLOT,
  entryText,
  HEAD_BYTES,
  lineOf,
  slotPosition,
  TITLE,
} from '../../src/state/journal-format.ts';
import { parseJournal } from '../../src/state/parse-journal.ts';
import { StateError } from '../../src/state/state-error.ts';
import { unreliableFile } from './power-failure.ts';

type Save = readonly (readonly [key: string, value: unknown])[];

const journalOf = (saves: readonly Save[]): Buffer => {
  const lines = saves.map((save, index) =>
    lineOf(
      index + 1,
      save.map(([key, value]) => entryText(key, value)),
    ),
  );
  const bytes = Buffer.from(`${TITLE}${EMPTY_SLOT}${EMPTY_SLOT}${lines.join('')}`);
  bytes.write(commitSlot({ sequence: saves.length, length: bytes.length }), slotPosition(1));
  return bytes;
};

const valuesOf = (saves: readonly Save[]): ReadonlyMap<string, unknown> => {
  const values = new Map<string, unknown>();
  for (const [key, value] of saves.flat()) {
    if (value === undefined) values.delete(key);
    else values.set(key, value);
  }
  return values;
};

const layoutOf = (image: Buffer): Layout => {
  const { sequence, length, slot, move } = parseJournal(image, 'journal');
  return { sequence, length, slot, move };
};

/** Compacts to the end what a power failure has left. */
const compacted = async (image: Buffer, look?: (image: Buffer) => void) => {
  const layout = layoutOf(image);
  const { unfinishedBytes } = parseJournal(image, 'journal');
  const file = unreliableFile(image.subarray(0, image.length - unfinishedBytes), look);
  let known = layout;
  await compactInPlace(file, layout, 'journal', next => {
    known = next;
  });
  return { bytes: file.bytes, syncs: file.syncs, known };
};

const expectValues = (image: Buffer, values: ReadonlyMap<string, unknown>): void => {
  const found = parseJournal(image, 'journal').values;
  // Many times as fast as toEqual, which says what the difference is.
  if (!isDeepStrictEqual(found, values)) expect(found).toEqual(values);
};

const smallest = (values: ReadonlyMap<string, unknown>): number => journalOf([[...values]]).length;

/** Things that a scanner could take for something else. */
const ODD = ['"],["', '\\', '\\"', '{[', ']]\n', 'ä\u0000\ud800', '', '__proto__', 'null'];

interface Shape {
  readonly keys: number;
  readonly saves: number;
  readonly perSave: number;
  readonly largestBytes: number;
  readonly deletions?: number;
}

const randomSaves = (seed: string, { keys, saves, perSave, largestBytes, deletions = 0.1 }: Shape): readonly Save[] => {
  const random = randomStreams(seed)(0);
  const below = (limit: number): number => Math.floor(random() * limit);
  const randomValue = (): unknown => {
    if (random() < deletions) return undefined;
    const odd = ODD[below(ODD.length)] ?? '';
    return { [odd]: [below(1000), odd, [[], [[]]], 'x'.repeat(below(largestBytes)), [[[], []]]] };
  };
  const save = (): Save => {
    const names = new Set(Array.from({ length: below(perSave + 1) }, () => `${ODD[below(ODD.length)]}${below(keys)}`));
    return [...names].map(name => [name, randomValue()] as const);
  };
  return Array.from({ length: saves }, save);
};

describe('compacting in place', () => {
  test.each([
    ['few small values, saved one by one', 8, { keys: 3, saves: 40, perSave: 1, largestBytes: 5 }],
    ['many values, saved together', 4, { keys: 30, saves: 20, perSave: 20, largestBytes: 300 }],
    ['many deletions', 8, { keys: 20, saves: 30, perSave: 5, largestBytes: 100, deletions: 0.6 }],
    ['values longer than a line', 2, { keys: 8, saves: 8, perSave: 6, largestBytes: 40_000 }],
  ] satisfies [string, number, Shape][])(
    'loses nothing whenever power fails, and continues after that: %s',
    async (_what, rounds, shape) => {
      for (let round = 0; round < rounds; round += 1) {
        const random = randomStreams('crashes')(round);
        const saves = randomSaves(`${round}`, shape);
        const values = valuesOf(saves);
        const crashes: Buffer[] = [];
        /** Looks at a part of what a power failure could leave, and keeps a small part of that. */
        const lookAt = (part: number, kept: Buffer[]) => (image: Buffer) => {
          if (random() >= part) return;
          expectValues(image, values);
          if (kept.length === 0 || random() < 0.05) kept.push(image);
        };
        const { bytes } = await compacted(journalOf(saves), lookAt(1, crashes));
        expectValues(bytes, values);
        expect(bytes.subarray(0, TITLE.length).toString()).toBe(TITLE);
        expect(crashes).not.toEqual([]);
        for (const crash of crashes.filter((_, index) => index % Math.ceil(crashes.length / 10) === 0)) {
          let image = crash;
          // Power fails again and again.
          for (let again = 0; again < 3; again += 1) {
            const later: Buffer[] = [];
            const resumed = await compacted(image, lookAt(0.1, later));
            expectValues(resumed.bytes, values);
            image = later[0] ?? resumed.bytes;
          }
        }
      }
    },
  );

  test.each([
    ['every second value', (index: number) => index % 2 === 0],
    ['the first values', (index: number) => index < 500],
    ['the last values', (index: number) => index >= 500],
    ['one value', (index: number) => index === 3],
  ])('leaves next to nothing that is out of date: %s', async (_what, isSavedAgain) => {
    const value = 'x'.repeat(1000);
    const first = Array.from({ length: 1000 }, (_, index) => [`key-${index}`, { value, index }] as const);
    const lines = Array.from({ length: 10 }, (_, line) => first.slice(line * 100, (line + 1) * 100));
    const again = first
      .filter((_, index) => isSavedAgain(index))
      .map(([key]) => [[key, { value, again: true }]] as const);
    // Those of one key are ten times as many as there are values.
    const repeated = again.length === 1 ? Array.from({ length: 1000 }, () => again).flat() : again;
    const saves: readonly Save[] = [...lines, ...repeated];
    const before = journalOf(saves);
    const { bytes, syncs, known } = await compacted(before);
    expectValues(bytes, valuesOf(saves));
    expect(known).toEqual(layoutOf(bytes));
    expect(bytes.length).toBe(known.length);
    expect(bytes.length).toBeLessThan(smallest(valuesOf(saves)) * 1.07);
    expect(syncs).toBeLessThan(400);
  });

  test('keeps a deletion when it leaves older values of the key where they are', async () => {
    const idle = Array.from({ length: 3000 }, (_, index) => [[`idle-${index}`, 'x'.repeat(300)]] as const);
    const busy = Array.from({ length: 3000 }, () => [['busy', 'x'.repeat(300)]] as const);
    const saves: readonly Save[] = [[['gone', 1]], ...idle, ...busy, [['gone', undefined]], ...busy];
    const before = journalOf(saves);
    const { bytes } = await compacted(before);
    expectValues(bytes, valuesOf(saves));
    expect(bytes.toString()).toContain('["gone",1]');
    expect(bytes.length).toBeLessThan(before.length * 0.45);
  });

  test('writes nothing when nothing is out of date', async () => {
    const before = journalOf([[['a', 1]], [['b', 2]]]);
    const { bytes, syncs } = await compacted(before);
    expect([bytes.equals(before), syncs]).toEqual([true, 0]);
  });

  test('leaves an empty journal when everything was deleted', async () => {
    const { bytes } = await compacted(journalOf([[['a', 1]], [['a', undefined]]]));
    expectValues(bytes, new Map());
    expect(bytes.length).toBe(HEAD_BYTES);
  });

  test('stops at a line that is not as it was saved, and leaves it as it is', async () => {
    const saves: readonly Save[] = [[['a', 1]], [['a', 2]], [['b', 'good']]];
    const spoilt = Buffer.from(journalOf(saves).toString().replace('good', 'evil'));
    const layout = layoutOf(journalOf(saves));
    const file = unreliableFile(spoilt);
    await expect(compactInPlace(file, layout, 'journal', () => {})).rejects.toThrow(StateError);
    expect(file.bytes.equals(spoilt)).toBe(true);
  });

  test('is refused at any byte that is spoilt in the middle of it', async () => {
    const saves = randomSaves('spoilt', { keys: 10, saves: 12, perSave: 4, largestBytes: 60 });
    const values = valuesOf(saves);
    const crashes: Buffer[] = [];
    await compacted(journalOf(saves), image => crashes.push(image));
    for (let index = 0; index < crashes.length; index += 17) {
      const image = crashes[index] ?? Buffer.alloc(0);
      for (let at = 0; at < image.length; at += 3) {
        const spoilt = Buffer.from(image);
        spoilt[at] = (spoilt[at] ?? 0) ^ 0x04;
        try {
          // One of two slots, and what is not used any more, can be spared.
          expectValues(spoilt, values);
        } catch (error) {
          expect(error).toBeInstanceOf(StateError);
        }
      }
    }
  });
});
