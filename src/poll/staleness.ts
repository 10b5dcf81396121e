/** What staleness depends on: attempts to read an entity, or to list. Times are uptimes. */
export interface Refreshed {
  /** Failures since the last success, and when the first of them was. */
  readonly failures: number;
  readonly failingSince: number | undefined;
  readonly lastSuccessAt: number | undefined;
}

/** Finds what could not be refreshed for so long that it must not be shown any more. */
export interface Staleness {
  /** Call it when a poll ends; `outageAt` is the uptime at which one began in which nothing could be reached any more. */
  pollEnded(outageAt: number | undefined): void;
  isStale(refreshed: Refreshed): boolean;
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
