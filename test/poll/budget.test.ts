import { setMaxListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { createBudget } from '../../src/poll/budget.ts';

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

  test('there is half the rate at once, and all of it again within a minute', () => {
    const { clock, budget } = throttledBudget();
    expect(budget.requestsPerSecond).toBe(100);
    budget.throttled();
    expect(budget.requestsPerSecond).toBe(50);
    clock.now += 15;
    expect(budget.requestsPerSecond).toBe(75);
    clock.now += 15;
    expect(budget.requestsPerSecond).toBe(100);
    clock.now += 1000;
    expect(budget.requestsPerSecond).toBe(100);
  });

  test('requests that were under way together are turned down together, and count once', () => {
    const { clock, budget } = throttledBudget();
    for (let request = 0; request < 8; request += 1) budget.throttled();
    expect(budget.requestsPerSecond).toBe(50);
    clock.now += 1;
    budget.throttled();
    expect(budget.requestsPerSecond).toBeCloseTo((50 + 100 / 60) / 2);
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

test('waiting ends when the signal aborts', async () => {
  const budget = createBudget(0.001);
  const stopping = new AbortController();
  await budget.admit(stopping.signal);
  const waiting = budget.admit(stopping.signal);
  stopping.abort();
  await expect(waiting).rejects.toThrow('abort');
  await expect(budget.admit(stopping.signal)).rejects.toThrow('abort');
});
