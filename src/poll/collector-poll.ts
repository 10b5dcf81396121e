import type { Collector } from '../collectors/collector.ts';
import type { Glue } from '../glue/client.ts';
import { GlueError } from '../glue/reason.ts';
import { type Log, messageOf } from '../log.ts';
import { type Exposition, type RenderedEntity, renderEntity } from '../metrics/exposition.ts';
import type { TargetTelemetry } from '../metrics/target-telemetry.ts';
import type { Labels } from '../metrics/text.ts';
import { emptyLedger, exposesTheSame, fold, type Ledger } from '../runs/ledger.ts';
import type { LedgerStore, Shelf } from '../state/ledger-store.ts';
import { createHealth } from './health.ts';
import { readRuns } from './read-runs.ts';

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
  readonly admits: (name: string) => boolean;
  readonly tags: Readonly<Record<string, string>> | undefined;
  readonly staleAfterSeconds: number;
}

export interface CollectorDependencies {
  readonly glue: Glue;
  readonly store: LedgerStore;
  readonly exposition: Exposition;
  readonly telemetry: TargetTelemetry;
  readonly log: Log;
  readonly onSeriesDropped: (series: number) => void;
  readonly onSaveFailed: () => void;
  /** Seconds since the process started, on a clock that only runs forward. */
  readonly uptime: () => number;
  readonly signal: AbortSignal;
}

