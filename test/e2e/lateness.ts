import { monitorEventLoopDelay } from 'node:perf_hooks';
import { onTestFinished } from 'vitest';

/**
 * Watches how late this process is; the function it returns tells the longest so far, in seconds. What is received may have been
 * sent earlier by as much, so on a busy machine it comes closer together than it was sent.
 */
export const watchLateness = (): (() => number) => {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  onTestFinished(() => {
    delays.disable();
  });
  return () => delays.max / 1e9;
};
