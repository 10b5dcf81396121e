import { type EntityDefinition, type Histories, rulesOf } from '../collectors/collector.ts';
import type { Glue } from '../glue/client.ts';
import { GlueError } from '../glue/reason.ts';
import { type Log, messageOf } from '../log.ts';
import type { Exposition } from '../metrics/exposition.ts';
import type { TargetTelemetry } from '../metrics/target-telemetry.ts';
import type { Labels } from '../metrics/text.ts';
import { fold } from '../runs/fold.ts';
import { exposesTheSame } from '../runs/ledger.ts';
import { KEPT_RUNS, noRuns, withoutLost, withRuns } from '../runs/recent.ts';
import { expectedStart } from '../runs/rhythm.ts';
import type { LedgerStore, Shelf } from '../state/ledger-store.ts';
import type { EntityStatus } from '../status.ts';
import { createBreathe } from '../yield.ts';
import { isNewsExpected, statusOf, type Tracked, track } from './entity.ts';
import type { FailureBoard } from './failure-board.ts';
import { createGlances } from './glances.ts';
import { createHealth } from './health.ts';
import { readRuns } from './read-runs.ts';
import { logRuns, reasonsOf } from './run-log.ts';
import { createRunLookup } from './run-lookup.ts';
import type { Candidate } from './schedule.ts';
import { createShown } from './shown.ts';
import { createStaleness } from './staleness.ts';

/** A target that has answered who it is. */
export interface IdentifiedTarget {
  readonly accountId: string;
  readonly region: string;
  /** Labels of every Glue series of this target. */
  readonly labels: Labels;
  /** Runs that completed before it are not counted; AWS's time in epoch seconds. */
  readonly epoch: number;
}

export interface CollectorSettings {
  /** Whether a job or workflow is collected here: the filter lets it pass, and it is of this shard. */
  readonly admits: (target: IdentifiedTarget, name: string) => boolean;
  readonly tags: Readonly<Record<string, string>> | undefined;
  readonly staleAfterSeconds: number;
  /** How long after its time a start is still expected. */
  readonly startGraceSeconds: number;
  /** Whether a run that somebody stopped is a failure; false unless given. */
  readonly stoppedIsFailure?: boolean;
}

export interface CollectorDependencies {
  readonly glue: Glue;
  readonly store: LedgerStore;
  readonly exposition: Exposition;
  readonly failures: FailureBoard;
  readonly telemetry: TargetTelemetry;
  readonly log: Log;
  readonly onSeriesDropped: (series: number) => void;
  /** Seconds since the process started, on a clock that only runs forward. */
  readonly uptime: () => number;
  readonly signal: AbortSignal;
}

/** An entity whose runs can be polled. */
export interface DueEntity extends Candidate {
  readonly collector: CollectorPoll;
  /** Whether something has probably changed: a run is active, or a new one is likely to have started. */
  isNewsExpected(): boolean;
  /** Reads, counts, saves and publishes. Never rejects: what went wrong shows in the collector's state. */
  poll(target: IdentifiedTarget): Promise<void>;
}

/** One collector on one target: which entities exist, what is known of each, what is exposed. */
export interface CollectorPoll {
  readonly name: string;
  /** Forgets the failures of the last poll. */
  begin(): void;
  /** Asks what exists; what vanished loses its series. Rejects with nothing changed. */
  discover(target: IdentifiedTarget): Promise<void>;
  /** Told that its listing failed; what is known is polled all the same. */
  failed(error: unknown): void;
  /** Told that the target could not be reached at all. */
  unreachable(error: unknown): void;
  /** Asks for the newest runs of many entities at once, where AWS tells, within some calls and some time. Never rejects. */
  glance(mostCalls: number, mostSeconds: number): Promise<void>;
  entities(): readonly DueEntity[];
  /** What people want to know of each entity. */
  describe(target: IdentifiedTarget): readonly EntityStatus[];
  /** Whether an entity is listed. */
  has(name: string): boolean;
  /** So many failures that the rest of this poll is left alone. */
  readonly givenUp: boolean;
  /** Why this poll failed as a whole, if it did. */
  readonly failure: string | undefined;
  /** Every entity was tried once. */
  readonly complete: boolean;
  /** Whether a listing has succeeded. */
  readonly discovered: boolean;
  /** Nothing is left to wait for: it is complete, or its entities cannot be reached. */
  readonly settled: boolean;
  readonly counts: { readonly entities: number; readonly polled: number };
  /** Uptime at which the entity was read that has not been read for the longest time; undefined until any was. */
  readonly oldestReadAt: number | undefined;
  /**
   * Ends the poll: logs, and drops series that could not be refreshed for too long. True when every entity has been polled
   * since it last was true, and nothing failed.
   */
  end(): boolean;
  /** Whether it may yet expose this entity, and does not: it is not listed yet, or not read yet. */
  awaits(name: string): boolean;
  /** Removes what it exposes, except what is to be kept and what another poll has replaced since; returns how much is kept. */
  withdraw(isKept: (name: string) => boolean): number;
}

