import { ageLimitSeconds, listingRestSeconds } from './age-limit.ts';
import { sharedPlaces } from './room.ts';

/** What the polls of a target have to do. */
export interface Workload {
  /** Jobs and workflows together. */
  readonly entities: number;
  /** What reading one of them takes, on average: one unless its history is answered in no order. */
  readonly requestsPerEntity: number;
  /** What listing all there is takes. */
  readonly listingRequests: number;
  /** Whether any of their collectors has glances. */
  readonly canGlance: boolean;
}

/** How a target is polled. */
export interface Pace {
  readonly intervalSeconds: number;
  readonly discoveryIntervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly concurrency: number;
  readonly requestsPerSecond: number;
}

/** What its polls come to, once everything was read for the first time. */
export interface Forecast {
  /** Requests a minute that read runs, and those that list what there is. */
  readonly readingPerMinute: number;
  readonly listingPerMinute: number;
  /** Whether every poll has room for everything. */
  readonly fits: boolean;
  /** No job or workflow gets older than this before it is read again. */
  readonly ageLimitSeconds: number;
}

/**
 * What a target's polls will send, by the rules of target-poll.ts, as long as AWS answers fast enough for the rate that is allowed.
 */
export const forecast = (work: Workload, pace: Pace): Forecast => {
  const { intervalSeconds, discoveryIntervalSeconds, timeoutSeconds, concurrency, requestsPerSecond } = pace;
  const room = requestsPerSecond * timeoutSeconds;
  const places = room / Math.max(1, work.requestsPerEntity);
  const listingSeconds = work.listingRequests / requestsPerSecond;
  // What has begun when the time is over still comes to its end.
  const readingRequests = Math.min(work.entities * work.requestsPerEntity, room + concurrency);
  const readingSeconds = readingRequests / requestsPerSecond;

  // A poll that lists takes the longest. A listing is due when its interval has passed since it ended, and waits for the next poll.
  const listingPollSeconds = Math.max(intervalSeconds, listingSeconds + readingSeconds);
  const pollSeconds = Math.max(intervalSeconds, readingSeconds);
  const restSeconds = Math.max(discoveryIntervalSeconds, listingRestSeconds(listingSeconds));
  const waitSeconds = Math.max(0, restSeconds + listingSeconds - listingPollSeconds);
  const furtherPolls = Math.ceil(waitSeconds / pollSeconds);
  const minutes = (listingPollSeconds + furtherPolls * pollSeconds) / 60;

  return {
    readingPerMinute: ((1 + furtherPolls) * readingRequests) / minutes,
    listingPerMinute: work.listingRequests / minutes,
    fits: work.entities <= Math.max(1, Math.floor(places)),
    ageLimitSeconds: ageLimitSeconds(
      { known: work.entities, starting: 0, places: sharedPlaces(places, work.canGlance) },
      { ...pace, listingSeconds, readingSeconds },
    ),
  };
};
