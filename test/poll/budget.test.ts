import { setMaxListeners } from 'node:events';
import { expect, test } from 'vitest';
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

test('waiting ends when the signal aborts', async () => {
  const budget = createBudget(0.001);
  const stopping = new AbortController();
  await budget.admit(stopping.signal);
  const waiting = budget.admit(stopping.signal);
  stopping.abort();
  await expect(waiting).rejects.toThrow('abort');
  await expect(budget.admit(stopping.signal)).rejects.toThrow('abort');
});
