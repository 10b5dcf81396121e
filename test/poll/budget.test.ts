import { setMaxListeners } from 'node:events';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createBudget, hasEffect } from '../../src/poll/budget.ts';

test('requests are spaced evenly, also when all are asked for at once', async () => {
  const budget = createBudget(200);
  const signal = new AbortController().signal;
  setMaxListeners(0, signal);
  const admitted: number[] = [];
  const start = performance.now();
  await Promise.all(
    Array.from({ length: 21 }, () => budget.admit(signal).then(() => admitted.push(performance.now() - start))),
  );
  // Timers may fire a millisecond early, never more.
  admitted.forEach((at, index) => {
    expect(at).toBeGreaterThanOrEqual(index * 5 - 2);
  });
});

test('time without requests is not saved up for a burst', async () => {
  const budget = createBudget(100);
  const signal = new AbortController().signal;
  await budget.admit(signal);
  await new Promise(resolve => setTimeout(resolve, 60));
  const start = performance.now();
  for (let request = 0; request < 5; request += 1) await budget.admit(signal);
  expect(performance.now() - start).toBeGreaterThanOrEqual(38);
});

describe('when AWS throttles', () => {
  /** A budget of 100 requests a second on a clock that the test sets. */
  const throttledBudget = () => {
    const clock = { now: 1000 };
    return { clock, budget: createBudget(100, () => clock.now) };
  };

  test('there is half the rate at once, soon a bit less than was too much, for some time no more, and then all of it', () => {
    const { clock, budget } = throttledBudget();
    const rateAfter = (seconds: number): number => {
      clock.now = 1000 + seconds;
      return Math.round(budget.requestsPerSecond * 100) / 100;
    };
    expect(rateAfter(0)).toBe(100);
    budget.throttled();
    expect([0, 4, 8, 10, 12].map(rateAfter)).toEqual([50, 85, 90, 90.63, 95]);
    expect([16, 1000].map(rateAfter)).toEqual([100, 100]);
  });

  test('requests that were under way together are turned down together, and count once', () => {
    const { clock, budget } = throttledBudget();
    for (let request = 0; request < 8; request += 1) budget.throttled();
    expect(budget.requestsPerSecond).toBe(50);
    clock.now += 1;
    const before = budget.requestsPerSecond;
    budget.throttled();
    expect(budget.requestsPerSecond).toBeCloseTo(before / 2);
  });

  test('a storm leaves a twentieth, never nothing', () => {
    const { clock, budget } = throttledBudget();
    for (let second = 0; second < 100; second += 1) {
      clock.now += 1;
      budget.throttled();
    }
    expect(budget.requestsPerSecond).toBeGreaterThanOrEqual(5);
    expect(budget.requestsPerSecond).toBeLessThan(7);
    clock.now += 60;
    expect(budget.requestsPerSecond).toBe(100);
  });

  test('requests are really spaced by what is left', async () => {
    const budget = createBudget(100);
    const signal = new AbortController().signal;
    budget.throttled();
    const start = performance.now();
    for (let request = 0; request < 6; request += 1) await budget.admit(signal);
    // Five spaces of nearly 20 ms; timers may fire a millisecond early.
    expect(performance.now() - start).toBeGreaterThanOrEqual(90);
  });
});

describe('those that wait', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  /** So many requests that ask at once, on timers and a clock that the test moves. */
  const waiting = (requestsPerSecond: number, requests: number) => {
    vi.useFakeTimers();
    const clock = { now: 0 };
    const budget = createBudget(requestsPerSecond, () => clock.now);
    const admitted: number[] = [];
    const signals = Array.from({ length: requests }, () => new AbortController());
    signals.forEach(({ signal }, index) => {
      budget.admit(signal).then(
        () => admitted.push(index),
        () => {},
      );
    });
    const pass = async (seconds: number): Promise<void> => {
      for (let passed = 0; passed < Math.round(seconds * 1000); passed += 1) {
        clock.now += 0.001;
        await vi.advanceTimersByTimeAsync(1);
      }
    };
    return { clock, budget, admitted, signals, pass };
  };

  test('are let go in the order in which they came', async () => {
    const { admitted, pass } = waiting(10, 4);
    await pass(0);
    await vi.advanceTimersByTimeAsync(0);
    expect(admitted).toEqual([0]);
    await pass(0.19);
    expect(admitted).toEqual([0, 1]);
    await pass(0.2);
    expect(admitted).toEqual([0, 1, 2, 3]);
  });

  test('wait longer as soon as AWS says no', async () => {
    const { budget, admitted, pass } = waiting(10, 8);
    await pass(0.15);
    expect(admitted).toEqual([0, 1]);
    budget.throttled();
    await pass(0.1);
    expect(admitted).toEqual([0, 1]);
    await pass(0.06);
    expect(admitted).toEqual([0, 1, 2]);
    await pass(0.15);
    expect(admitted).toEqual([0, 1, 2]);
  });

  test('do not go all at once after the process was busy', async () => {
    const { clock, admitted, pass } = waiting(10, 8);
    await pass(0.001);
    clock.now += 10;
    await pass(0.25);
    expect(admitted).toEqual([0, 1, 2]);
  });

  test('leave their turn to the next when they give up', async () => {
    const { admitted, signals, pass } = waiting(10, 4);
    await pass(0.05);
    signals[1]?.abort();
    signals[3]?.abort();
    await pass(0.06);
    expect(admitted).toEqual([0, 2]);
  });

  test('leave nothing behind when all give up', async () => {
    const { admitted, signals, pass } = waiting(10, 4);
    await pass(0.05);
    for (const each of signals) each.abort();
    expect(vi.getTimerCount()).toBe(0);
    await pass(1);
    expect(admitted).toEqual([0]);
  });

  test('are not overtaken by one that comes when a turn is due', async () => {
    const { clock, budget, admitted, pass } = waiting(10, 2);
    await pass(0.001);
    clock.now += 0.15;
    let isOvertaken = false;
    void budget.admit(new AbortController().signal).then(() => {
      isOvertaken = admitted.length < 2;
    });
    await pass(0.3);
    expect([admitted, isOvertaken]).toEqual([[0, 1], false]);
  });
});

