import { ageLimitSeconds, isShortListing, listingRestSeconds } from './age-limit.ts';
import { sharedPlaces } from './room.ts';

/** What the polls of a target have to do. */
export interface Workload {
  /** Entities whose run histories each poll reads. What listings show needs no reading. */
  readonly entities: number;
  /** What reading one of them takes, on average: one unless its history is answered in no order. */
  readonly requestsPerEntity: number;
  /** What reading all feeds takes; 0 unless given. */
  readonly feedRequests?: number;
  /** What listing those kinds takes that are listed every discovery interval. */
  readonly listingRequests: number;
  /** What listing those kinds takes that each poll lists; 0 unless given. */
  readonly eachPollListingRequests?: number;
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
  const { entities, requestsPerEntity, feedRequests = 0, listingRequests, eachPollListingRequests = 0 } = work;
  // In places, as schedule.ts counts them: one for each entity, and one for each request of a feed.
  const tasks = entities + feedRequests;
  const requests = entities * requestsPerEntity + feedRequests;
  const room = requestsPerSecond * timeoutSeconds;
  const places = room / Math.max(1, tasks === 0 ? requestsPerEntity : requests / tasks);
  const eachPollListingSeconds = eachPollListingRequests / requestsPerSecond;
  const listingSeconds = (listingRequests + eachPollListingRequests) / requestsPerSecond;
  // What has begun when the time is over still comes to its end.
  const readingRequests = Math.min(requests, room + concurrency);
  const readingSeconds = readingRequests / requestsPerSecond;

  // A poll that lists takes the longest. A listing is due when its interval has passed since it ended, and waits for the next poll.
  const listingPollSeconds = Math.max(intervalSeconds, listingSeconds + readingSeconds);
  const pollSeconds = Math.max(intervalSeconds, eachPollListingSeconds + readingSeconds);
  const restSeconds = Math.max(discoveryIntervalSeconds, listingRestSeconds(listingSeconds));
  const waitSeconds = Math.max(0, restSeconds + listingSeconds - listingPollSeconds);
  const furtherPolls = Math.ceil(waitSeconds / pollSeconds);
  const polls = 1 + furtherPolls;
  const minutes = (listingPollSeconds + furtherPolls * pollSeconds) / 60;
  const eachPollListings = isShortListing(eachPollListingSeconds, intervalSeconds)
    ? polls
    : polls / Math.max(1, Math.ceil(listingRestSeconds(eachPollListingSeconds) / pollSeconds));

  return {
    readingPerMinute: (polls * readingRequests) / minutes,
    listingPerMinute: (listingRequests + eachPollListings * eachPollListingRequests) / minutes,
    fits: tasks <= Math.max(1, Math.floor(places)),
    ageLimitSeconds: ageLimitSeconds(
      { known: tasks, starting: 0, places: sharedPlaces(places, work.canGlance), dearest: Math.max(1, feedRequests) },
      { ...pace, listingSeconds, eachPollListingSeconds, readingSeconds },
    ),
  };
};
