import { isDeepStrictEqual } from 'node:util';
import type { EntityDefinition, Histories } from '../collectors/collector.ts';
import { KEPT_RUNS } from '../runs/recent.ts';
import type { CollectorLedgers } from '../state/ledger-store.ts';
import { createYield } from '../yield.ts';
import { admitted } from './admitted.ts';
import { createAttempts, succeeded } from './attempts.ts';
import type { CollectorDependencies, CollectorPoll, CollectorSettings } from './collector-poll.ts';
import { describeAll, isChangeExpected, isShownUnchanged, noteListedRun, type Tracked, track } from './entity.ts';
import { exposedEntities, suspendStale } from './exposed-entities.ts';
import { createGlances } from './glances.ts';
import { createHealth } from './health.ts';
import type { IdentifiedTarget } from './identified-target.ts';
import { createListing } from './listing.ts';
import { createOutcomeLog } from './outcome-log.ts';
import { readRuns } from './read-runs.ts';
import { createRecorder } from './record-reading.ts';
import { createRunLookup } from './run-lookup.ts';
import { createShown } from './shown.ts';
import { createStaleness } from './staleness.ts';
import type { Task } from './task.ts';

/** Creates the poll of a collector of listed entities with run histories on one target. */
export const createHistoriesPoll = <Definition extends EntityDefinition, Facts>(
  collector: Histories<Definition, Facts>,
  settings: CollectorSettings,
  dependencies: CollectorDependencies,
): CollectorPoll => {
  type Entity = Tracked<Definition, Facts> & Task;
  const { glue, store, exposition, telemetry, uptime, signal } = dependencies;
  const log = dependencies.log.with({ collector: collector.name });
  const tracked = new Map<string, Entity>();
  const shown = createShown<Tracked<Definition, Facts>>(collector, exposition, log, dependencies.onSeriesDropped);
  const health = createHealth(uptime);
  const outcome = createOutcomeLog(log);
  const staleness = createStaleness(settings.staleAfterSeconds, uptime);
  const listingStaleness = createStaleness(settings.staleAfterSeconds, uptime);
  const glances = createGlances(collector, glue, tracked, uptime, log);
  const lookup = createRunLookup(collector, uptime);
  let isListingStale = false;
  let roundStartedAt = Number.NEGATIVE_INFINITY;
  let ledgers: CollectorLedgers<Facts> | undefined;

  const isTracked = (entity: Tracked<Definition, Facts>): boolean => tracked.get(entity.definition.name) === entity;

  const show = (target: IdentifiedTarget, entity: Tracked<Definition, Facts>): void => {
    // It can have been deleted, and found out by a listing, meanwhile.
    if (isTracked(entity) && !isListingStale) shown.show(target, entity);
  };

  const recorder = createRecorder(collector, settings, dependencies, log, show);

  const refresh = async (target: IdentifiedTarget, entity: Tracked<Definition, Facts>): Promise<void> => {
    const { name } = entity.definition;
    const { glimpse } = entity;
    const { truncated, ...read } = await readRuns(collector, glue, entity, {
      epoch: recorder.epochOf(target, ledgers, name),
      sinceSeconds: entity.lastSuccessAt === undefined ? undefined : uptime() - entity.lastSuccessAt,
      leastRuns: entity.recent === undefined ? KEPT_RUNS : 0,
      lookup,
    });
    if (truncated !== undefined) {
      telemetry.historyTruncated(collector.name);
      log.warn('Run history cut short', { name, why: truncated });
    }
    await recorder.record(target, ledgers, entity, read);
    entity.glimpseRead = glimpse;
    entity.historyReadAt = uptime();
  };

  const attempts = createAttempts<Tracked<Definition, Facts>>({ health, uptime, signal, log, refresh, isTracked });

  const trackListed = (definition: Definition): Entity => {
    const entity: Entity = Object.assign(track(definition, ledgers?.get(definition.name)), {
      requests: 1,
      isGivenUp: () => health.givenUp,
      isChangeExpected: () => isChangeExpected(entity, glue.now(), settings.startGraceSeconds),
      run: (target: IdentifiedTarget) => attempts.attempt(target, entity),
    });
    return entity;
  };

  /** Takes over a listed definition. */
  const enter = (target: IdentifiedTarget, name: string, definition: Definition): void => {
    const entity = tracked.get(name) ?? trackListed(definition);
    tracked.set(name, entity);
    if (collector.latestRun !== undefined) noteListedRun(entity, collector.latestRun(definition), uptime());
    if (!isDeepStrictEqual(entity.definition, definition)) {
      entity.definition = definition;
      if (entity.published !== undefined) show(target, entity);
    }
    if (!isShownUnchanged(entity)) return;
    entity.lastAttemptAt = uptime();
    succeeded(entity, uptime());
    if (shown.isSuspended(entity)) shown.show(target, entity);
  };

  const list = async (target: IdentifiedTarget): Promise<void> => {
    const found = await admitted(settings, target, await collector.list(glue, settings.tags));
    isListingStale = false;
    ledgers ??= store.ledgersOf(target, collector);
    for (const [name, entity] of tracked) {
      if (found.has(name)) continue;
      shown.hide(entity);
      tracked.delete(name);
    }
    const yieldIfDue = createYield();
    for (const [name, definition] of found) {
      enter(target, name, definition);
      await yieldIfDue();
    }
    telemetry.entities(collector.name, tracked.size);
    // What is not saved now is saved with the next listing.
    await ledgers.listed(new Set(found.keys()), glue.now()).catch(() => {});
  };

  const listing = createListing(collector.latestRun !== undefined, uptime, list);

  const isLeft = (since: number): boolean => {
    for (const { settledAt } of tracked.values()) if (settledAt <= since) return true;
    return false;
  };

  const dropStale = (): void => {
    staleness.pollEnded(health.outageAt);
    listingStaleness.pollEnded(health.unreachableAt);
    isListingStale = listingStaleness.isStale(listing);
    outcome.dropped(suspendStale(tracked, shown, entity => isListingStale || staleness.isStale(entity)));
  };

  const isComplete = (): boolean => {
    for (const { lastAttemptAt } of tracked.values()) if (lastAttemptAt === Number.NEGATIVE_INFINITY) return false;
    return true;
  };

  return {
    name: collector.name,
    listing,
    hasRuns: true,
    isReadByListing: collector.latestRun !== undefined,
    begin: health.begin,
    askTime: target => listing.run(target),
    failed: health.failed,
    unreachable: health.unreachable,
    glance: glances.glance,
    tasks: () => [...tracked.values()].filter(entity => !isShownUnchanged(entity)),
    describe: target => describeAll(collector, target, tracked.values()),
    ...exposedEntities(tracked, shown, () => listing.lastSuccessAt !== undefined),
    get failure() {
      return health.failure;
    },
    get complete() {
      return isComplete();
    },
    get settled() {
      return health.outageAt !== undefined || isComplete();
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
      outcome.ended(health, tracked.size);
      shown.end();
      dropStale();
      const isRoundComplete = health.failure === undefined && !isLeft(roundStartedAt);
      if (isRoundComplete) roundStartedAt = uptime();
      return isRoundComplete;
    },
  };
};
