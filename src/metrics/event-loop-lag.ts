import { monitorEventLoopDelay } from 'node:perf_hooks';

/** What is told of the event loop's times, by the names that prom-client has for it. */
export const LAG_PARTS = ['min', 'max', 'mean', 'p50', 'p90', 'p99'] as const;

/** Times of the event loop between two looks, in seconds. */
export type EventLoopLag = Readonly<Record<(typeof LAG_PARTS)[number], number>>;

const NANOSECONDS = 1e9;
const RESOLUTION_MS = 10;

/**
 * Measures how late the event loop is, from now on; returns what tells it since it was last asked, or nothing when it was asked just
 * before. As prom-client does it, but without the standard deviation: that is read out of tens of thousands of buckets, and takes more
 * of a scrape than all other metrics of the process together.
 */
export const watchEventLoop = (): (() => EventLoopLag | undefined) => {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  return () => {
    if (delays.count === 0) return undefined;
    const lag = {
      min: delays.min / NANOSECONDS,
      max: delays.max / NANOSECONDS,
      mean: delays.mean / NANOSECONDS,
      p50: delays.percentile(50) / NANOSECONDS,
      p90: delays.percentile(90) / NANOSECONDS,
      p99: delays.percentile(99) / NANOSECONDS,
    };
    delays.reset();
    return lag;
  };
};
