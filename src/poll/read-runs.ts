import type { Collector, Entity } from '../collectors/collector.ts';
import type { Glue } from '../glue/client.ts';
import { ORDER_PROVEN_BY, type RunErrors, readHistory, type Truncation } from '../runs/history.ts';
import { type Ledger, type Reading, stopReadingBefore } from '../runs/ledger.ts';
import { REMEMBERED_STARTS, typicalGapSeconds } from '../runs/rhythm.ts';

/** Runs read at first sight, unless a success and a failure are among fewer. */
const FIRST_SIGHT_RUNS = 200;
/** 20,000 job runs: one every nine seconds for two days. */
const MAX_PAGES = 100;
/** Pages are small, because each run in them costs; when one is not enough, the next is so many times as large. */
const PAGE_GROWTH = 4;

/** What one reading gave. */
export interface RunsRead<Facts> {
  readonly reading: Reading<Facts>;
  readonly truncated: Truncation | undefined;
  readonly errors: RunErrors;
}

/** A collector as reading needs it. */
type Source<Definition extends { readonly name: string }, Facts> = Pick<
  Collector<Definition, Facts>,
  'longestRunSeconds' | 'maxPageSize' | 'readRuns'
>;

/**
 * Reads as much of an entity's run history as its ledger cannot know yet, `leastRuns` at least where there are as many: what is not
 * saved has to be read anew after a start. `sinceSeconds` have passed since it was read last; undefined when that is not known.
 */
export const readRuns = async <Definition extends { readonly name: string }, Facts>(
  collector: Source<Definition, Facts>,
  glue: Glue,
  { definition, ledger }: Entity<Definition, Facts>,
  epoch: number,
  sinceSeconds?: number,
  leastRuns = 0,
): Promise<RunsRead<Facts>> => {
  const stopBefore = stopReadingBefore(ledger);
  const isFirstSight = stopBefore === undefined;
  const reader = readHistory<Facts>({
    stopBefore: stopBefore ?? epoch - collector.longestRunSeconds(definition),
    minimumRuns: isFirstSight ? FIRST_SIGHT_RUNS : 0,
    maxPages: MAX_PAGES,
    orderProven: ledger.newestFirst,
    // The first sight would read all histories to their end, and has a long page to see their order from.
    trustOrder: isFirstSight || ledger.newestFirst,
    readAt: glue.now(),
  });
  const wanted = isFirstSight ? collector.maxPageSize : runsToAskFor(ledger, stopBefore, sinceSeconds, glue.now());
  let size = Math.min(collector.maxPageSize, Math.max(wanted, leastRuns));
  const errors = new Map<string, () => string | undefined>();
  let token: string | undefined;
  do {
    const page = await collector.readRuns(glue, definition.name, size, token);
    token = reader.add(page);
    for (const [id, error] of page.errors ?? []) errors.set(id, error);
    size = Math.min(collector.maxPageSize, size * PAGE_GROWTH);
  } while (token !== undefined);
  return { reading: reader.reading(), truncated: reader.truncated, errors };
};

/** What will do in most cases: what is known and has to be passed, one beyond it, and the news to expect. */
const runsToAskFor = (
  ledger: Ledger<unknown>,
  stopBefore: number,
  sinceSeconds: number | undefined,
  now: number,
): number => {
  const { starts = [] } = ledger;
  const [newest = now] = starts;
  const gapSeconds = Math.max(1, typicalGapSeconds(starts) ?? Number.POSITIVE_INFINITY);
  const news = 1 + Math.floor(Math.max(0, Math.min(sinceSeconds ?? now - newest, now - newest)) / gapSeconds);
  if (ledger.newestFirst) {
    const known = Math.max(
      starts.filter(start => start >= Math.floor(stopBefore)).length,
      Object.keys(ledger.settling).length + Object.keys(ledger.active).length,
    );
    return known + 1 + news;
  }
  // It is read to its end, or until enough was seen to know its order.
  if (starts.length === REMEMBERED_STARTS) return Number.POSITIVE_INFINITY;
  return Math.max(starts.length, ORDER_PROVEN_BY + 1) + 1 + news;
};
