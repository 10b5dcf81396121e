import type { FailureRules } from './failure-rules.ts';
import { type Run, type Verdict, WAITING } from './run.ts';

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
  /**
   * Where its time was settled already when it was first seen active: that horizon. A stale answer may have shown it active after its
   * end was counted, so that an end before this time is not counted again.
   */
  readonly settledBefore?: number | undefined;
  /** AWS's time when it was last seen WAITING: it has executed since then at most. Absent where it was never seen so. */
  readonly waitingAt?: number | undefined;
  /** 0 for a first attempt, n for the nth retry; absent where AWS does not say. */
  readonly attempt?: number | undefined;
  /** The capacity it holds while it executes; absent where it is not known. */
  readonly dpus?: number | undefined;
}

/** What a collector keeps of an active run besides its state and times. */
export type FollowedFacts = Pick<FollowedRun, 'attempt' | 'dpus'>;

/** An ended run with the completion time it was entered under. */
export interface CompletedRun<Facts> {
  readonly run: Run<Facts>;
  readonly completedAt: number;
}

/** A run that has ended, of which AWS is expected to say more. */
export interface ProvisionalRun<Facts> {
  /** As it was seen last. */
  readonly run: Run<Facts>;
  /** When it is taken as it is, should AWS say no more. */
  readonly dueAt: number;
  /** Whether it counts at all, and what of it has been counted so far. */
  readonly counts: boolean;
  readonly counted: Readonly<Record<string, number>>;
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
   * show them active once more. Those without a date that tells their place are kept while they are listed. Null, in ledgers of older
   * versions, stands for such a run.
   */
  readonly settling: Readonly<Record<string, number | null>>;
  /** Whether the history is proven to be answered newest first: then reading it may stop early. */
  readonly newestFirst: boolean;
  /** The latest starts, newest first, in whole seconds; missing in ledgers that were saved before there was this. */
  readonly starts: readonly number[] | undefined;
  /** Ended runs that are not final yet, by id. Absent without any. */
  readonly provisional?: Readonly<Record<string, ProvisionalRun<Facts>>> | undefined;
  /** When the job or workflow was created, as far as AWS says: runs that started before are of one that was deleted. */
  readonly createdAt?: number | undefined;
  /** By id, the latest runs that were judged although AWS did not say everything. What it says later changes nothing. Absent without any. */
  readonly judged?: Readonly<Record<string, Verdict>> | undefined;
}

/** What one poll read of a history. */
export interface Reading<Facts> {
  /** As AWS gave them, in any order, repetitions allowed. */
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
  /** The latest time that readAt and the answers themselves give: a date beyond it is of the future. readAt unless given. */
  readonly answeredAt?: number;
  /** Runs without any date that were listed below everything that can be new. */
  readonly undatedBelow?: ReadonlySet<string>;
  /** Settles no start after it, where the reading is entered into several ledgers; the newest start decides unless given. */
  readonly horizonAtMost?: number;
  /** Runs that were asked for by their ids, and that AWS does not know. */
  readonly unknownIds?: ReadonlySet<string>;
}

