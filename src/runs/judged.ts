import type { Ledger } from './ledger.ts';
import { REMEMBERED_STARTS } from './rhythm.ts';
import type { Run, Verdict } from './run.ts';

/*
 * Runs that were judged when AWS had not said everything in time. It may say something else later, which is not counted any more:
 * page and log keep to what was counted.
 */

/**
 * The verdicts to remember: those of runs that were judged now, and earlier ones among the latest starts. Undefined without any; the same
 * object where nothing has changed.
 */
export const judgedOf = (
  { judged: known = {} }: Ledger<unknown>,
  runs: readonly Run<unknown>[],
  starts: readonly number[],
): Readonly<Record<string, Verdict>> | undefined => {
  const ids = Object.keys(known);
  if (ids.length === 0 && runs.length === 0) return undefined;
  const news = runs.filter(({ id, verdict }) => known[id] !== verdict);
  if (news.length === 0 && ids.length <= REMEMBERED_STARTS) return known;
  const oldest = starts.length < REMEMBERED_STARTS ? Number.NEGATIVE_INFINITY : (starts.at(-1) ?? Number.NaN);
  const entries = [
    ...Object.entries(known),
    ...news.flatMap(({ id, verdict, startedAt = oldest }) => (startedAt < oldest ? [] : [[id, verdict] as const])),
  ];
  // In the order in which they were judged, which is nearly that of their starts.
  return Object.fromEntries(entries.slice(-REMEMBERED_STARTS));
};

/** A run as it was judged. */
export const withJudgement = <Facts>(judged: Ledger<Facts>['judged'], run: Run<Facts>): Run<Facts> => {
  const verdict = judged !== undefined && Object.hasOwn(judged, run.id) ? judged[run.id] : undefined;
  return verdict === undefined || verdict === run.verdict || !run.ended ? run : { ...run, verdict };
};
