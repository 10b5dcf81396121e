/** What a run's end means for the people who are woken by it. */
export type Verdict = 'success' | 'failure' | 'other';

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
  readonly facts: Facts;
}

/** Where a run stands in its history: its start, or the nearest later time when AWS gave no start. */
export const placeInHistory = (run: Run<unknown>): number =>
  run.startedAt ?? run.completedAt ?? run.modifiedAt ?? Number.NEGATIVE_INFINITY;

/**
 * The newer of two readings of the same run. Pages of one poll can overlap while the run goes on; whichever page comes
 * first, the same reading wins: ended before active, then the later modification, then the one that got further.
 */
export const laterReading = <Facts>(a: Run<Facts>, b: Run<Facts>): Run<Facts> => {
  if (a.ended !== b.ended) return a.ended ? a : b;
  const modified = (a.modifiedAt ?? 0) - (b.modifiedAt ?? 0);
  if (modified !== 0) return modified > 0 ? a : b;
  return JSON.stringify(a) >= JSON.stringify(b) ? a : b;
};
