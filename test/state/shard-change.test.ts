import { describe, expect, test } from 'vitest';
import { emptyLedger, type Ledger } from '../../src/runs/ledger.ts';
import { isNumber, objectOf } from '../../src/runs/stored.ts';
import { takes } from '../../src/shard.ts';
import { type DurableMap, memoryMap } from '../../src/state/durable-map.ts';
import { createLedgerStore } from '../../src/state/ledger-store.ts';

const target = { accountId: '111122223333', region: 'eu-west-1' };
const things = { name: 'things', isFacts: objectOf<{ size: number }>({ size: isNumber }) };

const DAY = 86_400;
const NOW = 1_772_366_400;

/** A thing that each of some shards takes, and none of others. */
const thingOf = (taking: readonly string[], notTaking: readonly string[]): string => {
  const isTakenBy = (text: string, name: string): boolean => {
    const [ordinal = Number.NaN, shards = Number.NaN] = text.split('/').map(Number);
    return takes({ ordinal, shards }, target, things.name, name);
  };
  const found = Array.from({ length: 1_000 }, (_, index) => `thing-${index}`).find(
    name => taking.every(text => isTakenBy(text, name)) && !notTaking.some(text => isTakenBy(text, name)),
  );
  if (found === undefined) throw new Error(`no thing of ${taking} and not of ${notTaking}`);
  return found;
};

/** It stays in any number of shards. */
const stays = thingOf(['0/2', '0/3', '0/4', '0/5'], []);
/** It moves to the fifth shard. */
const moves = thingOf(['0/3', '0/4'], ['0/5']);
/** It comes to 0/3 from the fourth shard. */
const comes = thingOf(['0/2', '0/3'], ['0/4']);

const counted = (runs: number): Ledger<never> => ({ ...emptyLedger, totals: { runs }, horizon: NOW });

/** An exporter that starts with what the one before has left on disk; after `uptime` seconds, by default none. */
const startOn = (disk: DurableMap, shard?: string, uptime = () => 0) => {
  const map = memoryMap();
  for (const [key, value] of disk.entries()) void map.set(key, JSON.parse(JSON.stringify(value)));
  const store = createLedgerStore(map, [things], shard === undefined ? { uptime } : { shard, uptime });
  return { map, store, ledgers: store.ledgersOf(target, things) };
};

/** The state of shard 0/4, which has counted what stays and what moves. */
const ofFour = async () => {
  const { map, store, ledgers } = startOn(memoryMap(), '0/4');
  await ledgers.listed(new Set([stays, moves]), NOW);
  await store.epoch(target, NOW);
  await ledgers.save(stays, counted(100));
  await ledgers.save(moves, counted(50));
  return map;
};

/** What it is as 0/5, a day later. */
const ofFive = async (disk: DurableMap, uptime = () => 0) => {
  const { map, store, ledgers } = startOn(disk, '0/5', uptime);
  await ledgers.listed(new Set([stays]), NOW + DAY);
  await store.epoch(target, NOW + DAY);
  return { map, store, ledgers };
};