/** An entity whose runs can be polled. */
export interface DueEntity {
  readonly collector: CollectorPoll;
  /** Uptime of the last attempt; -Infinity before the first. */
  readonly lastAttemptAt: number;
  /** Whether the last attempt failed. */
  readonly failing: boolean;
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
  entities(): readonly DueEntity[];
  /** Enough failures in a row to leave the rest of this poll alone. */
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

interface Tracked<Definition, Facts> {
  definition: Definition;
  ledger: Ledger<Facts>;
  lastAttemptAt: number;
  lastSuccessAt: number | undefined;
  failing: boolean;
  /** What is exposed of it; undefined when nothing is. */
  published: RenderedEntity | undefined;
}

/** Creates the poll of one collector on one target. */
export const createCollectorPoll = <Definition extends { readonly name: string }, Facts>(
  collector: Collector<Definition, Facts>,
  settings: CollectorSettings,
  dependencies: CollectorDependencies,
): CollectorPoll => {
  const { glue, store, exposition, telemetry, uptime, signal } = dependencies;
  const log = dependencies.log.with({ collector: collector.name });
  const tracked = new Map<string, Tracked<Definition, Facts>>();
  const health = createHealth();
  let isUnreachable = false;
  let wasFailing = false;
  let roundStartedAt = Number.NEGATIVE_INFINITY;
  let exposedAs = '';
  let shelf: Shelf<Facts> | undefined;
  let discovered = false;
  let refused = 0;
  let refusedBefore = 0;

  const keyOf = (name: string): string => `${exposedAs}/${name}`;

  const publish = (target: IdentifiedTarget, entity: Tracked<Definition, Facts>): void => {
    const labels = { ...target.labels, [collector.entityLabel]: entity.definition.name };
    const rendered = renderEntity(collector.families, labels, entity);
    const isExposed = exposition.put(collector.name, keyOf(entity.definition.name), rendered);
    entity.published = isExposed ? rendered : undefined;
    if (isExposed) return;
    refused += 1;
    dependencies.onSeriesDropped(rendered.series);
  };

  const unpublish = (entity: Tracked<Definition, Facts>): void => {
    if (entity.published === undefined) return;
    exposition.remove(collector.name, keyOf(entity.definition.name), entity.published);
    entity.published = undefined;
  };

  const save = async (name: string, ledger: Ledger<Facts>): Promise<void> => {
    try {
      await shelf?.save(name, ledger);
    } catch (error) {
      dependencies.onSaveFailed();
      throw new Error(`the state could not be saved: ${messageOf(error)}`, { cause: error });
    }
  };

  const refresh = async (target: IdentifiedTarget, entity: Tracked<Definition, Facts>): Promise<void> => {
    const { name } = entity.definition;
    const { reading, truncated } = await readRuns(collector, glue, entity, target.epoch);
    if (truncated !== undefined) {
      telemetry.historyTruncated(collector.name);
      log.warn('Run history cut short', { name, why: truncated });
    }
    const { ledger, lost } = fold(entity.ledger, reading, { epoch: target.epoch, tally: collector.tally });
    if (ledger !== entity.ledger) await save(name, ledger);
    const unchanged = entity.published !== undefined && exposesTheSame(entity.ledger, ledger);
    entity.ledger = ledger;
    if (lost > 0) {
      telemetry.runsLost(collector.name, lost);
      log.warn('Runs vanished from Glue before their end was seen', { name, runs: lost });
    }
    // It can have been deleted, and found out by a discovery, meanwhile.
    if (!unchanged && tracked.get(name) === entity) publish(target, entity);
  };

  const isLeft = (since: number): boolean => [...tracked.values()].some(({ lastAttemptAt }) => lastAttemptAt <= since);

  /** An entity that waits for its turn is not stale because another one failed. */
  const dropStale = (): void => {
    const isOutage = isUnreachable || health.givenUp;
    let dropped = 0;
    for (const entity of tracked.values()) {
      const age = uptime() - (entity.lastSuccessAt ?? 0);
      if (entity.published === undefined || age <= settings.staleAfterSeconds || !(entity.failing || isOutage))
        continue;
      unpublish(entity);
      dropped += 1;
    }
    if (dropped > 0) log.warn('Series dropped because they could not be refreshed', { entities: dropped });
  };

  const attempt = async (target: IdentifiedTarget, entity: Tracked<Definition, Facts>): Promise<void> => {
    entity.lastAttemptAt = uptime();
    try {
      await refresh(target, entity);
      entity.lastSuccessAt = uptime();
      entity.failing = false;
      health.succeeded();
    } catch (error) {
      // Stopping is not a failure.
      if (signal.aborted) return;
      const { name } = entity.definition;
      const isItsOwn = error instanceof GlueError && error.scope === 'entity';
      // What concerns the target is told once, when the poll ends.
      const tell = isItsOwn && !entity.failing ? log.warn : log.debug;
      tell('Poll of one entity failed', { name, error: messageOf(error) });
      entity.failing = true;
      if (!isItsOwn) health.failed(error);
      else if (error.reason !== 'not_found') health.failedAlone(error);
    }
  };

  const poll: CollectorPoll = {
    name: collector.name,

    begin() {
      health.begin();
      isUnreachable = false;
      refused = 0;
    },

    async discover(target) {
      const definitions = await collector.discover(glue, settings.tags);
      exposedAs = `${target.accountId}/${target.region}`;
      shelf ??= store.shelf(target, collector);
      const found = new Map(
        definitions.filter(({ name }) => settings.admits(name)).map(definition => [definition.name, definition]),
      );
      for (const [name, entity] of tracked) {
        if (found.has(name)) continue;
        unpublish(entity);
        tracked.delete(name);
      }
      for (const [name, definition] of found) {
        const entity = tracked.get(name);
        if (entity === undefined) {
          tracked.set(name, {
            definition,
            ledger: shelf.get(name) ?? emptyLedger,
            lastAttemptAt: Number.NEGATIVE_INFINITY,
            lastSuccessAt: undefined,
            failing: false,
            published: undefined,
          });
        } else if (JSON.stringify(entity.definition) !== JSON.stringify(definition)) {
          entity.definition = definition;
          if (entity.published !== undefined) publish(target, entity);
        }
      }
      discovered = true;
      telemetry.entities(collector.name, tracked.size);
      // What is not saved now is saved at the next discovery.
      await shelf.listed(new Set(found.keys()), glue.now()).catch(dependencies.onSaveFailed);
    },

    failed: health.failed,

    unreachable(error) {
      isUnreachable = true;
      health.failed(error);
    },

    entities: () =>
      [...tracked.values()].map(entity => ({
        collector: poll,
        lastAttemptAt: entity.lastAttemptAt,
        failing: entity.failing,
        poll: target => attempt(target, entity),
      })),

    get givenUp() {
      return health.givenUp;
    },
    get complete() {
      return !isLeft(Number.NEGATIVE_INFINITY);
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

    end() {
      health.end();
      const { failure, failures } = health;
      if (failure !== undefined) log.error('Poll failed', { error: failure, failures });
      else if (wasFailing) log.info('Poll recovered', { entities: tracked.size });
      wasFailing = failure !== undefined;
      if (refused > 0 && refusedBefore === 0) {
        log.warn('Series limit reached: not everything is exposed; raise series.limit', { entities: refused });
      }
      refusedBefore = refused;
      dropStale();
      const isComplete = failure === undefined && !isLeft(roundStartedAt);
      if (isComplete || failure !== undefined) roundStartedAt = uptime();
      return isComplete;
    },

    awaits(name) {
      const entity = tracked.get(name);
      return entity === undefined ? !discovered : entity.published === undefined;
    },

    withdraw(isKept) {
      let kept = 0;
      for (const [name, entity] of tracked) {
        if (entity.published === undefined) continue;
        if (isKept(name)) kept += 1;
        else unpublish(entity);
      }
      return kept;
    },
  };
  return poll;
};
