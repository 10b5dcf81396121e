/** How a poll of entities went. */
export interface PolledEntities {
  readonly entities: number;
  readonly requests: number;
  /** Whether its time was over before everything that it had taken on was polled. */
  readonly isCut: boolean;
}

/** Learns how many entities fit into one poll. */
export interface Capacity {
  /** How many there is room for, when so many requests may be sent while it lasts. */
  entities(requests: number): number;
  /** What an entity takes on average. */
  readonly requestsPerEntity: number;
  polled(result: PolledEntities): void;
}

/** How fast the average follows. */
const WEIGHT = 0.2;
/** One slow poll halves the estimate at most, and polls that are done in time raise it again. */
const LARGEST_CUT = 2;
const GROWTH = 1.5;

/**
 * Most entities take one request, those with news more; and where answers are slow, time is over before the requests are. Knows
 * nothing yet.
 */
export const createCapacity = (): Capacity => {
  let requestsPerEntity = 1;
  let managed = Number.POSITIVE_INFINITY;
  let estimate = Number.POSITIVE_INFINITY;
  return {
    entities(requests) {
      estimate = Math.min(managed, requests / requestsPerEntity);
      return estimate;
    },
    get requestsPerEntity() {
      return requestsPerEntity;
    },
    polled({ entities, requests, isCut }) {
      if (entities > 0) requestsPerEntity += WEIGHT * (Math.max(1, requests / entities) - requestsPerEntity);
      managed = isCut ? Math.max(1, entities, estimate / LARGEST_CUT) : managed * GROWTH;
    },
  };
};
