import type { CompletedRun, CountedFailure } from './ledger.ts';
import { placeInHistory, type Run } from './run.ts';

/** The newer of two runs by start; of the same run the second reading, or the first where they are equal. */
export const newerByStart = <Facts>(newest: Run<Facts> | undefined, run: Run<Facts>): Run<Facts> => {
  if (newest === undefined) return run;
  if (newest.id === run.id) return JSON.stringify(newest) === JSON.stringify(run) ? newest : run;
  const order = placeInHistory(run) - placeInHistory(newest);
  return order > 0 || (order === 0 && run.id > newest.id) ? run : newest;
};

/** The completion that came later; of the same run the second one. */
export const laterCompletion = <Facts>(
  last: CompletedRun<Facts> | undefined,
  next: CompletedRun<Facts>,
): CompletedRun<Facts> => {
  if (last === undefined) return next;
  if (last.run.id === next.run.id) return JSON.stringify(last) === JSON.stringify(next) ? last : next;
  const order = next.completedAt - last.completedAt;
  return order > 0 || (order === 0 && next.run.id > last.run.id) ? next : last;
};

/** The failure that completed later. */
export const laterFailure = (last: CountedFailure | undefined, id: string, completedAt: number): CountedFailure => {
  const order = completedAt - (last?.completedAt ?? Number.NEGATIVE_INFINITY);
  return last === undefined || order > 0 || (order === 0 && id > last.id) ? { id, completedAt } : last;
};