test('waiting ends when the signal aborts', async () => {
  const budget = createBudget(0.001);
  const stopping = new AbortController();
  await budget.admit(stopping.signal);
  const waiting = budget.admit(stopping.signal);
  stopping.abort();
  await expect(waiting).rejects.toThrow('abort');
  await expect(budget.admit(stopping.signal)).rejects.toThrow('abort');
});

describe('a budget that continues from others', () => {
  /** Budgets on one clock, which the test sets. */
  const budgets = () => {
    const clock = { now: 1000 };
    return { clock, open: (requestsPerSecond: number) => createBudget(requestsPerSecond, () => clock.now) };
  };
  const signal = new AbortController().signal;

  test('keeps the throttled rate, which grows back along the same curve', () => {
    const { clock, open } = budgets();
    const before = open(100);
    before.throttled();
    clock.now += 4;
    const next = open(100);
    next.continueFrom([before.history]);
    for (const seconds of [0, 2, 4, 8, 60]) {
      clock.now = 1004 + seconds;
      expect(next.requestsPerSecond).toBe(before.requestsPerSecond);
    }
    expect(next.requestsPerSecond).toBe(100);
  });

  test('is never above its own rate, nor above the throttled one of a slower budget', () => {
    const { clock, open } = budgets();
    const before = open(100);
    before.throttled();
    const slower = open(20);
    slower.continueFrom([before.history]);
    expect(slower.requestsPerSecond).toBe(20);
    clock.now += 1;
    slower.throttled();
    const faster = open(1000);
    faster.continueFrom([slower.history]);
    expect([slower.requestsPerSecond, faster.requestsPerSecond]).toEqual([10, 10]);
    clock.now += 1;
    faster.throttled();
    expect(faster.requestsPerSecond, 'a refusal never raises the rate to a twentieth of the new one').toBeLessThan(17);
    expect(faster.leastPerSecond).toBe(10);
  });

  test('has its full rate when the others have theirs again', () => {
    const { clock, open } = budgets();
    const before = open(10);
    before.throttled();
    clock.now += 60;
    const next = open(1000);
    next.continueFrom([before.history]);
    expect(next.requestsPerSecond).toBe(1000);
  });

  test('has the lowest rate of several', () => {
    const { clock, open } = budgets();
    const [idle, throttled, worse] = [open(100), open(100), open(100)];
    throttled.throttled();
    worse.throttled();
    clock.now += 1;
    worse.throttled();
    const lowest = worse.requestsPerSecond;
    for (const others of [
      [idle, throttled, worse],
      [worse, throttled, idle],
    ]) {
      const next = open(100);
      next.continueFrom(others.map(({ history }) => history));
      expect(next.requestsPerSecond).toBe(lowest);
    }
  });

  test('spaces its first request from the last one before', async () => {
    vi.useFakeTimers();
    const { clock, open } = budgets();
    const before = open(10);
    await before.admit(signal);
    clock.now += 0.02;
    const next = open(5);
    next.continueFrom([before.history]);
    let isAdmitted = false;
    void next.admit(signal).then(() => {
      isAdmitted = true;
    });
    const pass = async (seconds: number) => {
      clock.now += seconds;
      await vi.advanceTimersByTimeAsync(seconds * 1000);
    };
    await pass(0.17);
    expect(isAdmitted).toBe(false);
    await pass(0.02);
    expect(isAdmitted).toBe(true);
    vi.useRealTimers();
  });

  test('has an effect until it is neither throttled nor spaces the next request', async () => {
    const { clock, open } = budgets();
    const budget = open(10);
    expect(hasEffect(budget.history, clock.now)).toBe(false);
    await budget.admit(signal);
    expect(hasEffect(budget.history, clock.now + 0.09)).toBe(true);
    expect(hasEffect(budget.history, clock.now + 0.11)).toBe(false);
    budget.throttled();
    expect(hasEffect(budget.history, clock.now + 10)).toBe(true);
    expect(hasEffect(budget.history, clock.now + 60)).toBe(false);
  });
});
