import { expect, test } from 'vitest';
import type { Histories } from '../../src/collectors/collector.ts';
import type { Glue } from '../../src/glue/glue.ts';
import { readRuns } from '../../src/poll/read-runs.ts';
import { fold } from '../../src/runs/fold.ts';
import { emptyLedger, type Ledger } from '../../src/runs/ledger.ts';
import type { Run } from '../../src/runs/run.ts';

const NOW = 1_772_366_400;
const DAY = 86_400;

const endedAt = (completedAt: number, verdict: 'success' | 'failure'): Run<null> => ({
  id: `run-${completedAt}`,
  state: verdict,
  ended: true,
  verdict,
  startedAt: completedAt - 60,
  modifiedAt: completedAt,
  completedAt,
  facts: null,
});

const glue: Glue = {
  call: () => Promise.reject(new Error('nothing is asked')),
  now: () => NOW,
  earliestNow: () => NOW,
  isTimeConfirmed: () => true,
  observer: { requested: () => {}, failed: () => {}, unknownValue: () => {} },
  region: async () => 'eu-west-1',
  accountId: async () => '111122223333',
  close: () => {},
};

/** A history that is answered in pages of so many runs at most, whatever is asked for, and the sizes that were. */
const historyOf = (runs: readonly Run<null>[], pageLength = 10) => {
  const sizes: number[] = [];
  const collector: Pick<Histories<{ name: string }, null>, 'longestRunSeconds' | 'maxPageSize' | 'readRuns'> = {
    maxPageSize: 200,
    longestRunSeconds: () => 2 * DAY,
    async readRuns(_glue, _name, size, token = '0') {
      sizes.push(size);
      const end = Number(token) + Math.min(pageLength, size);
      return { runs: runs.slice(Number(token), end), nextToken: end < runs.length ? `${end}` : undefined };
    },
  };
  const lookup = { isPermitted: () => false, read: () => Promise.reject(new Error('nothing is read by its id')) };
  const read = (ledger: Ledger<null>, leastRuns = 0) =>
    readRuns(collector, glue, { definition: { name: 'etl' }, ledger }, { epoch: NOW, leastRuns, lookup });
  return { read, sizes };
};

/** Newest first, one each day; the one failure is `age` days old. */
const daily = (count: number, age: number): readonly Run<null>[] =>
  Array.from({ length: count }, (_, day) => endedAt(NOW - day * DAY, day === age ? 'failure' : 'success'));

test('the first sight reads on until it knows a success and a failure, and 200 runs at most', async () => {
  const { read } = historyOf(daily(500, 150));
  const { reading } = await read(emptyLedger);
  expect(reading.runs).toHaveLength(160);
  expect(fold(emptyLedger, reading, { epoch: NOW, tally: () => [], settle: run => run }).ledger.lastFailureAt).toBe(
    NOW - 150 * DAY,
  );
  expect((await historyOf(daily(500, 300)).read(emptyLedger)).reading.runs).toHaveLength(200);
});

test('a history that is too short to know its order is read to its end, once it is longer', async () => {
  const rules = { epoch: NOW, tally: () => [], settle: (run: Run<null>) => run };
  const { read, sizes } = historyOf(daily(5, 1));
  const first = fold(emptyLedger, (await read(emptyLedger)).reading, rules).ledger;
  expect([first.newestFirst, sizes.length]).toEqual([false, 1]);
  const longer = historyOf(daily(30, 1));
  let ledger: Ledger<null> = first;
  for (let poll = 0; poll < 2; poll += 1) ledger = fold(ledger, (await longer.read(ledger)).reading, rules).ledger;
  // All three pages, then one.
  expect(longer.sizes).toHaveLength(3 + 1);
});

test('at first sight an order is not taken for proven by less than ten starts, however short the pages are', async () => {
  const runs = daily(30, 1);
  const { read, sizes } = historyOf(runs, 2);
  await read(emptyLedger);
  expect(sizes).toHaveLength(6);
});

test('after that small pages are read, and no more than is needed', async () => {
  const { read, sizes } = historyOf(daily(500, 15));
  const first = fold(emptyLedger, (await read(emptyLedger)).reading, {
    epoch: NOW,
    tally: () => [],
    settle: run => run,
  });
  expect(sizes).toEqual([200, 200]);
  await read(first.ledger);
  expect(sizes).toHaveLength(3);
  expect(sizes[2]).toBeLessThan(20);
});

test('more runs than are needed are read where they are asked for, in one page', async () => {
  const { read, sizes } = historyOf(daily(500, 15));
  const { ledger } = fold(emptyLedger, (await read(emptyLedger)).reading, {
    epoch: NOW,
    tally: () => [],
    settle: run => run,
  });
  await read(ledger, 20);
  expect(sizes.slice(2)).toEqual([20]);
});
