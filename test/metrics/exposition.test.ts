import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { Counter, Gauge, Registry } from 'prom-client';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createExposition, type Exposition, type Placement } from '../../src/metrics/exposition.ts';
import { type Family, familiesOf, known, stateSet } from '../../src/metrics/family.ts';
import type { Format } from '../../src/metrics/format.ts';
import { renderEntity } from '../../src/metrics/rendered.ts';
import { createTelemetry } from '../../src/metrics/telemetry.ts';
import { parseExposition } from '../exposition-parser.ts';

interface Thing {
  readonly name: string;
  readonly size: number;
  readonly state: string | undefined;
}

const family = familiesOf<Thing>();
const families: readonly Family<Thing>[] = [
  family({
    name: 'thing_size',
    help: 'Size, with a \\ and a\nnewline and "quotes".',
    type: 'gauge',
    labelNames: [],
    samples: thing => known(thing.size),
  }),
  family({
    name: 'thing_state',
    help: 'State.',
    type: 'gauge',
    labelNames: ['state'],
    mostSamples: 2,
    samples: thing => stateSet(['ON', 'OFF'], thing.state),
  }),
  family({
    name: 'things_total',
    help: 'Total.',
    type: 'counter',
    labelNames: ['a', 'b'],
    samples: thing => [{ labels: ['x', thing.name], value: Math.min(Math.abs(thing.size), 1e21) }],
  }),
];

const HOSTILE = [
  'plain',
  'with "quotes"',
  'back\\slash and \\n not a newline',
  'new\nline',
  'carriage\rreturn',
  'nul\u0000byte',
  'tab\t',
  'emoji 🦆 and ünïcödé',
  '{job="x"} 1',
  '# HELP x',
  ' spaces ',
  'x'.repeat(255),
  '',
];

const shown = (exposition: Exposition): string => Buffer.concat(exposition.plain('text')).toString();

/** What scrapes show once everything that was put shows. */
const text = async (exposition: Exposition): Promise<string> => {
  await exposition.refreshed();
  return shown(exposition);
};

const render = (things: readonly Thing[]): Promise<string> => {
  const exposition = createExposition([{ name: 'things', families }], 1_000_000);
  for (const thing of things) {
    exposition.put('things', thing.name, renderEntity(families, { region: 'eu', name: thing.name }, thing));
  }
  return text(exposition);
};

/** Each look at the clock takes so long that a refresh has its turn for one step only. Tells how many looks there were. */
const slowClock = (): (() => number) => {
  let looks = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => {
    looks += 1;
    return looks * 1_500;
  });
  return () => looks;
};

type Things = ReturnType<typeof createThings>;

