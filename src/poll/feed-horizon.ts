import { awaitedRuns, type Ledger, type Reading, SETTLE_SECONDS } from '../runs/ledger.ts';
import { isInPast } from '../runs/run.ts';

/** How far back a feed is to be read. Times are epoch seconds in AWS's clock. */
export interface FeedHorizon {
  /**
   * The start before which nothing in the feed can be new, by the ledgers of all its entities; undefined where all of it may be. The
   * first reading of a process also finds what is active of entities that have no ledger yet.
   */
  since(ledgers: Iterable<Ledger<unknown>>, firstSight: FirstSight): number | undefined;
  /** What a reading may settle: no more than what the readings before it have seen, and saved, completely. */
  readonly settled: number;
  /** Call it when everything of a reading is saved. */
  saved(reading: Reading<unknown>): void;
}

/** What the first reading depends on. */
export interface FirstSight {
  /** Runs that completed before it are not counted. */
  readonly epoch: number;
  /** AWS's time. */
  readonly now: number;
  readonly longestRunSeconds: number;
}

/** Two dates in whole seconds can be one time. */
const MARGIN_SECONDS = 1;

/**
 * The ledgers of a feed are saved one by one, so that a crash can leave those of some entities behind. So no ledger has a horizon
 * later than what was saved of all of them: the latest one is where the feed can be continued.
 */
export const createFeedHorizon = (): FeedHorizon => {
  let settled = Number.NEGATIVE_INFINITY;
  let isFirst = true;
  return {
    since(ledgers, { epoch, now, longestRunSeconds }) {
      let oldest = Number.POSITIVE_INFINITY;
      // That of an entity without a run is 0.
      let saved = 0;
      for (const ledger of ledgers) {
        saved = Math.max(saved, ledger.horizon ?? 0);
        for (const { startedAt = Number.NEGATIVE_INFINITY } of awaitedRuns(ledger))
          oldest = Math.min(oldest, startedAt);
      }
      if (isFirst) settled = saved === 0 ? epoch - longestRunSeconds : saved;
      const since = Math.min(settled, oldest, isFirst ? now - longestRunSeconds : settled);
      return since === Number.NEGATIVE_INFINITY ? undefined : since - MARGIN_SECONDS;
    },
    get settled() {
      return settled;
    },
    saved({ runs, completeAfter, readAt, answeredAt = readAt }) {
      isFirst = false;
      if (completeAfter === Number.POSITIVE_INFINITY) return;
      for (const { startedAt } of runs) {
        if (startedAt === undefined || !isInPast(startedAt, answeredAt)) continue;
        settled = Math.max(settled, Math.min(startedAt, readAt) - SETTLE_SECONDS);
      }
    },
  };
};
