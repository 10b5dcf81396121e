import { type Candidate, isUnread, mostPollsBetween, requestsOf } from './schedule.ts';

/** What the polls of a target have to read, and with what, in expected requests. */
export interface Load {
  /** For tasks that were tried before. */
  readonly known: number;
  /** For tasks of the first poll that were not tried yet. */
  readonly starting: number;
  /** For tasks that a poll reads at least when not all of them fit. */
  readonly places: number;
  /** For the dearest task; 1 unless given. */
  readonly dearest?: number;
}

/** How long the polls of a target take. */
export interface Pace {
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly discoveryIntervalSeconds: number;
  /** What listing everything takes. */
  readonly listingSeconds: number;
  /** What listing those kinds takes that each poll lists; 0 unless given. */
  readonly eachPollListingSeconds?: number;
  /** What the tasks of a poll take. */
  readonly readingSeconds: number;
}

/** The part of the time that listings may take: entities wait meanwhile. */
const LISTING_SHARE = 1 / 3;

/** How long no listing is due after one that took this long. */
export const listingRestSeconds = (listingSeconds: number): number => listingSeconds * (1 / LISTING_SHARE - 1);

/** A listing of each poll that takes no more of the interval than this need not wait for the rest of others. */
const SHORT_SHARE = 1 / 30;

/** Whether a listing that takes so many seconds makes no difference to a poll; undefined while that is not known. */
export const isShortListing = (seconds: number | undefined, intervalSeconds: number): boolean =>
  seconds !== undefined && seconds <= intervalSeconds * SHORT_SHARE;

/**
 * The age in seconds that no entity that answers exceeds before it is read again, while polls have this load and this pace. It
 * is computed from these alone, never from an age that was reached, so an age beyond it shows that polls cannot keep up.
 */
export const ageLimitSeconds = ({ known, starting, places, dearest }: Load, pace: Pace): number => {
  const { intervalSeconds, timeoutSeconds, discoveryIntervalSeconds, listingSeconds, readingSeconds } = pace;
  const { eachPollListingSeconds = 0 } = pace;
  const polls = mostPollsBetween(known, starting, places, dearest);
  const pollSeconds = Math.max(intervalSeconds, eachPollListingSeconds + readingSeconds);
  const listingPollSeconds = Math.max(intervalSeconds, listingSeconds + readingSeconds);
  const restSeconds = Math.max(discoveryIntervalSeconds, listingRestSeconds(listingSeconds));
  const pollsPerListing = Math.max(1, Math.ceil(restSeconds / pollSeconds));
  // The last of the polls can list as well, before it reads.
  const listingPolls = Math.floor((polls - 1) / pollsPerListing);
  return (
    (polls - listingPolls) * pollSeconds +
    listingPolls * listingPollSeconds +
    listingSeconds +
    Math.max(timeoutSeconds, readingSeconds)
  );
};

/**
 * The age in seconds that definitions do not exceed before they are listed again, while polls have this pace. `restSeconds` is how
 * long the listing is not due after the one before.
 */
export const definitionsAgeLimitSeconds = (restSeconds: number, pace: Pace): number => {
  const { intervalSeconds, timeoutSeconds, listingSeconds, readingSeconds } = pace;
  // A listing that is due waits for the next poll.
  const pollSeconds = Math.max(intervalSeconds, listingSeconds + Math.max(timeoutSeconds, readingSeconds));
  return restSeconds + pollSeconds + listingSeconds;
};

/** A poll that has ended. */
export interface EndedPoll {
  /** Uptime at which it began to read. */
  readonly startedAt: number;
  /** All tasks of the poll, as it left them. */
  readonly entities: readonly Candidate[];
  /** Expected requests of those of the first poll that were never tried. */
  readonly starting: number;
  readonly places: number;
  readonly pace: Pace;
}

/** The age limit of one target as it is exposed. */
export interface AgeLimit {
  /**
   * Computes the limit for what this poll has read, and returns the one that was computed when the oldest entity that answers
   * was read. What happens later, such as entities that are added or removed, does not change the limit that it was given.
   */
  polled(poll: EndedPoll): number;
}

/** Before the first poll. */
export const createAgeLimit = (): AgeLimit => {
  /** Those that still hold for an entity, the oldest first. */
  let given: readonly { readonly from: number; readonly limitSeconds: number }[] = [];
  return {
    polled({ startedAt, entities, starting, places, pace }) {
      let known = 0;
      let dearest = 1;
      let oldestReadAt = Number.POSITIVE_INFINITY;
      for (const entity of entities) {
        dearest = Math.max(dearest, requestsOf(entity));
        if (isUnread(entity)) continue;
        known += requestsOf(entity);
        if (entity.failures === 0) oldestReadAt = Math.min(oldestReadAt, entity.lastAttemptAt);
      }
      const limitSeconds = ageLimitSeconds({ known, starting, places, dearest }, pace);
      if (given.at(-1)?.limitSeconds !== limitSeconds) given = [...given, { from: startedAt, limitSeconds }];
      given = given.slice(
        Math.max(
          0,
          given.findLastIndex(({ from }) => from <= oldestReadAt),
        ),
      );
      return given[0]?.limitSeconds ?? limitSeconds;
    },
  };
};
