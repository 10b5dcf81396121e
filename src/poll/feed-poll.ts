import { isDeepStrictEqual } from 'node:util';
import type { EntityDefinition, Feed } from '../collectors/collector.ts';
import { messageOf } from '../log.ts';
import type { CollectorLedgers } from '../state/ledger-store.ts';
import { createYield } from '../yield.ts';
import { succeeded } from './attempts.ts';
import type { CollectorDependencies, CollectorPoll, CollectorSettings } from './collector-poll.ts';
import { describeAll, hasAwaitedRun, isNewsExpected, type Tracked } from './entity.ts';
import { exposedEntities, suspendStale } from './exposed-entities.ts';
import { createFeedHorizon } from './feed-horizon.ts';
import { createFeedOwners } from './feed-owners.ts';
import { createHealth } from './health.ts';
import type { IdentifiedTarget } from './identified-target.ts';
import { inLanes } from './lanes.ts';
import { createOutcomeLog } from './outcome-log.ts';
import { type FeedRead, readFeed } from './read-feed.ts';
import { createRecorder } from './record-reading.ts';
import { createShown } from './shown.ts';
import { createStaleness, type Refreshed } from './staleness.ts';
import type { Task } from './task.ts';

/** Ledgers that are saved together share the syncs of the disk. */
const SAVED_TOGETHER = 64;

/** Ledgers of forgotten entities expire at this pace, where nothing else changes. */
const LISTED_AGAIN_AFTER_SECONDS = 300;

/** The reading of a feed, and how its last attempts went. Times are uptimes. */
interface FeedTask extends Task, Refreshed {
  requests: number;
  lastAttemptAt: number;
  failures: number;
  failingSince: number | undefined;
  lastSuccessAt: number | undefined;
}

