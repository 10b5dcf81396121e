import { codeOf, outcomeOf, RUNNING_RUN, type ShownOutcome, shownAs, WAITING_RUN } from './outcomes.ts';
import { placeInHistory, type Run, WAITING } from './run.ts';

/*
 * What people see of the latest runs of an entity. It is no part of the ledger, is not saved, and is never exposed: after a
 * start it fills from the first reading.
 */

/** So many runs are kept. */
export const KEPT_RUNS = 20;

/** The latest runs by start, oldest first. Plain lists of numbers, because there can be ten thousand of these. */
export interface Recent {
  /** A character for each run; outcomeOf gives what it stands for. */
  readonly outcomes: string;
  /** Numbers that stand for the runs' ids. */
  readonly ids: readonly number[];
  /** Epoch seconds in AWS's clock; -Infinity where AWS gave no time at all. */
  readonly starts: readonly number[];
  /** From start to completion; -1 where that is not known. */
  readonly seconds: readonly number[];
}

/** Of an entity that was not read yet, or never ran. */
export const noRuns: Recent = Object.freeze({ outcomes: '', ids: [], starts: [], seconds: [] });

/** What a collector adds to a run that people are shown. */
export interface RunDescription {
  /** How it ended; the name of its state unless given. */
  readonly outcome?: ShownOutcome | undefined;
  /** How long it executed, where that is not the time from start to completion. */
  readonly seconds?: number | undefined;
  /** A line in the log for a run that is neither a success nor a failure; none unless given. */
  readonly log?: { readonly level: 'info' | 'warn'; readonly message: string } | undefined;
}

const RUNNING_CODE = codeOf(RUNNING_RUN);
const WAITING_CODE = codeOf(WAITING_RUN);

const codeOfRun = ({ ended, verdict, state }: Run<unknown>, outcome: ShownOutcome = shownAs(state)): string => {
  if (!ended) return state === WAITING ? WAITING_CODE : RUNNING_CODE;
  // Nobody is shown a success that turns out to be a failure.
  return verdict === 'undecided' ? RUNNING_CODE : codeOf({ ...outcome, verdict });
};

/** One run of the lists. */
interface Kept {
  readonly id: number;
  readonly start: number;
  readonly seconds: number;
  readonly outcome: string;
}

/**
 * Adds what was read. Order, repetitions and overlaps change nothing: a run is kept once, as it was seen when it had got furthest.
 * The same object when nothing is new.
 */
export const withRuns = <Facts>(
  recent: Recent,
  runs: readonly Run<Facts>[],
  describe: (run: Run<Facts>) => RunDescription = () => ({}),
): Recent => {
  const oldest = recent.ids.length < KEPT_RUNS ? undefined : keptAt(recent, 0);
  const news = new Map<number, Kept>();
  let since = oldest?.start ?? Number.NEGATIVE_INFINITY;
  for (const run of runs) {
    // Most of a long page is too old, and needs no closer look.
    if (placeInHistory(run) < since) continue;
    const read = keptOf(run, describe(run));
    if (oldest !== undefined && byStart(read, oldest) < 0) continue;
    const known = news.get(read.id) ?? keptAt(recent, recent.ids.indexOf(read.id));
    if (known !== undefined && !isFurther(read, known)) continue;
    news.set(read.id, read);
    if (news.size === KEPT_RUNS) since = Math.max(since, Math.min(...Array.from(news.values(), ({ start }) => start)));
  }
  if (news.size === 0) return recent;
  const others = recent.ids.flatMap((id, index) => (news.has(id) ? [] : (keptAt(recent, index) ?? [])));
  return recentOf([...others, ...news.values()].sort(byStart).slice(-KEPT_RUNS));
};

/** Without runs that were active and that nobody follows any more: Glue does not know them. */
export const withoutLost = (recent: Recent, followed: Iterable<string>): Recent => {
  const ids = new Set([...followed].map(numberOf));
  const kept = recent.ids.flatMap((_, index) => keptAt(recent, index) ?? []);
  const left = kept.filter(({ id, outcome }) => outcomeOf(outcome).verdict !== 'active' || ids.has(id));
  return left.length === kept.length ? recent : recentOf(left);
};

