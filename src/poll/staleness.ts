import type { Tracked } from './entity.ts';

/** Tells what could not be refreshed for so long that it had better not be shown. */
export interface Staleness {
  /** Told of each poll when it ends; `outageAt` is the uptime at which one began in which nothing could be reached any more. */
  pollEnded(outageAt: number | undefined): void;
  isStale(entity: Tracked<unknown, unknown>): boolean;
}

/** `uptime` in seconds, on a clock that only runs forward. */
export const createStaleness = (staleAfterSeconds: number, uptime: () => number): Staleness => {
  let outageSince: number | undefined;
  return {
    pollEnded(outageAt) {
      outageSince = outageAt === undefined ? undefined : (outageSince ?? outageAt);
    },
    // One that waits for its turn is not stale because another one failed, nor is one that failed once.
    isStale({ failures, failingSince = Number.POSITIVE_INFINITY, lastSuccessAt = 0 }) {
      const isOut = outageSince !== undefined && lastSuccessAt <= outageSince;
      if (failures < 2 && !isOut) return false;
      return uptime() - Math.min(failingSince, outageSince ?? Number.POSITIVE_INFINITY) > staleAfterSeconds;
    },
  };
};
