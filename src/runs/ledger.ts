import { withStarts } from './rhythm.ts';
import { laterReading, placeInHistory, type Run } from './run.ts';

/**
 * How long before the newest known start a run may still turn up for the first time. Glue's listing is eventually
 * consistent and its clocks are not one clock, so a run can become visible after a run that started later.
 */
export const SETTLE_SECONDS = 300;

/**
 * A followed run is lost when it is missing from this many complete answers in a row, over at least the time to settle: an
 * answer or two without it may be a glitch.
 */
export const LOST_AFTER_MISSES = 3;

/** A run that was seen active and is followed until it is seen ended. */
export interface FollowedRun {
  readonly state: string;
  readonly startedAt: number | undefined;
  /** Complete answers in a row without it, and when the first of them was asked for. */
  readonly misses: number;
  readonly missingSince: number | undefined;
}

/** An ended run with the completion time it was entered under. */
export interface CompletedRun<Facts> {
  readonly run: Run<Facts>;
  readonly completedAt: number;
}

/** A failed run by which its state's count can be looked up. */
export interface CountedFailure {
  readonly id: string;
  readonly completedAt: number;
}

/**
 * All that is remembered of one job or workflow: plain data, never changed in place. What is exposed (totals, active, newest,
 * completions) keeps its identity while it does not change, so that two ledgers can be compared by reference.
 */
export interface Ledger<Facts> {
  /** Sums over counted runs. They only grow. */
  readonly totals: Readonly<Record<string, number>>;
  readonly active: Readonly<Record<string, FollowedRun>>;
  /** The newest run by start, ended or not. */
  readonly newest: Run<Facts> | undefined;
  readonly lastCompleted: CompletedRun<Facts> | undefined;
  readonly lastSuccessAt: number | undefined;
  readonly lastFailureAt: number | undefined;
  /** By state, the failed run that was counted and completed last. Absent in ledgers of older versions. */
  readonly countedFailures: Readonly<Record<string, CountedFailure>> | undefined;
  /** Runs that started before it are settled, followed ones excepted. Absent until the history was read once. */
  readonly horizon: number | undefined;
  /**
   * Ended runs that are entered already, until the horizon has passed this time, their completion mostly: a stale answer may
   * show them active once more. Null where AWS gave no date at all: these are kept.
   */
  readonly settling: Readonly<Record<string, number | null>>;
  /** Whether the history is proven to be answered newest first: then reading it may stop early. */
  readonly newestFirst: boolean;
  /** The latest starts, newest first, in whole seconds; missing in ledgers that were saved before there was this. */
  readonly starts: readonly number[] | undefined;
}

/** What one poll read of a history. */
export interface Reading<Facts> {
  /** In any order, repetitions allowed. */
  readonly runs: readonly Run<Facts>[];
  /**
   * Every run that started after this time was in the answer: -Infinity when the history was read to its end,
   * +Infinity when reading was cut short and proves nothing about runs that are missing.
   */
  readonly completeAfter: number;
  /** Whether the history is proven to be answered newest first. */
  readonly newestFirst: boolean;
  /** AWS's time just before the first page was asked for. */
  readonly readAt: number;
}

/** The rules of counting. `tally` says what a run adds to the totals once it is counted; amounts are never negative. */
export interface CountingRules<Facts> {
  /** Runs that were completed before it are known but not counted. */
  readonly epoch: number;
  readonly tally: (run: Run<Facts>) => Iterable<readonly [key: string, amount: number]>;
}

/** A ledger that knows nothing yet. */
export const emptyLedger: Ledger<never> = Object.freeze({
  totals: {},
  active: {},
  newest: undefined,
  lastCompleted: undefined,
  lastSuccessAt: undefined,
  lastFailureAt: undefined,
  countedFailures: undefined,
  horizon: undefined,
  settling: {},
  newestFirst: false,
  starts: [],
});

/**
 * Enters a reading into a ledger: every run that is seen ended for the first time is counted, once, whatever the order of
 * the answer and however often it is repeated. The ledger itself is returned when nothing is new. `lost` is the number of
 * followed runs that Glue no longer knows, `failed` are the failed runs that were counted now.
 */
