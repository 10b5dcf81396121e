import pLimit from 'p-limit';
import type { AnyCollector } from '../collectors/collector.ts';
import { messageOf } from '../log.ts';
import type { Labels } from '../metrics/text.ts';
import type { EntityStatus, TargetStatus } from '../status.ts';
import { createBreathe } from '../yield.ts';
import { createAgeLimit, listingRestSeconds } from './age-limit.ts';
import {
  type CollectorDependencies,
  type CollectorPoll,
  type CollectorSettings,
  createCollectorPoll,
  type DueEntity,
  type IdentifiedTarget,
} from './collector-poll.ts';
import { confirmTime, logClockSkew } from './confirm-time.ts';
import { GLANCE_SHARE, hasGlances } from './glances.ts';
import { createRoom } from './room.ts';
import { createSchedule } from './schedule.ts';
import type { Watchdog } from './watchdog.ts';

export interface TargetPollSettings {
  readonly region: string;
  /** Constant labels in addition to account and region, which they can depend on. */
  readonly labels: (accountId: string) => Labels;
  readonly intervalSeconds: number;
  readonly discoveryIntervalSeconds: number;
  /** A poll starts nothing new after this; what it did not get to goes first in the next. */
  readonly timeoutSeconds: number;
  readonly concurrency: number;
  readonly collectors: readonly { readonly collector: AnyCollector; readonly settings: CollectorSettings }[];
}

export interface TargetPollDependencies extends CollectorDependencies {
  /** Requests that were sent so far, and those that may be sent in a second now. */
  readonly requests: () => { readonly sent: number; readonly perSecond: number };
  /** Takes an account for this target's region; false when another target has it already. */
  readonly claim: (accountId: string) => boolean;
  /** Uptime from which on the runs of a target are counted that was never seen before. */
  readonly countingSince: number;
  readonly watchdog: Watchdog;
  /** Epoch seconds of the local clock, for what is shown to people. */
  readonly localNow: () => number;
}

/** The poll of one account and region. */
export interface TargetPoll {
  /** Undefined until it is known. */
  readonly accountId: string | undefined;
  /** Polls that have ended. */
  readonly ended: number;
  /** Polls once; never rejects. Calls must not overlap. */
  poll(): Promise<void>;
  /** Whether everything was polled once, or the target cannot answer: then there is nothing to wait for. */
  readonly settled: boolean;
  /** Whether the last poll left entities that have never been polled. */
  readonly incomplete: boolean;
  /** Told when the last poll took longer than the interval. */
  overran(): void;
  /** Whether it may yet expose this job or workflow, and does not. */
  awaits(collector: string, name: string): boolean;
  /** Removes what it exposes, except what is to be kept and what another poll has replaced since; returns how much is kept. */
  withdraw(isKept: (collector: string, name: string) => boolean): number;
  status(): TargetStatus;
  /** What people want to know of each job and workflow. */
  describe(): readonly EntityStatus[];
  /** Whether a job or workflow is listed. */
  has(collector: string, name: string): boolean;
}

/** A poll that took long is not the rule: its time is forgotten within some polls. */
const FORGETTING = 0.9;

const notYet = (): never => {
  throw new Error('only histories are polled');
};

