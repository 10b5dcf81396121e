import { setTimeout as pause } from 'node:timers/promises';
import type { TargetPoll } from './target-poll.ts';

export interface LoopOptions {
  readonly intervalSeconds: number;
  /** Seconds on a clock that only runs forward. */
  readonly uptime: () => number;
  readonly signal: AbortSignal;
}

/**
 * Polls a target at every interval until the signal aborts. Polls never overlap: one that takes longer makes the next start
 * late. While entities are left that were never polled, the next poll goes on with them at once.
 */
export const pollForever = async (target: TargetPoll, options: LoopOptions): Promise<void> => {
  const { intervalSeconds, uptime, signal } = options;
  while (!signal.aborted) {
    const startedAt = uptime();
    await target.poll();
    const left = intervalSeconds - (uptime() - startedAt);
    if (left < 0) target.overran();
    if (left <= 0 || (target.incomplete && target.status().up)) continue;
    await pause(left * 1000, undefined, { signal }).catch(() => {});
  }
};
