import { describe, expect, test } from 'vitest';
import { fold } from '../../src/runs/fold.ts';
import { emptyLedger, type Ledger } from '../../src/runs/ledger.ts';
import type { Run } from '../../src/runs/run.ts';
import { objectOf } from '../../src/runs/stored.ts';
import { type DurableMap, memoryMap } from '../../src/state/durable-map.ts';
import { createLedgerStore, type LedgerStoreOptions } from '../../src/state/ledger-store.ts';

type Facts = Record<never, never>;
const target = { accountId: '111122223333', region: 'eu-west-1' };
const abroad = { ...target, region: 'us-east-1' };
const things = { name: 'things', isFacts: objectOf<Facts>({}) };
const others = { name: 'others', isFacts: objectOf<Facts>({}) };

const HOUR = 3_600;
const DAY = 86_400;
const WEEK = 7 * DAY;
const NOW = 1_772_366_400;
const NOBODY = new Set<string>();

const ended = (completedAt: number): Run<Facts> => ({
  id: `run-${completedAt}`,
  state: 'DONE',
  ended: true,
  verdict: 'success',
  startedAt: completedAt - 10,
  modifiedAt: undefined,
  completedAt,
  facts: {},
});

/** What a reading of runs that ended at these times adds to a ledger. */
const read = (ledger: Ledger<Facts>, epoch: number | undefined, ends: readonly number[]): Ledger<Facts> => {
  const reading = {
    runs: ends.map(ended),
    completeAfter: Number.NEGATIVE_INFINITY,
    newestFirst: false,
    readAt: Math.max(...ends),
  };
  return fold(ledger, reading, { epoch: epoch ?? Number.NaN, tally: () => [['runs', 1]], settle: run => run }).ledger;
};

const counted = (completedAt: number): Ledger<Facts> => read(emptyLedger, 0, [completedAt]);

const keysOf = (map: DurableMap): string[] => [...map.entries()].map(([key]) => key);

/** An exporter on what the one before has left on disk; `seconds` is its uptime. */
const startOn = (disk: DurableMap, options: LedgerStoreOptions = {}) => {
  const map = memoryMap();
  for (const [key, value] of disk.entries()) void map.set(key, JSON.parse(JSON.stringify(value)));
  const exporter = { map, seconds: 5, dropped: 0, expired: [] as string[] };
  const store = createLedgerStore(map, [things, others], {
    uptime: () => exporter.seconds,
    onDropped: (_target, _collector, dropped) => {
      exporter.dropped += dropped;
    },
    onExpired: ({ region }, collector, ledgers) => exporter.expired.push(`${region} ${collector} ${ledgers}`),
    ...options,
  });
  return Object.assign(exporter, { store, ledgers: store.ledgersOf(target, things) });
};