/** The rules of counting. */
export interface CountingRules<Facts> extends FailureRules {
  /** Runs that were completed before it are known but not counted. */
  readonly epoch: number;
  /** When the job or workflow was created; undefined where AWS does not say. */
  readonly createdAt?: number | undefined;
  /**
   * What a run that has ended adds to the totals: each key once, amounts never negative. Of a provisional one only what is certain:
   * what is under a key then may grow later, but not move to another.
   */
  readonly tally: (run: Run<Facts>) => Iterable<readonly [key: string, amount: number]>;
  /** A provisional run as it is taken when AWS has said nothing more in time. */
  readonly settle: (run: Run<Facts>) => Run<Facts>;
  /** What is kept of an active run; nothing unless given. */
  readonly followed?: (run: Run<Facts>) => FollowedFacts;
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

/** Whether nothing at all has changed; the parts keep their identity as long as they have not. */
export const isSameLedger = (a: Ledger<unknown>, b: Ledger<unknown>): boolean =>
  exposesTheSame(a, b) &&
  a.horizon === b.horizon &&
  a.settling === b.settling &&
  a.newestFirst === b.newestFirst &&
  a.starts === b.starts &&
  a.judged === b.judged &&
  a.provisional === b.provisional;

/** Whether two ledgers expose the same. */
export const exposesTheSame = (a: Ledger<unknown>, b: Ledger<unknown>): boolean =>
  a.totals === b.totals &&
  a.active === b.active &&
  a.newest === b.newest &&
  a.lastCompleted === b.lastCompleted &&
  a.lastSuccessAt === b.lastSuccessAt &&
  a.lastFailureAt === b.lastFailureAt &&
  a.countedFailures === b.countedFailures &&
  a.createdAt === b.createdAt;

/** A run that is awaited: it is active, or has ended and is not final. */
export interface AwaitedRun {
  readonly id: string;
  readonly startedAt: number | undefined;
}

/** The runs whose end, or of which more, is still to come. */
export const awaitedRuns = ({ active, provisional = {} }: Ledger<unknown>): readonly AwaitedRun[] => [
  ...Object.entries(active).map(([id, { startedAt }]) => ({ id, startedAt })),
  ...Object.entries(provisional).map(([id, { run }]) => ({ id, startedAt: run.startedAt })),
];

/** The start before which nothing can be new, and nothing is awaited: reading a history newest first may stop there. */
export const stopReadingBefore = (ledger: Ledger<unknown>): number | undefined => {
  if (ledger.horizon === undefined) return undefined;
  const starts = awaitedRuns(ledger).map(run => run.startedAt ?? Number.NEGATIVE_INFINITY);
  return starts.reduce((oldest, start) => Math.min(oldest, start), ledger.horizon);
};

/** The active runs but those of a job or workflow of the same name that was deleted. */
export const activeRuns = ({ active, createdAt }: Ledger<unknown>): Readonly<Record<string, FollowedRun>> => {
  if (createdAt === undefined) return active;
  const entries = Object.entries(active);
  const shown = entries.filter(([, { startedAt }]) => !isOfDeleted(startedAt, createdAt));
  return shown.length === entries.length ? active : Object.fromEntries(shown);
};

/** Whether a run that started then is not of the job or workflow that was created at a time, but of one that was deleted before. */
export const isOfDeleted = (startedAt: number | undefined, createdAt: number | undefined): boolean =>
  startedAt !== undefined && createdAt !== undefined && startedAt < createdAt;

/** The start of the oldest active run, epoch seconds; absent without one. */
export const oldestActiveStart = (ledger: Ledger<unknown>): number | undefined => {
  const starts = Object.values(activeRuns(ledger)).flatMap(run => run.startedAt ?? []);
  return starts.length === 0 ? undefined : starts.reduce((a, b) => Math.min(a, b));
};

/** The number of active runs per state. */
export const activeByState = (ledger: Ledger<unknown>): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const { state } of Object.values(activeRuns(ledger))) counts.set(state, (counts.get(state) ?? 0) + 1);
  return counts;
};

/** Since when an active run executes at the earliest, as far as is known; undefined while it waits. */
export const executingSince = ({ state, startedAt, waitingAt }: Executing): number | undefined =>
  state === WAITING || startedAt === undefined ? undefined : Math.max(startedAt, waitingAt ?? startedAt);

type Executing = Pick<FollowedRun, 'state' | 'startedAt' | 'waitingAt'>;

/** Of the active runs that do not wait, the earliest time since which one executes; absent without one. */
export const oldestExecutingStart = (ledger: Ledger<unknown>): number | undefined => {
  const starts = Object.values(activeRuns(ledger)).flatMap(run => executingSince(run) ?? []);
  return starts.length === 0 ? undefined : starts.reduce((a, b) => Math.min(a, b));
};

/** The number of active runs that Glue started as a retry. */
export const activeRetries = (ledger: Ledger<unknown>): number =>
  Object.values(activeRuns(ledger)).filter(({ attempt = 0 }) => attempt > 0).length;

/** The capacity that active runs hold, those that wait excepted; undefined where it is not known of one of them. */
export const activeDpus = (ledger: Ledger<unknown>): number | undefined => {
  let sum = 0;
  for (const { state, dpus } of Object.values(activeRuns(ledger))) {
    if (state === WAITING) continue;
    if (dpus === undefined) return undefined;
    sum += dpus;
  }
  return sum;
};
