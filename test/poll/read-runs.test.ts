import { expect, test } from 'vitest';
import type { Collector } from '../../src/collectors/collector.ts';
import type { Glue } from '../../src/glue/client.ts';
import { readRuns } from '../../src/poll/read-runs.ts';
import { emptyLedger, fold, type Ledger } from '../../src/runs/ledger.ts';
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
  observer: { requested: () => {}, failed: () => {}, unknownValue: () => {} },
  region: async () => 'eu-west-1',
  accountId: async () => '111122223333',
  close: () => {},
};

/** A history that is answered in pages of ten at most, whatever is asked for, and the sizes that were. */
const historyOf = (runs: readonly Run<null>[]) => {
  const sizes: number[] = [];
  const collector: Pick<Collector<{ name: string }, null>, 'longestRunSeconds' | 'maxPageSize' | 'readRuns'> = {
    maxPageSize: 200,
    longestRunSeconds: () => 2 * DAY,
    async readRuns(_glue, _name, size, token = '0') {
      sizes.push(size);
      const end = Number(token) + Math.min(10, size);
      return { runs: runs.slice(Number(token), end), nextToken: end < runs.length ? `${end}` : undefined };
    },
  };
  const read = (ledger: Ledger<null>, leastRuns = 0) =>
    readRuns(collector, glue, { definition: { name: 'etl' }, ledger }, NOW, undefined, leastRuns);
  return { read, sizes };
};

/** Newest first, one each day; the one failure is `age` days old. */
const daily = (count: number, age: number): readonly Run<null>[] =>
  Array.from({ length: count }, (_, day) => endedAt(NOW - day * DAY, day === age ? 'failure' : 'success'));

test('the first sight reads on until it knows a success and a failure, and 200 runs at most', async () => {
  const { read } = historyOf(daily(500, 150));
  const { reading } = await read(emptyLedger);
  expect(reading.runs).toHaveLength(160);
  expect(fold(emptyLedger, reading, { epoch: NOW, tally: () => [] }).ledger.lastFailureAt).toBe(NOW - 150 * DAY);
  expect((await historyOf(daily(500, 300)).read(emptyLedger)).reading.runs).toHaveLength(200);
});

test('a history of which too little was seen to know its order is read to its end, once', async () => {
  const { read, sizes } = historyOf(daily(30, 1));
  let ledger: Ledger<null> = emptyLedger;
  for (let poll = 0; poll < 3; poll += 1) {
    ledger = fold(ledger, (await read(ledger)).reading, { epoch: NOW, tally: () => [] }).ledger;
  }
  // One page, all pages, one page.
  expect(sizes).toHaveLength(1 + 3 + 1);
});

test('after that small pages are read, and no more than is needed', async () => {
  const { read, sizes } = historyOf(daily(500, 15));
  const first = fold(emptyLedger, (await read(emptyLedger)).reading, { epoch: NOW, tally: () => [] });
  expect(sizes).toEqual([200, 200]);
  await read(first.ledger);
  expect(sizes).toHaveLength(3);
  expect(sizes[2]).toBeLessThan(20);
});

test('more runs than are needed are read where they are asked for, in one page', async () => {
  const { read, sizes } = historyOf(daily(500, 15));
  const { ledger } = fold(emptyLedger, (await read(emptyLedger)).reading, { epoch: NOW, tally: () => [] });
  await read(ledger, 20);
  expect(sizes.slice(2)).toEqual([20]);
});
