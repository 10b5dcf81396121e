/** How the tasks of a poll went. */
export interface PolledTasks {
  /** Requests that those were expected to take that were run. */
  readonly expected: number;
  readonly requests: number;
  /** Whether its time was over before everything that it had taken on was polled. */
  readonly isCut: boolean;
}

/** Learns how many places one poll has for tasks; a task takes as many places as it is expected to take requests. */
export interface Capacity {
  /** How many there are, when so many requests may be sent while it lasts. */
  places(requests: number): number;
  /** What a place takes on average. */
  readonly requestsPerPlace: number;
  polled(result: PolledTasks): void;
}

/** How fast the average follows. */
const WEIGHT = 0.2;
/** One slow poll halves the estimate at most, and polls that are done in time raise it again. */
const LARGEST_CUT = 2;
const GROWTH = 1.5;

/**
 * Most entities take one request, those with new runs more; and where answers are slow, time is over before the requests are. Knows
 * nothing yet.
 */
export const createCapacity = (): Capacity => {
  let requestsPerPlace = 1;
  let managed = Number.POSITIVE_INFINITY;
  let estimate = Number.POSITIVE_INFINITY;
  return {
    places(requests) {
      estimate = Math.min(managed, requests / requestsPerPlace);
      return estimate;
    },
    get requestsPerPlace() {
      return requestsPerPlace;
    },
    polled({ expected, requests, isCut }) {
      if (expected > 0) requestsPerPlace += WEIGHT * (Math.max(1, requests / expected) - requestsPerPlace);
      managed = isCut ? Math.max(1, expected, estimate / LARGEST_CUT) : managed * GROWTH;
    },
  };
};