/** Creates the poll of one target; sends nothing yet. */
export const createTargetPoll = (settings: TargetPollSettings, dependencies: TargetPollDependencies): TargetPoll => {
  const { glue, store, exposition, telemetry, log, uptime, watchdog, signal } = dependencies;
  const limit = pLimit(settings.concurrency);
  const collectors = settings.collectors.map(({ collector, settings: collectorSettings }) =>
    collector.open({
      inventory: notYet,
      histories: typed => createCollectorPoll(typed, collectorSettings, dependencies),
      feed: notYet,
    }),
  );
  const discoveredAt = new Map<CollectorPoll, number>();
  /** Why the last listing of a collector failed. */
  const failedListings = new Map<CollectorPoll, unknown>();
  /** No listing starts before this uptime: entities wait while it runs. */
  let listingRestsUntil = Number.NEGATIVE_INFINITY;
  const schedule = createSchedule<DueEntity>();
  const canGlance = hasGlances(settings.collectors.map(({ collector }) => collector));
  const room = createRoom(settings.timeoutSeconds, canGlance, () => dependencies.requests().perSecond);
  const ageLimit = createAgeLimit();
  /** What the entities of a poll have taken. */
  let longestSeconds = 0;
  let discoverySeconds = 0;
  let target: IdentifiedTarget | undefined;
  let settled = false;
  let ended = 0;
  let up: boolean | undefined;
  let error: string | undefined;
  let readAgeLimitSeconds: number | undefined;
  let lastPoll: { endedAt: number; seconds: number } | undefined;

  const identify = async (): Promise<IdentifiedTarget> => {
    if (target !== undefined) return target;
    const { region } = settings;
    const accountId = await glue.accountId();
    if (!dependencies.claim(accountId)) {
      throw new Error(
        `account ${accountId} in ${region} is polled by another target; merge the two: one target takes all of an account and region`,
      );
    }
    const labels = settings.labels(accountId);
    telemetry.identify(accountId, labels);
    target = {
      accountId,
      region,
      labels: { aws_account_id: accountId, aws_region: region, ...labels },
      epoch: Number.NaN,
    };
    return target;
  };

  const isDiscoveryDue = (collector: CollectorPoll): boolean => {
    // Before anything is listed, no entity waits.
    if (uptime() < listingRestsUntil && collectors.some(({ discovered }) => discovered)) return false;
    const last = discoveredAt.get(collector);
    return last === undefined || uptime() - last >= settings.discoveryIntervalSeconds;
  };

  const discover = async (collector: CollectorPoll, identified: IdentifiedTarget): Promise<void> => {
    const startedAt = uptime();
    try {
      await collector.discover(identified);
      discoveredAt.set(collector, uptime());
      failedListings.delete(collector);
    } catch (cause) {
      failedListings.set(collector, cause);
    }
    listingRestsUntil = Math.max(listingRestsUntil, uptime() + listingRestSeconds(uptime() - startedAt));
  };

  /**
   * The first time ever that this target was polled, unless that is known: in AWS's time, and not later than any answer supports.
   * Runs that end from then on are counted.
   */
  const withEpoch = async (identified: IdentifiedTarget): Promise<IdentifiedTarget> => {
    if (!Number.isNaN(identified.epoch)) return identified;
    const [listable] = collectors.filter(({ discovered }) => discovered);
    await confirmTime(glue, async () => listable?.discover(identified));
    logClockSkew(log, glue.now() - dependencies.localNow());
    const firstSeenAt = glue.earliestNow() - (uptime() - dependencies.countingSince);
    target = { ...identified, epoch: await store.epoch(identified, firstSeenAt) };
    return target;
  };

  /** Ten thousand entities that all waited in the limit would be as many promises, and work for the garbage collector. */
  const inLanes = async (entities: readonly DueEntity[], act: (entity: DueEntity) => Promise<void>): Promise<void> => {
    const rest = entities.values();
    await limit.map(Array(settings.concurrency), async () => {
      for (const entity of rest) await act(entity);
    });
  };

  /** Those with news to expect, asked with pauses: ten thousand at once would hold up scrapes. */
  const withNews = async (entities: readonly DueEntity[]): Promise<ReadonlySet<DueEntity>> => {
    const found = new Set<DueEntity>();
    const breathe = createBreathe();
    for (const entity of entities) {
      if (entity.isNewsExpected()) found.add(entity);
      await breathe();
    }
    return found;
  };

  const pollEntities = async (due: readonly DueEntity[], identified: IdentifiedTarget): Promise<void> => {
    // Discovery has its own pace; the entities get all of their time.
    const startedAt = uptime();
    schedule.begin(due);
    // What is read anyway need not be glanced at.
    const isFull = due.length > room.places;
    if (isFull) {
      const mostCalls = room.takeGlances();
      const mostSeconds = settings.timeoutSeconds * GLANCE_SHARE;
      await Promise.all(collectors.map(collector => collector.glance(mostCalls, mostSeconds)));
    }
    const sentBefore = dependencies.requests().sent;
    let polled = 0;
    let isCut = false;
    let waiting = due;
    while (waiting.length > 0 && !isCut && !signal.aborted) {
      const places = isFull ? room.sharedPlaces : room.places;
      // Where there is room for all, nobody asks.
      const news = waiting.length > places ? await withNews(waiting) : new Set<DueEntity>();
      await inLanes(
        schedule.plan(waiting, entity => news.has(entity), places),
        async entity => {
          if (signal.aborted || entity.collector.givenUp) return;
          isCut ||= uptime() - startedAt > settings.timeoutSeconds;
          if (isCut) return;
          polled += 1;
          await entity.poll(identified);
        },
      );
      // What a collector has left that was given up, and estimates that were too low, is time for the others.
      waiting = waiting.filter(({ collector, lastAttemptAt }) => !collector.givenUp && lastAttemptAt < startedAt);
    }
    longestSeconds = Math.max(uptime() - startedAt, longestSeconds * FORGETTING);
    room.polled({ entities: polled, requests: dependencies.requests().sent - sentBefore, isCut });
    if (due.length === 0) return;
    readAgeLimitSeconds = ageLimit.polled({
      startedAt,
      entities: due,
      starting: schedule.startingLeft,
      places: room.promisedPlaces,
      pace: { ...settings, listingSeconds: discoverySeconds, readingSeconds: longestSeconds },
    });
    for (const { name } of collectors) telemetry.ageLimit(name, 'runs', readAgeLimitSeconds);
  };

  const pollOnce = async (): Promise<void> => {
    const startedAt = uptime();
    const identified = await identify();
    const listings = collectors.filter(isDiscoveryDue);
    await Promise.all(listings.map(collector => discover(collector, identified)));
    if (listings.length > 0) discoverySeconds = uptime() - startedAt;
    // Also of a poll in which listings rest: the target is down until one succeeds.
    for (const [collector, cause] of failedListings) collector.failed(cause);
    const due = collectors.flatMap(collector => collector.entities());
    // With nothing to poll as well: what is created while the exporter is down has its runs counted.
    if (due.length > 0 || collectors.some(({ discovered }) => discovered)) {
      await pollEntities(due, await withEpoch(identified));
    }
  };

  /** In local epoch seconds. */
  const oldestReadAt = (): number | undefined => {
    const oldest = Math.min(...collectors.map(collector => collector.oldestReadAt ?? Number.POSITIVE_INFINITY));
    return Number.isFinite(oldest) ? dependencies.localNow() - (uptime() - oldest) : undefined;
  };

  return {
    async poll() {
      const startedAt = uptime();
      const before = dependencies.requests();
      let failure: string | undefined;
      watchdog.begin();
      for (const collector of collectors) collector.begin();
      try {
        await pollOnce();
      } catch (cause) {
        failure = messageOf(cause);
        for (const collector of collectors) collector.unreachable(cause);
      }
      watchdog.end();
      if (signal.aborted) return;
      const endedAt = dependencies.localNow();
      const bootedAt = endedAt - uptime();
      const complete = collectors.filter(collector => collector.end());
      for (const collector of collectors) failure ??= collector.failure;
      const seconds = uptime() - startedAt;
      // A poll is not told to have ended before scrapes show what it found.
      await exposition.refreshed().catch(error => {
        failure ??= `what was polled could not be exposed: ${messageOf(error)}`;
      });
      if (signal.aborted) return;
      for (const { name } of complete) telemetry.collectorPolled(name, endedAt);
      for (const { name, failure: collectorFailure, oldestReadAt } of collectors) {
        telemetry.collectorUp(name, collectorFailure === undefined);
        telemetry.oldestRead(name, 'runs', oldestReadAt === undefined ? undefined : bootedAt + oldestReadAt);
      }
      error = failure;
      up = failure === undefined;
      const { sent, perSecond } = dependencies.requests();
      // It may have been cut meanwhile.
      const allowed = Math.max(before.perSecond, perSecond) * Math.max(seconds, settings.intervalSeconds);
      telemetry.budgetUsed((sent - before.sent) / allowed);
      lastPoll = { endedAt, seconds: Math.round(seconds * 1000) / 1000 };
      ended += 1;
      telemetry.pollEnded(lastPoll.seconds, up);
      const started = new Date((endedAt - seconds) * 1000).toISOString();
      log.debug('Poll ended', { account: target?.accountId, started, seconds: lastPoll.seconds, up });
      if (settled || !collectors.every(collector => collector.settled)) return;
      settled = true;
      const counts = Object.fromEntries(collectors.map(({ name, counts: { entities } }) => [name, entities]));
      // It can have taken several polls.
      const duration = Math.round((uptime() - dependencies.countingSince) * 1000) / 1000;
      if (up) log.info('First poll complete', { account: target?.accountId, ...counts, duration_seconds: duration });
    },
    get accountId() {
      return target?.accountId;
    },
    get ended() {
      return ended;
    },
    get settled() {
      return settled;
    },
    get incomplete() {
      return collectors.some(collector => !collector.complete);
    },
    overran: telemetry.overran,
    awaits: (collectorName, name) =>
      collectors.some(collector => collector.name === collectorName && collector.awaits(name)),
    withdraw: isKept =>
      collectors.reduce((kept, collector) => kept + collector.withdraw(name => isKept(collector.name, name)), 0),
    status: () => ({
      accountId: target?.accountId,
      region: settings.region,
      up,
      error,
      lastPollEndedAt: lastPoll?.endedAt,
      lastPollSeconds: lastPoll?.seconds,
      oldestReadAt: oldestReadAt(),
      readAgeLimitSeconds,
      collectors: collectors.map(({ name, counts }) => ({ name, ...counts })),
    }),
    describe() {
      const identified = target;
      if (identified === undefined) return [];
      const none: readonly EntityStatus[] = [];
      return none.concat(...collectors.map(collector => collector.describe(identified)));
    },
    has: (collectorName, name) => collectors.some(collector => collector.name === collectorName && collector.has(name)),
  };
};
