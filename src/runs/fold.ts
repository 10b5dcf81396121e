import { withoutFormerFailures } from './failing.ts';
import { failureKey, isFailure } from './failure-rules.ts';
import { followedRun, isJustBefore, missed } from './following.ts';
import { judgedOf, withJudgement } from './judged.ts';
import { laterCompletion, laterFailure, newerByStart } from './latest.ts';
import {
  type CountingRules,
  type FollowedRun,
  isOfDeleted,
  isSameLedger,
  type Ledger,
  LOST_AFTER_MISSES,
  type ProvisionalRun,
  type Reading,
  SETTLE_SECONDS,
} from './ledger.ts';
import { withStarts } from './rhythm.ts';
import { endOf, isInPast, type Run, withPastDates } from './run.ts';
import { isPlaced, isSettledBy, newsOf, settledAfter, WEEK_SECONDS } from './settling.ts';

/** What a reading has brought. */
export interface Folded<Facts> {
  readonly ledger: Ledger<Facts>;
  /** Followed runs that Glue no longer knows. */
  readonly lost: number;
  /** Failed runs that were counted now. */
  readonly failed: readonly Run<Facts>[];
  /** Runs that were counted now and are neither a success nor a failure, and that nobody stopped. */
  readonly others: readonly Run<Facts>[];
  /** The runs of the reading as they were judged, for people: dates in the past, provisional ones final once they are counted so. */
  readonly runs: readonly Run<Facts>[];
}

/**
 * Enters a reading into a ledger: every run that is seen ended for the first time is counted, once, whatever the order of
 * the answer and however often it is repeated. What AWS adds to it within SETTLE_SECONDS is added; nothing is ever taken
 * back. The ledger itself is returned when nothing is new.
 */
export const fold = <Facts>(
  before: Ledger<Facts>,
  reading: Reading<Facts>,
  rules: CountingRules<Facts>,
): Folded<Facts> => {
  const { readAt, answeredAt = readAt } = reading;
  const ledger = withoutFormerFailures(ofPresentCreation(before, rules.createdAt, answeredAt), rules);
  const isFirstSight = ledger.horizon === undefined;
  const totals = { ...ledger.totals };
  const active = new Map<string, FollowedRun>();
  const provisional = new Map(Object.entries(ledger.provisional ?? {}));
  const settling = new Map(Object.entries(ledger.settling));
  const failures = new Map(Object.entries(ledger.countedFailures ?? {}));
  let { newest, lastCompleted, lastSuccessAt, lastFailureAt } = ledger;
  const failed: Run<Facts>[] = [];
  const others: Run<Facts>[] = [];
  /** Runs that were taken as they are because AWS said no more. */
  const taken: Run<Facts>[] = [];
  let lost = 0;

  /** Until when a run is remembered whose place is not known. The clock can be far behind the starts that AWS reports. */
  const keptUntil = Math.max(readAt, ledger.horizon ?? readAt) + WEEK_SECONDS;

  const isShown = (run: Run<Facts>): boolean => !isOfDeleted(run.startedAt, ledger.createdAt);

  const dated = (run: Run<Facts>): Run<Facts> =>
    withPastDates(run, answeredAt, Object.hasOwn(ledger.active, run.id) ? ledger.active[run.id]?.startedAt : undefined);

  const settled = (run: Run<Facts>): Run<Facts> => ({ ...rules.settle(run), isProvisional: undefined });

  /** By the dates that AWS gave, whatever the clock says of them: what is settled must not depend on it. */
  const isCounted = (run: Run<Facts>): boolean => {
    const end = endOf(run);
    const followed = Object.hasOwn(ledger.active, run.id) ? ledger.active[run.id] : undefined;
    // One that was seen active has ended since, whatever its dates say, unless a stale answer has shown it so.
    if (followed !== undefined) {
      if (followed.settledBefore !== undefined) return (end ?? 0) >= followed.settledBefore;
      return !isJustBefore(rules.epoch, run.completedAt);
    }
    if (end !== undefined) return end >= rules.epoch;
    // At first sight it can have ended at any time; later, it has ended since the reading before.
    return !isFirstSight || (run.startedAt ?? Number.NEGATIVE_INFINITY) >= rules.epoch;
  };

  const count = (run: Run<Facts>, counted: Record<string, number>): void => {
    for (const [key, amount] of rules.tally(run)) {
      const more = amount - (counted[key] ?? 0);
      if (more < 0) continue;
      totals[key] = (totals[key] ?? 0) + more;
      counted[key] = amount;
    }
  };

  const show = (run: Run<Facts>): void => {
    if (!isShown(run)) return;
    newest = newerByStart(newest, run);
    if (!run.ended) return;
    const completedAt = endOf(run) ?? (isFirstSight ? run.startedAt : readAt);
    if (completedAt === undefined) return;
    lastCompleted = laterCompletion(lastCompleted, { run, completedAt });
    if (run.verdict === 'success') lastSuccessAt = Math.max(lastSuccessAt ?? completedAt, completedAt);
    if (isFailure(run, rules)) lastFailureAt = Math.max(lastFailureAt ?? completedAt, completedAt);
  };

  /** Takes a run that has ended, in a form with dates of the past. */
  const enter = (run: Run<Facts>, counts: boolean, until: number): void => {
    const known = provisional.get(run.id);
    const dueAt = known?.dueAt ?? (run.completedAt ?? readAt) + SETTLE_SECONDS;
    const judged = run.isProvisional && readAt >= dueAt ? settled(run) : run;
    show(judged);
    const counted = { ...known?.counted };
    if (counts) count(judged, counted);
    const isFirstFailure = isFailure(judged, rules) && !(known !== undefined && isFailure(known.run, rules));
    if (counts && isFirstFailure) {
      const key = failureKey(judged);
      failures.set(key, laterFailure(failures.get(key), judged.id, endOf(judged) ?? readAt));
      failed.push(judged);
    }
    if (counts && judged.verdict === 'other' && !judged.isProvisional) others.push(judged);
    if (run.verdict === 'undecided' && !judged.isProvisional) taken.push(judged);
    if (judged.isProvisional) {
      provisional.set(run.id, { run: judged, dueAt, counts, counted });
      return;
    }
    provisional.delete(run.id);
    settling.set(run.id, until);
  };

  const news = newsOf(ledger, reading);
  for (const run of news.values()) {
    const past = dated(run);
    if (run.ended) {
      enter(past, provisional.get(run.id)?.counts ?? isCounted(run), settledAfter(run, reading, keptUntil));
      continue;
    }
    show(past);
    active.set(run.id, followedRun(ledger, past, readAt, rules.followed?.(past)));
  }
  for (const { run, counts } of Object.values(ledger.provisional ?? {})) {
    if (!news.has(run.id)) enter(run, counts, settledAfter(run, reading, keptUntil));
  }

  for (const [id, followed] of Object.entries(ledger.active)) {
    if (news.has(id)) continue;
    const { misses, missingSince } = missed(id, followed, reading);
    const missingSeconds = readAt - (missingSince ?? readAt);
    if (misses < LOST_AFTER_MISSES || missingSeconds < SETTLE_SECONDS) {
      active.set(id, { ...followed, misses, missingSince });
      continue;
    }
    lost += 1;
    // Its last state would otherwise be shown for ever: what Glue still knows takes its place.
    if (newest?.id === id) {
      newest = reading.runs.map(dated).filter(isShown).reduce<Run<Facts> | undefined>(newerByStart, undefined);
    }
  }

  const horizon = nextHorizon(ledger.horizon, newest, reading);
  const unsettled = new Set<string>();
  for (const run of reading.runs) {
    const until = settling.get(run.id);
    if (until === undefined) continue;
    // What the next reading would take for new is remembered as long as it is listed.
    if (!isSettledBy(horizon, run)) unsettled.add(run.id);
    if (isPlaced(run, answeredAt)) continue;
    // Not with each reading: what changes has to be saved.
    if (until === null || until < keptUntil - WEEK_SECONDS / 2) settling.set(run.id, keptUntil);
  }
  for (const [id, until] of settling) {
    if (until === null) settling.set(id, keptUntil);
    else if (until < (horizon ?? Number.NEGATIVE_INFINITY) && !unsettled.has(id)) settling.delete(id);
  }

  const starts = withStarts(
    ledger.starts ?? [],
    reading.runs.map(({ startedAt }) =>
      startedAt !== undefined && isInPast(startedAt, answeredAt) ? startedAt : undefined,
    ),
  );
  const judged = judgedOf(ledger, taken, starts);
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
    starts,
    ...(judged === undefined ? {} : { judged }),
    ...provisionalOf(ledger, provisional),
    ...(ledger.createdAt === undefined ? {} : { createdAt: ledger.createdAt }),
  };
  const isProvisional = (run: Run<Facts>): boolean => run.isProvisional === true && !provisional.has(run.id);
  return {
    ledger: isSameLedger(before, next) ? before : next,
    lost,
    failed,
    others,
    runs: reading.runs
      .map(dated)
      .filter(isShown)
      .map(run => withJudgement(judged, isProvisional(run) ? settled(run) : run)),
  };
};