/**
 * Runs that succeeded or failed, and how many of them succeeded. Runs that somebody stopped are in neither, whatever stopped_is_failure
 * says: that is how the dashboards compute it.
 */
export const successes = ({ outcomes }: Recent): { readonly judged: number; readonly succeeded: number } => {
  let judged = 0;
  let succeeded = 0;
  for (const outcome of outcomes) {
    const { verdict } = outcomeOf(outcome);
    if (verdict === 'success') succeeded += 1;
    if (verdict === 'success' || verdict === 'failure') judged += 1;
  }
  return { judged, succeeded };
};

/** Fewer say nothing of what is usual. */
const LEAST_SUCCESSES = 3;
/** A run is slow when it takes so many times as long as usual, and longer than starting up takes, which is no part of what is usual. */
const SLOW_FACTOR = 2;
const SLOW_SECONDS = 120;

/** The median time that a success executes, queueing excluded where AWS says; undefined where there are too few. */
export const usualSeconds = ({ outcomes, seconds }: Recent): number | undefined => {
  const known = seconds
    .filter((taken, index) => taken >= 0 && outcomeOf(outcomes.charAt(index)).verdict === 'success')
    .sort((a, b) => a - b);
  return known.length < LEAST_SUCCESSES ? undefined : known[known.length >> 1];
};

/** Whether an active run takes much longer than is usual. */
export const isSlow = (ageSeconds: number, usual: number | undefined): boolean =>
  usual !== undefined && ageSeconds > usual * SLOW_FACTOR && ageSeconds > usual + SLOW_SECONDS;

const keptOf = (run: Run<unknown>, { outcome, seconds }: RunDescription): Kept => {
  const end = run.completedAt ?? run.modifiedAt;
  const isTimed = run.ended && run.startedAt !== undefined && end !== undefined;
  return {
    id: numberOf(run.id),
    start: placeInHistory(run),
    seconds: (run.ended ? seconds : undefined) ?? (isTimed ? Math.max(0, end - run.startedAt) : -1),
    outcome: codeOfRun(run, outcome),
  };
};

const keptAt = ({ outcomes, ids, starts, seconds }: Recent, index: number): Kept | undefined => {
  const id = ids[index];
  const start = starts[index];
  const taken = seconds[index];
  if (id === undefined || start === undefined || taken === undefined) return undefined;
  return { id, start, seconds: taken, outcome: outcomes.charAt(index) };
};

const recentOf = (kept: readonly Kept[]): Recent => ({
  outcomes: kept.map(({ outcome }) => outcome).join(''),
  ids: kept.map(({ id }) => id),
  starts: kept.map(({ start }) => start),
  seconds: kept.map(({ seconds }) => seconds),
});

const byStart = (a: Kept, b: Kept): number => (a.start === b.start ? a.id - b.id : a.start - b.start);

/** Waiting, running, ended; among readings that got equally far any rule will do, as long as it is one. */
const isFurther = (a: Kept, b: Kept): boolean => {
  const further = progress(a) - progress(b) || a.seconds - b.seconds;
  return further > 0 || (further === 0 && a.outcome > b.outcome);
};

const progress = ({ outcome }: Kept): number => {
  if (outcome === WAITING_CODE) return 0;
  return outcome === RUNNING_CODE ? 1 : 2;
};

/**
 * A number of 53 bits for an id, so that two runs of one entity practically never have the same: ids are long, and there are two hundred
 * thousand of them in a large account.
 */
const numberOf = (id: string): number => {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let index = 0; index < id.length; index += 1) {
    const code = id.charCodeAt(index);
    high = Math.imul(high ^ code, 0x9e3779b1);
    low = Math.imul(low ^ code, 0x5f356495);
  }
  high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35);
  low = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35);
  return (high & 0x1fffff) * 2 ** 32 + (low >>> 0);
};
