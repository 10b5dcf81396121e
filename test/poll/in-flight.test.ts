import { setMaxListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createBudget } from '../../src/poll/budget.ts';
import { createInFlight } from '../../src/poll/in-flight.ts';

afterEach(() => {
  vi.useRealTimers();
});

const { signal } = new AbortController();
setMaxListeners(0, signal);

/** A request that is in flight until the test ends it. */
const request = () => {
  let end = (): void => {};
  const over = new Promise<void>(resolve => {
    end = resolve;
  });
  return { over, end };
};

/** Lets everything happen that can happen without time. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 60; turn += 1) await nextTurn();
};

/** Targets with budgets that are never short, which share a process. Each has so many requests to send. */
const targetsOf = (count: number, requests: number, most: number) => {
  const inFlight = createInFlight(most);
  const sent: { readonly target: number; readonly end: () => void }[] = [];
  for (let target = 0; target < count; target += 1) {
    const budget = createBudget(1e9, undefined, inFlight);
    for (let index = 0; index < requests; index += 1) {
      const { over, end } = request();
      void budget.admit(signal, over).then(() => sent.push({ target, end }));
    }
  }
  return sent;
};

describe('requests of all targets', () => {
  test('are in flight up to the limit of the process, and one more with each that ends', async () => {
    const sent = targetsOf(5, 4, 3);
    await settle();
    for (let ended = 0; ended < 17; ended += 1) {
      expect(sent).toHaveLength(3 + ended);
      sent[ended]?.end();
      await vi.waitFor(() => expect(sent.length).toBeGreaterThan(3 + ended));
      await settle();
    }
    expect(sent).toHaveLength(20);
  });

  test('take turns: a target with many does not keep the others waiting', async () => {
    const sent = targetsOf(3, 10, 1);
    const order: number[] = [];
    for (let index = 0; index < 12; index += 1) {
      await vi.waitFor(() => expect(sent.length).toBe(index + 1));
      order.push(sent[index]?.target ?? -1);
      sent[index]?.end();
    }
    for (let round = 0; round < 12; round += 3) expect(order.slice(round, round + 3).toSorted()).toEqual([0, 1, 2]);
  });

  test('that hang stop counting after a second, so that a target that does not answer starves none', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const inFlight = createInFlight(2);
    const never = new Promise(() => {});
    await Promise.all([inFlight(never), inFlight(never)]);
    let isSent = false;
    void inFlight(never).then(() => {
      isSent = true;
    });
    await vi.advanceTimersByTimeAsync(900);
    await settle();
    expect(isSent).toBe(false);
    await vi.advanceTimersByTimeAsync(200);
    await settle();
    expect(isSent).toBe(true);
  });

  test('are each sent in a turn of the event loop of their own', async () => {
    const inFlight = createInFlight(10);
    let turns = 0;
    let counting = true;
    const count = (): void => {
      turns += 1;
      if (counting) setImmediate(count);
    };
    setImmediate(count);
    const sentAt = await Promise.all(Array.from({ length: 10 }, () => inFlight(Promise.resolve()).then(() => turns)));
    counting = false;
    expect(new Set(sentAt).size).toBe(10);
  });
});

describe('a budget that waits for the process', () => {
  test('keeps its rate: what was due meanwhile is not sent in a burst', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const clock = { now: 0 };
    const held: (() => void)[] = [];
    const budget = createBudget(
      10,
      () => clock.now,
      () => new Promise(enter => held.push(enter)),
    );
    let admitted = 0;
    for (let index = 0; index < 4; index += 1) void budget.admit(signal).then(() => (admitted += 1));
    clock.now = 5;
    await vi.advanceTimersByTimeAsync(5_000);
    // One of them waits for the process, however many are due.
    expect([admitted, held.length]).toEqual([0, 1]);
    held.shift()?.();
    await vi.advanceTimersByTimeAsync(0);
    expect([admitted, held.length]).toEqual([1, 0]);
    clock.now += 0.099;
    await vi.advanceTimersByTimeAsync(97);
    expect(held).toHaveLength(0);
    clock.now += 0.01;
    await vi.advanceTimersByTimeAsync(10);
    expect(held).toHaveLength(1);
  });

  test('gives its place back when the request was given up, or AWS throttles, while it waited', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const clock = { now: 0 };
    const places: { readonly enter: () => void; readonly over: Promise<unknown> }[] = [];
    const budget = createBudget(
      10,
      () => clock.now,
      over => new Promise(enter => places.push({ enter, over })),
    );
    const stopping = new AbortController();
    const first = budget.admit(stopping.signal);
    stopping.abort();
    await expect(first).rejects.toThrow('abort');
    places[0]?.enter();
    await places[0]?.over;

    clock.now = 1;
    let isAdmitted = false;
    void budget.admit(signal).then(() => {
      isAdmitted = true;
    });
    await vi.advanceTimersByTimeAsync(1);
    places[1]?.enter();
    await vi.advanceTimersByTimeAsync(1);
    expect(isAdmitted).toBe(true);
    clock.now += 0.1;
    void budget.admit(signal);
    await vi.advanceTimersByTimeAsync(100);
    expect(places).toHaveLength(3);
    budget.throttled();
    places[2]?.enter();
    // At half the rate it is not due yet.
    await places[2]?.over;
    expect(places).toHaveLength(3);
  });
});
