import { describe, expect, test } from 'vitest';
import { emptyLedger, type Ledger } from '../../src/runs/ledger.ts';
import { isNumber, objectOf } from '../../src/runs/stored.ts';
import { type DurableMap, memoryMap } from '../../src/state/durable-map.ts';
import { createLedgerStore } from '../../src/state/ledger-store.ts';

const target = { accountId: '111122223333', region: 'eu-west-1' };
const things = { name: 'things', isFacts: objectOf<{ size: number }>({ size: isNumber }) };

const DAY = 86_400;
const NOW = 1_772_366_400;

const counted = (runs: number): Ledger<never> => ({ ...emptyLedger, totals: { runs }, horizon: NOW });

/** An exporter that starts with what the one before has left on disk. */
const startOn = (disk: DurableMap, shard?: string) => {
  const map = memoryMap();
  for (const [key, value] of disk.entries()) void map.set(key, JSON.parse(JSON.stringify(value)));
  const store = createLedgerStore(map, [things], shard === undefined ? {} : { shard });
  return { map, store, shelf: store.shelf(target, things) };
};

/** The state of shard 0/4, which has counted a thing that stays in any number of shards, and one that moves to the fifth. */
const ofFour = async () => {
  const { map, store, shelf } = startOn(memoryMap(), '0/4');
  await shelf.listed(new Set(['stays', 'moves']), NOW);
  await store.epoch(target, NOW);
  await shelf.save('stays', counted(100));
  await shelf.save('moves', counted(50));
  return map;
};

/** What it is as 0/5, a day later. */
const ofFive = async (disk: DurableMap) => {
  const { map, store, shelf } = startOn(disk, '0/5');
  await shelf.listed(new Set(['stays']), NOW + DAY);
  await store.epoch(target, NOW + DAY);
  return { map, store, shelf };
};

describe('a state that is opened by', () => {
  test('the same shard as before goes on as it was, and what is new there counts from the first epoch', async () => {
    const { store, shelf } = startOn(await ofFour(), '0/4');
    await shelf.listed(new Set(['stays', 'moves', 'new']), NOW + DAY);
    expect(await store.epoch(target, NOW + DAY)).toBe(NOW);
    expect(shelf.get('moves')?.totals).toEqual({ runs: 50 });
    // Created while the exporter was down, say.
    expect([shelf.epochOf('moves'), shelf.epochOf('new')]).toEqual([NOW, NOW]);
  });

  test('a shard of one more goes on with what stays, as if nothing had happened', async () => {
    const { store, shelf } = await ofFive(await ofFour());
    expect(await store.epoch(target, NOW + 2 * DAY)).toBe(NOW);
    expect([shelf.get('stays')?.totals, shelf.epochOf('stays')]).toEqual([{ runs: 100 }, NOW]);
  });

  test('a shard of another number counts what comes from its own start: another shard has counted what was before', async () => {
    const { store, shelf } = startOn(await ofFour(), '0/3');
    await shelf.listed(new Set(['stays', 'comes']), NOW + DAY);
    await store.epoch(target, NOW + DAY);
    expect([shelf.get('comes'), shelf.epochOf('comes'), shelf.epochOf('stays')]).toEqual([undefined, NOW + DAY, NOW]);
  });

  test('a shard of another number remembers for ever from when it counts what', async () => {
    const first = startOn(await ofFour(), '0/3');
    await first.shelf.listed(new Set(['stays', 'comes', 'unread']), NOW + DAY);
    await first.store.epoch(target, NOW + DAY);
    await first.shelf.save('comes', counted(1));
    await first.shelf.save('stays', counted(101));
    const again = startOn(first.map, '0/3');
    await again.shelf.listed(new Set(['stays', 'comes', 'unread']), NOW + 2 * DAY);
    await again.store.epoch(target, NOW + 2 * DAY);
    const epochs = ['stays', 'comes', 'unread'].map(again.shelf.epochOf);
    expect(epochs).toEqual([NOW, NOW + DAY, NOW + DAY]);
    const two = startOn(again.map, '0/2');
    await two.shelf.listed(new Set(['stays', 'comes', 'other']), NOW + 3 * DAY);
    await two.store.epoch(target, NOW + 3 * DAY);
    expect(['stays', 'comes', 'other'].map(two.shelf.epochOf)).toEqual([NOW, NOW + DAY, NOW + 3 * DAY]);
    expect(two.shelf.get('comes')?.totals).toEqual({ runs: 1 });
  });

  test('the number of shards of before starts what returns anew: the shard where it was has counted meanwhile', async () => {
    const five = await ofFive(await ofFour());
    const { map, store, shelf } = startOn(five.map, '0/4');
    // Before AWS has said what time it is.
    expect(shelf.get('moves')).toBeUndefined();
    await shelf.listed(new Set(['stays', 'moves']), NOW + 2 * DAY);
    expect(shelf.get('moves')).toBeUndefined();
    await store.epoch(target, NOW + 2 * DAY);
    expect([shelf.get('moves'), shelf.epochOf('moves'), shelf.epochOf('stays')]).toEqual([
      undefined,
      NOW + 2 * DAY,
      NOW,
    ]);
    // After a crash before it was polled as well.
    expect(startOn(map, '0/4').shelf.get('moves')).toBeUndefined();
    await shelf.save('moves', counted(1));
    const again = startOn(map, '0/4').shelf;
    expect([again.get('moves')?.totals, again.epochOf('moves')]).toEqual([{ runs: 1 }, NOW + 2 * DAY]);
  });

  test('a shard of another number still forgives what goes and comes within its own time', async () => {
    const { map, shelf } = await ofFive(await ofFour());
    await shelf.listed(new Set(), NOW + 2 * DAY);
    const again = startOn(map, '0/5').shelf;
    await again.listed(new Set(['stays']), NOW + 3 * DAY);
    expect(again.get('stays')?.totals).toEqual({ runs: 100 });
  });

  test('a shard of another number forgets after a week what has moved away', async () => {
    const { map, shelf } = await ofFive(await ofFour());
    await shelf.listed(new Set(['stays']), NOW + 8 * DAY + 1);
    expect([...map.entries()].map(([key]) => key)).not.toContain('ledger/111122223333/eu-west-1/things/moves');
  });

  test('a shard for the first time, after an exporter without shards, keeps the part that it takes', async () => {
    const alone = startOn(memoryMap());
    await alone.store.epoch(target, NOW);
    await alone.shelf.save('stays', counted(100));
    // Nothing is written that a version without shards could not read.
    expect([...alone.map.entries()].map(([key]) => key.split('/')[0])).toEqual(['epoch', 'ledger']);
    const { shelf } = await ofFive(alone.map);
    expect([shelf.get('stays')?.totals, shelf.epochOf('stays'), shelf.epochOf('comes')]).toEqual([
      { runs: 100 },
      NOW,
      NOW + DAY,
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
    const { store: again, shelf } = startOn(map, '0/4');
    expect(await again.epoch(target, NOW + 1)).toBe(NOW + 1);
    expect(shelf.epochOf('a')).toBe(NOW + 1);
  });
});
