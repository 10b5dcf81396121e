import type { TargetTelemetry } from '../metrics/target-telemetry.ts';
import { definitionsAgeLimitSeconds, isShortListing, listingRestSeconds, type Pace } from './age-limit.ts';
import type { CollectorPoll } from './collector-poll.ts';
import type { Listing } from './listing.ts';

/** The age of everything that a target exposes, and how old it may get. */
export interface Freshness {
  /**
   * Brings the exporter's own metrics up to date when a poll has ended. `pace` is that of the poll, `runsLimitSeconds` the limit for
   * what tasks read, and `bootedAt` the local time of uptime 0, epoch seconds.
   */
  pollEnded(pace: Pace, runsLimitSeconds: number | undefined, bootedAt: number): void;
  /** Uptime of the oldest reading of runs, or of definitions where nothing has runs; undefined before the first. */
  readonly oldestReadAt: number | undefined;
  /** The limit for it, in seconds. */
  readonly ageLimitSeconds: number | undefined;
}

/** The limit that definitions were given when they were listed last. */
interface Given {
  readonly listedAt: number;
  readonly seconds: number;
}

/** Before the first poll. */
export const createFreshness = (collectors: readonly CollectorPoll[], telemetry: TargetTelemetry): Freshness => {
  const given = new Map<string, Given>();
  let ageLimitSeconds: number | undefined;

  /** It never gets shorter than it was when the definitions were listed. */
  const definitionsLimit = (name: string, listing: Listing, pace: Pace): number | undefined => {
    const { lastSuccessAt: listedAt } = listing;
    if (listedAt === undefined) return undefined;
    const now = definitionsAgeLimitSeconds(restSeconds(listing, pace), pace);
    const before = given.get(name);
    const kept = before?.listedAt === listedAt ? before.seconds : now;
    const seconds = Math.max(kept, now);
    given.set(name, { listedAt, seconds });
    return seconds;
  };

  const showOne = (
    { name, listing, hasRuns, isReadByListing, oldestReadAt }: CollectorPoll,
    pace: Pace,
    runsLimitSeconds: number | undefined,
    bootedAt: number,
  ): void => {
    const localTime = (at: number | undefined): number | undefined => (at === undefined ? undefined : bootedAt + at);
    const ofDefinitions = listing && definitionsLimit(name, listing, pace);
    telemetry.oldestRead(name, 'definitions', localTime(listing?.lastSuccessAt));
    telemetry.ageLimit(name, 'definitions', ofDefinitions);
    telemetry.oldestRead(name, 'runs', localTime(oldestReadAt));
    const ofRuns = isReadByListing ? longer(runsLimitSeconds, ofDefinitions) : runsLimitSeconds;
    telemetry.ageLimit(name, 'runs', hasRuns ? ofRuns : undefined);
    ageLimitSeconds = hasRuns ? longer(ageLimitSeconds, ofRuns) : ageLimitSeconds;
  };

  const hasRuns = collectors.some(collector => collector.hasRuns);

  return {
    pollEnded(pace, runsLimitSeconds, bootedAt) {
      ageLimitSeconds = undefined;
      for (const collector of collectors) showOne(collector, pace, runsLimitSeconds, bootedAt);
      if (hasRuns) return;
      for (const { seconds } of given.values()) ageLimitSeconds = longer(ageLimitSeconds, seconds);
    },
    get oldestReadAt() {
      const times = collectors.flatMap(
        ({ oldestReadAt, listing }) => (hasRuns ? oldestReadAt : listing?.lastSuccessAt) ?? [],
      );
      return times.length === 0 ? undefined : Math.min(...times);
    },
    get ageLimitSeconds() {
      return ageLimitSeconds;
    },
  };
};

/** How long a listing is not due after the one before. */
const restSeconds = ({ isOfEachPoll, seconds }: Listing, pace: Pace): number => {
  if (isOfEachPoll && isShortListing(seconds, pace.intervalSeconds)) return 0;
  return Math.max(isOfEachPoll ? 0 : pace.discoveryIntervalSeconds, listingRestSeconds(pace.listingSeconds));
};

const longer = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined ? b : Math.max(a, b ?? a);
