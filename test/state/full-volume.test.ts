import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type DurableMap, openDurableMap, type StateObserver } from '../../src/state/durable-map.ts';
import { readJournal } from '../../src/state/journal.ts';
import { StateError } from '../../src/state/state-error.ts';
import { temporaryFolder } from '../daemon.ts';
import { type LimitedRoom, limitRoom } from '../limited-room.ts';
import { journalOf, KEYS, keyOf, STATE_BYTES, valueOfSave } from './example-state.ts';

const JOURNAL = 'ledgers.journal';
const observer: StateObserver = { unfinishedSave: () => {}, notLocked: () => {}, smallVolume: () => {} };

const opened = async (folder: string, room: LimitedRoom, seen = observer): Promise<DurableMap> => {
  const map = await openDurableMap(folder, seen, room.volumeOf);
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= map.close();
    return closed;
  };
  onTestFinished(close);
  return { ...map, close };
};

const contentOf = (map: DurableMap): object => Object.fromEntries(map.entries());

describe.each([
  ['a full disk', 'ENOSPC', true],
  ['a quota that the file system does not tell', 'EDQUOT', false],
] as const)('with %s', (_what, code, isTold) => {
  const limited = async (folder: string, bytes: number): Promise<LimitedRoom> => {
    const room = await limitRoom(folder, bytes, code);
    const volumeOf = async () => ({ freeBytes: 1e12, totalBytes: 1e12 });
    return isTold ? room : Object.defineProperty(room, 'volumeOf', { value: volumeOf });
  };

  test.each([1.1, 1.2, 1.5, 2, 3, 4])('saves go on for ever on a volume of %s times the state', async times => {
    const folder = temporaryFolder();
    const room = await limited(folder, STATE_BYTES * times + 16 * 1024);
    const map = await opened(folder, room);
    for (let save = 0; save < 5 * KEYS; save += 8) {
      await Promise.all(
        Array.from({ length: 8 }, (_, index) => map.set(keyOf(save * 7 + index), valueOfSave(save + index))),
      );
    }
    const before = contentOf(map);
    await map.close();
    expect(contentOf(await opened(folder, room))).toEqual(before);
  });

  test('all values at once are saved part by part when they do not fit together', async () => {
    const folder = temporaryFolder();
    const room = await limited(folder, STATE_BYTES * 1.3);
    const map = await opened(folder, room);
    for (const round of [1, 2, 3]) {
      await Promise.all(Array.from({ length: KEYS }, (_, index) => map.set(keyOf(index), valueOfSave(round))));
    }
    const before = contentOf(map);
    expect(new Set(Object.values(before).map(value => JSON.stringify(value)))).toHaveLength(1);
    await map.close();
    expect(contentOf(await opened(folder, room))).toEqual(before);
  });

  test.each([
    ['to the last byte of a page', 0],
    ['and behind it is what a crash cut off', 300],
  ])('a start succeeds although the volume is full of a journal that is out of date: %s', async (_how, cutOff) => {
    const folder = temporaryFolder();
    const path = join(folder, JOURNAL);
    const bytes = Buffer.concat([journalOf(3 * KEYS), Buffer.alloc(cutOff, 'x')]);
    writeFileSync(path, bytes);
    const { values } = (await readJournal(path)) ?? { values: new Map() };
    const room = await limited(folder, Math.ceil(bytes.length / 4096) * 4096);
    const small: string[] = [];
    const map = await opened(folder, room, { ...observer, smallVolume: () => small.push('small') });
    expect(contentOf(map)).toEqual(Object.fromEntries(values));
    for (let save = 0; save < 2 * KEYS; save += 1) await map.set(keyOf(save), valueOfSave(save));
    expect(small.length).toBe(1);
    const before = contentOf(map);
    await map.close();
    expect(readdirSync(folder)).toEqual([JOURNAL]);
    expect(contentOf(await opened(folder, room))).toEqual(before);
  });

  test('what does not fit is refused, with the size that is needed, and saved when there is room', async () => {
    const folder = temporaryFolder();
    const room = await limited(folder, 128 * 1024);
    const map = await opened(folder, room);
    await map.set('small', 1);
    const saved: string[] = [];
    let failure: unknown;
    for (let save = 0; save < KEYS && failure === undefined; save += 1) {
      await map.set(keyOf(save), valueOfSave(save)).then(
        () => saved.push(keyOf(save)),
        (error: unknown) => {
          failure = error;
        },
      );
    }
    expect(failure).toBeInstanceOf(StateError);
    const remedy = isTold ? 'use a volume of 5 MB, and at least of 2 MB' : 'make room, or use a volume of 5 MB';
    expect(`${failure}`).toContain(`state.path ${folder} is full: the state takes 0.1 MB`);
    expect(`${failure}`).toContain(remedy);
    expect(`${failure}`).toContain(code);
    await expect(map.set('large', 'x'.repeat(8000))).rejects.toThrow(code);
    await map.close();

    const path = join(folder, JOURNAL);
    const before = readFileSync(path);
    if (isTold) {
      room.totalBytes = before.length;
      await expect(opened(folder, room)).rejects.toThrow(remedy);
      await expect(opened(folder, room)).rejects.toThrow(StateError);
    }
    room.totalBytes = 1e6;
    const again = await opened(folder, room);
    expect([...again.entries()].map(([key]) => key)).toEqual(['small', ...saved]);
    await again.set('large', 'x'.repeat(8000));
  });

  test('a file that was removed gives back its room for the next one', async () => {
    const folder = temporaryFolder();
    const room = await limited(folder, STATE_BYTES * 1.5);
    const map = await opened(folder, room);
    for (let save = 0; save < KEYS; save += 1) await map.set(keyOf(save), valueOfSave(save));
    execFileSync('rm', [join(folder, JOURNAL)]);
    await expect(map.set(keyOf(0), valueOfSave(1))).rejects.toThrow('was removed');
    await map.set(keyOf(0), valueOfSave(2));
    const before = contentOf(map);
    await map.close();
    expect(contentOf(await opened(folder, room))).toEqual(before);
  });
});

