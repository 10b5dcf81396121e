import { setTimeout as pause } from 'node:timers/promises';
import type { TargetPoll } from './target-poll.ts';

export interface LoopOptions {
  /** Time before the first poll. */
  readonly startDelaySeconds: number;
  readonly intervalSeconds: number;
  /** Where in the interval polls start, on the same clock. */
  readonly phaseSeconds: number;
  /** Seconds on a clock that only runs forward. */
  readonly uptime: () => number;
  readonly signal: AbortSignal;
}

const LONGEST_START_DELAY_SECONDS = 5;
/** Ten targets a second at the usual interval. */
const TARGETS_PER_DELAY = 50;

/**
 * A time before the first poll: targets, and exporters that are started together, do not all assume their roles and list what there is
 * in the same moment. `random` is from 0 to 1; `targets` is how many are started together.
 */
export const jitteredStart = (intervalSeconds: number, random: number, targets = 1): number => {
  const forFew = Math.min(LONGEST_START_DELAY_SECONDS, intervalSeconds / 10);
  return random * Math.min(intervalSeconds, forFew * Math.max(1, targets / TARGETS_PER_DELAY));
};

/** The part of an interval by which a poll may start early. */
const LARGEST_SHIFT = 1 / 4;

/** The part of an interval by which a poll can start before its phase and be at it: timers fire early, too, by a millisecond. */
const LARGEST_EARLY = 1 / 100;

/**
 * When the next poll starts: an interval later, or earlier until polls start at their phase. Never later than an interval after its phase, so that no
 * entity waits longer than it should.
 */
export const nextStart = (startedAt: number, intervalSeconds: number, phaseSeconds: number): number => {
  const since = (startedAt - phaseSeconds) % intervalSeconds;
  const behind = since < 0 ? since + intervalSeconds : since;
  const early = intervalSeconds - behind;
  if (early < intervalSeconds * LARGEST_EARLY) return startedAt + intervalSeconds + early;
  return startedAt + intervalSeconds - Math.min(behind, intervalSeconds * LARGEST_SHIFT);
};

/**
 * Polls a target at every interval until the signal aborts. First polls start soon, so that the exporter is ready; those after them move to
 * the phase of their target, so that many targets are spread over the interval. Polls never overlap: one that takes longer makes the
 * next start late. While entities are left that were never polled, the next poll follows immediately.
 */
export const pollForever = async (target: TargetPoll, options: LoopOptions): Promise<void> => {
  const { startDelaySeconds, intervalSeconds, phaseSeconds, uptime, signal } = options;
  const sleep = (seconds: number): Promise<unknown> => pause(seconds * 1000, undefined, { signal }).catch(() => {});
  await sleep(startDelaySeconds);
  while (!signal.aborted) {
    const startedAt = uptime();
    await target.poll();
    if (uptime() - startedAt > intervalSeconds) target.overran();
    const left = nextStart(startedAt, intervalSeconds, phaseSeconds) - uptime();
    if (left <= 0 || (target.incomplete && target.succeeded)) continue;
    await sleep(left);
  }
};
