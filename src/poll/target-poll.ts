import type { AnyCollector } from '../collectors/collector.ts';
import { messageOf } from '../log.ts';
import type { Labels } from '../metrics/text.ts';
import type { EntityStatus, TargetStatus } from '../status.ts';
import type { CollectorDependencies, CollectorPoll, CollectorSettings } from './collector-poll.ts';
import { createFreshness } from './freshness.ts';
import { hasGlances } from './glances.ts';
import { createIdentity } from './identity.ts';
import { createListings } from './listings.ts';
import { openCollector } from './open-collector.ts';
import { createPollOnce } from './poll-once.ts';
import { createTaskPolls } from './task-polls.ts';
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
  /** Whether the last poll met no failure of any collector; undefined until it has ended. */
  readonly succeeded: boolean | undefined;
  /** Whether the last poll left entities that have never been polled. */
  readonly incomplete: boolean;
  /** Call it when the last poll took longer than the interval. */
  overran(): void;
  /** Whether it may yet expose this entity, and does not. */
  awaits(collector: string, name: string): boolean;
  /** Removes what it exposes, except what is to be kept and what another poll has replaced since; returns how much is kept. */
  withdraw(isKept: (collector: string, name: string) => boolean): number;
  status(): TargetStatus;
  /** What people want to know of each entity with runs. */
  describe(): readonly EntityStatus[];
  /** Whether an entity is known. */
  has(collector: string, name: string): boolean;
}

/** How the last poll ended. */
interface LastPoll {
  /** Local epoch seconds. */
  readonly endedAt: number;
  readonly seconds: number;
  readonly up: boolean;
  /** The first failure. */
  readonly error: string | undefined;
  /** The failure of each collector that failed. */
  readonly failures: ReadonlyMap<string, string>;
}

/** Creates the poll of one target; sends nothing yet. */
export const createTargetPoll = (settings: TargetPollSettings, dependencies: TargetPollDependencies): TargetPoll => {
  const { exposition, telemetry, log, uptime, watchdog, signal } = dependencies;
  const collectors = settings.collectors.map(({ collector, settings: own }) =>
    openCollector(collector, own, dependencies),
  );
  const identity = createIdentity({ ...dependencies, region: settings.region, labels: settings.labels });
  const listings = createListings(
    collectors.flatMap(({ listing }) => listing ?? []),
    settings,
    uptime,
  );
  const taskPolls = createTaskPolls(
    { ...settings, canGlance: hasGlances(settings.collectors.map(({ collector }) => collector)) },
    { ...dependencies, collectors, listings },
  );
  const freshness = createFreshness(collectors, telemetry);
  const pollOnce = createPollOnce({ identity, collectors, listings, taskPolls });
  let settled = false;
  let ended = 0;
  let last: LastPoll | undefined;

  const endCollectors = (endedAt: number, complete: readonly CollectorPoll[]): ReadonlyMap<string, string> => {
    for (const { name } of complete) telemetry.collectorPolled(name, endedAt);
    for (const { name, failure } of collectors) telemetry.collectorUp(name, failure === undefined);
    const { secondsOfEachPoll: eachPollListingSeconds, seconds: listingSeconds } = listings;
    const pace = { ...settings, listingSeconds, eachPollListingSeconds, readingSeconds: taskPolls.longestSeconds };
    freshness.pollEnded(pace, taskPolls.ageLimitSeconds, dependencies.localNow() - uptime());
    return new Map(
      collectors.flatMap(({ name, failure }) => (failure === undefined ? [] : [[name, failure] as const])),
    );
  };

  /** Logs the first poll after which nothing is left to wait for. */
  const settle = (): void => {
    if (settled || !collectors.every(collector => collector.settled)) return;
    settled = true;
    const counts = Object.fromEntries(collectors.map(({ name, counts: { entities } }) => [name, entities]));
    // It can have taken several polls.
    const duration = roundedMs(uptime() - dependencies.countingSince);
    const account = identity.target?.accountId;
    if (last?.error === undefined) log.info('First poll complete', { account, ...counts, duration_seconds: duration });
  };

  return {
    async poll() {
      const startedAt = uptime();
      const before = dependencies.requests();
      /** Why the target as a whole failed. */
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
      const complete = collectors.filter(collector => collector.end());
      const seconds = uptime() - startedAt;
      // A poll has not ended before scrapes show what it found.
      await exposition.refreshed().catch(error => {
        failure ??= `what was polled could not be exposed: ${messageOf(error)}`;
      });
      if (signal.aborted) return;
      const failures = endCollectors(endedAt, complete);
      const up = failure === undefined && (failures.size < collectors.length || collectors.length === 0);
      const [firstFailure] = failures.values();
      last = { endedAt, seconds: roundedMs(seconds), up, error: failure ?? firstFailure, failures };
      const { sent, perSecond } = dependencies.requests();
      // It may have been cut meanwhile.
      const allowed = Math.max(before.perSecond, perSecond) * Math.max(seconds, settings.intervalSeconds);
      telemetry.budgetUsed((sent - before.sent) / allowed);
      ended += 1;
      telemetry.pollEnded(last.seconds, up);
      const started = new Date((endedAt - seconds) * 1000).toISOString();
      const { error } = last;
      log.debug('Poll ended', { account: identity.target?.accountId, started, seconds: last.seconds, up, error });
      settle();
    },
    get accountId() {
      return identity.target?.accountId;
    },
    get ended() {
      return ended;
    },
    get settled() {
      return settled;
    },
    get succeeded() {
      return last && last.error === undefined;
    },
    get incomplete() {
      return collectors.some(collector => !collector.complete);
    },
    overran: telemetry.overran,
    awaits: (collectorName, name) =>
      collectors.some(collector => collector.name === collectorName && collector.awaits(name)),
    withdraw: isKept =>
      collectors.reduce((kept, collector) => kept + collector.withdraw(name => isKept(collector.name, name)), 0),
    status: () => {
      const { oldestReadAt } = freshness;
      return {
        accountId: identity.target?.accountId,
        region: settings.region,
        up: last?.up,
        error: last?.error,
        lastPollEndedAt: last?.endedAt,
        lastPollSeconds: last?.seconds,
        oldestReadAt: oldestReadAt === undefined ? undefined : dependencies.localNow() - (uptime() - oldestReadAt),
        readAgeLimitSeconds: freshness.ageLimitSeconds,
        collectors: collectors.map(({ name, counts }) => ({ name, ...counts, error: last?.failures.get(name) })),
      };
    },
    describe() {
      const { target } = identity;
      if (target === undefined) return [];
      return noStatuses.concat(...collectors.map(collector => collector.describe(target)));
    },
    has: (collectorName, name) => collectors.some(collector => collector.name === collectorName && collector.has(name)),
  };
};

/** Joins lists of ten thousand several times as fast as flatMap. */
const noStatuses: readonly EntityStatus[] = [];

const roundedMs = (seconds: number): number => Math.round(seconds * 1000) / 1000;