/** Creates the poll of a feed on one target: one task reads all of it. */
export const createFeedPoll = <Definition extends EntityDefinition, Facts>(
  collector: Feed<Definition, Facts>,
  settings: CollectorSettings,
  dependencies: CollectorDependencies,
): CollectorPoll => {
  type Entity = Tracked<Definition, Facts>;
  const { glue, store, exposition, telemetry, uptime, signal } = dependencies;
  const log = dependencies.log.with({ collector: collector.name });
  const owners = createFeedOwners<Definition, Facts>(collector, settings);
  const { tracked } = owners;
  const shown = createShown<Entity>(collector, exposition, log, dependencies.onSeriesDropped);
  const recorder = createRecorder(collector, settings, dependencies, log, shown.show);
  const horizon = createFeedHorizon();
  const health = createHealth();
  const outcome = createOutcomeLog(log);
  const staleness = createStaleness(settings.staleAfterSeconds, uptime);
  let ledgers: CollectorLedgers<Facts> | undefined;
  let newestFirst: boolean | undefined;
  let listedAt = Number.NEGATIVE_INFINITY;
  let isUnreachable = false;
  let begunAt = 0;
  let completeSince = Number.NEGATIVE_INFINITY;

  const openLedgers = (target: IdentifiedTarget): CollectorLedgers<Facts> => {
    if (ledgers !== undefined) return ledgers;
    ledgers = store.ledgersOf(target, collector);
    owners.restore(target, ledgers);
    return ledgers;
  };

  /** What is not saved now is saved the next time. */
  const saveNames = async (opened: CollectorLedgers<Facts>): Promise<void> => {
    listedAt = uptime();
    telemetry.entities(collector.name, tracked.size);
    await opened.listed(new Set(tracked.keys()), glue.now()).catch(() => {});
  };

  /** Whether a reading concerns an entity: it has runs of it, or its ledger can change, or its series appear, without. */
  const isConcerned = (entity: Entity, { owners: found }: FeedRead<Definition, Facts>): boolean =>
    entity.recent === undefined ||
    shown.isSuspended(entity) ||
    found.has(entity.definition.name) ||
    hasAwaitedRun(entity.ledger);

  const record = async (
    target: IdentifiedTarget,
    opened: CollectorLedgers<Facts>,
    entity: Entity,
    { reading, owners: found, errors }: FeedRead<Definition, Facts>,
  ): Promise<void> => {
    const owner = found.get(entity.definition.name);
    const isRedefined = owner !== undefined && !isDeepStrictEqual(owner.definition, entity.definition);
    if (isRedefined) entity.definition = owner.definition;
    const own = { ...reading, runs: owner?.runs ?? [], horizonAtMost: horizon.settled };
    await recorder.record(target, opened, entity, { reading: own, errors });
    if (isRedefined) shown.show(target, entity);
  };

  /** Rejects with the first failure, after all others were recorded. */
  const recordAll = async (
    target: IdentifiedTarget,
    opened: CollectorLedgers<Facts>,
    read: FeedRead<Definition, Facts>,
  ): Promise<void> => {
    const concerned = [...tracked.values()].filter(entity => isConcerned(entity, read));
    const failures: unknown[] = [];
    const yieldIfDue = createYield();
    await inLanes(concerned, SAVED_TOGETHER, async entity => {
      await record(target, opened, entity, read).catch(error => failures.push(error));
      await yieldIfDue();
    });
    if (failures.length > 0) throw failures[0];
  };

  const readAll = async (target: IdentifiedTarget): Promise<FeedRead<Definition, Facts>> => {
    const known = Array.from(tracked.values(), ({ ledger }) => ledger);
    const { longestRunSeconds } = collector;
    const since = horizon.since(known, { epoch: target.epoch, now: glue.now(), longestRunSeconds });
    const read = await readFeed(collector, glue, { since, newestFirst });
    task.requests = read.requests;
    newestFirst = read.reading.newestFirst;
    if (read.truncated !== undefined) {
      telemetry.historyTruncated(collector.name);
      log.warn('Run history cut short', { why: read.truncated });
    }
    return read;
  };

  const refresh = async (target: IdentifiedTarget): Promise<void> => {
    const opened = openLedgers(target);
    const read = await readAll(target);
    const before = tracked.size;
    owners.enter(target, opened, read.owners, glue.now());
    const isDue = uptime() - listedAt >= LISTED_AGAIN_AFTER_SECONDS;
    // Before anything new is saved.
    if (tracked.size !== before || isDue) await saveNames(opened);
    await recordAll(target, opened, read);
    horizon.saved(read.reading);
    const forgotten = owners.forget(glue.now());
    for (const entity of forgotten) shown.hide(entity);
    if (forgotten.length > 0) await saveNames(opened);
  };

  const task: FeedTask = {
    requests: 1,
    lastAttemptAt: Number.NEGATIVE_INFINITY,
    failures: 0,
    failingSince: undefined,
    lastSuccessAt: undefined,
    isGivenUp: () => false,
    isNewsExpected() {
      for (const entity of tracked.values()) {
        if (isNewsExpected(entity, glue.now(), settings.startGraceSeconds)) return true;
      }
      return false;
    },
    async run(target) {
      task.lastAttemptAt = uptime();
      try {
        await refresh(target);
        task.failures = 0;
        task.failingSince = undefined;
        task.lastSuccessAt = uptime();
        for (const entity of tracked.values()) succeeded(entity, task.lastSuccessAt);
        health.succeeded();
      } catch (error) {
        // Stopping is not a failure.
        if (signal.aborted) return;
        log.debug('Poll of a feed failed', { error: messageOf(error) });
        task.failures += 1;
        task.failingSince ??= task.lastAttemptAt;
        health.failed(error);
      }
    },
  };

  const isTried = (): boolean => task.lastAttemptAt !== Number.NEGATIVE_INFINITY;

  return {
    name: collector.name,
    listing: undefined,
    hasRuns: true,
    isReadByListing: false,
    begin() {
      health.begin();
      isUnreachable = false;
      begunAt = uptime();
    },
    async askTime() {
      await collector.readFeed(glue, glue.now(), 1, undefined);
    },
    failed: health.failed,
    unreachable(error) {
      isUnreachable = true;
      health.failed(error);
    },
    glance: async () => {},
    tasks: () => [task],
    describe: target => describeAll(collector, target, tracked.values()),
    ...exposedEntities(tracked, shown, () => task.lastSuccessAt !== undefined),
    get failure() {
      return health.failure;
    },
    get complete() {
      return isTried();
    },
    get settled() {
      return isTried() || health.failure !== undefined;
    },
    get counts() {
      return { entities: tracked.size, polled: task.lastSuccessAt === undefined ? 0 : tracked.size };
    },
    get oldestReadAt() {
      return task.lastSuccessAt;
    },
    end() {
      health.end();
      outcome.ended(health, tracked.size);
      shown.end();
      staleness.pollEnded(isUnreachable ? begunAt : undefined);
      if (staleness.isStale(task)) outcome.dropped(suspendStale(tracked, shown, () => true));
      const { lastSuccessAt = Number.NEGATIVE_INFINITY } = task;
      const isComplete = health.failure === undefined && lastSuccessAt > completeSince;
      if (isComplete) completeSince = uptime();
      return isComplete;
    },
  };
};
