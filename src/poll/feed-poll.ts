import type { EntityDefinition, Feed } from '../collectors/collector.ts';
import { messageOf } from '../log.ts';
import { succeeded } from './attempts.ts';
import type { CollectorDependencies, CollectorPoll, CollectorSettings } from './collector-poll.ts';
import { describeAll, isChangeExpected, type Tracked } from './entity.ts';
import { exposedEntities, suspendStale } from './exposed-entities.ts';
import { createFeedOwners } from './feed-owners.ts';
import { createFeedReader } from './feed-reader.ts';
import { createHealth } from './health.ts';
import { createOutcomeLog } from './outcome-log.ts';
import { createShown } from './shown.ts';
import { createStaleness, type Refreshed } from './staleness.ts';
import type { Task } from './task.ts';

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
  const { glue, exposition, uptime, signal } = dependencies;
  const log = dependencies.log.with({ collector: collector.name });
  const owners = createFeedOwners<Definition, Facts>(collector, settings);
  const { tracked } = owners;
  const shown = createShown<Tracked<Definition, Facts>>(collector, exposition, log, dependencies.onSeriesDropped);
  const reader = createFeedReader(collector, settings, dependencies, { log, owners, shown });
  const health = createHealth(uptime);
  const outcome = createOutcomeLog(log);
  const staleness = createStaleness(settings.staleAfterSeconds, uptime);
  let completeSince = Number.NEGATIVE_INFINITY;

  const task: FeedTask = {
    requests: 1,
    lastAttemptAt: Number.NEGATIVE_INFINITY,
    failures: 0,
    failingSince: undefined,
    lastSuccessAt: undefined,
    isGivenUp: () => false,
    isChangeExpected() {
      for (const entity of tracked.values()) {
        if (isChangeExpected(entity, glue.now(), settings.startGraceSeconds)) return true;
      }
      return false;
    },
    async run(target) {
      task.lastAttemptAt = uptime();
      try {
        task.requests = await reader.read(target);
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
    begin: health.begin,
    async askTime() {
      await collector.readFeed(glue, glue.now(), 1, undefined);
    },
    failed: health.failed,
    unreachable: health.unreachable,
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
      staleness.pollEnded(health.unreachableAt);
      if (staleness.isStale(task)) outcome.dropped(suspendStale(tracked, shown, () => true));
      const { lastSuccessAt = Number.NEGATIVE_INFINITY } = task;
      const isComplete = health.failure === undefined && lastSuccessAt > completeSince;
      if (isComplete) completeSince = uptime();
      return isComplete;
    },
  };
};
