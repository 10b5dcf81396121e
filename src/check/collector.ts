import type { AnyCollector } from '../collectors/collector.ts';
import { permissionsOf } from '../collectors/permissions.ts';
import type { Glue } from '../glue/glue.ts';
import { probeCall } from '../glue/probe-call.ts';
import { GlueError } from '../glue/reason.ts';
import { mostSeries } from '../metrics/rendered.ts';
import { costOf } from './cost.ts';
import { lookAtFeed } from './feed.ts';
import type { CollectorFinding, PermissionFinding } from './findings.ts';
import { lookAtHistories } from './histories.ts';
import { lookAtInventory } from './inventory.ts';
import type { Look, Seen } from './look.ts';
import { type Outcome, type Witness, witnessed } from './witness.ts';

/**
 * Tries everything that a collector will ask of a target, with the fewest requests that show it: it looks at what there is, and calls
 * the operations that this has not come to. Rejects only when it is stopped.
 */
export const checkCollector = async (
  collector: AnyCollector,
  connection: Glue,
  settings: Pick<Look, 'filter' | 'target' | 'intervalSeconds'>,
): Promise<CollectorFinding> => {
  const witness = witnessed(connection);
  const { glue, outcomes } = witness;
  const failures: GlueError[] = [];
  const attempt: Look['attempt'] = promise => unlessFailed(promise, failures);
  const permissions = permissionsOf(collector, settings.filter.tags !== undefined);
  const look: Look = { ...settings, glue, calls: () => witness.calls, attempt };

  const seen = await collector.open<Promise<Seen>>({
    inventory: typed => lookAtInventory(typed, look),
    histories: typed => lookAtHistories(typed, look),
    feed: typed => lookAtFeed(typed, look),
  });
  if (!failures.some(isOfTheWay)) {
    const left = permissions.filter(({ operation }) => !outcomes.has(operation));
    await Promise.all(left.map(({ operation }) => attempt(probeCall(glue, operation))));
  }

  const operations: ReadonlySet<string> = new Set(permissions.map(({ operation }) => operation));
  return {
    ...seen,
    words: collector.words,
    permissions: permissions.map(permission => ({
      action: permission.action,
      cost: costOf(collector, permission),
      isOptional: permission.isOptional,
      ...stateOf(outcomes.get(permission.operation)),
    })),
    reservedSeries: (seen.admitted ?? 0) * mostSeries(collector.families),
    // Such as a listing without an end, of which every single answer is good.
    failure: failures.find(error => !operations.has(error.operation) || !isReported(witness, error)),
  };
};

/** Whether something between here and AWS fails, or AWS itself: then nothing else can be found out, and each try takes long. */
const isOfTheWay = ({ reason }: GlueError): boolean =>
  reason === 'network' || reason === 'timeout' || reason === 'expired_credentials';

/** The result, or undefined after its failure was entered. */
const unlessFailed = async <Result>(promise: Promise<Result>, failures: GlueError[]): Promise<Result | undefined> => {
  try {
    return await promise;
  } catch (error) {
    if (!(error instanceof GlueError)) throw error;
    if (error.reason !== 'not_found') failures.push(error);
    return undefined;
  }
};

/** Whether the line of its permission shows it. */
const isReported = ({ outcomes }: Witness, error: GlueError): boolean =>
  outcomes.get(error.operation)?.failures.includes(error) ?? false;

const stateOf = (outcome: Outcome | undefined): Pick<PermissionFinding, 'state' | 'failure'> => {
  const { answered, failures } = outcome ?? { answered: 0, failures: [] };
  const [first] = failures;
  const denied = failures.find(({ reason }) => reason === 'access_denied');
  if (denied !== undefined) return { state: answered > 0 ? 'partly' : 'missing', failure: denied };
  if (first !== undefined) return { state: 'failed', failure: first };
  return { state: answered > 0 ? 'ok' : 'untried', failure: undefined };
};
