import { isDeepStrictEqual } from 'node:util';
import type { Counting, LatestRun, ListedRun } from '../collectors/collector.ts';
import type { Placement } from '../metrics/exposition.ts';
import { isFailing } from '../runs/failing.ts';
import type { EntityId } from '../runs/failures.ts';
import { activeRuns, emptyLedger, type Ledger, SETTLE_SECONDS } from '../runs/ledger.ts';
import { noRuns, type Recent, successes, usualSeconds } from '../runs/recent.ts';
import type { ExpectedStart } from '../runs/rhythm.ts';
import type { Run } from '../runs/run.ts';
import type { EntityStatus } from '../status.ts';
import type { IdentifiedTarget } from './identified-target.ts';

/** A listed entity, with all that is known of it. Times without a unit of their own are uptimes. */
export interface Tracked<Definition, Facts> {
  definition: Definition;
  ledger: Ledger<Facts>;
  /** What people see of its latest runs; undefined until it was read. */
  recent: Recent | undefined;
  /** Why active runs wait, by their ids, as far as AWS says. */
  waitingReasons: Readonly<Record<string, string>>;
  /** What people see of it altogether; undefined until somebody has put it together. */
  status: EntityStatus | undefined;
  /** The attempt that is under way: two readings at the same time could take each other's counts back. */
  underWay: Promise<void> | undefined;
  /** -Infinity before the first attempt. */
  lastAttemptAt: number;
  lastSuccessAt: number | undefined;
  /** When an attempt last gave all that it can: it succeeded, or failed by a fault of the entity's own. */
  settledAt: number;
  /** Failures since the last success, and when the first of them was. */
  failures: number;
  failingSince: number | undefined;
  /** What is exposed of it; undefined when nothing is. */
  published: Placement | undefined;
  /** What the last glance has shown of this entity, and what it had shown when this one was read. */
  glimpse: LatestRun | undefined;
  glimpseRead: LatestRun | undefined;
  /** The newest run as listings show it, undefined for none, and the uptime since which they show it. */
  listedRun: { readonly run: ListedRun | undefined; readonly since: number } | undefined;
  /** When its history was read last, with success. */
  historyReadAt: number | undefined;
  /** The next start to expect by its past, computed when it was read. */
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
  listedRun: undefined,
  historyReadAt: undefined,
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
 * Whether a run is active or not final yet, was shown by a glance, or is likely to have started; or nothing is known for sure because
 * reading has just failed, once. `now` is in AWS's time.
 */
export const isChangeExpected = (entity: Tracked<unknown, unknown>, now: number, graceSeconds: number): boolean =>
  entity.failures === 1 ||
  hasAwaitedRun(entity.ledger) ||
  isGlimpsed(entity) ||
  isStartExpected(entity, now, graceSeconds);

/** Takes over the newest run that a listing shows at an uptime; undefined for an entity that never ran. */
export const noteListedRun = (entity: Tracked<unknown, unknown>, run: ListedRun | undefined, now: number): void => {
  const before = entity.listedRun;
  if (before === undefined || !isDeepStrictEqual(before.run, run)) entity.listedRun = { run, since: now };
};

/**
 * Whether the last listing counts as a reading of the entity's history: no run is awaited, and the newest run that it shows is the newest
 * of the ledger. Where the two never agree, the history is read until it has had the time to become consistent.
 */
export const isShownUnchanged = (entity: Tracked<unknown, unknown>): boolean => {
  const { ledger, listedRun, historyReadAt = Number.NEGATIVE_INFINITY, lastSuccessAt, failures } = entity;
  if (listedRun === undefined || lastSuccessAt === undefined || failures > 0 || hasAwaitedRun(ledger)) return false;
  return isNewest(listedRun.run, ledger.newest) || historyReadAt >= listedRun.since + SETTLE_SECONDS;
};

/** Both times are AWS's, but not of one operation. */
const SAME_START_SECONDS = 1;

const isNewest = (listed: ListedRun | undefined, newest: Run<unknown> | undefined): boolean => {
  if (listed === undefined || newest === undefined) return listed === newest;
  if (listed.state !== newest.state) return false;
  if (listed.id !== undefined) return listed.id === newest.id;
  const { startedAt = Number.NaN } = listed;
  return Math.abs(startedAt - (newest.startedAt ?? Number.NaN)) <= SAME_START_SECONDS;
};

/** Whether a run is active, or has ended and is not final. */
export const hasAwaitedRun = ({ active, provisional }: Ledger<unknown>): boolean => {
  for (const _ in active) return true;
  return provisional !== undefined;
};

/** A glance that was followed by a reading shows nothing new, even where the two do not agree. */
const isGlimpsed = ({ glimpse, glimpseRead, ledger: { newest } }: Tracked<unknown, unknown>): boolean =>
  glimpse !== undefined && !isSameRun(glimpse, newest) && !isSameRun(glimpse, glimpseRead);

const isSameRun = (a: LatestRun, b: LatestRun | undefined): boolean => a.id === b?.id && a.state === b.state;

const isStartExpected = ({ expected }: Tracked<unknown, unknown>, now: number, graceSeconds: number): boolean =>
  expected !== undefined && expected.from <= now && now <= expected.until + graceSeconds;
