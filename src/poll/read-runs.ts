import type { Entity, EntityDefinition, Histories } from '../collectors/collector.ts';
import type { Glue } from '../glue/glue.ts';
import { type HistoryReader, ORDER_PROVEN_BY, type RunErrors, readHistory, type Truncation } from '../runs/history.ts';
import { type AwaitedRun, awaitedRuns, type Ledger, type Reading, stopReadingBefore } from '../runs/ledger.ts';
import { REMEMBERED_STARTS, typicalGapSeconds } from '../runs/rhythm.ts';
import type { Run } from '../runs/run.ts';
import type { RunLookup } from './run-lookup.ts';

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
type Source<Definition extends EntityDefinition, Facts> = Pick<
  Histories<Definition, Facts>,
  'longestRunSeconds' | 'maxPageSize' | 'readRuns'
>;

export interface ReadRunsOptions<Definition, Facts> {
  readonly epoch: number;
  /** Seconds since it was read last; undefined when that is not known. */
  readonly sinceSeconds?: number | undefined;
  /** So many runs at least, where there are as many: what is not saved has to be read again after a start. */
  readonly leastRuns?: number;
  readonly lookup: RunLookup<Definition, Facts>;
}

/**
 * Reads as much of an entity's run history as its ledger cannot know yet: the pages of what can be new, and awaited runs that are
 * hidden behind thousands of newer ones by their ids, where that takes fewer requests and is permitted.
 */
export const readRuns = async <Definition extends EntityDefinition, Facts>(
  collector: Source<Definition, Facts>,
  glue: Glue,
  { definition, ledger }: Entity<Definition, Facts>,
  { epoch, sinceSeconds, leastRuns = 0, lookup }: ReadRunsOptions<Definition, Facts>,
): Promise<RunsRead<Facts>> => {
  const { horizon } = ledger;
  const isFirstSight = horizon === undefined;
  const near = awaitedRuns(ledger).flatMap(({ startedAt }) => (isNear(ledger, startedAt) ? [startedAt] : []));
  const stopBefore = isFirstSight ? epoch - collector.longestRunSeconds(definition) : Math.min(horizon, ...near);
  const reader = readHistory<Facts>({
    stopBefore,
    minimumRuns: isFirstSight ? FIRST_SIGHT_RUNS : 0,
    maxPages: MAX_PAGES,
    orderProven: ledger.newestFirst,
    // A history that was seen in another order is read to its end, once, before it is trusted again.
    trustOrder: isFirstSight || ledger.newestFirst,
    readAt: glue.now(),
  });
  const wanted = isFirstSight ? collector.maxPageSize : runsToAskFor(ledger, stopBefore, sinceSeconds, glue.now());
  let size = Math.min(collector.maxPageSize, Math.max(wanted, leastRuns));
  const errors = new Map<string, () => string | undefined>();
  const noteErrors = (more: RunErrors = new Map()): void => {
    for (const [id, error] of more) errors.set(id, error);
  };

  const readPages = async (from: string | undefined): Promise<void> => {
    let token = from;
    do {
      const page = await collector.readRuns(glue, definition, size, token);
      token = reader.add(page);
      noteErrors(page.errors);
      size = Math.min(collector.maxPageSize, size * PAGE_GROWTH);
    } while (token !== undefined);
  };

  /** Whether each of them was read, or is known to be gone. */
  const readById = async (
    hidden: readonly AwaitedRun[],
    runs: Run<Facts>[],
    unknown: Set<string>,
  ): Promise<boolean> => {
    for (const { id } of hidden) {
      const found = await lookup.read(glue, definition, id);
      if (found === 'denied') return false;
      if (found === undefined) unknown.add(id);
      else runs.push(...found.runs.filter(run => run.id === id));
      noteErrors(found?.errors);
    }
    return true;
  };

  await readPages(undefined);
  const single: Run<Facts>[] = [];
  const unknownIds = new Set<string>();
  const hidden = isFirstSight ? [] : hiddenRuns(ledger, reader.reading());
  const isCheaper = hidden.length <= pagesDownTo(hidden, reader, collector.maxPageSize);
  if (hidden.length > 0 && !(isCheaper && lookup.isPermitted() && (await readById(hidden, single, unknownIds)))) {
    const token = reader.readTo(stopReadingBefore(ledger));
    if (token !== undefined) await readPages(token);
  }
  const reading = reader.reading();
  return {
    reading: { ...reading, runs: [...reading.runs, ...single], unknownIds },
    truncated: reader.truncated,
    errors,
  };
};

/** Whether a run is among the latest starts, or there are no more than these: then a page that reaches it costs next to nothing. */
const isNear = ({ starts = [] }: Ledger<unknown>, startedAt: number | undefined): startedAt is number =>
  startedAt !== undefined && (starts.length < REMEMBERED_STARTS || startedAt >= Math.min(...starts));

/** The awaited runs that a reading has not come to. */
const hiddenRuns = (ledger: Ledger<unknown>, { runs, completeAfter }: Reading<unknown>): readonly AwaitedRun[] => {
  const listed = new Set(runs.map(({ id }) => id));
  return awaitedRuns(ledger).filter(
    ({ id, startedAt }) =>
      !listed.has(id) &&
      (startedAt ?? Number.NEGATIVE_INFINITY) <= completeAfter &&
      completeAfter !== Number.NEGATIVE_INFINITY,
  );
};

/** How many pages it takes to get down to all of these, if runs have always started as often as in what was read. */
const pagesDownTo = (hidden: readonly AwaitedRun[], reader: HistoryReader<unknown>, pageSize: number): number => {
  const { starts, seconds } = reader.span;
  const { completeAfter } = reader.reading();
  const oldest = hidden.reduce((a, { startedAt }) => Math.min(a, startedAt ?? Number.NEGATIVE_INFINITY), completeAfter);
  const runs = seconds === 0 ? 0 : ((completeAfter - oldest) * starts) / seconds;
  return Math.max(1, Math.ceil(runs / pageSize));
};

/** What will do in most cases: what is known and has to be passed, one beyond it, and the new runs to expect. */
const runsToAskFor = (
  ledger: Ledger<unknown>,
  stopBefore: number,
  sinceSeconds: number | undefined,
  now: number,
): number => {
  const { starts = [] } = ledger;
  const [newest = now] = starts;
  const gapSeconds = Math.max(1, typicalGapSeconds(starts) ?? Number.POSITIVE_INFINITY);
  const newRuns = 1 + Math.floor(Math.max(0, Math.min(sinceSeconds ?? now - newest, now - newest)) / gapSeconds);
  if (ledger.newestFirst) {
    const awaited = awaitedRuns(ledger).filter(({ startedAt }) => startedAt !== undefined && startedAt >= stopBefore);
    const known = Math.max(
      starts.filter(start => start >= Math.floor(stopBefore)).length,
      Object.keys(ledger.settling).length + awaited.length,
    );
    return known + 1 + newRuns;
  }
  // It is read to its end, or until enough was seen to know its order.
  if (starts.length === REMEMBERED_STARTS) return Number.POSITIVE_INFINITY;
  return Math.max(starts.length, ORDER_PROVEN_BY + 1) + 1 + newRuns;
};
