import { setTimeout as pause } from 'node:timers/promises';

/** How many requests may be sent. */
export interface RequestBudget {
  /** Resolves when one more request may be sent; rejects when the signal aborts first. */
  admit(signal: AbortSignal): Promise<void>;
}

/**
 * Spaces requests evenly, so that a target never sees more than its rate, not even for a moment: the limit is the account's,
 * shared with its production jobs.
 */
export const createBudget = (requestsPerSecond: number): RequestBudget => {
  const spacingMs = 1000 / requestsPerSecond;
  let freeAt = 0;
  return {
    async admit(signal) {
      signal.throwIfAborted();
      const now = performance.now();
      const at = Math.max(now, freeAt);
      freeAt = at + spacingMs;
      if (at > now) await pause(at - now, undefined, { signal });
    },
  };
};
