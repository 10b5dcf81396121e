import { describe, expect, test } from 'vitest';
import { createRefresher } from '../../src/metrics/refresh.ts';

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
    await Promise.all([refresher.request(), refresher.request(), refresher.request()]);
    expect(works).toBe(1);
  });

  test('never works twice at once: what is requested meanwhile is done afterwards', async () => {
    const { work, untilStarted, started } = held();
    const refresher = createRefresher(work, () => {});
    const first = refresher.request();
    await untilStarted(1);
    const second = refresher.request();
    expect(refresher.request()).toBe(second);
    await new Promise(setImmediate);
    expect(started).toHaveLength(1);
    started[0]?.();
    await first;
    await untilStarted(2);
    started[1]?.();
    await second;
    expect(started).toHaveLength(2);
  });

  test('tells of a failure those who wait and the log, and tries again by itself', async () => {
    const { work, untilStarted, started } = held();
    const failures: unknown[] = [];
    const refresher = createRefresher(work, error => failures.push(error));
    const waiting = refresher.request();
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

  test('gives others their turn', async () => {
    let turns = 0;
    const counting = setInterval(() => {
      turns += 1;
    }, 0);
    const refresher = createRefresher(
      async breathe => {
        for (const until = performance.now() + 100; performance.now() < until; ) await breathe();
      },
      () => {},
    );
    await refresher.request();
    clearInterval(counting);
    expect(turns).toBeGreaterThan(3);
  });
});
