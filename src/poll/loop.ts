import { setTimeout as pause } from 'node:timers/promises';
import type { TargetPoll } from './target-poll.ts';

export interface LoopOptions {
  /** Time before the first poll. */
  readonly startDelaySeconds: number;
  readonly intervalSeconds: number;
  /** Seconds on a clock that only runs forward. */
  readonly uptime: () => number;
  readonly signal: AbortSignal;
}

const LONGEST_START_DELAY_SECONDS = 5;

/**
 * A time before the first poll: targets, and exporters that are started together, do not ask AWS all in the same moment, then
 * and at every interval after. `random` is from 0 to 1.
 */
export const jitteredStart = (intervalSeconds: number, random: number): number =>
  random * Math.min(LONGEST_START_DELAY_SECONDS, intervalSeconds / 10);

/**
 * Polls a target at every interval until the signal aborts. Polls never overlap: one that takes longer makes the next start
 * late. While entities are left that were never polled, the next poll goes on with them at once.
 */
export const pollForever = async (target: TargetPoll, options: LoopOptions): Promise<void> => {
  const { startDelaySeconds, intervalSeconds, uptime, signal } = options;
  const sleep = (seconds: number): Promise<unknown> => pause(seconds * 1000, undefined, { signal }).catch(() => {});
  await sleep(startDelaySeconds);
  while (!signal.aborted) {
    const startedAt = uptime();
    await target.poll();
    const left = intervalSeconds - (uptime() - startedAt);
    if (left < 0) target.overran();
    if (left <= 0 || (target.incomplete && target.status().up)) continue;
    await sleep(left);
  }
};
