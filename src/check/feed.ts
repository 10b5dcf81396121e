import { type EntityDefinition, type Feed, rulesOf } from '../collectors/collector.ts';
import type { Glue } from '../glue/glue.ts';
import { renderEntity } from '../metrics/rendered.ts';
import { fold } from '../runs/fold.ts';
import { type HistoryReader, readHistory } from '../runs/history.ts';
import { emptyLedger, type Reading, SETTLE_SECONDS } from '../runs/ledger.ts';
import type { Run } from '../runs/run.ts';
import { type Look, RENDERED, type Seen, seriesOf, spread } from './look.ts';

/** Pages to read: what they show is an account with its usual runs. */
const MAX_PAGES = 2;

/** The runs of one entity. */
interface Owner<Definition, Facts> {
  readonly definition: Definition;
  readonly runs: Run<Facts>[];
}

/** Reads the newest runs of the feed. Only entities with a run among them are seen. */
export const lookAtFeed = async <Definition extends EntityDefinition, Facts>(
  collector: Feed<Definition, Facts>,
  { glue, filter, target, intervalSeconds, attempt }: Look,
): Promise<Seen> => {
  const epoch = glue.now();
  const since = epoch - collector.longestRunSeconds;
  const reader = readHistory<Facts>({
    stopBefore: since,
    minimumRuns: 0,
    maxPages: MAX_PAGES,
    orderProven: false,
    trustOrder: true,
    readAt: epoch,
  });
  const owners = await attempt(readOwners(collector, glue, since, reader));
  const admitted = owners?.filter(({ definition: { name } }) => filter.admits(target, name));
  const reading = reader.reading();
  const sample = spread(admitted ?? [], RENDERED).map(owner => seriesOfOwner(collector, owner, reading, epoch));
  return {
    listed: owners?.length,
    admitted: admitted?.length,
    isPartial: reader.truncated !== undefined,
    series: seriesOf(admitted?.length, sample),
    work: {
      listingRequests: 0,
      isListedEachPoll: false,
      requestsPerEntity: 0,
      feedRequests: pagesOfEachPoll(reader, intervalSeconds, collector.maxPageSize),
    },
  };
};

const readOwners = async <Definition extends EntityDefinition, Facts>(
  { always, maxPageSize, readFeed }: Feed<Definition, Facts>,
  glue: Glue,
  since: number,
  reader: HistoryReader<Facts>,
): Promise<readonly Owner<Definition, Facts>[]> => {
  const owners = new Map<string, Owner<Definition, Facts>>();
  const ownerOf = (definition: Definition): Owner<Definition, Facts> => {
    const owner = owners.get(definition.name) ?? { definition, runs: [] };
    owners.set(definition.name, owner);
    return owner;
  };
  for (const definition of always) ownerOf(definition);
  let token: string | undefined;
  do {
    const { runs, ...page } = await readFeed(glue, since, maxPageSize, token);
    for (const { of, run } of runs) ownerOf(of).runs.push(run);
    token = reader.add({ ...page, runs: runs.map(({ run }) => run) });
  } while (token !== undefined);
  return [...owners.values()];
};

const seriesOfOwner = <Definition extends EntityDefinition, Facts>(
  collector: Feed<Definition, Facts>,
  { definition, runs }: Owner<Definition, Facts>,
  reading: Reading<Facts>,
  epoch: number,
): number => {
  const { ledger } = fold(emptyLedger, { ...reading, runs }, rulesOf(collector, definition, { epoch }));
  return renderEntity(collector.families, {}, { definition, ledger }).series;
};

/** A poll reads back to what is settled. */
const pagesOfEachPoll = (
  { span: { starts, seconds } }: HistoryReader<unknown>,
  intervalSeconds: number,
  maxPageSize: number,
): number => {
  const runs = seconds === 0 ? 0 : (starts / seconds) * (SETTLE_SECONDS + intervalSeconds);
  return Math.max(1, Math.ceil(runs / maxPageSize));
};