describe('a state that is opened by', () => {
  test('the same shard as before goes on as it was, and what is new there counts from the first epoch', async () => {
    const { store, ledgers } = startOn(await ofFour(), '0/4');
    await ledgers.listed(new Set([stays, moves, 'new']), NOW + DAY);
    expect(await store.epoch(target, NOW + DAY)).toBe(NOW);
    expect(ledgers.get(moves)?.totals).toEqual({ runs: 50 });
    // Created while the exporter was down, say.
    expect([ledgers.epochOf(moves), ledgers.epochOf('new')]).toEqual([NOW, NOW]);
  });

  test('a shard of one more goes on with what stays, as if nothing had happened', async () => {
    const { store, ledgers } = await ofFive(await ofFour());
    expect(await store.epoch(target, NOW + 2 * DAY)).toBe(NOW);
    expect([ledgers.get(stays)?.totals, ledgers.epochOf(stays)]).toEqual([{ runs: 100 }, NOW]);
  });

  test('a shard of another number counts what comes from its own start: another shard has counted what was before', async () => {
    const { store, ledgers } = startOn(await ofFour(), '0/3');
    await ledgers.listed(new Set([stays, comes]), NOW + DAY);
    await store.epoch(target, NOW + DAY);
    expect([ledgers.get(comes), ledgers.epochOf(comes), ledgers.epochOf(stays)]).toEqual([undefined, NOW + DAY, NOW]);
  });

  test('a shard of another number remembers for ever from when it counts what', async () => {
    const first = startOn(await ofFour(), '0/3');
    const unread = thingOf(['0/3'], ['0/4', '2/3']);
    const other = thingOf(['0/2'], ['0/3']);
    await first.ledgers.listed(new Set([stays, comes, unread]), NOW + DAY);
    await first.store.epoch(target, NOW + DAY);
    await first.ledgers.save(comes, counted(1));
    await first.ledgers.save(stays, counted(101));
    const again = startOn(first.map, '0/3');
    await again.ledgers.listed(new Set([stays, comes, unread]), NOW + 2 * DAY);
    await again.store.epoch(target, NOW + 2 * DAY);
    const epochs = [stays, comes, unread].map(again.ledgers.epochOf);
    expect(epochs).toEqual([NOW, NOW + DAY, NOW + DAY]);
    const two = startOn(again.map, '0/2');
    await two.ledgers.listed(new Set([stays, comes, other]), NOW + 3 * DAY);
    await two.store.epoch(target, NOW + 3 * DAY);
    expect([stays, comes, other].map(two.ledgers.epochOf)).toEqual([NOW, NOW + DAY, NOW + 3 * DAY]);
    expect(two.ledgers.get(comes)?.totals).toEqual({ runs: 1 });
  });

  test('the number of shards of before starts what returns anew: the shard where it was has counted meanwhile', async () => {
    const five = await ofFive(await ofFour());
    const { map, store, ledgers } = startOn(five.map, '0/4');
    // Before AWS has said what time it is.
    expect(ledgers.get(moves)).toBeUndefined();
    await ledgers.listed(new Set([stays, moves]), NOW + 2 * DAY);
    expect(ledgers.get(moves)).toBeUndefined();
    await store.epoch(target, NOW + 2 * DAY);
    expect([ledgers.get(moves), ledgers.epochOf(moves), ledgers.epochOf(stays)]).toEqual([
      undefined,
      NOW + 2 * DAY,
      NOW,
    ]);
    // After a crash before it was polled as well.
    expect(startOn(map, '0/4').ledgers.get(moves)).toBeUndefined();
    await ledgers.save(moves, counted(1));
    const again = startOn(map, '0/4').ledgers;
    expect([again.get(moves)?.totals, again.epochOf(moves)]).toEqual([{ runs: 1 }, NOW + 2 * DAY]);
  });

  test('a shard of another number still forgives what goes and comes within its own time', async () => {
    const { map, ledgers } = await ofFive(await ofFour());
    await ledgers.listed(new Set(), NOW + 2 * DAY);
    const again = startOn(map, '0/5').ledgers;
    await again.listed(new Set([stays]), NOW + 3 * DAY);
    expect(again.get(stays)?.totals).toEqual({ runs: 100 });
  });

  test('a shard of another number forgets after a week what has moved away', async () => {
    let uptime = 0;
    const { map, ledgers } = await ofFive(await ofFour(), () => uptime);
    const keys = () => [...map.entries()].map(([key]) => key);
    expect(keys()).toContain(`ledger/111122223333/eu-west-1/things/${moves}`);
    uptime = 7 * DAY + 1;
    await ledgers.listed(new Set([stays]), NOW + 8 * DAY + 1);
    expect(keys()).not.toContain(`ledger/111122223333/eu-west-1/things/${moves}`);
  });

  test('a shard for the first time, after an exporter without shards, keeps the part that it takes, and counts in full what is new', async () => {
    const alone = startOn(memoryMap());
    await alone.store.epoch(target, NOW);
    await alone.ledgers.save(stays, counted(100));
    // Nothing is written that a version without shards could not read.
    expect([...alone.map.entries()].map(([key]) => key.split('/')[0])).toEqual(['epoch', 'ledger']);
    const { ledgers } = await ofFive(alone.map);
    // The one before had everything: what has no ledger was created since.
    expect([ledgers.get(stays)?.totals, ledgers.epochOf(stays), ledgers.epochOf('new')]).toEqual([
      { runs: 100 },
      NOW,
      NOW,
    ]);
  });

  test('any shard when a crash came between the two first saves counts all the same from its first poll', async () => {
    const map = memoryMap();
    const store = createLedgerStore(
      {
        ...map,
        set: (key, value) => (key.startsWith('epoch') ? Promise.reject(new Error('kill -9')) : map.set(key, value)),
      },
      [things],
      { shard: '0/4' },
    );
    await expect(store.epoch(target, NOW)).rejects.toThrow();
    const { store: again, ledgers } = startOn(map, '0/4');
    expect(await again.epoch(target, NOW + 1)).toBe(NOW + 1);
    expect(ledgers.epochOf('a')).toBe(NOW + 1);
  });
});

