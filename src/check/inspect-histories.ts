import { type EntityDefinition, type Histories, rulesOf } from '../collectors/collector.ts';
import { renderEntity } from '../metrics/rendered.ts';
import { readRuns } from '../poll/read-runs.ts';
import { createRunLookup } from '../poll/run-lookup.ts';
import { fold } from '../runs/fold.ts';
import { emptyLedger } from '../runs/ledger.ts';
import { recordCalls } from './call-outcomes.ts';
import { average, type Inspection, type InspectionContext, seriesOf, spread } from './inspection.ts';

/** So many histories are read to see what their series will be, and so many of these twice, as the polls after the first do. */
const READ = 12;
const READ_TWICE = 3;

/** What reading one history has shown. */
interface Sample {
  readonly series: number;
  /** Of the second reading. */
  readonly requests: number | undefined;
}

/** Lists, and reads the histories of some entities. */
export const inspectHistories = async <Definition extends EntityDefinition, Facts>(
  collector: Histories<Definition, Facts>,
  context: InspectionContext,
): Promise<Inspection> => {
  const { glue, calls, filter, target, intervalSeconds, attempt } = context;
  const listed = await attempt(collector.list(glue, filter.tags));
  const listingRequests = calls();
  const admitted = listed?.filter(({ name }) => filter.admits(target, name));
  const samples = await sampled(spread(admitted ?? [], READ), async (definition, index) =>
    attempt(readSample(collector, context, definition, index < READ_TWICE ? intervalSeconds : undefined)),
  );
  const known = samples.filter(sample => sample !== undefined);
  const isShownByListing = collector.latestRun !== undefined;
  return {
    listed: listed?.length,
    admitted: admitted?.length,
    isPartial: false,
    series: seriesOf(
      admitted?.length,
      known.map(({ series }) => series),
    ),
    work: {
      listingRequests,
      isListedEachPoll: isShownByListing,
      // Only a new or active run has its history read then.
      requestsPerEntity: isShownByListing ? 0 : (average(known.flatMap(({ requests }) => requests ?? [])) ?? 1),
      feedRequests: 0,
    },
  };
};

/** Reads a history as the first poll does and, where the time until the next one is given, as that will. */
const readSample = async <Definition extends EntityDefinition, Facts>(
  collector: Histories<Definition, Facts>,
  { glue }: InspectionContext,
  definition: Definition,
  nextInSeconds: number | undefined,
): Promise<Sample> => {
  const epoch = glue.now();
  const lookup = createRunLookup(collector, () => 0);
  const { reading } = await readRuns(collector, glue, { definition, ledger: emptyLedger }, { epoch, lookup });
  const { ledger } = fold(emptyLedger, reading, rulesOf(collector, definition, { epoch }));
  const { series } = renderEntity(collector.families, {}, { definition, ledger });
  if (nextInSeconds === undefined) return { series, requests: undefined };
  const next = recordCalls(glue);
  await readRuns(collector, next.glue, { definition, ledger }, { epoch, sinceSeconds: nextInSeconds, lookup });
  return { series, requests: next.calls };
};

/** The first two one by one: what fails for all of them need not fail a dozen times. */
const sampled = async <Item, Result>(
  items: readonly Item[],
  read: (item: Item, index: number) => Promise<Result | undefined>,
): Promise<readonly (Result | undefined)[]> => {
  const results: (Result | undefined)[] = [];
  for (const [index, item] of items.slice(0, 2).entries()) results.push(await read(item, index));
  if (results.every(result => result === undefined)) return results;
  const others = items.slice(results.length).map((item, index) => read(item, index + results.length));
  return [...results, ...(await Promise.all(others))];
};