describe('the ledger of what has gone', () => {
  test('is kept for a week of operation, through restarts, and then forgotten', async () => {
    let exporter = startOn(memoryMap());
    await exporter.ledgers.save('gone', counted(NOW));
    await exporter.ledgers.save('there', counted(NOW));
    await exporter.ledgers.listed(new Set(['there']), NOW);
    for (let days = 1; days <= 7; days += 1) {
      exporter.seconds += DAY - 1;
      await exporter.ledgers.listed(new Set(['there']), NOW + days * DAY);
      expect([days, exporter.ledgers.get('gone')?.totals]).toEqual([days, { runs: 1 }]);
      exporter = startOn(exporter.map);
    }
    exporter.seconds += HOUR;
    await exporter.ledgers.listed(new Set(['there']), NOW + 7 * DAY + HOUR);
    expect([exporter.ledgers.get('gone'), exporter.ledgers.get('there')?.totals]).toEqual([undefined, { runs: 1 }]);
    expect(startOn(exporter.map).ledgers.get('gone')).toBeUndefined();
    // Only what there are too many of is dropped.
    expect(exporter.dropped).toBe(0);
  });

  test('is kept for another week when it has been back, read or not', async () => {
    for (const isRead of [true, false]) {
      const exporter = startOn(memoryMap());
      const { ledgers } = exporter;
      await ledgers.save('a', counted(NOW));
      await ledgers.listed(NOBODY, NOW);
      exporter.seconds += DAY;
      await ledgers.listed(new Set(['a']), NOW + DAY);
      if (isRead) await ledgers.save('a', counted(NOW));
      exporter.seconds += 5 * DAY;
      await ledgers.listed(NOBODY, NOW + 6 * DAY);
      exporter.seconds += 2 * DAY;
      await ledgers.listed(NOBODY, NOW + 8 * DAY);
      expect(ledgers.get('a')).toBeDefined();
    }
  });

  test.each([
    ['ahead in one listing after it has departed', 0, 30 * DAY, HOUR],
    ['ahead from then on', 0, 30 * DAY, 30 * DAY + HOUR],
    ['behind when it departs', -30 * DAY, HOUR, 2 * HOUR],
    ['at the beginning of time when it departs', -NOW, HOUR, 2 * HOUR],
    ['ahead when it departs', 30 * DAY, HOUR, 2 * HOUR],
  ])('is kept although the clock is wrong: %s', async (_name, ...offsets) => {
    const exporter = startOn(memoryMap());
    await exporter.ledgers.save('gone', counted(NOW));
    for (const offset of offsets) {
      await exporter.ledgers.listed(NOBODY, NOW + offset);
      exporter.seconds += HOUR;
    }
    expect(exporter.ledgers.get('gone')).toBeDefined();
    const again = startOn(exporter.map);
    await again.ledgers.listed(NOBODY, NOW + 3 * HOUR);
    expect(again.ledgers.get('gone')).toBeDefined();
  });

  test('is kept for a week from the first start of this version, where an older one has saved its departure', async () => {
    const map = memoryMap();
    await map.set('ledger/111122223333/eu-west-1/things/gone', { ledger: counted(NOW), departedAt: NOW - 30 * DAY });
    const exporter = startOn(map);
    await exporter.ledgers.listed(NOBODY, NOW);
    expect(exporter.ledgers.get('gone')).toBeDefined();
    exporter.seconds += WEEK + 1;
    await exporter.ledgers.listed(NOBODY, NOW + WEEK);
    expect(exporter.ledgers.get('gone')).toBeUndefined();
  });

  test('costs one more save in ten minutes, of the operating time', async () => {
    const exporter = startOn(memoryMap());
    let saves = 0;
    const set: DurableMap['set'] = (key, value) => {
      saves += 1;
      return exporter.map.set(key, value);
    };
    const ledgers = createLedgerStore({ ...exporter.map, set }, [things], { uptime: () => exporter.seconds }).ledgersOf(
      target,
      things,
    );
    await ledgers.save('gone', counted(NOW));
    await ledgers.listed(NOBODY, NOW);
    expect(saves).toBe(2);
    for (let minutes = 1; minutes <= 60; minutes += 1) {
      exporter.seconds += 60;
      await ledgers.listed(NOBODY, NOW + 60 * minutes);
    }
    expect(saves).toBe(2 + 6);
  });

  test('is one of a thousand at most, where names come and go: the oldest are dropped, and counted', async () => {
    const exporter = startOn(memoryMap());
    await exporter.store.epoch(target, NOW);
    const ledgersLeft = () => keysOf(exporter.map).filter(key => key.startsWith('ledger/')).length;
    for (let listing = 0; listing < 60; listing += 1) {
      exporter.seconds += 60;
      const names = Array.from({ length: 100 }, (_, index) => `temporary-${listing}-${index}`);
      await exporter.ledgers.listed(new Set(names), NOW + 60 * listing);
      for (const name of names) await exporter.ledgers.save(name, counted(NOW + 60 * listing));
      expect(ledgersLeft()).toBeLessThanOrEqual(1_100);
    }
    expect(exporter.dropped).toBe(60 * 100 - 1_100);
    const kept = (listing: number) => exporter.ledgers.get(`temporary-${listing}-0`) !== undefined;
    expect([48, 49, 58].map(kept)).toEqual([false, true, true]);
    // As much as there is for the names, and nothing for those that were dropped.
    expect(keysOf(exporter.map).filter(key => !key.startsWith('ledger/'))).toHaveLength(3);
  });

  test('is kept when a listing is short, or empty, however often: ten thousand at once are not too many', async () => {
    const exporter = startOn(memoryMap());
    const { ledgers } = exporter;
    const names = Array.from({ length: 10_000 }, (_, index) => `job-${index}`);
    for (const name of names) await ledgers.save(name, counted(NOW));
    for (const short of [names.slice(0, 10), [], names.slice(0, 10), []]) {
      exporter.seconds += 300;
      await ledgers.listed(new Set(short), NOW + exporter.seconds);
    }
    const again = startOn(exporter.map);
    await again.ledgers.listed(new Set(names.slice(0, 5)), NOW + HOUR);
    await again.ledgers.listed(new Set(names), NOW + 2 * HOUR);
    expect(names.every(name => again.ledgers.get(name)?.totals.runs === 1)).toBe(true);
    expect([exporter.dropped, again.dropped]).toEqual([0, 0]);
  });

  test('is saved in batches: ten thousand that go at once hold up nothing', async () => {
    const map = memoryMap();
    let open = 0;
    let most = 0;
    const set: DurableMap['set'] = async (key, value) => {
      open += 1;
      most = Math.max(most, open);
      await new Promise(resolve => setImmediate(resolve));
      open -= 1;
      await map.set(key, value);
    };
    let seconds = 0;
    const ledgers = createLedgerStore({ ...map, set }, [things], { uptime: () => seconds }).ledgersOf(target, things);
    const names = Array.from({ length: 10_000 }, (_, index) => `job-${index}`);
    await Promise.all(names.map(name => ledgers.save(name, counted(NOW))));
    most = 0;
    await ledgers.listed(NOBODY, NOW);
    await ledgers.listed(new Set(names), NOW + 1);
    await ledgers.listed(NOBODY, NOW + 2);
    seconds = WEEK + 1;
    await ledgers.listed(NOBODY, NOW + WEEK);
    expect(keysOf(map).filter(key => key.startsWith('ledger/'))).toEqual([]);
    expect(most).toBe(200);
  });
});

