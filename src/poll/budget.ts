import { setTimeout as pause } from 'node:timers/promises';

/** How many requests may be sent. */
export interface RequestBudget {
  /** Resolves when one more request may be sent; rejects when the signal aborts first. */
  admit(signal: AbortSignal): Promise<void>;
  /** Told that AWS turned a request down because there were too many: from then on there are fewer. */
  throttled(): void;
  /** What may be sent in a second now. */
  readonly requestsPerSecond: number;
}

/** What is left of the rate, at least, however often AWS says no: enough to find out when it says yes again. */
export const SMALLEST_SHARE = 1 / 20;
/** From nothing to the full rate. */
const RECOVERY_SECONDS = 60;
/** Requests that were under way together are turned down together: that is one no. */
const CUT_INTERVAL_SECONDS = 1;

/**
 * Spaces requests evenly, so that a target never sees more than its rate, not even for a moment: the limit is the account's,
 * shared with its production jobs. Throttling halves the rate; it grows back evenly, within a minute. `now` is in seconds, on
 * a clock that only runs forward.
 */
export const createBudget = (
  requestsPerSecond: number,
  now: () => number = () => performance.now() / 1000,
): RequestBudget => {
  let freeAt = Number.NEGATIVE_INFINITY;
  let cut = { at: Number.NEGATIVE_INFINITY, rate: requestsPerSecond };

  const rateAt = (time: number): number =>
    Math.min(requestsPerSecond, cut.rate + ((time - cut.at) / RECOVERY_SECONDS) * requestsPerSecond);

  return {
    async admit(signal) {
      signal.throwIfAborted();
      const time = now();
      const at = Math.max(time, freeAt);
      freeAt = at + 1 / rateAt(at);
      if (at > time) await pause((at - time) * 1000, undefined, { signal });
    },
    throttled() {
      const time = now();
      if (time - cut.at < CUT_INTERVAL_SECONDS) return;
      cut = { at: time, rate: Math.max(requestsPerSecond * SMALLEST_SHARE, rateAt(time) / 2) };
    },
    get requestsPerSecond() {
      return rateAt(now());
    },
  };
};
