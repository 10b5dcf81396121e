import { describe, expect, test } from 'vitest';
import { jitteredStart, nextStart, pollForever } from '../../src/poll/loop.ts';
import type { TargetPoll } from '../../src/poll/target-poll.ts';
import { spread } from '../../src/shard.ts';

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
    succeeded: up,
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
  await pollForever(target, {
    startDelaySeconds: 0,
    intervalSeconds,
    phaseSeconds: 0,
    uptime: () => now,
    signal: stopping.signal,
  });
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
  succeeded: true,
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
  await pollForever(target, {
    startDelaySeconds: 0,
    intervalSeconds: 3600,
    phaseSeconds: 0,
    uptime: () => 0,
    signal: stopping.signal,
  });
});

test('a stop ends the wait before the first poll, too', async () => {
  const stopping = new AbortController();
  setImmediate(() => stopping.abort());
  const poll = () => {
    throw new Error('there must be no poll');
  };
  const target: TargetPoll = { ...idle, poll };
  await pollForever(target, {
    startDelaySeconds: 3600,
    intervalSeconds: 1,
    phaseSeconds: 0,
    uptime: () => 0,
    signal: stopping.signal,
  });
});

test('first polls are spread over a tenth of the interval, and over five seconds at most', () => {
  expect([0, 0.5, 1].map(random => jitteredStart(2, random))).toEqual([0, 0.1, 0.2]);
  expect([0, 0.5, 1].map(random => jitteredStart(3600, random))).toEqual([0, 2.5, 5]);
});

test('first polls of many targets are spread over more, ten a second, up to the whole interval', () => {
  expect([1, 50, 150, 1000].map(targets => jitteredStart(60, 1, targets))).toEqual([5, 5, 15, 60]);
  expect([1, 50, 1000].map(targets => jitteredStart(2, 0.5, targets))).toEqual([0.1, 0.1, 1]);
});

describe('polls after the first', () => {
  /** The starts of so many polls, from the first one on. */
  const startsFrom = (first: number, interval: number, phase: number, polls: number): number[] => {
    const starts = [first];
    while (starts.length < polls) starts.push(nextStart(starts.at(-1) ?? first, interval, phase));
    return starts;
  };

  test('move to the phase of their target, never more than the interval apart', () => {
    expect(startsFrom(0, 60, 0, 3)).toEqual([0, 60, 120]);
    expect(startsFrom(3, 60, 50, 4)).toEqual([3, 50, 110, 170]);
    // Half an interval away, it takes two.
    expect(startsFrom(0, 60, 30, 5)).toEqual([0, 45, 90, 150, 210]);
    for (let phase = 0; phase < 60; phase += 7) {
      const starts = startsFrom(5, 60, phase, 10);
      const gaps = starts.slice(1).map((start, index) => start - (starts[index] ?? 0));
      expect(Math.max(...gaps)).toBeLessThanOrEqual(60);
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(45);
      expect((starts.at(-1) ?? 0) % 60).toBe(phase);
    }
  });

  test('stay at their phase when a timer fires a little early or late', () => {
    expect(nextStart(119.999, 60, 0)).toBeCloseTo(180, 9);
    expect(nextStart(120.001, 60, 0)).toBeCloseTo(180, 9);
    expect(nextStart(119, 60, 0)).toBe(119 + 45);
  });

  test('of many targets are spread over the interval, whenever they have started', () => {
    const targets = Array.from({ length: 150 }, (_, index) => `${111122223333 + index}/eu-west-1/0/1`);
    const lastStarts = targets.map(name => (startsFrom(1, 60, spread(name) * 60, 6).at(-1) ?? 0) % 60);
    const perSixth = Array.from(
      { length: 6 },
      (_, sixth) => lastStarts.filter(start => Math.floor(start / 10) === sixth).length,
    );
    for (const count of perSixth) expect(count).toBeGreaterThan(10);
  });
});