/** Things by number, with nothing but a size. */
const createThings = () => {
  const sizes = families.slice(0, 1);
  const exposition = createExposition([{ name: 'things', families: sizes }], 1_000_000);
  const exposed = new Map<number, Placement>();
  return {
    exposition,
    put(index: number, size: number): void {
      const name = `${index}`;
      exposed.set(
        index,
        exposition.put('things', name, renderEntity(sizes, { name }, { name, size, state: undefined })),
      );
    },
    remove: (index: number): void => exposition.remove('things', `${index}`, exposed.get(index) ?? fail()),
    sizesOf: (index: number): string[] =>
      [...shown(exposition).matchAll(new RegExp(`name="${index}"} (.*)`, 'g'))].map(([, size = '']) => size),
  };
};

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the exposition', () => {
  test('is byte for byte what prom-client writes for the same series', async () => {
    const values = [
      0,
      1,
      -1,
      0.1,
      1e21,
      1e-7,
      1_795_302_530.457,
      Number.MAX_SAFE_INTEGER,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ];
    const things = HOSTILE.map((name, index) => ({
      name,
      size: values[index % values.length] ?? 0,
      state: index % 2 ? 'ON' : undefined,
    }));
    const registry = new Registry();
    const registers = [registry];
    const [size, state, total] = families;
    const sizes = new Gauge({ name: 'thing_size', help: size?.help ?? '', labelNames: ['region', 'name'], registers });
    const states = new Gauge({
      name: 'thing_state',
      help: state?.help ?? '',
      labelNames: ['region', 'name', 'state'],
      registers,
    });
    const totals = new Counter({
      name: 'things_total',
      help: total?.help ?? '',
      labelNames: ['region', 'name', 'a', 'b'],
      registers,
    });
    for (const thing of things) {
      const labels = { region: 'eu', name: thing.name };
      sizes.set(labels, thing.size);
      if (thing.state !== undefined) {
        states.set({ ...labels, state: 'ON' }, 1);
        states.set({ ...labels, state: 'OFF' }, 0);
      }
      totals.inc({ ...labels, a: 'x', b: thing.name }, Math.min(Math.abs(thing.size), 1e21));
    }
    const ours = await render(things);
    const theirs = (await registry.metrics()).replaceAll('\n\n#', '\n#');
    expect(ours).toBe(theirs);
  });

  test('carries hostile names unchanged through a strict parser', async () => {
    const exposed = await render(HOSTILE.map(name => ({ name, size: 1, state: 'ON' })));
    const parsed = parseExposition(exposed);
    const names = parsed.find(({ name }) => name === 'thing_size')?.samples.map(({ labels }) => labels.name);
    expect(names).toEqual(HOSTILE);
  });

  test('leaves out a family without samples, header included', async () => {
    expect(await render([{ name: 'a', size: 1, state: undefined }])).not.toContain('thing_state');
    expect(await render([])).toBe('');
  });

  test('replaces what an entity exposed before, and forgets it when it is removed', async () => {
    const exposition = createExposition([{ name: 'things', families }], 100);
    const put = (size: number) => {
      const rendered = renderEntity(families, { name: 'a' }, { name: 'a', size, state: 'ON' });
      return exposition.put('things', 'a', rendered);
    };
    const first = put(1);
    const before = await text(exposition);
    put(2);
    const second = await text(exposition);
    expect(second).toContain('thing_size{name="a"} 2\n');
    expect(second).not.toContain('thing_size{name="a"} 1\n');
    expect(exposition.series).toBe(4);
    const last = put(1);
    expect(await text(exposition)).toBe(before);
    exposition.remove('things', 'a', first);
    expect(await text(exposition), 'what was replaced meanwhile stays').toBe(before);
    exposition.remove('things', 'a', last);
    expect(await text(exposition)).toBe('');
    expect([exposition.series, exposition.shownSeries]).toEqual([0, 0]);
  });

  test('is the same bytes until something changes: a scrape renders, joins and compresses nothing', async () => {
    let renderings = 0;
    const count = (thing: Thing) => {
      renderings += 1;
      return known(thing.size);
    };
    const counting: Family<Thing>[] = [{ ...(families[0] ?? fail()), samples: count }];
    const exposition = createExposition([{ name: 'things', families: counting }], 100);
    exposition.put('things', 'a', renderEntity(counting, {}, { name: 'a', size: 1, state: 'ON' }));
    await exposition.refreshed();
    expect(exposition.gzip('text')).toBe(exposition.gzip('text'));
    for (const [index, bytes] of exposition.plain('text').entries())
      expect(exposition.plain('text')[index]).toBe(bytes);
    expect(renderings).toBe(1);
  });

  describe('with a series limit', () => {
    /** An exposition in which each thing can have four series, and has two while it is idle. */
    const limited = (limit: number) => {
      const exposition = createExposition([{ name: 'things', families }], limit);
      const placements = new Map<string, Placement>();
      const put = (name: string, state?: string): boolean => {
        const placement = exposition.put('things', name, renderEntity(families, { name }, { name, size: 1, state }));
        placements.set(name, placement);
        return placement.isExposed;
      };
      return {
        exposition,
        put,
        hasRoom: (name: string) => exposition.hasRoom('things', name),
        remove: (name: string) => exposition.remove('things', name, placements.get(name) ?? fail()),
        suspend: (name: string) => exposition.suspend('things', name, placements.get(name) ?? fail()),
        shownNames: async () =>
          [...(await text(exposition)).matchAll(/thing_size{name="(.*?)"}/g)].map(([, name]) => name).sort(),
      };
    };

    test('keeps every entity that it has exposed, however they grow, and never has more series', async () => {
      const { exposition, put, shownNames } = limited(12);
      expect(['a', 'b', 'c', 'd'].map(name => put(name))).toEqual([true, true, true, false]);
      expect(exposition.series).toBe(6);
      expect(['c', 'a', 'b', 'd'].map(name => put(name, 'ON'))).toEqual([true, true, true, false]);
      expect(exposition.series).toBe(12);
      expect(await shownNames()).toEqual(['a', 'b', 'c']);
    });

    test('gives the room of one that was removed to the one that has waited longest', async () => {
      const { put, remove, hasRoom, shownNames } = limited(8);
      expect(['a', 'b', 'c', 'd'].map(name => put(name))).toEqual([true, true, false, false]);
      expect(hasRoom('c')).toBe(false);
      remove('a');
      expect([hasRoom('c'), hasRoom('d')]).toEqual([true, false]);
      expect(['new', 'd', 'c'].map(name => put(name))).toEqual([false, false, true]);
      remove('b');
      remove('d');
      expect(put('new'), 'one that was removed no longer waits').toBe(true);
      expect(await shownNames()).toEqual(['c', 'new']);
    });

    test('keeps the room of one that is suspended', async () => {
      const { put, suspend, remove, shownNames } = limited(8);
      expect(['a', 'b', 'c'].map(name => put(name))).toEqual([true, true, false]);
      suspend('a');
      expect(await shownNames()).toEqual(['b']);
      expect(put('c')).toBe(false);
      expect(put('a')).toBe(true);
      suspend('a');
      remove('a');
      expect(put('c')).toBe(true);
    });

    test('when it is lowered, drops those that came last, and takes them back first', async () => {
      const { exposition, put, shownNames } = limited(100);
      for (const name of ['a', 'b', 'c', 'd']) put(name);
      exposition.setLimit(9);
      expect(await shownNames()).toEqual(['a', 'b']);
      expect(['d', 'c', 'b', 'a'].map(name => put(name, 'ON'))).toEqual([false, false, true, true]);
      expect(exposition.series).toBe(8);
      expect(put('new')).toBe(false);
      exposition.setLimit(12);
      expect(['new', 'd', 'c'].map(name => put(name))).toEqual([false, false, true]);
      exposition.setLimit(100);
      expect(['new', 'd'].map(name => put(name))).toEqual([true, true]);
    });

    test('knows what an entity is from its last put only', async () => {
      const { exposition, put, shownNames } = limited(4);
      const rendered = renderEntity(families, { name: 'a' }, { name: 'a', size: 1, state: undefined });
      const first = exposition.put('things', 'a', rendered);
      const waits = exposition.put('things', 'b', rendered);
      expect([first.isExposed, waits.isExposed, put('a'), put('b')]).toEqual([true, false, true, false]);
      exposition.remove('things', 'a', first);
      exposition.suspend('things', 'a', first);
      exposition.remove('things', 'b', waits);
      expect(await shownNames()).toEqual(['a']);
      expect(put('c')).toBe(false);
    });
  });

  test('shows a change as a whole or not at all, and a scrape that holds a snapshot sees none', async () => {
    const exposition = createExposition([{ name: 'things', families }], 100_000);
    const put = (version: number) => {
      for (let index = 0; index < 300; index += 1) {
        const thing = { name: `${index}`, size: version, state: version % 2 === 0 ? 'ON' : 'OFF' };
        exposition.put('things', thing.name, renderEntity(families, { name: thing.name }, thing));
      }
    };
    put(0);
    const before = await text(exposition);
    const held = exposition.plain('text');
    put(1);
    expect(shown(exposition)).toBe(before);
    const after = await text(exposition);
    expect(after).toBe(
      before.replaceAll(/^(thing\w+{.*}) [01]$/gm, (_, series) => `${series} ${/"ON"/.test(series) ? 0 : 1}`),
    );
    expect(Buffer.concat(held).toString()).toBe(before);
    expect(inflated(exposition, 'text')).toBe(after);
  });

  describe('never overwrites', () => {
    /** All change in size with each version, and some in state. */
    const thingsOf = (version: number): readonly Thing[] =>
      Array.from({ length: 300 }, (_, index) => ({
        name: `${index + 100}`,
        size: (version % 9) + 1,
        state: Math.floor((version - Math.floor(index / 64) + 5) / 5) % 2 === 0 ? 'ON' : 'OFF',
      }));

    const versions = () => {
      const exposition = createExposition([{ name: 'things', families }], 100_000);
      const show = (version: number): Promise<void> => {
        for (const thing of thingsOf(version)) {
          const labels = { region: 'eu', name: thing.name };
          exposition.put('things', thing.name, renderEntity(families, labels, thing));
        }
        return exposition.refreshed();
      };
      return { exposition, show };
    };

    test('what a scrape still writes out', async () => {
      const { exposition, show } = versions();
      const held = new Map<number, readonly Buffer[]>();
      for (let version = 0; version < 10; version += 1) {
        await show(version);
        // Not of every snapshot: only what nobody holds may be used again.
        if (version % 3 === 1) held.set(version, exposition.plain('text'));
      }
      for (const [version, bytes] of held) {
        expect(Buffer.concat(bytes).toString()).toBe(await render(thingsOf(version)));
      }
    });

    test('what a scrape may still ask for, while a refresh goes on', async () => {
      slowClock();
      const { exposition, show } = versions();
      await show(0);
      let inBetween = 0;
      for (let version = 1; version < 25; version += 1) {
        let isShown = false;
        const showing = show(version).then(() => {
          isShown = true;
        });
        for (let turns = version; turns > 0; turns -= 1) await new Promise(setImmediate);
        if (!isShown) inBetween += 1;
        expect(inflated(exposition, 'text')).toBe(await render(thingsOf(isShown ? version : version - 1)));
        await showing;
        expect(inflated(exposition, 'text')).toBe(await render(thingsOf(version)));
      }
      expect(inBetween).toBeGreaterThan(5);
      const showing = show(25);
      for (let turns = 10; turns > 0; turns -= 1) await new Promise(setImmediate);
      expect(shown(exposition)).toBe(await render(thingsOf(24)));
      await showing;
      expect(shown(exposition)).toBe(await render(thingsOf(25)));
    });
  });

  test('is what was put last, in whole, whatever is put, removed and put again, and compressed the same', async () => {
    const step = fc.record({
      name: fc.integer({ min: 0, max: 200 }),
      thing: fc.option(
        fc.record({
          size: fc.integer({ min: 0, max: 12 }).map(exponent => 10 ** exponent),
          state: fc.constantFrom('ON', undefined),
        }),
        { freq: 3 },
      ),
      refreshes: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 300 }), async steps => {
        const exposition = createExposition([{ name: 'things', families }], 1_000_000);
        const put = new Map<string, { lines: string; exposed: Placement }>();
        const held: { readonly bytes: readonly Buffer[]; readonly text: string }[] = [];
        for (const { name: number, thing, refreshes } of steps) {
          const name = `thing ${number}`;
          const before = put.get(name);
          if (thing !== null) {
            const rendered = renderEntity(families, { name }, { name, ...thing });
            const exposed = exposition.put('things', name, rendered);
            put.set(name, { lines: rendered.texts.join(''), exposed });
          } else if (before !== undefined) {
            exposition.remove('things', name, before.exposed);
            put.delete(name);
          }
          if (!refreshes || number % 10 !== 0) continue;
          await exposition.refreshed();
          // A scrape that goes on for long.
          if (number % 20 === 0) held.push({ bytes: exposition.plain('text'), text: shown(exposition) });
        }
        const all = await text(exposition);
        const samples = all.split('\n').filter(line => line !== '' && !line.startsWith('#'));
        const expected = [...put.values()].flatMap(({ lines }) => lines.split('\n').filter(line => line !== ''));
        expect(samples.toSorted()).toEqual(expected.toSorted());
        expect(exposition.shownSeries).toBe(expected.length);
        expect(exposition.series).toBe(expected.length);
        parseExposition(all);
        expect(inflated(exposition, 'text')).toBe(all);
        for (const { bytes, text: before } of held) expect(Buffer.concat(bytes).toString()).toBe(before);
      }),
      { numRuns: 40 },
    );
  });

  describe('is of one moment', () => {
    /** Two chunks, a refresh of a change in both, and what `meanwhile` does after so many turns of it. */
    const refreshed = async (turns: number, prepare: (things: Things) => void, meanwhile: (things: Things) => void) => {
      slowClock();
      const things = createThings();
      for (let index = 0; index < 128; index += 1) things.put(index, 0);
      prepare(things);
      await things.exposition.refreshed();
      things.put(20, 1);
      things.put(100, 1);
      const refresh = things.exposition.refreshed();
      for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
      meanwhile(things);
      await refresh;
      return things;
    };
    const everyTurn = Array.from({ length: 12 }, (_, turns) => turns);

    test.each([
      ['a chunk before', 3, 127],
      ['a chunk behind', 127, 3],
    ])(
      'though an entity is removed and put again during a refresh, into %s: it is there once',
      async (_which, moved, free) => {
        for (const turns of everyTurn) {
          const things = await refreshed(
            turns,
            ({ remove }) => remove(free),
            ({ put, remove }) => {
              remove(moved);
              put(moved, 9);
            },
          );
          expect(things.sizesOf(moved), `after ${turns} turns`).toHaveLength(1);
          await things.exposition.refreshed();
          expect(things.sizesOf(moved)).toEqual(['9']);
        }
      },
    );

    test('though some of its chunks were refreshed before a change: it shows in all of them or in none', async () => {
      const seen = new Set<string>();
      for (const turns of everyTurn) {
        const things = await refreshed(
          turns,
          () => {},
          ({ put }) => {
            put(5, 7);
            put(105, 7);
          },
        );
        seen.add(`${things.sizesOf(5)} ${things.sizesOf(105)}`);
      }
      expect([...seen].toSorted()).toEqual(['0 0', '7 7']);
    });
  });

  test('does not refresh when nothing has changed, and then only what has', async () => {
    const looks = slowClock();
    const costs: number[] = [];
    for (const count of [64, 640]) {
      const { exposition, put } = createThings();
      for (let index = 0; index < count; index += 1) put(index, 0);
      await exposition.refreshed();
      const shownNow = exposition.gzip('openmetrics');
      const before = looks();
      await exposition.refreshed();
      expect(exposition.gzip('openmetrics')).toBe(shownNow);
      expect(looks() - before, 'but for who has asked for the format').toBe(1);
      const tries: number[] = [];
      // The test runner looks at the clock as well, now and then.
      for (let size = 1; size <= 5; size += 1) {
        const beforePut = looks();
        put(1, size);
        await exposition.refreshed();
        tries.push(looks() - beforePut);
      }
      costs.push(Math.min(...tries));
    }
    expect(costs[1]).toBe(costs[0]);
  });

  test('that could not be refreshed half-way shows all of it with the next refresh, and the newest of what was put twice', async () => {
    slowClock();
    const { exposition, put, remove, sizesOf } = createThings();
    for (let index = 0; index < 192; index += 1) put(index, 0);
    const before = await text(exposition);
    for (const index of [1, 70, 71, 72, 140]) put(index, 1);
    remove(73);
    const refresh = exposition.refreshed();
    // The first chunk has its turn; meanwhile what waits in the second changes.
    for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
    put(71, 2);
    remove(72);
    put(73, 3);
    const allocate = vi.spyOn(Buffer, 'allocUnsafeSlow').mockImplementation(() => {
      throw new RangeError('Array buffer allocation failed');
    });
    await expect(refresh).rejects.toThrow('allocation failed');
    allocate.mockRestore();
    expect(shown(exposition)).toBe(before);
    await exposition.refreshed();
    expect([1, 70, 71, 72, 73, 140].map(index => sizesOf(index).join())).toEqual(['1', '1', '2', '', '3', '1']);
    expect(exposition.shownSeries).toBe(191);
    expect(exposition.series).toBe(191);
  });

  test('keeps nothing of a chunk whose entities have all departed: who comes then is the last', async () => {
    const { exposition, put, remove } = createThings();
    for (let index = 0; index < 128; index += 1) put(index, 0);
    await exposition.refreshed();
    for (let index = 0; index < 64; index += 1) remove(index);
    await exposition.refreshed();
    put(0, 1);
    expect((await text(exposition)).trimEnd().split('\n').at(-1)).toBe('thing_size{name="0"} 1');
  });

  test('that could not be refreshed says so, stays as it was, and is brought up to date by the next refresh', async () => {
    const failures: unknown[] = [];
    const exposition = createExposition([{ name: 'things', families }], 100, error => failures.push(error));
    const put = (name: string, size: number) =>
      exposition.put('things', name, renderEntity(families, { name }, { name, size, state: 'ON' }));
    put('a', 1);
    put('b', 1);
    const before = await text(exposition);
    put('a', 2);
    const noMemory = new RangeError('Array buffer allocation failed');
    const allocate = vi.spyOn(Buffer, 'allocUnsafeSlow').mockImplementation(() => {
      throw noMemory;
    });
    await expect(exposition.refreshed()).rejects.toThrow(noMemory);
    allocate.mockRestore();
    expect(failures).toEqual([noMemory]);
    expect(shown(exposition)).toBe(before);
    expect(await text(exposition)).toBe(
      before.replace('size{name="a"} 1', 'size{name="a"} 2').replace('b="a"} 1', 'b="a"} 2'),
    );
    expect(failures).toHaveLength(1);
  });

  test('keeps entities in the order in which they came, and gives places that are free to those that come later', async () => {
    const exposition = createExposition([{ name: 'things', families: families.slice(0, 1) }], 1_000_000);
    const names = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `${from + index}`);
    const put = (name: string) => {
      const rendered = renderEntity(families.slice(0, 1), { name }, { name, size: 1, state: undefined });
      return exposition.put('things', name, rendered);
    };
    const shownNames = async () => [...(await text(exposition)).matchAll(/name="(\d+)"/g)].map(([, name]) => name);
    const pieces = () => exposition.plain('text').length;
    const exposed = new Map(names(0, 640).map(name => [name, put(name)]));
    expect(await shownNames()).toEqual(names(0, 640));
    const full = pieces();
    for (const name of names(0, 640))
      if (Number(name) % 2 === 0) exposition.remove('things', name, exposed.get(name) ?? fail());
    for (const name of names(1000, 1320)) put(name);
    expect((await shownNames()).toSorted()).toEqual(
      [...names(0, 640).filter(name => Number(name) % 2 === 1), ...names(1000, 1320)].toSorted(),
    );
    expect(pieces()).toBe(full);
    for (const name of names(64, 128)) exposition.remove('things', name, exposed.get(name) ?? fail());
  });
});

/** What a client makes of the compressed series. */
const inflated = (exposition: Exposition, format: Format): string => {
  const { bytes, crc, plainBytes } = exposition.gzip(format);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc, 0);
  trailer.writeUInt32LE(plainBytes, 4);
  // An empty final block.
  return gunzipSync(Buffer.concat([bytes, Buffer.from([3, 0]), trailer])).toString();
};

describe("the exporter's own metrics", () => {
  test('are written by the same encoder, and parse strictly', async () => {
    const telemetry = createTelemetry({ version: '1.2.3', nodeVersion: 'v20' });
    telemetry.targetUp.set({ aws_account_id: '1', aws_region: 'eu' }, 1);
    const parsed = parseExposition(await telemetry.render('text', 0));
    const names = parsed.map(({ name }) => name);
    expect(names).toContain('process_resident_memory_bytes');
    expect(parsed.find(({ name }) => name === 'aws_glue_exporter_target_up')?.samples).toEqual([
      { name: 'aws_glue_exporter_target_up', labels: { aws_account_id: '1', aws_region: 'eu' }, value: 1 },
    ]);
  });
});

const fail = (): never => {
  throw new Error('no such family');
};
