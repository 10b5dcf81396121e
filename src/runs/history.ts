import type { Reading } from './ledger.ts';
import { isInPast, placeInHistory, type Run } from './run.ts';

/** A page of a run history, in the order AWS gave. */
export interface RunPage<Facts> {
  readonly runs: readonly Run<Facts>[];
  readonly nextToken: string | undefined;
  /** Apart from the runs, which are saved. */
  readonly errors?: RunErrors;
  /** The time that the answer itself gives: of its own dates none can be later. */
  readonly answeredAt?: number | undefined;
}

/** Why runs have failed, by their ids, as people are shown it. Told when it is asked for: most is history that nobody is shown. */
export type RunErrors = ReadonlyMap<string, () => string | undefined>;

/** How far back one poll reads. Times are epoch seconds in AWS's clock. */
export interface ReadingPlan {
  /** Runs that started before it cannot be new; undefined reads to the end of the history. */
  readonly stopBefore: number | undefined;
  /** Read this many runs at least, as long as no success or no failure was among them (the first sight of an entity). */
  readonly minimumRuns: number;
  readonly maxPages: number;
  /** Whether this history was seen to be answered newest first, and in no other order since. */
  readonly orderProven: boolean;
  /** Whether reading may stop early as soon as the order is proven; without it the history is read to its end. */
  readonly trustOrder: boolean;
  readonly readAt: number;
}

/** Why reading was cut short before everything needed was read. */
export type Truncation = 'too_many_pages' | 'repeated_token';

/** So many starts that go down are an order; a few can be chance. */
export const ORDER_PROVEN_BY = 10;

/** Starts that go up by this part of the time that was read are an order all the same. In a shuffled history they go up by most of it. */
const TOLERATED_INVERSION_RATIO = 0.1;

/** Collects the pages of one poll and says after each whether to ask for the next. */
export interface HistoryReader<Facts> {
  /** Takes a page; the token of the next one to read, or undefined when enough was read. */
  add(page: RunPage<Facts>): string | undefined;
  /** Lowers the start before which reading may stop; the token of the next page to read for that, if there is one. */
  readTo(stopBefore: number | undefined): string | undefined;
  readonly truncated: Truncation | undefined;
  /** The starts that were read: how many, and the seconds from the first to the last of them. */
  readonly span: { readonly starts: number; readonly seconds: number };
  reading(): Reading<Facts>;
}

/**
 * Reads newest first and stops early only while the answer really is in that order: GetJobRuns promises it, GetWorkflowRuns
 * promises none, and emulators answer oldest first. Where starts go up a little, as those of two runs that started together can, it
 * is read that much deeper. Tokens that come round again and endless histories end it.
 */
export const readHistory = <Facts>(plan: ReadingPlan): HistoryReader<Facts> => {
  const runs: Run<Facts>[] = [];
  const tokens = new Set<string>();
  const undatedBelow = new Set<string>();
  let { stopBefore } = plan;
  let pages = 0;
  let starts = 0;
  let oldestStart = Number.POSITIVE_INFINITY;
  let newestStart = Number.NEGATIVE_INFINITY;
  /** The most by which a start was later than one before it in the answer, seconds. */
  let inversion = 0;
  let descents = 0;
  let lastToken: string | undefined;
  let truncated: Truncation | undefined;
  let answeredAt = plan.readAt;

  const isOrdered = (): boolean => inversion <= (newestStart - oldestStart) * TOLERATED_INVERSION_RATIO || starts < 2;
  const isProven = (): boolean => isOrdered() && (plan.orderProven || descents >= ORDER_PROVEN_BY);
  /** Whether everything that started at or after `stopBefore` has been listed, as far as the order tells. */
  const isBelow = (): boolean => stopBefore !== undefined && oldestStart + inversion < stopBefore;

  const isEnough = (): boolean => {
    // One start alone proves no order.
    if (!plan.trustOrder || !isProven() || descents === 0 || !isBelow()) return false;
    return runs.length >= plan.minimumRuns || (hasVerdict(runs, 'success') && hasVerdict(runs, 'failure'));
  };

  const next = (): string | undefined => {
    if (lastToken === undefined || truncated !== undefined || isEnough()) return undefined;
    if (tokens.has(lastToken)) truncated = 'repeated_token';
    else if (pages >= plan.maxPages) truncated = 'too_many_pages';
    if (truncated !== undefined) return undefined;
    tokens.add(lastToken);
    return lastToken;
  };

  const note = (run: Run<Facts>): void => {
    if (placeInHistory(run) === Number.NEGATIVE_INFINITY && isProven() && isBelow()) undatedBelow.add(run.id);
    const { startedAt } = run;
    // A start that nobody can know yet has no place in any order.
    if (startedAt === undefined || !isInPast(startedAt, answeredAt)) return;
    starts += 1;
    if (startedAt > oldestStart) inversion = Math.max(inversion, startedAt - oldestStart);
    else if (startedAt < oldestStart && starts > 1) descents += 1;
    oldestStart = Math.min(oldestStart, startedAt);
    newestStart = Math.max(newestStart, startedAt);
  };

  return {
    add({ runs: page, nextToken, answeredAt: at = plan.readAt }) {
      pages += 1;
      answeredAt = Math.max(answeredAt, at);
      for (const run of page) {
        runs.push(run);
        note(run);
      }
      lastToken = nextToken;
      return next();
    },
    readTo(deeper) {
      stopBefore = deeper;
      return next();
    },
    get truncated() {
      return truncated;
    },
    get span() {
      return { starts, seconds: starts === 0 ? 0 : newestStart - oldestStart };
    },
    reading() {
      // Too many pages in order are still all there is down to the last of them; else nothing is proven.
      const provesNothing = truncated === 'repeated_token' || (truncated !== undefined && !isOrdered());
      const readDownTo = provesNothing ? Number.POSITIVE_INFINITY : oldestStart + inversion;
      return {
        runs,
        completeAfter: lastToken === undefined ? Number.NEGATIVE_INFINITY : readDownTo,
        newestFirst: isOrdered() && (plan.orderProven || (!provesNothing && descents >= ORDER_PROVEN_BY)),
        undatedBelow,
        readAt: plan.readAt,
        answeredAt,
      };
    },
  };
};

const hasVerdict = (runs: readonly Run<unknown>[], verdict: Run<unknown>['verdict']): boolean =>
  runs.some(run => run.verdict === verdict);
