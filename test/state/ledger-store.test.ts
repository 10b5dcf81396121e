import { describe, expect, test } from 'vitest';
import { statefulCollectors } from '../../src/collectors/collector.ts';
import { emptyLedger, type Ledger } from '../../src/runs/ledger.ts';
import { isNumber, objectOf } from '../../src/runs/stored.ts';
import { type DurableMap, memoryMap } from '../../src/state/durable-map.ts';
import { createLedgerStore } from '../../src/state/ledger-store.ts';
import { collectorsInUse } from '../truth/index.ts';

const target = { accountId: '111122223333', region: 'eu-west-1' };
const things = { name: 'things', isFacts: objectOf<{ size: number }>({ size: isNumber }) };
type Facts = { size: number };

const DAY = 86_400;
const NOW = 1_772_366_400;

const ledger: Ledger<Facts> = {
  ...emptyLedger,
  totals: { 'runs/DONE': 3 },
  active: { a: { state: 'ON', startedAt: NOW, misses: 0, missingSince: undefined } },
  newest: {
    id: 'a',
    state: 'ON',
    ended: false,
    verdict: 'other',
    startedAt: NOW,
    modifiedAt: undefined,
    completedAt: undefined,
    facts: { size: 1 },
  },
  horizon: NOW - 300,
  settling: { b: NOW, c: null },
};

const reopened = (map: DurableMap): DurableMap => {
  const copy = memoryMap();
  for (const [key, value] of map.entries()) {
    void copy.set(key, value === undefined ? undefined : JSON.parse(JSON.stringify(value)));
  }
  return copy;
};

describe('a ledger store', () => {
  test('gives back ledgers by target, collector and name, whatever the name holds', async () => {
    const map = memoryMap();
    const ledgers = createLedgerStore(map, [things]).ledgersOf(target, things);
    await ledgers.save('a/b/c', ledger);
    await ledgers.save('', { ...ledger, totals: {} });
    const again = createLedgerStore(reopened(map), [things]);
    expect(JSON.stringify(again.ledgersOf(target, things).get('a/b/c'))).toBe(JSON.stringify(ledger));
    expect(again.ledgersOf(target, things).get('')?.totals).toEqual({});
    expect(again.ledgersOf(target, things).get('a')).toBeUndefined();
    expect(again.ledgersOf({ ...target, region: 'eu-west-2' }, things).get('a/b/c')).toBeUndefined();
    expect(again.ledgersOf(target, { ...things, name: 'others' }).get('a/b/c')).toBeUndefined();
  });

  test('keeps the first epoch of a target for ever', async () => {
    const map = memoryMap();
    const store = createLedgerStore(map, [things]);
    expect(await store.epoch(target, NOW)).toBe(NOW);
    expect(await store.epoch(target, NOW + 5)).toBe(NOW);
    expect(await store.epoch({ ...target, region: 'eu-west-2' }, NOW + 7)).toBe(NOW + 7);
    expect(await createLedgerStore(reopened(map), [things]).epoch(target, NOW + 100)).toBe(NOW);
  });

  test('does not hold for saved what could not be', async () => {
    const map = memoryMap();
    const set = async () => {
      throw new Error('disk full');
    };
    const store = createLedgerStore({ ...map, set }, [things]);
    await expect(store.epoch(target, NOW)).rejects.toThrow('disk full');
    await expect(store.ledgersOf(target, things).save('a', ledger)).rejects.toThrow('disk full');
    expect(store.ledgersOf(target, things).get('a')).toBeUndefined();
  });

  test('saves nothing when nothing comes or goes', async () => {
    const map = memoryMap();
    let saves = 0;
    const set: DurableMap['set'] = (key, value) => {
      saves += 1;
      return map.set(key, value);
    };
    const ledgers = createLedgerStore({ ...map, set }, [things]).ledgersOf(target, things);
    await ledgers.save('a', ledger);
    await ledgers.listed(new Set(['a', 'new']), NOW);
    await ledgers.listed(new Set(['a', 'new']), NOW + DAY);
    expect(saves).toBe(1);
  });

  test('leaves alone what a collector has saved that is not there now', async () => {
    const map = memoryMap();
    await createLedgerStore(map, [things]).ledgersOf(target, things).save('a', ledger);
    const store = createLedgerStore(map, []);
    expect(store.ledgersOf(target, things).get('a')?.totals).toEqual(ledger.totals);
  });

  test.each([
    ['a kind that nobody knows', 'lodger/111122223333/eu-west-1/things/a', { ledger }],
    ['an epoch that is no time', 'epoch/111122223333/eu-west-1', 'now'],
    ['a shard that is no words', 'shard/111122223333/eu-west-1', { shard: 2 }],
    ['no ledger', 'ledger/111122223333/eu-west-1/things/a', { ledger: { ...ledger, totals: { runs: '3' } } }],
    [
      'other facts',
      'ledger/111122223333/eu-west-1/things/a',
      { ledger: { ...ledger, newest: { ...ledger.newest, facts: { size: 'large' } } } },
    ],
    ['a number of a week', 'ledger/111122223333/eu-west-1/things/a', { ledger, departedAt: 'monday' }],
    ['an assignment without a number', 'assignment/111122223333/eu-west-1', { shard: '0/2', earlier: [] }],
    ['an operating time that is no number', 'operating_seconds', '1h'],
  ])('refuses to start on %s', (_what, key, value) => {
    const map = { ...memoryMap(), entries: () => [[key, value] as const] };
    expect(() => createLedgerStore(map, [things])).toThrow(`the state holds under "${key}"`);
  });
});

test.each(statefulCollectors(collectorsInUse).map(({ name, isFacts }) => [name, isFacts] as const))(
  'facts of %s are told from others',
  (name, isFacts) => {
    const good: Record<string, readonly unknown[]> = {
      jobs: [{ attempt: 0 }, { attempt: 2, executionSeconds: 3.5, dpuSeconds: { value: 1, source: 'reported' } }],
      workflows: [{ outcome: 'running' }, { outcome: 'failed', actions: { total: 3, failed: 1 } }],
    };
    const bad: Record<string, readonly unknown[]> = {
      jobs: [{}, { attempt: '0' }, { attempt: 0, dpuSeconds: { value: 1, source: 'guessed' } }, [], null, 'x'],
      workflows: [
        {},
        { outcome: 'fine' },
        { outcome: 'failed', actions: { total: '3' } },
        { outcome: 'failed', actions: [] },
      ],
    };
    expect(good[name]?.map(isFacts)).toEqual([true, true]);
    expect(bad[name]?.some(isFacts)).toBe(false);
  },
);
