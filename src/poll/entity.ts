import type { Counting, LatestRun } from '../collectors/collector.ts';
import type { Placement } from '../metrics/exposition.ts';
import { isFailing } from '../runs/failing.ts';
import type { EntityId } from '../runs/failures.ts';
import { activeRuns, emptyLedger, type Ledger } from '../runs/ledger.ts';
import { noRuns, type Recent, successes, usualSeconds } from '../runs/recent.ts';
import type { ExpectedStart } from '../runs/rhythm.ts';
import type { EntityStatus } from '../status.ts';
import type { IdentifiedTarget } from './identified-target.ts';

/** An entity that a discovery has listed, with all that is known of it. Times without a unit of their own are uptimes. */
export interface Tracked<Definition, Facts> {
  definition: Definition;
  ledger: Ledger<Facts>;
  /** What people see of its latest runs; undefined until it was read. */
  recent: Recent | undefined;
  /** Why active runs wait, by their ids, as far as AWS says. */
  waitingReasons: Readonly<Record<string, string>>;
  /** What people see of it altogether; undefined until somebody has put it together. */
  status: EntityStatus | undefined;
  /** The attempt that is under way: two readings at once could take each other's counts back. */
  underWay: Promise<void> | undefined;
  /** -Infinity before the first attempt. */
  lastAttemptAt: number;
  lastSuccessAt: number | undefined;
  /** When an attempt last told all that it can: it succeeded, or failed by a fault of the entity's own. */
  settledAt: number;
  /** Failures since the last success, and when the first of them was. */
  failures: number;
  failingSince: number | undefined;
  /** What is exposed of it; undefined when nothing is. */
  published: Placement | undefined;
  /** What a glance at many entities has told of this one last, and what it had told when this one was read. */
  glimpse: LatestRun | undefined;
  glimpseRead: LatestRun | undefined;
  /** The next start that its past lets expect, told when it was read. */
  expected: ExpectedStart | undefined;
}

/** An entity of which nothing is known but its definition, and what was saved. */
export const track = <Definition, Facts>(
  definition: Definition,
  ledger: Ledger<Facts> = emptyLedger,
): Tracked<Definition, Facts> => ({
  definition,
  ledger,
  recent: undefined,
  waitingReasons: {},
  status: undefined,
  underWay: undefined,
  lastAttemptAt: Number.NEGATIVE_INFINITY,
  lastSuccessAt: undefined,
  settledAt: Number.NEGATIVE_INFINITY,
  failures: 0,
  failingSince: undefined,
  published: undefined,
  glimpse: undefined,
  glimpseRead: undefined,
  expected: undefined,
});

/** What people see of an entity as it is now. */
export const statusOf = (
  id: EntityId,
  { ledger, recent = noRuns, waitingReasons }: Tracked<unknown, unknown>,
  runsForever: boolean,
): EntityStatus => {
  const { newest, lastFailureAt } = ledger;
  const { judged, succeeded } = successes(recent);
  const { accountId, region, collector, name } = id;
  return {
    accountId,
    region,
    collector,
    name,
    recent,
    active: withReasons(activeRuns(ledger), waitingReasons),
    newest,
    lastFailureAt,
    failing: isFailing(ledger, runsForever),
    successRatio: judged === 0 ? undefined : succeeded / judged,
    usualSeconds: usualSeconds(recent),
  };
};

/** What people see of each entity. It is kept until the entity is read again. */
export const describeAll = <Definition, Facts>(
  { name: collector, restartState }: Pick<Counting<Definition, Facts>, 'restartState'> & { readonly name: string },
  { accountId, region }: IdentifiedTarget,
  entities: Iterable<Tracked<Definition & { readonly name: string }, Facts>>,
): readonly EntityStatus[] => {
  const statuses: EntityStatus[] = [];
  for (const entity of entities) {
    const { definition } = entity;
    const id = { accountId, region, collector, name: definition.name };
    entity.status ??= statusOf(id, entity, restartState?.(definition) !== undefined);
    statuses.push(entity.status);
  }
  return statuses;
};

const withReasons = (
  active: EntityStatus['active'],
  reasons: Readonly<Record<string, string>>,
): EntityStatus['active'] => {
  const waiting = Object.keys(reasons).filter(id => Object.hasOwn(active, id));
  if (waiting.length === 0) return active;
  return Object.fromEntries(
    Object.entries(active).map(([id, run]) => [id, Object.hasOwn(reasons, id) ? { ...run, reason: reasons[id] } : run]),
  );
};

/**
 * Whether a run is active or not final yet, has been glimpsed, or is likely to have started; or nothing is known for sure because reading has just
 * failed, once. `now` is in AWS's time.
 */
export const isNewsExpected = (entity: Tracked<unknown, unknown>, now: number, graceSeconds: number): boolean =>
  entity.failures === 1 ||
  hasAwaitedRun(entity.ledger) ||
  isGlimpsed(entity) ||
  isStartExpected(entity, now, graceSeconds);

/**
 * Whether a listing that shows the newest run of an entity, or that it never ran, counts as a reading of its history: the history was
 * read before and nothing has changed since, and no run is awaited.
 */
export const isShownUnchanged = (entity: Tracked<unknown, unknown>, latest: LatestRun | undefined): boolean => {
  const { ledger, lastSuccessAt, failures } = entity;
  if (lastSuccessAt === undefined || failures > 0 || hasAwaitedRun(ledger)) return false;
  return latest === undefined ? ledger.newest === undefined : isSameRun(latest, ledger.newest);
};

/** Whether a run is active, or has ended and is not final. */
export const hasAwaitedRun = ({ active, provisional }: Ledger<unknown>): boolean => {
  for (const _ in active) return true;
  return provisional !== undefined;
};

/** A glance that was followed by a reading has told everything, even where the two do not agree. */
const isGlimpsed = ({ glimpse, glimpseRead, ledger: { newest } }: Tracked<unknown, unknown>): boolean =>
  glimpse !== undefined && !isSameRun(glimpse, newest) && !isSameRun(glimpse, glimpseRead);

const isSameRun = (a: LatestRun, b: LatestRun | undefined): boolean => a.id === b?.id && a.state === b.state;

const isStartExpected = ({ expected }: Tracked<unknown, unknown>, now: number, graceSeconds: number): boolean =>
  expected !== undefined && expected.from <= now && now <= expected.until + graceSeconds;
