import type { Collector, Entity } from '../collectors/collector.ts';
import type { Glue } from '../glue/client.ts';
import { readHistory, type Truncation } from '../runs/history.ts';
import { type Reading, stopReadingBefore } from '../runs/ledger.ts';

/** Runs read at first sight, unless a success and a failure are among fewer. */
const FIRST_SIGHT_RUNS = 200;
/** 20,000 job runs: one every nine seconds for two days. */
const MAX_PAGES = 100;
/** Small pages are cheap, and mostly enough; when they are not, each is so many times the one before. */
const SMALLEST_PAGE = 5;
const PAGE_GROWTH = 4;

/** A collector as reading needs it. */
type Source<Definition extends { readonly name: string }, Facts> = Pick<
  Collector<Definition, Facts>,
  'longestRunSeconds' | 'maxPageSize' | 'readRuns'
>;

/** Reads as much of an entity's run history as its ledger cannot know yet. */
export const readRuns = async <Definition extends { readonly name: string }, Facts>(
  collector: Source<Definition, Facts>,
  glue: Glue,
  { definition, ledger }: Entity<Definition, Facts>,
  epoch: number,
): Promise<{ readonly reading: Reading<Facts>; readonly truncated: Truncation | undefined }> => {
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
  // What is known and has to be passed, and a little news.
  const known = Object.keys(ledger.settling).length + Object.keys(ledger.active).length;
  let size = isFirstSight ? collector.maxPageSize : Math.min(collector.maxPageSize, SMALLEST_PAGE + known);
  let token: string | undefined;
  do {
    token = reader.add(await collector.readRuns(glue, definition.name, size, token));
    size = Math.min(collector.maxPageSize, size * PAGE_GROWTH);
  } while (token !== undefined);
  return { reading: reader.reading(), truncated: reader.truncated };
};
