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
/** What is left of the rate after a no, and what is then held: a bit less than what was too much. */
const CUT_TO = 1 / 2;
const HELD_SHARE = 9 / 10;
/** From the cut to what is held. As long again after it, the rate is tried out further, ever faster. */
const HOLD_AFTER_SECONDS = 8;
/** Requests that were under way together are turned down together: that is one no. */
const CUT_INTERVAL_SECONDS = 1;
/** What timers are late by is made good, so that the rate is met; what a busy process is late by is not: it would come in a burst. */
const TIMER_LATENESS_SECONDS = 0.002;

/**
 * Spaces requests evenly, so that a target never sees more than its rate, not even for a moment: the limit is the account's,
 * shared with its production jobs. Throttling halves the rate, also for those that wait already; it grows back along
 * the curve of TCP CUBIC (RFC 9438), within a minute: soon close to what AWS granted, for long no further, and then fast, should
 * AWS grant everything again. `now` is in seconds, on a clock that only runs forward.
 */
export const createBudget = (
  requestsPerSecond: number,
  now: () => number = () => performance.now() / 1000,
): RequestBudget => {
  let lastAt = Number.NEGATIVE_INFINITY;
  let cut: { readonly at: number; readonly rate: number } | undefined;
  const waiting = new Set<() => void>();
  let timer: NodeJS.Timeout | undefined;

  const rateAt = (time: number): number => {
    if (cut === undefined) return requestsPerSecond;
    const held = (cut.rate / CUT_TO) * HELD_SHARE;
    const sinceHeld = (time - cut.at) / HOLD_AFTER_SECONDS - 1;
    return Math.min(requestsPerSecond, held + (held - cut.rate) * sinceHeld ** 3);
  };
  const freeAt = (): number => lastAt + 1 / rateAt(now());

  const arm = (): void => {
    clearTimeout(timer);
    if (waiting.size > 0) timer = setTimeout(admitFirst, Math.max(0, freeAt() - now()) * 1000);
  };
  const admitFirst = (): void => {
    const [first] = waiting;
    if (first === undefined) return;
    waiting.delete(first);
    lastAt = Math.max(freeAt(), now() - TIMER_LATENESS_SECONDS);
    first();
    arm();
  };

  return {
    async admit(signal) {
      signal.throwIfAborted();
      if (waiting.size === 0 && freeAt() <= now()) {
        lastAt = now();
        return;
      }
      await new Promise<void>((resolve, reject) => {
        const give = (): void => {
          signal.removeEventListener('abort', stop);
          resolve();
        };
        const stop = (): void => {
          waiting.delete(give);
          arm();
          reject(signal.reason);
        };
        signal.addEventListener('abort', stop, { once: true });
        waiting.add(give);
        if (waiting.size === 1) arm();
      });
    },
    throttled() {
      const time = now();
      if (cut !== undefined && time - cut.at < CUT_INTERVAL_SECONDS) return;
      cut = { at: time, rate: Math.max(requestsPerSecond * SMALLEST_SHARE, rateAt(time) * CUT_TO) };
      arm();
    },
    get requestsPerSecond() {
      return rateAt(now());
    },
  };
};
