import type { Ledger, Reading } from './ledger.ts';
import { endOf, isInPast, laterReading, placeInHistory, type Run } from './run.ts';

/*
 * Which runs of a reading are entered already. Ended runs are remembered by id until the horizon has passed them, since a stale
 * answer can show them again.
 */

/** How long a run is remembered whose place in the history is not known, unless it is listed again. */
export const WEEK_SECONDS = 7 * 86_400;

/**
 * One reading per run that is not settled: active ones, followed ones, provisional ones, and those at or after the horizon that are
 * not entered yet.
 */
export const newsOf = <Facts>(ledger: Ledger<Facts>, reading: Reading<Facts>): ReadonlyMap<string, Run<Facts>> => {
  const news = new Map<string, Run<Facts>>();
  for (const run of reading.runs) {
    if (Object.hasOwn(ledger.settling, run.id)) continue;
    // What has ended goes on in stale answers only.
    if (Object.hasOwn(ledger.provisional ?? {}, run.id)) {
      if (!run.ended) continue;
    } else if (!Object.hasOwn(ledger.active, run.id) && isSettled(ledger, reading, run)) continue;
    const known = news.get(run.id);
    news.set(run.id, known === undefined ? run : laterReading(known, run));
  }
  return news;
};

/** Whether a run that is not awaited ended so long ago that it was entered, or is of a time before anything was. */
const isSettled = (ledger: Ledger<unknown>, reading: Reading<unknown>, run: Run<unknown>): boolean => {
  if (!run.ended) return false;
  return isSettledBy(ledger.horizon, run) || (reading.undatedBelow?.has(run.id) ?? false);
};

/** Whether the horizon has passed the place of a run in its history. */
export const isSettledBy = (horizon: number | undefined, run: Run<unknown>): boolean => {
  const place = placeInHistory(run);
  return place !== Number.NEGATIVE_INFINITY && place < (horizon ?? Number.NEGATIVE_INFINITY);
};

/** Whether its start tells where a run stands in its history. */
export const isPlaced = ({ startedAt }: Run<unknown>, now: number): boolean =>
  startedAt !== undefined && isInPast(startedAt, now);

/**
 * What the horizon has to pass before an ended run may be forgotten: its completion, and where it stands in the history, for
 * dates that make no sense can be in any order. Where no start tells its place, it is remembered while it is listed.
 */
export const settledAfter = (
  run: Run<unknown>,
  { readAt, answeredAt = readAt }: Pick<Reading<unknown>, 'readAt' | 'answeredAt'>,
  keptUntil: number,
): number => {
  const { startedAt } = run;
  if (startedAt === undefined || !isInPast(startedAt, answeredAt)) return keptUntil;
  const end = endOf(run);
  return Math.max(startedAt, end !== undefined && isInPast(end, answeredAt) ? end : readAt);
};