describe('what returns after its ledger was forgotten', () => {
  /** Counts what ended before it went, and has its ledger forgotten. */
  const forgotten = async (ends: readonly number[]) => {
    const exporter = startOn(memoryMap());
    await exporter.store.epoch(target, NOW);
    await exporter.ledgers.listed(new Set(['a']), NOW);
    await exporter.ledgers.save('a', read(emptyLedger, exporter.ledgers.epochOf('a'), ends));
    await exporter.ledgers.listed(NOBODY, NOW + HOUR);
    exporter.seconds += WEEK + HOUR;
    await exporter.ledgers.listed(NOBODY, NOW + HOUR + WEEK);
    expect(keysOf(exporter.map)).not.toContain('ledger/111122223333/eu-west-1/things/a');
    return exporter;
  };

  test('counts no run again, and those that ended since', async () => {
    const ends = [NOW - 5, NOW + 10, NOW + 20.5];
    for (const exporter of [await forgotten(ends), startOn((await forgotten(ends)).map)]) {
      const { store, ledgers } = exporter;
      await ledgers.listed(new Set(['a']), NOW + 2 * WEEK);
      await store.epoch(target, NOW + 2 * WEEK);
      expect(ledgers.get('a')).toBeUndefined();
      const epoch = ledgers.epochOf('a');
      const ledger = read(emptyLedger, epoch, [...ends, NOW + 20.501, NOW + DAY, NOW + 2 * WEEK]);
      expect(ledger.totals).toEqual({ runs: 3 });
      await ledgers.save('a', ledger);
      expect(startOn(exporter.map).ledgers.epochOf('a')).toBe(epoch);
    }
  });

  test('counts from the first epoch if none of what was forgotten has ever ended', async () => {
    const exporter = await forgotten([]);
    await exporter.ledgers.listed(new Set(['a']), NOW + 2 * WEEK);
    expect(exporter.ledgers.epochOf('a')).toBe(NOW);
  });

  test('costs a new job nothing: all that it ran is counted, whether it was created while the exporter ran or not', async () => {
    const exporter = await forgotten([NOW + 20]);
    await exporter.ledgers.listed(new Set(['new']), NOW + 2 * WEEK);
    const ends = [NOW + 30, NOW + 2 * WEEK];
    expect(read(emptyLedger, exporter.ledgers.epochOf('new'), ends).totals).toEqual({ runs: 2 });
    const again = startOn(exporter.map);
    await again.ledgers.listed(new Set(['created-while-down']), NOW + 3 * WEEK);
    expect(read(emptyLedger, again.ledgers.epochOf('created-while-down'), ends).totals).toEqual({ runs: 2 });
  });

  test('costs nothing that was listed before and is not read yet', async () => {
    const exporter = startOn(memoryMap());
    await exporter.store.epoch(target, NOW);
    await exporter.ledgers.listed(new Set(['waits', 'a']), NOW);
    await exporter.ledgers.save('a', counted(NOW + DAY));
    await exporter.ledgers.listed(new Set(['waits']), NOW + DAY);
    exporter.seconds += WEEK + 1;
    await exporter.ledgers.listed(new Set(['waits', 'later']), NOW + DAY + WEEK);
    await exporter.ledgers.listed(new Set(['waits', 'later', 'last']), NOW + DAY + WEEK);
    const epochs = ['waits', 'later', 'last'].map(exporter.ledgers.epochOf);
    expect(epochs).toEqual([NOW, NOW, NOW + DAY + 0.001]);
  });

  test('is not forgotten before it is saved until when it has counted', async () => {
    const exporter = startOn(memoryMap());
    await exporter.ledgers.save('a', counted(NOW));
    await exporter.ledgers.listed(NOBODY, NOW);
    const order: string[] = [];
    let seconds = 0;
    const set: DurableMap['set'] = async (key, value) => {
      order.push(`${key.split('/')[0]} ${value === undefined ? 'deleted' : 'saved'}`);
      return exporter.map.set(key, value);
    };
    const store = createLedgerStore({ ...exporter.map, set }, [things], { uptime: () => seconds });
    seconds = WEEK + 1;
    await store.ledgersOf(target, things).listed(NOBODY, NOW + WEEK);
    expect(order).toEqual(['forgotten_until saved', 'ledger deleted']);
  });
});

