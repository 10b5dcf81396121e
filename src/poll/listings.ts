import { isShortListing, listingRestSeconds } from './age-limit.ts';
import type { IdentifiedTarget } from './identified-target.ts';
import type { Listing } from './listing.ts';

/** The listings of one target. */
export interface Listings {
  /** Runs those that are due, at the same time. Never rejects. */
  run(target: IdentifiedTarget): Promise<void>;
  /** How long all listings take when they run together. */
  readonly seconds: number;
  /** The same for those of each poll. */
  readonly secondsOfEachPoll: number;
}

/** How often a target is listed. */
export interface ListingPace {
  readonly intervalSeconds: number;
  readonly discoveryIntervalSeconds: number;
}

/**
 * Before the first listing. Entities wait while a listing runs, so that listings rest for twice the time that they took, whether they
 * failed or not. A short one of each poll does not wait for the rest of others.
 */
export const createListings = (listings: readonly Listing[], pace: ListingPace, uptime: () => number): Listings => {
  let restsUntil = Number.NEGATIVE_INFINITY;

  const isResting = ({ isOfEachPoll, seconds }: Listing): boolean => {
    if (uptime() >= restsUntil) return false;
    if (isOfEachPoll && isShortListing(seconds, pace.intervalSeconds)) return false;
    // Before anything is listed, no entity waits.
    return listings.some(({ lastSuccessAt }) => lastSuccessAt !== undefined);
  };

  const isDue = (listing: Listing): boolean => {
    const { isOfEachPoll, lastSuccessAt } = listing;
    if (isResting(listing)) return false;
    return isOfEachPoll || lastSuccessAt === undefined || uptime() - lastSuccessAt >= pace.discoveryIntervalSeconds;
  };

  const runOne = async (listing: Listing, target: IdentifiedTarget): Promise<void> => {
    // What failed is in its state.
    await listing.run(target).catch(() => {});
    restsUntil = Math.max(restsUntil, uptime() + listingRestSeconds(listing.seconds ?? 0));
  };

  const longest = (some: readonly Listing[]): number =>
    some.reduce((most, { seconds = 0 }) => Math.max(most, seconds), 0);

  return {
    async run(target) {
      await Promise.all(listings.filter(isDue).map(listing => runOne(listing, target)));
    },
    get seconds() {
      return longest(listings);
    },
    get secondsOfEachPoll() {
      return longest(listings.filter(({ isOfEachPoll }) => isOfEachPoll));
    },
  };
};
