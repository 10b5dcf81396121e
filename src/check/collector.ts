import { type EntityDefinition, type Histories, rulesOf } from '../collectors/collector.ts';
import { permissionsOf } from '../collectors/permissions.ts';
import type { EntityFilter } from '../exporter/entity-filter.ts';
import type { GlueConnection } from '../glue/client.ts';
import { probeCall } from '../glue/probe-call.ts';
import { GlueError } from '../glue/reason.ts';
import { mostSeries, renderEntity } from '../metrics/rendered.ts';
import { readRuns } from '../poll/read-runs.ts';
import { createRunLookup } from '../poll/run-lookup.ts';
import { fold } from '../runs/fold.ts';
import { emptyLedger } from '../runs/ledger.ts';
import { costOf } from './cost.ts';
import type { CollectorFinding, PermissionFinding } from './findings.ts';
import { type Outcome, type Witness, witnessed } from './witness.ts';

/** So many jobs or workflows are read to see what their series will be, and so many of these twice, as the polls after the first do. */
const READ = 12;
const READ_TWICE = 3;

/** What reading one job or workflow has shown. */
interface Sample {
  readonly series: number;
  /** Of the second reading. */
  readonly requests: number | undefined;
}

/**
 * Tries everything that a collector will ask of a target, with the fewest requests that show it: it lists, reads some of what it
 * finds, and calls what that has not come to. Rejects only when it is stopped.
 */
export const checkCollector = async <Definition extends EntityDefinition, Facts>(
  collector: Histories<Definition, Facts>,
  { admits, tags }: EntityFilter,
  target: { readonly accountId: string; readonly region: string },
  connection: GlueConnection,
  intervalSeconds: number,
): Promise<CollectorFinding> => {
  const witness = witnessed(connection);
  const { glue } = witness;
  const permissions = permissionsOf(collector, tags !== undefined);
  const failures: GlueError[] = [];

  const listed = await unlessFailed(collector.list(glue, tags), failures);
  const listingRequests = witness.calls;
  const admitted = listed?.filter(({ name }) => admits(target, name));
  const samples = await sampled(spread(admitted ?? [], READ), async (definition, index) =>
    unlessFailed(
      readSample(collector, connection, witness, definition, index < READ_TWICE ? intervalSeconds : undefined),
      failures,
    ),
  );
  if (!failures.some(isOfTheWay)) {
    const left = permissions.filter(({ operation }) => !witness.outcomes.has(operation));
    await Promise.all(
      left.map(async ({ operation }) => {
        await unlessFailed(probeCall(glue, operation), failures);
      }),
    );
  }

  const operations: ReadonlySet<string> = new Set(permissions.map(({ operation }) => operation));
  const known = samples.filter(sample => sample !== undefined);
  return {
    name: collector.name,
    permissions: permissions.map(permission => ({
      action: permission.action,
      cost: costOf(collector, permission),
      isOptional: permission.isOptional,
      ...stateOf(witness.outcomes.get(permission.operation)),
    })),
    listed: listed?.length,
    admitted: admitted?.length,
    series: seriesOf(admitted?.length, known),
    reservedSeries: (admitted?.length ?? 0) * mostSeries(collector.families),
    requestsPerEntity: average(known.flatMap(({ requests }) => requests ?? [])) ?? 1,
    listingRequests,
    // Such as a listing without an end, of which every single answer is good.
    failure: failures.find(error => !operations.has(error.operation) || !isTold(witness, error)),
  };
};

const seriesOf = (entities: number | undefined, samples: readonly Sample[]): number | undefined => {
  if (entities === 0) return 0;
  const perEntity = average(samples.map(({ series }) => series));
  return entities === undefined || perEntity === undefined ? undefined : Math.round(entities * perEntity);
};

/** Reads a job or workflow as the first poll does and, when it is told how much later the next one comes, as that will. */
const readSample = async <Definition extends EntityDefinition, Facts>(
  collector: Histories<Definition, Facts>,
  connection: GlueConnection,
  { glue }: Witness,
  definition: Definition,
  nextInSeconds: number | undefined,
): Promise<Sample> => {
  const epoch = connection.now();
  const lookup = createRunLookup(collector, () => 0);
  const { reading } = await readRuns(collector, glue, { definition, ledger: emptyLedger }, { epoch, lookup });
  const { ledger } = fold(emptyLedger, reading, rulesOf(collector, definition, { epoch }));
  const { series } = renderEntity(collector.families, {}, { definition, ledger });
  if (nextInSeconds === undefined) return { series, requests: undefined };
  const next = witnessed(glue);
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

/** Some of them, from all over the list, which is sorted by name. */
const spread = <Item>(items: readonly Item[], most: number): readonly Item[] =>
  items.length <= most
    ? items
    : Array.from({ length: most }, (_, index) => items[Math.floor(((index + 0.5) * items.length) / most)]).filter(
        item => item !== undefined,
      );

const average = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : values.reduce((a, b) => a + b, 0) / values.length;

/** Whether something between here and AWS fails, or AWS itself: then nothing else can be found out, and each try takes long. */
const isOfTheWay = ({ reason }: GlueError): boolean =>
  reason === 'network' || reason === 'timeout' || reason === 'expired_credentials';

/** The result, or undefined after it was entered why there is none. */
const unlessFailed = async <Result>(promise: Promise<Result>, failures: GlueError[]): Promise<Result | undefined> => {
  try {
    return await promise;
  } catch (error) {
    if (!(error instanceof GlueError)) throw error;
    if (error.reason !== 'not_found') failures.push(error);
    return undefined;
  }
};

const isTold = ({ outcomes }: Witness, error: GlueError): boolean =>
  outcomes.get(error.operation)?.failures.includes(error) ?? false;

const stateOf = (outcome: Outcome | undefined): Pick<PermissionFinding, 'state' | 'failure'> => {
  const { answered, failures } = outcome ?? { answered: 0, failures: [] };
  const [first] = failures;
  const denied = failures.find(({ reason }) => reason === 'access_denied');
  if (denied !== undefined) return { state: answered > 0 ? 'partly' : 'missing', failure: denied };
  if (first !== undefined) return { state: 'failed', failure: first };
  return { state: answered > 0 ? 'ok' : 'untried', failure: undefined };
};