describe('with enough room', () => {
  test('a second journal is written while there is room for it: nothing is compacted in place', async () => {
    const folder = temporaryFolder();
    const room = await limitRoom(folder, STATE_BYTES * 3.5);
    const small: string[] = [];
    const map = await opened(folder, room, { ...observer, smallVolume: () => small.push('small') });
    let most = 0;
    for (let save = 0; save < 5 * KEYS; save += 1) {
      await map.set(keyOf(save), valueOfSave(save));
      most = Math.max(most, room.usedBytes);
    }
    expect(small).toEqual([]);
    expect(most).toBeLessThan(room.totalBytes - STATE_BYTES);
  });

  test('parts of a save stay saved when a second journal is written between them', async () => {
    const folder = temporaryFolder();
    const room = await limitRoom(folder, STATE_BYTES * 1.3);
    const map = await opened(folder, room);
    await Promise.all(Array.from({ length: KEYS }, (_, index) => map.set(keyOf(index), valueOfSave(1))));
    await map.close();
    let isSmall = true;
    const growing = {
      ...room,
      async volumeOf() {
        // Somebody makes room as soon as a part is saved that makes it worth to compact.
        if (!isSmall) room.totalBytes = STATE_BYTES * 10;
        return room.volumeOf();
      },
    };
    const again = await opened(folder, growing);
    isSmall = false;
    await Promise.all(Array.from({ length: KEYS }, (_, index) => again.set(keyOf(index), valueOfSave(2))));
    const before = contentOf(again);
    await again.close();
    expect(contentOf(await opened(folder, room))).toEqual(before);
  });

  test('what a crashed compaction left is removed before room is needed', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, JOURNAL), journalOf(0));
    writeFileSync(join(folder, `${JOURNAL}.new`), Buffer.alloc(STATE_BYTES));
    const room = await limitRoom(folder, STATE_BYTES * 2 + 100_000);
    const map = await opened(folder, room);
    expect([...map.entries()]).toHaveLength(KEYS);
    expect(readdirSync(folder).sort()).toEqual([JOURNAL, 'lock']);
  });
});
