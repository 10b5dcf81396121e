import { afterEach, describe, expect, test, vi } from 'vitest';
import { createRefresher } from '../../src/metrics/refresh.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** Work that ends when the test says so. */
const held = () => {
  const started: ((error?: Error) => void)[] = [];
  let began = (): void => {};
  const work = () =>
    new Promise<void>((resolve, reject) => {
      started.push(error => (error === undefined ? resolve() : reject(error)));
      began();
    });
  const untilStarted = (count: number) =>
    new Promise<void>(resolve => {
      began = () => {
        if (started.length >= count) resolve();
      };
      began();
    });
  return { work, untilStarted, started };
};

describe('a refresher', () => {
  test('does at once, and together, what is requested in one turn', async () => {
    let works = 0;
    const refresher = createRefresher(
      async () => {
        works += 1;
      },
      () => {},
    );
    await Promise.all([refresher.requestNow(), refresher.requestNow(), refresher.requestNow()]);
    expect(works).toBe(1);
  });

  test('never works twice at once: what is requested meanwhile is done afterwards', async () => {
    const { work, untilStarted, started } = held();
    const refresher = createRefresher(work, () => {});
    const first = refresher.requestNow();
    await untilStarted(1);
    const second = refresher.requestNow();
    expect(refresher.requestNow()).toBe(second);
    await new Promise(setImmediate);
    expect(started).toHaveLength(1);
    started[0]?.();
    await first;
    await untilStarted(2);
    started[1]?.();
    await second;
    expect(started).toHaveLength(2);
  });

  test('rests for a second, and only as long as its work took while somebody waits', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    let works = 0;
    let lastsMs = 30;
    const refresher = createRefresher(
      async () => {
        works += 1;
        vi.advanceTimersByTime(lastsMs);
      },
      () => {},
    );
    const worksAfter = async (ms: number): Promise<number> => {
      for (const left of [ms, 0, 0]) {
        vi.advanceTimersByTime(left);
        await new Promise(setImmediate);
        await new Promise(setImmediate);
      }
      return works;
    };
    await refresher.requestNow();
    refresher.request();
    expect([await worksAfter(0), await worksAfter(999), await worksAfter(1)]).toEqual([1, 1, 2]);
    refresher.request();
    expect(await worksAfter(0)).toBe(2);
    const waiting = refresher.requestNow();
    expect([await worksAfter(29), await worksAfter(1)]).toEqual([2, 3]);
    await waiting;
    refresher.request();
    expect([await worksAfter(999), await worksAfter(1)], 'nobody waits any more').toEqual([3, 4]);
    lastsMs = 5_000;
    const slow = refresher.requestNow();
    expect(await worksAfter(30)).toBe(5);
    await slow;
    const next = refresher.requestNow();
    expect([await worksAfter(999), await worksAfter(1)], 'a second is enough').toEqual([5, 6]);
    await next;
  });

  test('reports a failure to those who wait and to the log, and tries again by itself', async () => {
    const { work, untilStarted, started } = held();
    const failures: unknown[] = [];
    const refresher = createRefresher(work, error => failures.push(error));
    const waiting = refresher.requestNow();
    await untilStarted(1);
    const underWay = refresher.underWay();
    started[0]?.(new Error('no memory'));
    await expect(waiting).rejects.toThrow('no memory');
    await expect(underWay).rejects.toThrow('no memory');
    expect(failures).toEqual([new Error('no memory')]);
    await untilStarted(2);
    started[1]?.();
    await refresher.underWay();
  });

  test('yields to others every few milliseconds', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const yielded: boolean[] = [];
    const refresher = createRefresher(
      async yieldIfDue => {
        for (const ms of [2, 1, 0, 2, 10, 2.5]) {
          vi.advanceTimersByTime(ms);
          const due = yieldIfDue();
          yielded.push(due !== undefined);
          await due;
        }
      },
      () => {},
    );
    await refresher.requestNow();
    expect(yielded).toEqual([false, true, false, false, true, false]);
  });
});
