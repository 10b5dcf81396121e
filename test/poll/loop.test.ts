import { expect, test } from 'vitest';
import { jitteredStart, pollForever } from '../../src/poll/loop.ts';
import type { TargetPoll } from '../../src/poll/target-poll.ts';

interface Scenario {
  readonly intervalSeconds: number;
  /** How long each poll takes on the fake clock; the loop is stopped in the last. */
  readonly durations: readonly number[];
  readonly incompleteUntil?: number;
  readonly up?: boolean;
}

const runLoop = async ({ intervalSeconds, durations, incompleteUntil = 0, up = true }: Scenario) => {
  const stopping = new AbortController();
  let now = 0;
  let polls = 0;
  let overruns = 0;
  let underWay = 0;
  const target: TargetPoll = {
    async poll() {
      underWay += 1;
      expect(underWay).toBe(1);
      await Promise.resolve();
      now += durations[polls] ?? 0;
      polls += 1;
      underWay -= 1;
      if (polls === durations.length) stopping.abort();
    },
    accountId: undefined,
    ended: 0,
    settled: true,
    get incomplete() {
      return polls < incompleteUntil;
    },
    awaits: () => false,
    withdraw: () => 0,
    overran: () => {
      overruns += 1;
    },
    status: () => ({
      accountId: '1',
      region: 'eu',
      up,
      error: undefined,
      lastPollEndedAt: 0,
      lastPollSeconds: 0,
      oldestReadAt: undefined,
      readAgeLimitSeconds: undefined,
      collectors: [],
    }),
    describe: () => [],
    has: () => false,
  };
  await pollForever(target, { startDelaySeconds: 0, intervalSeconds, uptime: () => now, signal: stopping.signal });
  return { polls, overruns };
};

test('a poll that takes longer than the interval is counted, and the next starts at once', async () => {
  expect(await runLoop({ intervalSeconds: 0.05, durations: [1, 1, 0.01, 1] })).toEqual({ polls: 4, overruns: 3 });
});

test('while something was never polled the next poll follows at once', async () => {
  // With an hour to wait between polls this test would never end.
  expect(await runLoop({ intervalSeconds: 3600, durations: [1, 1, 1], incompleteUntil: 3 })).toEqual({
    polls: 3,
    overruns: 0,
  });
});

const idle: TargetPoll = {
  poll: async () => {},
  accountId: undefined,
  ended: 0,
  settled: true,
  incomplete: false,
  awaits: () => false,
  withdraw: () => 0,
  overran: () => {},
  status: () => ({
    accountId: '1',
    region: 'eu',
    up: true,
    error: undefined,
    lastPollEndedAt: 0,
    lastPollSeconds: 0,
    oldestReadAt: undefined,
    readAgeLimitSeconds: undefined,
    collectors: [],
  }),
  describe: () => [],
  has: () => false,
};

test('stopping ends the wait', async () => {
  const stopping = new AbortController();
  const target: TargetPoll = { ...idle, poll: async () => void setImmediate(() => stopping.abort()) };
  await pollForever(target, { startDelaySeconds: 0, intervalSeconds: 3600, uptime: () => 0, signal: stopping.signal });
});

test('a stop ends the wait before the first poll, too', async () => {
  const stopping = new AbortController();
  setImmediate(() => stopping.abort());
  const poll = () => {
    throw new Error('there must be no poll');
  };
  const target: TargetPoll = { ...idle, poll };
  await pollForever(target, { startDelaySeconds: 3600, intervalSeconds: 1, uptime: () => 0, signal: stopping.signal });
});

test('first polls are spread over a tenth of the interval, and over five seconds at most', () => {
  expect([0, 0.5, 1].map(random => jitteredStart(2, random))).toEqual([0, 0.1, 0.2]);
  expect([0, 0.5, 1].map(random => jitteredStart(3600, random))).toEqual([0, 2.5, 5]);
});

test('first polls of many targets are spread over more, two a second, up to the whole interval', () => {
  expect([1, 10, 20, 150].map(targets => jitteredStart(60, 1, targets))).toEqual([5, 5, 10, 60]);
  expect([1, 10, 20, 150].map(targets => jitteredStart(2, 0.5, targets))).toEqual([0.1, 0.1, 0.2, 1]);
});