describe('the state of a target or collector that is not configured any more', () => {
  /** Two targets with two collectors; what is configured can change. */
  const configured = async (disk = memoryMap()) => {
    const wanted = new Set(['eu-west-1 things', 'eu-west-1 others', 'us-east-1 things', 'us-east-1 others']);
    const undecided = new Set<string>();
    const exporter = startOn(disk, {
      isConfigured({ region }, collector) {
        if (undecided.has(region)) return undefined;
        return [...wanted].some(one =>
          collector === undefined ? one.startsWith(region) : one === `${region} ${collector}`,
        );
      },
    });
    const list = async (now: number): Promise<void> => {
      await exporter.ledgers.listed(new Set(['a']), now);
    };
    return Object.assign(exporter, { wanted, undecided, list });
  };

  /** Everything has counted. */
  const counting = async () => {
    const exporter = await configured();
    for (const where of [target, abroad]) {
      await exporter.store.epoch(where, NOW);
      for (const collector of [things, others])
        await exporter.store.ledgersOf(where, collector).save('a', counted(NOW + 7));
    }
    return exporter;
  };
  const keysAbroad = (map: DurableMap) => keysOf(map).filter(key => key.includes('/us-east-1'));

  test('is kept for a week, and then deleted, its epoch included: it starts like a new one', async () => {
    const exporter = await counting();
    exporter.wanted.delete('us-east-1 things');
    exporter.wanted.delete('us-east-1 others');
    await exporter.list(NOW);
    exporter.seconds += WEEK - 1;
    await exporter.list(NOW + WEEK);
    expect(exporter.store.ledgersOf(abroad, things).get('a')).toBeDefined();
    exporter.seconds += 2;
    await exporter.list(NOW + WEEK + 2);
    expect(keysAbroad(exporter.map)).toEqual([]);
    expect(exporter.expired.sort()).toEqual(['us-east-1 others 1', 'us-east-1 things 1']);
    expect(exporter.store.ledgersOf(target, things).get('a')).toBeDefined();
    exporter.wanted.add('us-east-1 things');
    expect(await exporter.store.epoch(abroad, NOW + 2 * WEEK)).toBe(NOW + 2 * WEEK);
    const ledgers = exporter.store.ledgersOf(abroad, things);
    expect([ledgers.get('a'), ledgers.epochOf('a')]).toEqual([undefined, NOW + 2 * WEEK]);
  });

  test('is kept when it comes back within the week, which then begins again', async () => {
    const exporter = await counting();
    for (let times = 0; times < 3; times += 1) {
      exporter.wanted.delete('us-east-1 things');
      exporter.wanted.delete('us-east-1 others');
      await exporter.list(NOW);
      exporter.seconds += WEEK - HOUR;
      await exporter.list(NOW);
      exporter.wanted.add('us-east-1 things').add('us-east-1 others');
      await exporter.store.ledgersOf(abroad, things).listed(new Set(['a']), NOW);
      exporter.seconds += 2 * HOUR;
      await exporter.list(NOW);
    }
    expect(await exporter.store.epoch(abroad, NOW + 9 * WEEK)).toBe(NOW);
    expect(exporter.store.ledgersOf(abroad, others).get('a')?.totals).toEqual({ runs: 1 });
    expect(keysAbroad(exporter.map).some(key => key.startsWith('removed'))).toBe(false);
  });

  test('is kept through restarts for a week in all, whatever clocks say', async () => {
    let exporter = await counting();
    for (let days = 1; days <= 9; days += 1) {
      exporter = await configured(exporter.map);
      exporter.wanted.delete('us-east-1 things');
      exporter.wanted.delete('us-east-1 others');
      await exporter.list(NOW + 100 * days * DAY);
      exporter.seconds += DAY;
      await exporter.list(NOW - 100 * days * DAY);
      expect([days, keysAbroad(exporter.map).length > 0]).toEqual([days, days <= 7]);
    }
  });

  test('is neither deleted nor taken for configured while an account is not known', async () => {
    const exporter = await counting();
    exporter.wanted.delete('us-east-1 things');
    exporter.wanted.delete('us-east-1 others');
    await exporter.list(NOW);
    exporter.seconds += WEEK + 1;
    exporter.undecided.add('us-east-1');
    await exporter.list(NOW + WEEK);
    expect(exporter.store.ledgersOf(abroad, things).get('a')).toBeDefined();
    exporter.undecided.clear();
    await exporter.list(NOW + WEEK);
    expect(keysAbroad(exporter.map)).toEqual([]);
  });

  test('of a collector is deleted without the rest of its target, and counts no run again when it returns', async () => {
    const exporter = await counting();
    exporter.wanted.delete('eu-west-1 others');
    await exporter.list(NOW);
    exporter.seconds += WEEK + 1;
    await exporter.list(NOW + WEEK);
    expect(exporter.expired).toEqual(['eu-west-1 others 1']);
    expect(exporter.store.ledgersOf(target, things).get('a')).toBeDefined();
    const again = await configured(exporter.map);
    expect(await again.store.epoch(target, NOW + WEEK)).toBe(NOW);
    const ledgers = again.store.ledgersOf(target, others);
    expect(read(emptyLedger, ledgers.epochOf('a'), [NOW + 7, NOW + 8]).totals).toEqual({ runs: 1 });
  });

  test('stays where it returns while it is being deleted', async () => {
    const exporter = await counting();
    const ledgers = exporter.store.ledgersOf(abroad, things);
    for (let index = 0; index < 1_000; index += 1) await ledgers.save(`job-${index}`, counted(NOW));
    exporter.wanted.delete('us-east-1 things');
    await exporter.list(NOW);
    exporter.seconds += WEEK + 1;
    const set = exporter.map.set;
    const map: DurableMap = {
      ...exporter.map,
      async set(key, value) {
        if (value === undefined) wanted = true;
        await new Promise(resolve => setImmediate(resolve));
        return set(key, value);
      },
    };
    let wanted = false;
    let seconds = 0;
    const store = createLedgerStore(map, [things, others], {
      uptime: () => seconds,
      isConfigured: ({ region }, collector) => region === 'eu-west-1' || collector !== 'things' || wanted,
    });
    seconds = WEEK + 1;
    await store.ledgersOf(target, things).listed(new Set(['a']), NOW);
    const left = keysOf(exporter.map).filter(key => key.startsWith('ledger/111122223333/us-east-1/things/'));
    expect(left).toHaveLength(1_000);
    expect(wanted).toBe(true);
  });
});