/** Creates the poll of one collector on one target. */
export const createCollectorPoll = <Definition extends EntityDefinition, Facts>(
  collector: Histories<Definition, Facts>,
  settings: CollectorSettings,
  dependencies: CollectorDependencies,
): CollectorPoll => {
  const { glue, store, exposition, failures, telemetry, uptime, signal } = dependencies;
  const { stoppedIsFailure = false } = settings;
  const log = dependencies.log.with({ collector: collector.name });
  const tracked = new Map<string, Tracked<Definition, Facts> & DueEntity>();
  const shown = createShown(collector, exposition, log, dependencies.onSeriesDropped);
  const health = createHealth();
  const staleness = createStaleness(settings.staleAfterSeconds, uptime);
  const glances = createGlances(collector, glue, tracked, uptime, log);
  const lookup = createRunLookup(collector, uptime);
  let isUnreachable = false;
  let wasFailing = false;
  let begunAt = 0;
  let roundStartedAt = Number.NEGATIVE_INFINITY;
  let shelf: Shelf<Facts> | undefined;
  let discovered = false;
  /** The last that was read. */
  let lastRead: Tracked<Definition, Facts> | undefined;
  let isProbing = false;

  const runsForever = ({ definition }: Tracked<Definition, Facts>): boolean =>
    collector.restartState?.(definition) !== undefined;

  const refresh = async (target: IdentifiedTarget, entity: Tracked<Definition, Facts>): Promise<void> => {
    const { name } = entity.definition;
    const { glimpse } = entity;
    const sinceSeconds = entity.lastSuccessAt === undefined ? undefined : uptime() - entity.lastSuccessAt;
    const epoch = shelf?.epochOf(name) ?? target.epoch;
    const leastRuns = entity.recent === undefined ? KEPT_RUNS : 0;
    const { reading, truncated, errors } = await readRuns(collector, glue, entity, {
      epoch,
      sinceSeconds,
      leastRuns,
      lookup,
    });
    if (truncated !== undefined) {
      telemetry.historyTruncated(collector.name);
      log.warn('Run history cut short', { name, why: truncated });
    }
    const rules = rulesOf(collector, entity.definition, { epoch, stoppedIsFailure });
    const { ledger, lost, failed, others, runs } = fold(entity.ledger, reading, rules);
    if (ledger !== entity.ledger) {
      await shelf?.save(name, ledger);
      for (const [key, total] of Object.entries(ledger.totals)) {
        const result = collector.resultOf(key, entity.definition);
        const counted = total - (entity.ledger.totals[key] ?? 0);
        if (result !== undefined && counted > 0) telemetry.runsCounted(collector.name, result, counted);
      }
    }
    const unchanged = entity.published !== undefined && exposesTheSame(entity.ledger, ledger);
    const id = { accountId: target.accountId, region: target.region, collector: collector.name, name };
    const isRecreated = entity.ledger.createdAt !== undefined && ledger.createdAt !== entity.ledger.createdAt;
    if (isRecreated) {
      log.info('Recreated under the same name', { name, created_at: ledger.createdAt });
      failures.forget(id);
    }
    const recentBefore = isRecreated ? undefined : entity.recent;
    const recent = withRuns(recentBefore ?? noRuns, runs, collector.describe);
    const waitingReasons = reasonsOf(ledger, errors);
    const isNews =
      ledger !== entity.ledger || recent !== entity.recent || !isSame(waitingReasons, entity.waitingReasons);
    entity.ledger = ledger;
    entity.recent = lost === 0 ? recent : withoutLost(recent, Object.keys(ledger.active));
    logRuns(log, name, { failed, others, errors, waiting: waitingReasons, before: entity.waitingReasons }, collector);
    entity.waitingReasons = waitingReasons;
    if (isNews) entity.status = statusOf(id, entity, runsForever(entity));
    failures.read(id, runs, errors, glue.now(), rules);
    entity.glimpseRead = glimpse;
    // Not when it is asked for: with ten thousand entities that would be too much at once.
    entity.expected = expectedStart(ledger.starts ?? [], glue.now(), settings.startGraceSeconds);
    if (lost > 0) {
      telemetry.runsLost(collector.name, lost);
      log.warn('Runs vanished from Glue before their end was seen', { name, runs: lost });
    }
    // It can have been deleted, and found out by a discovery, meanwhile.
    if (!unchanged && tracked.get(name) === entity) shown.show(target, entity);
  };

  const isLeft = (since: number): boolean => {
    for (const { settledAt } of tracked.values()) if (settledAt <= since) return true;
    return false;
  };

  const dropStale = (): void => {
    staleness.pollEnded(isUnreachable || health.givenUp ? begunAt : undefined);
    let dropped = 0;
    for (const entity of tracked.values()) {
      if (entity.published === undefined || !staleness.isStale(entity)) continue;
      shown.suspend(entity);
      dropped += 1;
    }
    if (dropped > 0) log.warn('Series dropped because they could not be refreshed', { entities: dropped });
  };

  const attempt = (target: IdentifiedTarget, entity: Tracked<Definition, Facts>): Promise<void> => {
    entity.underWay ??= attemptNow(target, entity).finally(() => {
      entity.underWay = undefined;
    });
    return entity.underWay;
  };

  const attemptNow = async (target: IdentifiedTarget, entity: Tracked<Definition, Facts>): Promise<void> => {
    entity.lastAttemptAt = uptime();
    try {
      await refresh(target, entity);
      entity.lastSuccessAt = uptime();
      entity.settledAt = entity.lastSuccessAt;
      entity.failures = 0;
      entity.failingSince = undefined;
      lastRead = entity;
      health.succeeded();
    } catch (error) {
      // Stopping is not a failure.
      if (signal.aborted) return;
      const { name } = entity.definition;
      const isItsOwn = error instanceof GlueError && error.scope === 'entity';
      // What concerns the target is told once, when the poll ends.
      const tell = isItsOwn && entity.failures === 0 ? log.warn : log.debug;
      tell('Poll of one entity failed', { name, error: messageOf(error) });
      entity.failures += 1;
      entity.failingSince ??= entity.lastAttemptAt;
      if (isItsOwn) entity.settledAt = uptime();
      if (!isItsOwn) health.failed(error);
      else if (error.reason !== 'not_found') health.failedAlone(error);
      if (health.isInDoubt && !health.givenUp && !isProbing) await probe(target, entity);
    }
  };

  /** Where some jobs are denied, the others still answer; in an outage the one that answered last does not, either. */
  const probe = async (target: IdentifiedTarget, failed: Tracked<Definition, Facts>): Promise<void> => {
    const probed = lastRead;
    isProbing = true;
    const isThere = probed !== undefined && tracked.get(probed.definition.name) === probed;
    // One that waited for itself would wait for ever.
    if (isThere && probed !== failed) await attempt(target, probed);
    isProbing = false;
    if (health.isInDoubt) health.giveUp();
  };

  const due = (definition: Definition): Tracked<Definition, Facts> & DueEntity => {
    const entity: Tracked<Definition, Facts> & DueEntity = Object.assign(
      track(definition, shelf?.get(definition.name)),
      {
        collector: poll,
        isNewsExpected: () => isNewsExpected(entity, glue.now(), settings.startGraceSeconds),
        poll: (target: IdentifiedTarget) => attempt(target, entity),
      },
    );
    return entity;
  };

  const admitted = async (
    target: IdentifiedTarget,
    definitions: readonly Definition[],
  ): Promise<ReadonlyMap<string, Definition>> => {
    const found = new Map<string, Definition>();
    // Filters are not free, and there can be ten thousand names.
    const breathe = createBreathe();
    for (const definition of definitions) {
      if (settings.admits(target, definition.name)) found.set(definition.name, definition);
      await breathe();
    }
    return found;
  };

  const poll: CollectorPoll = {
    name: collector.name,

    begin() {
      health.begin();
      isUnreachable = false;
      begunAt = uptime();
    },

    async discover(target) {
      const found = await admitted(target, await collector.list(glue, settings.tags));
      shelf ??= store.shelf(target, collector);
      for (const [name, entity] of tracked) {
        if (found.has(name)) continue;
        shown.hide(entity);
        tracked.delete(name);
      }
      for (const [name, definition] of found) {
        const entity = tracked.get(name);
        if (entity === undefined) tracked.set(name, due(definition));
        else if (!isSame(entity.definition, definition)) {
          entity.definition = definition;
          if (entity.published !== undefined) shown.show(target, entity);
        }
      }
      discovered = true;
      telemetry.entities(collector.name, tracked.size);
      // What is not saved now is saved at the next discovery.
      await shelf.listed(new Set(found.keys()), glue.now()).catch(() => {});
    },

    failed: health.failed,

    unreachable(error) {
      isUnreachable = true;
      health.failed(error);
    },

    glance: glances.glance,

    entities: () => [...tracked.values()],

    describe(target) {
      const { accountId, region } = target;
      const statuses: EntityStatus[] = [];
      for (const [name, entity] of tracked) {
        entity.status ??= statusOf({ accountId, region, collector: collector.name, name }, entity, runsForever(entity));
        statuses.push(entity.status);
      }
      return statuses;
    },

    has: name => tracked.has(name),

    get givenUp() {
      return health.givenUp;
    },
    get complete() {
      for (const { lastAttemptAt } of tracked.values()) if (lastAttemptAt === Number.NEGATIVE_INFINITY) return false;
      return true;
    },
    get discovered() {
      return discovered;
    },
    get settled() {
      return isUnreachable || health.givenUp || poll.complete;
    },
    get failure() {
      return health.failure;
    },
    get counts() {
      let polled = 0;
      for (const entity of tracked.values()) if (entity.lastSuccessAt !== undefined) polled += 1;
      return { entities: tracked.size, polled };
    },
    get oldestReadAt() {
      let oldest = Number.POSITIVE_INFINITY;
      for (const { lastSuccessAt = oldest } of tracked.values()) oldest = Math.min(oldest, lastSuccessAt);
      return Number.isFinite(oldest) ? oldest : undefined;
    },

    end() {
      health.end();
      const { failure, failures } = health;
      if (failure !== undefined) log.error('Poll failed', { error: failure, failures });
      else if (wasFailing) log.info('Poll recovered', { entities: tracked.size });
      wasFailing = failure !== undefined;
      shown.end();
      dropStale();
      const isComplete = failure === undefined && !isLeft(roundStartedAt);
      if (isComplete) roundStartedAt = uptime();
      return isComplete;
    },

    awaits(name) {
      const entity = tracked.get(name);
      return entity === undefined ? !discovered : entity.published === undefined;
    },

    withdraw(isKept) {
      let kept = 0;
      for (const [name, entity] of tracked) {
        if (!isKept(name)) shown.hide(entity);
        else if (entity.published !== undefined) kept += 1;
      }
      return kept;
    },
  };
  return poll;
};

const isSame = <Fields extends object>(a: Fields, b: Fields): boolean => {
  for (const key in a) if (a[key] !== b[key]) return false;
  for (const key in b) if (!(key in a)) return false;
  return true;
};
