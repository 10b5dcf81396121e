import { type EntityDefinition, type Feed, rulesOf } from '../collectors/collector.ts';
import { renderEntity } from '../metrics/rendered.ts';
import { type FeedOwner, type FeedRead, readFeed } from '../poll/read-feed.ts';
import { fold } from '../runs/fold.ts';
import { emptyLedger, type Reading, SETTLE_SECONDS } from '../runs/ledger.ts';
import { type Inspection, type InspectionContext, RENDERED, seriesOf, spread } from './inspection.ts';

/** Pages to read: what they show is an account with its usual runs. */
const MAX_PAGES = 2;

/** Reads the newest runs of the feed. Only entities with a run among them are seen. */
export const inspectFeed = async <Definition extends EntityDefinition, Facts>(
  collector: Feed<Definition, Facts>,
  { glue, filter, target, intervalSeconds, attempt }: InspectionContext,
): Promise<Inspection> => {
  const epoch = glue.now();
  const since = epoch - collector.longestRunSeconds;
  const read = await attempt(readFeed(collector, glue, { since, newestFirst: undefined, maxPages: MAX_PAGES }));
  const owners = read && ownersIn(collector, read);
  const admitted = owners?.filter(({ definition: { name } }) => filter.admits(target, name));
  const sample = spread(admitted ?? [], RENDERED).flatMap(owner =>
    read === undefined ? [] : seriesOfOwner(collector, owner, read.reading, epoch),
  );
  return {
    listed: owners?.length,
    admitted: admitted?.length,
    isPartial: read?.truncated !== undefined,
    series: seriesOf(admitted?.length, sample),
    work: {
      listingRequests: 0,
      isListedEachPoll: false,
      requestsPerEntity: 0,
      feedRequests: read === undefined ? 1 : pagesOfEachPoll(read.reading, intervalSeconds, collector.maxPageSize),
    },
  };
};

/** Those of the runs, and those that exist without one. */
const ownersIn = <Definition extends EntityDefinition, Facts>(
  { always }: Feed<Definition, Facts>,
  { owners }: FeedRead<Definition, Facts>,
): readonly FeedOwner<Definition, Facts>[] => [
  ...owners.values(),
  ...always.filter(({ name }) => !owners.has(name)).map(definition => ({ definition, runs: [] })),
];

const seriesOfOwner = <Definition extends EntityDefinition, Facts>(
  collector: Feed<Definition, Facts>,
  { definition, runs }: FeedOwner<Definition, Facts>,
  reading: Reading<Facts>,
  epoch: number,
): number => {
  const { ledger } = fold(emptyLedger, { ...reading, runs }, rulesOf(collector, definition, { epoch }));
  return renderEntity(collector.families, {}, { definition, ledger }).series;
};

/** A poll reads back to what is settled. */
const pagesOfEachPoll = ({ runs }: Reading<unknown>, intervalSeconds: number, maxPageSize: number): number => {
  const starts = runs.flatMap(({ startedAt }) => startedAt ?? []);
  const seconds = starts.length === 0 ? 0 : Math.max(...starts) - Math.min(...starts);
  const read = seconds === 0 ? 0 : (starts.length / seconds) * (SETTLE_SECONDS + intervalSeconds);
  return Math.max(1, Math.ceil(read / maxPageSize));
};
