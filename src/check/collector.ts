import { type AnyCollector, isOfAccount } from '../collectors/collector.ts';
import { permissionsOf } from '../collectors/permissions.ts';
import type { Glue } from '../glue/glue.ts';
import { probeCall } from '../glue/probe-call.ts';
import { GlueError } from '../glue/reason.ts';
import { mostSeries } from '../metrics/rendered.ts';
import { type Outcome, type RecordedCalls, recordCalls } from './call-outcomes.ts';
import { costOf } from './cost.ts';
import type { CollectorFinding, PermissionFinding } from './findings.ts';
import { inspectFeed } from './inspect-feed.ts';
import { inspectHistories } from './inspect-histories.ts';
import { inspectInventory } from './inspect-inventory.ts';
import type { Inspection, InspectionContext } from './inspection.ts';

/**
 * Tries everything that a collector asks of a target, in few requests: it inspects what there is, and then calls the operations that
 * this did not need. Rejects only when it is stopped.
 */
export const checkCollector = async (
  collector: AnyCollector,
  connection: Glue,
  settings: Pick<InspectionContext, 'filter' | 'target' | 'intervalSeconds'>,
): Promise<CollectorFinding> => {
  const recorded = recordCalls(connection);
  const { glue, outcomes } = recorded;
  const failures: GlueError[] = [];
  const attempt: InspectionContext['attempt'] = promise => unlessFailed(promise, failures);
  const permissions = permissionsOf(collector, settings.filter.tags !== undefined);
  const context: InspectionContext = { ...settings, glue, calls: () => recorded.calls, attempt };

  const inspection = await collector.open<Promise<Inspection>>({
    inventory: typed => inspectInventory(typed, context),
    histories: typed => inspectHistories(typed, context),
    feed: typed => inspectFeed(typed, context),
  });
  if (!failures.some(isOfConnection)) {
    const left = permissions.filter(({ operation }) => !outcomes.has(operation));
    await Promise.all(left.map(({ operation }) => attempt(probeCall(glue, operation))));
  }

  const operations: ReadonlySet<string> = new Set(permissions.map(({ operation }) => operation));
  return {
    ...inspection,
    words: collector.words,
    isOfAccount: isOfAccount(collector),
    permissions: permissions.map(permission => ({
      action: permission.action,
      cost: costOf(collector, permission),
      isOptional: permission.isOptional,
      ...stateOf(outcomes.get(permission.operation)),
    })),
    reservedSeries: (inspection.admitted ?? 0) * mostSeries(collector.families),
    // Such as a listing without an end, of which every single answer is good.
    failure: failures.find(error => !operations.has(error.operation) || !isReported(recorded, error)),
  };
};

/** Whether the connection fails, or the credentials: then nothing else can be found out, and each try takes long. */
const isOfConnection = ({ reason }: GlueError): boolean =>
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
const isReported = ({ outcomes }: RecordedCalls, error: GlueError): boolean =>
  outcomes.get(error.operation)?.failures.includes(error) ?? false;

const stateOf = (outcome: Outcome | undefined): Pick<PermissionFinding, 'state' | 'failure'> => {
  const { answered, failures } = outcome ?? { answered: 0, failures: [] };
  const [first] = failures;
  const denied = failures.find(({ reason }) => reason === 'access_denied');
  if (denied !== undefined) return { state: answered > 0 ? 'partly' : 'missing', failure: denied };
  if (first !== undefined) return { state: 'failed', failure: first };
  return { state: answered > 0 ? 'ok' : 'untried', failure: undefined };
};
