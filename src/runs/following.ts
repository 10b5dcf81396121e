import { type FollowedFacts, type FollowedRun, type Ledger, type Reading, SETTLE_SECONDS } from './ledger.ts';
import { type Run, WAITING } from './run.ts';

/** A run that a reading has shown active, as it is followed from then on. `run` has dates of the past. */
export const followedRun = (
  ledger: Ledger<unknown>,
  run: Run<unknown>,
  readAt: number,
  facts: FollowedFacts = {},
): FollowedRun => ({
  state: run.state,
  startedAt: run.startedAt,
  misses: 0,
  missingSince: undefined,
  ...settledBeforeOf(ledger, run),
  ...waitingAtOf(ledger, run, readAt),
  ...facts,
});

/** Whether a followed run is missing from a reading that would have it, and since when. */
export const missed = (
  id: string,
  { startedAt, misses, missingSince }: FollowedRun,
  { completeAfter, unknownIds, readAt }: Reading<unknown>,
): Pick<FollowedRun, 'misses' | 'missingSince'> => {
  const isExhausted = completeAfter === Number.NEGATIVE_INFINITY;
  const isMissing =
    isExhausted || (startedAt ?? Number.NEGATIVE_INFINITY) > completeAfter || (unknownIds?.has(id) ?? false);
  return isMissing ? { misses: misses + 1, missingSince: missingSince ?? readAt } : { misses, missingSince };
};

/** Whether an end is so shortly before a time that a stale answer can have shown the run active then. */
export const isJustBefore = (time: number, end: number | undefined): boolean =>
  end !== undefined && end < time && end >= time - SETTLE_SECONDS;

const followedBefore = ({ active }: Ledger<unknown>, id: string): FollowedRun | undefined =>
  Object.hasOwn(active, id) ? active[id] : undefined;

const settledBeforeOf = (
  ledger: Ledger<unknown>,
  { id, startedAt }: Run<unknown>,
): Pick<FollowedRun, 'settledBefore'> => {
  const followed = followedBefore(ledger, id);
  if (followed !== undefined) {
    return followed.settledBefore === undefined ? {} : { settledBefore: followed.settledBefore };
  }
  const { horizon } = ledger;
  return startedAt !== undefined && horizon !== undefined && startedAt < horizon ? { settledBefore: horizon } : {};
};

/** A run waits before it executes, and never again: a stale answer can show it waiting once more. */
const waitingAtOf = (
  ledger: Ledger<unknown>,
  { id, state }: Run<unknown>,
  readAt: number,
): Pick<FollowedRun, 'waitingAt'> => {
  const followed = followedBefore(ledger, id);
  const isWaiting = state === WAITING && (followed === undefined || followed.state === WAITING);
  const waitingAt = isWaiting ? Math.max(followed?.waitingAt ?? readAt, readAt) : followed?.waitingAt;
  return waitingAt === undefined ? {} : { waitingAt };
};