export const fold = <Facts>(
  ledger: Ledger<Facts>,
  reading: Reading<Facts>,
  rules: CountingRules<Facts>,
): { readonly ledger: Ledger<Facts>; readonly lost: number; readonly failed: readonly Run<Facts>[] } => {
  const totals = { ...ledger.totals };
  const active = new Map<string, FollowedRun>();
  const settling = new Map(Object.entries(ledger.settling));
  const failures = new Map(Object.entries(ledger.countedFailures ?? {}));
  let { newest, lastCompleted, lastSuccessAt, lastFailureAt } = ledger;
  const failed: Run<Facts>[] = [];
  let lost = 0;

  const news = newsOf(ledger, reading.runs);
  for (const run of news.values()) {
    newest = newerByStart(newest, run);
    if (!run.ended) {
      active.set(run.id, { state: run.state, startedAt: run.startedAt, misses: 0, missingSince: undefined });
      continue;
    }
    settling.set(run.id, settledAfter(run, reading.readAt));
    const completedAt = run.completedAt ?? run.modifiedAt ?? reading.readAt;
    lastCompleted = laterCompletion(lastCompleted, { run, completedAt });
    if (run.verdict === 'success') lastSuccessAt = Math.max(lastSuccessAt ?? completedAt, completedAt);
    if (run.verdict === 'failure') lastFailureAt = Math.max(lastFailureAt ?? completedAt, completedAt);
    // One that was seen active has ended since, whatever its dates say.
    if (completedAt < rules.epoch && !Object.hasOwn(ledger.active, run.id)) continue;
    for (const [key, amount] of rules.tally(run)) totals[key] = (totals[key] ?? 0) + amount;
    if (run.verdict !== 'failure') continue;
    failures.set(run.state, laterFailure(failures.get(run.state), run.id, completedAt));
    failed.push(run);
  }

  for (const [id, followed] of Object.entries(ledger.active)) {
    if (news.has(id)) continue;
    const missing = (followed.startedAt ?? Number.NEGATIVE_INFINITY) > reading.completeAfter || isExhausted(reading);
    const misses = missing ? followed.misses + 1 : followed.misses;
    const missingSince = missing ? (followed.missingSince ?? reading.readAt) : followed.missingSince;
    const missingSeconds = reading.readAt - (missingSince ?? reading.readAt);
    if (misses < LOST_AFTER_MISSES || missingSeconds < SETTLE_SECONDS) {
      active.set(id, { ...followed, misses, missingSince });
      continue;
    }
    lost += 1;
    // Its last state would otherwise be shown for ever: what Glue still knows takes its place.
    if (newest?.id === id) newest = reading.runs.reduce<Run<Facts> | undefined>(newerByStart, undefined);
  }

  const horizon = nextHorizon(ledger.horizon, newest, reading);
  for (const [id, completedAt] of settling) {
    if (horizon !== undefined && completedAt !== null && completedAt < horizon) settling.delete(id);
  }

  const next: Ledger<Facts> = {
    totals: keepIfSame(ledger.totals, totals),
    // Entries rather than assignments: an id such as __proto__ is a key like any other.
    active: keepIfSame(ledger.active, Object.fromEntries(active)),
    newest,
    lastCompleted,
    lastSuccessAt,
    lastFailureAt,
    countedFailures:
      failures.size === 0
        ? ledger.countedFailures
        : keepIfSame(ledger.countedFailures ?? {}, Object.fromEntries(failures)),
    horizon,
    settling: keepIfSame(ledger.settling, Object.fromEntries(settling)),
    newestFirst: reading.newestFirst,
    starts: withStarts(
      ledger.starts ?? [],
      reading.runs.map(run => run.startedAt),
    ),
  };
  return { ledger: isSame(ledger, next) ? ledger : next, lost, failed };
};

/** Whether nothing at all has changed; the parts keep their identity as long as they have not. */
const isSame = (a: Ledger<unknown>, b: Ledger<unknown>): boolean =>
  exposesTheSame(a, b) &&
  a.horizon === b.horizon &&
  a.settling === b.settling &&
  a.newestFirst === b.newestFirst &&
  a.starts === b.starts;

/** Whether two ledgers expose the same. */
export const exposesTheSame = (a: Ledger<unknown>, b: Ledger<unknown>): boolean =>
  a.totals === b.totals &&
  a.active === b.active &&
  a.newest === b.newest &&
  a.lastCompleted === b.lastCompleted &&
  a.lastSuccessAt === b.lastSuccessAt &&
  a.lastFailureAt === b.lastFailureAt &&
  a.countedFailures === b.countedFailures;