/**
 * The ledger of the job or workflow that there is now. One that was deleted and made again under its name was created later: it goes
 * on with the totals, which belong to the name, and with nothing else that is shown.
 */
const ofPresentCreation = <Facts>(ledger: Ledger<Facts>, createdAt: number | undefined, now: number): Ledger<Facts> => {
  // A stale listing can still have the one before; a creation that is yet to come says nothing.
  if (createdAt === undefined || !isInPast(createdAt, now) || createdAt <= (ledger.createdAt ?? 0)) return ledger;
  const isAnother = ledger.createdAt !== undefined || isOfDeleted(ledger.newest?.startedAt, createdAt);
  if (!isAnother) return { ...ledger, createdAt };
  return {
    ...ledger,
    createdAt,
    newest: undefined,
    lastCompleted: undefined,
    lastSuccessAt: undefined,
    lastFailureAt: undefined,
    countedFailures: undefined,
    starts: [],
  };
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
  const { horizonAtMost = Number.POSITIVE_INFINITY } = reading;
  const before = horizon ?? Number.NEGATIVE_INFINITY;
  const start = newest?.startedAt;
  if (start === undefined) return before === Number.NEGATIVE_INFINITY ? 0 : before;
  return Math.max(before, Math.min(start - SETTLE_SECONDS, reading.readAt - SETTLE_SECONDS, horizonAtMost));
};

const provisionalOf = <Facts>(
  ledger: Ledger<Facts>,
  provisional: ReadonlyMap<string, ProvisionalRun<Facts>>,
): Pick<Ledger<Facts>, 'provisional'> =>
  provisional.size === 0 ? {} : { provisional: keepIfSame(ledger.provisional ?? {}, Object.fromEntries(provisional)) };

const keepIfSame = <Value extends object>(before: Value, after: Value): Value =>
  JSON.stringify(before) === JSON.stringify(after) ? before : after;