/** Clock readings of three starts in a row. */
const READINGS: readonly (readonly [name: string, ...readings: readonly [number, number, number]])[] = [
  ['goes on', NOW, NOW + DAY, NOW + 2 * DAY],
  ['stands still', NOW, NOW, NOW],
  ['is exact to two seconds', NOW, NOW + 2, NOW],
  ['goes back', NOW, NOW - DAY, NOW - 2 * DAY],
  ['is ahead once', NOW, NOW + 9 * DAY, NOW + 1],
];

describe.each(READINGS)('when the shard changes twice, and the clock %s', (_name, first, second, third) => {
  /** As 0/4 it has counted what stays and what moves; the clock showed the first reading. */
  const asFour = async () => {
    const { map, store, ledgers } = startOn(memoryMap(), '0/4');
    await ledgers.listed(new Set([stays, moves]), first);
    await store.epoch(target, first);
    await ledgers.save(stays, counted(100));
    await ledgers.save(moves, counted(50));
    return map;
  };

  /** It is 0/4 again, and has listed; `start` has it save what it counts. */
  const expectExact = async (disk: DurableMap): Promise<void> => {
    const { store, ledgers } = startOn(disk, '0/4');
    expect([ledgers.get(stays)?.totals, ledgers.get(moves)]).toEqual([{ runs: 100 }, undefined]);
    await ledgers.listed(new Set([stays, moves]), third);
    await store.epoch(target, third);
    expect([ledgers.get(stays)?.totals, ledgers.get(moves)]).toEqual([{ runs: 100 }, undefined]);
    // Never before the epoch of the target.
    expect([ledgers.epochOf(stays), ledgers.epochOf(moves)]).toEqual([first, Math.max(first, third)]);
  };

  test('what went and came back starts empty, when the shard between has never reached AWS', async () => {
    const { map } = startOn(await asFour(), '0/5');
    await expectExact(map);
  });

  test('it starts empty when the shard between was killed after its first listing', async () => {
    const { map, ledgers } = startOn(await asFour(), '0/5');
    await ledgers.listed(new Set([stays]), second);
    await expectExact(map);
  });

  test('it starts empty when the shard between has polled', async () => {
    const { map, store, ledgers } = startOn(await asFour(), '0/5');
    await ledgers.listed(new Set([stays]), second);
    await store.epoch(target, second);
    await ledgers.save(stays, counted(100));
    await expectExact(map);
  });

  test('what the shards between took as well continues, listed or not', async () => {
    const { map, store, ledgers } = startOn(startOn(await asFour(), '0/3').map, '0/2');
    await ledgers.listed(new Set([stays]), second);
    await store.epoch(target, second);
    expect([ledgers.get(stays)?.totals, ledgers.epochOf(stays)]).toEqual([{ runs: 100 }, first]);
    // A filter hid it; three shards and no listing are over it by now.
    const again = startOn(map, '0/4');
    expect(again.ledgers.get(moves)?.totals).toEqual({ runs: 50 });
  });
});

test('a change of shard that could not be saved is saved by the next call, and nothing else before it', async () => {
  const { map: disk } = startOn(await ofFour(), '0/4');
  let isFull = true;
  const keys: string[] = [];
  const set: DurableMap['set'] = async (key, value) => {
    if (isFull) throw new Error('disk full');
    keys.push(key);
    return disk.set(key, value);
  };
  let failures = 0;
  const store = createLedgerStore({ ...disk, set }, [things], { shard: '0/5', onSaveFailed: () => (failures += 1) });
  const ledgers = store.ledgersOf(target, things);
  await expect(ledgers.save(stays, counted(101))).rejects.toThrow('the state could not be saved: disk full');
  await expect(store.epoch(target, NOW + DAY)).rejects.toThrow('disk full');
  await expect(ledgers.listed(new Set([stays]), NOW + DAY)).rejects.toThrow('disk full');
  expect([failures > 0, ledgers.get(stays)?.totals]).toEqual([true, { runs: 100 }]);
  isFull = false;
  await ledgers.save(stays, counted(101));
  expect(keys).toEqual([
    'assignment/111122223333/eu-west-1',
    'shard/111122223333/eu-west-1',
    `ledger/111122223333/eu-west-1/things/${stays}`,
  ]);
  expect(startOn(disk, '0/4').ledgers.get(moves)).toBeUndefined();
});