/** The start before which nothing can be new: reading a history newest first may stop there. */
export const stopReadingBefore = (ledger: Ledger<unknown>): number | undefined => {
  if (ledger.horizon === undefined) return undefined;
  const starts = Object.values(ledger.active).map(run => run.startedAt ?? Number.NEGATIVE_INFINITY);
  return starts.reduce((oldest, start) => Math.min(oldest, start), ledger.horizon);
};

/** The start of the oldest active run, epoch seconds; absent without one. */
export const oldestActiveStart = (ledger: Ledger<unknown>): number | undefined => {
  const starts = Object.values(ledger.active).flatMap(run => run.startedAt ?? []);
  return starts.length === 0 ? undefined : starts.reduce((a, b) => Math.min(a, b));
};

/** The number of active runs per state. */
export const activeByState = (ledger: Ledger<unknown>): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const { state } of Object.values(ledger.active)) counts.set(state, (counts.get(state) ?? 0) + 1);
  return counts;
};

/** One reading per run that is not settled: active ones, followed ones, and those at or after the horizon not entered yet. */
const newsOf = <Facts>(ledger: Ledger<Facts>, runs: readonly Run<Facts>[]): ReadonlyMap<string, Run<Facts>> => {
  const news = new Map<string, Run<Facts>>();
  for (const run of runs) {
    if (Object.hasOwn(ledger.settling, run.id)) continue;
    const settled = run.ended && placeInHistory(run) < (ledger.horizon ?? Number.NEGATIVE_INFINITY);
    if (settled && !Object.hasOwn(ledger.active, run.id) && hasDate(run)) continue;
    const known = news.get(run.id);
    news.set(run.id, known === undefined ? run : laterReading(known, run));
  }
  return news;
};

const WEEK_SECONDS = 7 * 86_400;

/**
 * What the horizon has to pass before an ended run may be forgotten: its completion, and where it stands in the history, for
 * dates that make no sense can be in any order. One without a start may yet get one. Null where there is no date: then never.
 */
const settledAfter = (run: Run<unknown>, readAt: number): number | null => {
  if (!hasDate(run)) return null;
  const end = run.completedAt ?? run.modifiedAt ?? Number.NEGATIVE_INFINITY;
  return Math.max(placeInHistory(run), end, run.startedAt === undefined ? readAt + WEEK_SECONDS : end);
};

const hasDate = (run: Run<unknown>): boolean => placeInHistory(run) !== Number.NEGATIVE_INFINITY;

const newerByStart = <Facts>(newest: Run<Facts> | undefined, run: Run<Facts>): Run<Facts> => {
  if (newest === undefined) return run;
  if (newest.id === run.id) return JSON.stringify(newest) === JSON.stringify(run) ? newest : run;
  const order = placeInHistory(run) - placeInHistory(newest);
  return order > 0 || (order === 0 && run.id > newest.id) ? run : newest;
};

const laterCompletion = <Facts>(
  last: CompletedRun<Facts> | undefined,
  next: CompletedRun<Facts>,
): CompletedRun<Facts> => {
  if (last === undefined) return next;
  const order = next.completedAt - last.completedAt;
  return order > 0 || (order === 0 && next.run.id > last.run.id) ? next : last;
};

const laterFailure = (last: CountedFailure | undefined, id: string, completedAt: number): CountedFailure => {
  const order = completedAt - (last?.completedAt ?? Number.NEGATIVE_INFINITY);
  return last === undefined || order > 0 || (order === 0 && id > last.id) ? { id, completedAt } : last;
};

/**
 * The horizon follows the newest start that AWS reported, not the clock alone: with a clock that is ahead, runs that start
 * from now on would count as settled and be lost. A reading that was cut short settles nothing.
 */
const nextHorizon = (
  horizon: number | undefined,
  newest: Run<unknown> | undefined,
  reading: Reading<unknown>,
): number | undefined => {
  if (reading.completeAfter === Number.POSITIVE_INFINITY) return horizon;
  const before = horizon ?? Number.NEGATIVE_INFINITY;
  const start = newest?.startedAt;
  if (start === undefined) return before === Number.NEGATIVE_INFINITY ? 0 : before;
  return Math.max(before, Math.min(start, reading.readAt) - SETTLE_SECONDS);
};

const isExhausted = (reading: Reading<unknown>): boolean => reading.completeAfter === Number.NEGATIVE_INFINITY;

const keepIfSame = <Value extends object>(before: Value, after: Value): Value =>
  JSON.stringify(before) === JSON.stringify(after) ? before : after;
