import type { Reading } from './ledger.ts';
import type { Run } from './run.ts';

/** A page of a run history, in the order AWS gave. */
export interface RunPage<Facts> {
  readonly runs: readonly Run<Facts>[];
  readonly nextToken: string | undefined;
  /** Apart from the runs, which are saved. */
  readonly errors?: RunErrors;
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
  /** Whether to take it for newest first until the answer says otherwise; without it the history is read to its end. */
  readonly trustOrder: boolean;
  readonly readAt: number;
}

/** Why reading was cut short before everything needed was read. */
export type Truncation = 'too_many_pages' | 'repeated_token';

/** So many starts in a row that go down are an order; a few can be chance. */
export const ORDER_PROVEN_BY = 10;

/** Collects the pages of one poll and says after each whether to ask for the next. */
export interface HistoryReader<Facts> {
  /** Takes a page; the token to go on with, or undefined when enough was read. */
  add(page: RunPage<Facts>): string | undefined;
  readonly truncated: Truncation | undefined;
  reading(): Reading<Facts>;
}

/**
 * Reads newest first and stops early only while the answer really is in that order: GetJobRuns promises it, GetWorkflowRuns
 * promises none, and emulators answer oldest first. Tokens that come round again and endless histories end it.
 */
export const readHistory = <Facts>(plan: ReadingPlan): HistoryReader<Facts> => {
  const runs: Run<Facts>[] = [];
  const tokens = new Set<string>();
  let pages = 0;
  let oldestStart = Number.POSITIVE_INFINITY;
  let newestFirst = true;
  let descents = 0;
  let ended = false;
  let truncated: Truncation | undefined;

  const enough = (): boolean => {
    // One start alone proves no order.
    if (plan.stopBefore === undefined || !plan.trustOrder || !newestFirst || descents === 0) return false;
    if (oldestStart >= plan.stopBefore) return false;
    return runs.length >= plan.minimumRuns || (hasVerdict(runs, 'success') && hasVerdict(runs, 'failure'));
  };

  return {
    add({ runs: page, nextToken }) {
      pages += 1;
      for (const run of page) {
        runs.push(run);
        if (run.startedAt === undefined) continue;
        if (oldestStart !== Number.POSITIVE_INFINITY && run.startedAt > oldestStart) newestFirst = false;
        if (oldestStart !== Number.POSITIVE_INFINITY && run.startedAt < oldestStart) descents += 1;
        oldestStart = Math.min(oldestStart, run.startedAt);
      }
      if (nextToken === undefined) {
        ended = true;
        return undefined;
      }
      if (enough()) return undefined;
      if (tokens.has(nextToken)) truncated = 'repeated_token';
      else if (pages >= plan.maxPages) truncated = 'too_many_pages';
      if (truncated !== undefined) return undefined;
      tokens.add(nextToken);
      return nextToken;
    },
    get truncated() {
      return truncated;
    },
    reading() {
      // Too many pages newest first are still all there is down to the last of them; else nothing is proven.
      const provesNothing = truncated === 'repeated_token' || (truncated !== undefined && !newestFirst);
      const completeAfter = ended ? Number.NEGATIVE_INFINITY : provesNothing ? Number.POSITIVE_INFINITY : oldestStart;
      const isProven = newestFirst && (plan.orderProven || (!provesNothing && descents >= ORDER_PROVEN_BY));
      return { runs, completeAfter, newestFirst: isProven, readAt: plan.readAt };
    },
  };
};

const hasVerdict = (runs: readonly Run<unknown>[], verdict: Run<unknown>['verdict']): boolean =>
  runs.some(run => run.verdict === verdict);
