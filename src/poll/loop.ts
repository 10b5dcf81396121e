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
/** Two targets a second at the usual interval. */
const TARGETS_PER_DELAY = 10;

/**
 * A time before the first poll: targets, and exporters that are started together, do not ask AWS all in the same moment, then
 * and at every interval after. `random` is from 0 to 1; `targets` is how many are started together: many are spread over more
 * time, up to the interval, so that only a few assume their roles and list what there is at once.
 */
export const jitteredStart = (intervalSeconds: number, random: number, targets = 1): number => {
  const forFew = Math.min(LONGEST_START_DELAY_SECONDS, intervalSeconds / 10);
  return random * Math.min(intervalSeconds, forFew * Math.max(1, targets / TARGETS_PER_DELAY));
};

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
