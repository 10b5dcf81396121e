/**
 * What a run's end means for the people who are woken by it. Whether a run that somebody stopped is a failure is configured. Undecided
 * as long as AWS may yet say that it was a failure.
 */
export const VERDICTS = ['success', 'failure', 'stopped', 'other', 'undecided'] as const;
export type Verdict = (typeof VERDICTS)[number];

/**
 * One run of a job or workflow as the ledger sees it. Times are epoch seconds in AWS's clock and absent where AWS gave none.
 * `Facts` are what a collector exposes of a run; like the rest they are plain data that survives JSON.
 */
export interface Run<Facts> {
  readonly id: string;
  readonly state: string;
  readonly ended: boolean;
  readonly verdict: Verdict;
  readonly startedAt: number | undefined;
  readonly modifiedAt: number | undefined;
  readonly completedAt: number | undefined;
  /** It has ended, and AWS is expected to add to what it says of it. */
  readonly isProvisional?: boolean | undefined;
  readonly facts: Facts;
}

/** The state of a run that is queued and holds no resources. */
export const WAITING = 'WAITING';

/** How far AWS's clocks may be apart. */
const FUTURE_TOLERANCE_SECONDS = 300;

/** Whether a date can be true at a time; one that lies in the future says nothing. */
export const isInPast = (date: number, now: number): boolean => date <= now + FUTURE_TOLERANCE_SECONDS;

/**
 * The run with dates of the future clamped to a time, so that it does not stay the newest until then. `knownStart` is the start it was
 * seen with before, which stays.
 */
export const withPastDates = <Facts>(run: Run<Facts>, now: number, knownStart?: number): Run<Facts> => {
  const isPast = (date: number | undefined): boolean => date === undefined || isInPast(date, now);
  const { startedAt, modifiedAt, completedAt } = run;
  if (isPast(startedAt) && isPast(modifiedAt) && isPast(completedAt)) return run;
  return {
    ...run,
    startedAt: isPast(startedAt) ? startedAt : (knownStart ?? now),
    modifiedAt: isPast(modifiedAt) ? modifiedAt : now,
    completedAt: isPast(completedAt) ? completedAt : now,
  };
};

/** Where a run stands in its history: its start, or the nearest later time when AWS gave no start. */
export const placeInHistory = (run: Run<unknown>): number =>
  run.startedAt ?? run.completedAt ?? run.modifiedAt ?? Number.NEGATIVE_INFINITY;

/** When a run ended, as far as AWS says. */
export const endOf = (run: Run<unknown>): number | undefined => run.completedAt ?? run.modifiedAt;

/**
 * The newer of two readings of the same run. Pages of one poll can overlap while the run goes on; whichever page comes
 * first, the same reading wins: ended before active, final before provisional, then the later modification, then the one that got further.
 */
export const laterReading = <Facts>(a: Run<Facts>, b: Run<Facts>): Run<Facts> => {
  if (a.ended !== b.ended) return a.ended ? a : b;
  if ((a.isProvisional ?? false) !== (b.isProvisional ?? false)) return a.isProvisional ? b : a;
  const modified = (a.modifiedAt ?? 0) - (b.modifiedAt ?? 0);
  if (modified !== 0) return modified > 0 ? a : b;
  return JSON.stringify(a) >= JSON.stringify(b) ? a : b;
};