test('a change of shard is remembered for all targets, also for those that are not polled meanwhile', async () => {
  const { map, store, ledgers } = startOn(await ofFour(), '0/4');
  const abroad = { ...target, region: 'us-east-1' };
  const stayed = Array.from({ length: 100 }, (_, index) => `abroad-${index}`);
  await store.epoch(abroad, NOW);
  for (const name of stayed) await store.ledgersOf(abroad, things).save(name, counted(1));
  const again = startOn(startOn(map, '0/5').map, '0/4').store.ledgersOf(abroad, things);
  const kept = stayed.filter(name => again.get(name) !== undefined);
  expect(kept).toEqual(stayed.filter(name => takes({ ordinal: 0, shards: 5 }, abroad, things.name, name)));
  expect(ledgers.get(stays)).toBeDefined();
});

test('the list of shards does not grow beyond fifty, and what was before it is taken for another shard', async () => {
  let { map } = startOn(await ofFour(), '0/4');
  for (let shards = 101; shards <= 170; shards += 1) map = startOn(map, `0/${shards}`).map;
  const history = [...map.entries()].find(([key]) => key.startsWith('assignment/'))?.[1];
  expect(JSON.stringify(history).match(/"number"/g)).toHaveLength(50);
  const always = thingOf(
    Array.from({ length: 70 }, (_, index) => `0/${101 + index}`),
    [],
  );
  const { store, ledgers } = startOn(map, '0/170');
  expect(ledgers.get(always)).toBeUndefined();
  await store.epoch(target, NOW + DAY);
  expect(ledgers.epochOf(always)).toBe(NOW + DAY);
  for (let times = 0; times < 70; times += 1) map = startOn(map, times % 2 === 0 ? '0/2' : '0/3').map;
  expect(JSON.stringify(map.entries()).length).toBeLessThan(10_000);
});

describe('a state from before shard changes were numbered', () => {
  const path = '111122223333/eu-west-1';
  const unnumbered = (since: number | undefined, departed: number) => {
    const map = memoryMap();
    const values = {
      [`epoch/${path}`]: NOW,
      [`shard/${path}`]: { shard: '0/4', since },
      [`ledger/${path}/things/${stays}`]: { ledger: counted(100), departedAt: undefined, epoch: undefined },
      [`ledger/${path}/things/${moves}`]: { ledger: counted(50), departedAt: departed, epoch: undefined },
      [`ledger/${path}/things/${comes}`]: { ledger: counted(7), departedAt: undefined, epoch: NOW + 5 },
    };
    for (const [key, value] of Object.entries(values)) void map.set(key, value);
    return map;
  };
  const totalsIn = ({ ledgers }: ReturnType<typeof startOn>) =>
    [stays, moves, comes].map(name => ledgers.get(name)?.totals.runs);

  test('is read as it was meant: what departed before the last change is not valid, and what is new came with it', async () => {
    const disk = unnumbered(NOW + DAY, NOW + DAY - 1);
    const four = startOn(disk, '0/4');
    expect(totalsIn(four)).toEqual([100, undefined, 7]);
    expect(totalsIn(startOn(unnumbered(NOW + DAY, NOW + DAY), '0/4'))).toEqual([100, 50, 7]);
    expect(await four.store.epoch(target, NOW + 2 * DAY)).toBe(NOW);
    expect([stays, moves, comes, 'new'].map(four.ledgers.epochOf)).toEqual([NOW, NOW + DAY, NOW + 5, NOW + DAY]);
    // Nothing is written before something changes.
    expect([...four.map.entries()].map(([key]) => key)).toEqual([...disk.entries()].map(([key]) => key));
  });

  test('is read as one of a first shard where none was before it', async () => {
    const { store, ledgers } = startOn(unnumbered(undefined, NOW + 1), '0/4');
    await store.epoch(target, NOW + DAY);
    expect([moves, comes, 'new'].map(ledgers.epochOf)).toEqual([NOW, NOW + 5, NOW]);
    expect(ledgers.get(moves)?.totals).toEqual({ runs: 50 });
  });

  test('has its changes numbered from then on', async () => {
    const four = startOn(unnumbered(NOW + DAY, NOW + DAY), '0/4');
    await four.ledgers.listed(new Set([stays, moves]), NOW);
    const five = startOn(four.map, '0/5');
    await five.ledgers.listed(new Set([stays]), NOW);
    expect([...five.map.entries()].map(([key]) => key)).not.toContain(`shard/${path}`);
    const again = startOn(five.map, '0/4');
    expect(totalsIn(again)).toEqual([100, undefined, undefined]);
    await again.store.epoch(target, NOW + 2 * DAY);
    expect([stays, moves].map(again.ledgers.epochOf)).toEqual([NOW, NOW + 2 * DAY]);
  });
});
