import { isNumber, objectOf, optional } from '../runs/stored.ts';

/*
 * What is kept of jobs and workflows that listings no longer have, and for how long. No clock decides it: time is counted in
 * operating seconds, see operating-time.ts.
 */

/** How long departed ledgers are kept, and those of targets and collectors that are not configured any more. */
export const KEPT_OPERATING_SECONDS = 7 * 86_400;

/** So many departed ledgers of a collector on a target are kept in any case. */
const LEAST_KEPT = 1_000;

/** When a ledger departed. */
export interface Departure {
  /** AWS's time of the listing that was first without it, epoch seconds: the same for all that one listing missed. */
  readonly departedAt: number;
  /** The operating seconds then; undefined where a version saved it that did not count them. */
  readonly departedAfterSeconds: number | undefined;
}

const isDeparture = objectOf<Departure>({ departedAt: isNumber, departedAfterSeconds: optional(isNumber) });

/** When what is stored of an entity has departed; undefined while it is there. */
export const departureOf = (stored: unknown): Departure | undefined =>
  // Of ten thousand, next to none has departed.
  typeof stored === 'object' && stored !== null && 'departedAt' in stored && isDeparture(stored) ? stored : undefined;

/** Whether something that departed after so many operating seconds has been kept for long enough. */
export const isExpired = (departedAfterSeconds: number | undefined, operatingSeconds: number): boolean =>
  operatingSeconds - (departedAfterSeconds ?? 0) > KEPT_OPERATING_SECONDS;

/** A departed ledger by its name. */
export interface Departed extends Departure {
  readonly name: string;
}

/**
 * The departed ledgers beyond the limit, oldest first. The limit is 1,000, or twice as many as were there at one time if that is
 * more: those that are listed now, or those that one listing missed. So a short listing, or a filter that is changed back, drops
 * nothing of what it missed.
 *
 * `earlier` had departed before the last listing, `now` is the number of those that this one was the first to miss: they are
 * never dropped.
 */
export const excessLedgers = (earlier: readonly Departed[], now: number, listed: number): readonly string[] => {
  if (earlier.length + now <= LEAST_KEPT) return [];
  const together = new Map<number, number>();
  for (const { departedAt } of earlier) together.set(departedAt, (together.get(departedAt) ?? 0) + 1);
  let most = Math.max(listed, now);
  for (const count of together.values()) most = Math.max(most, count);
  const excess = earlier.length + now - Math.max(LEAST_KEPT, 2 * most);
  if (excess <= 0) return [];
  return [...earlier]
    .sort((a, b) => (a.departedAfterSeconds ?? 0) - (b.departedAfterSeconds ?? 0) || a.departedAt - b.departedAt)
    .slice(0, excess)
    .map(({ name }) => name);
};

const isCounted = objectOf({
  epoch: optional(isNumber),
  ledger: objectOf({ lastCompleted: optional(objectOf({ completedAt: isNumber })) }),
});

/** Glue's times have milliseconds. */
const NEXT_SECONDS = 0.001;

/**
 * The time from which on no run can have been counted by a stored ledger, AWS's epoch seconds: after the last completion that it
 * has seen, and not before its own epoch. Undefined where it has counted nothing. These are times of AWS's own, not of a clock.
 */
export const countedUntil = (stored: unknown): number | undefined => {
  if (!isCounted(stored)) return undefined;
  const last = stored.ledger.lastCompleted?.completedAt;
  if (last === undefined) return stored.epoch;
  return Math.max(last + NEXT_SECONDS, stored.epoch ?? last);
};
