import type { InFlight } from './in-flight.ts';

/** How many requests may be sent. */
export interface RequestBudget {
  /**
   * Resolves when one more request may be sent; rejects when the signal aborts first. It is in flight until `over` settles, and at no time
   * unless that is given.
   */
  admit(signal: AbortSignal, over?: Promise<unknown>): Promise<void>;
  /** Told that AWS turned a request down because there were too many: from then on there are fewer. */
  throttled(): void;
  /** What may be sent in a second now. */
  readonly requestsPerSecond: number;
  /** The least that may be sent in a second, however often AWS throttles. */
  readonly leastPerSecond: number;
  /** What another budget for the same account and region has to know to continue. */
  readonly history: BudgetHistory;
  /**
   * Continues where budgets ended whose account and region are, or may be, the same: the next request keeps its distance from
   * their last one, and the lowest of their throttled rates holds until it has grown back.
   */
  continueFrom(histories: readonly BudgetHistory[]): void;
}

/** Times are in seconds, on the clock of the budgets. */
export interface BudgetHistory {
  /** What was allowed without throttling. */
  readonly requestsPerSecond: number;
  /** When a request was admitted last; -Infinity before the first. */
  readonly lastAt: number;
  /** The last time that AWS throttled, and the rate from then on. */
  readonly cut: Cut | undefined;
}

interface Cut {
  readonly at: number;
  readonly rate: number;
}

/** What is left of the rate, at least, however often AWS says no: enough to find out when it says yes again. */
const SMALLEST_SHARE = 1 / 20;
/** What is left of the rate after a no, and what is then held: a bit less than what was too much. */
const CUT_TO = 1 / 2;
const HELD_SHARE = 9 / 10;
/** From the cut to what is held. As long again after it, the rate is tried out further, ever faster. */
const HOLD_AFTER_SECONDS = 8;
/** Requests that were under way together are turned down together: that is one no. */
const CUT_INTERVAL_SECONDS = 1;
/** What timers are late by is made good, so that the rate is met; what a busy process is late by is not: it would come in a burst. */
const TIMER_LATENESS_SECONDS = 0.002;

/** Timers may fire a bit early. */
const TIMER_EARLINESS_SECONDS = 0.002;

const uptimeSeconds = (): number => performance.now() / 1000;

/** The rate to which a cut one has grown back, without regard to what is allowed. */
const grownBack = (cut: Cut | undefined, time: number): number => {
  if (cut === undefined) return Number.POSITIVE_INFINITY;
  const held = (cut.rate / CUT_TO) * HELD_SHARE;
  const sinceHeld = (time - cut.at) / HOLD_AFTER_SECONDS - 1;
  return held + (held - cut.rate) * sinceHeld ** 3;
};

const isThrottled = ({ cut, requestsPerSecond }: BudgetHistory, time: number): boolean =>
  grownBack(cut, time) < requestsPerSecond;

/** Whether a history makes a difference to a budget that continues from it. */
export const hasEffect = (history: BudgetHistory, time: number = uptimeSeconds()): boolean => {
  const rate = Math.min(history.requestsPerSecond, grownBack(history.cut, time));
  return isThrottled(history, time) || history.lastAt + 1 / rate > time;
};

/**
 * Spaces requests evenly, so that a target never sees more than its rate, not even for a moment: the limit is the account's,
 * shared with its production jobs. Throttling halves the rate, also for those that wait already; it grows back along
 * the curve of TCP CUBIC (RFC 9438), within a minute: soon close to what AWS granted, for long no further, and then fast, should
 * AWS grant everything again. `now` is in seconds, on a clock that only runs forward. What is due waits for
 * `inFlight`, one request at a time, so that requests that were admitted are sent immediately.
 */
export const createBudget = (
  requestsPerSecond: number,
  now: () => number = uptimeSeconds,
  inFlight: InFlight = async () => {},
): RequestBudget => {
  let lastAt = Number.NEGATIVE_INFINITY;
  let cut: Cut | undefined;
  let leastPerSecond = requestsPerSecond * SMALLEST_SHARE;
  const waiting = new Set<(leave: () => void) => void>();
  let timer: NodeJS.Timeout | undefined;
  /** Whether the first that waits is due, and waits until the process may send one more request. */
  let isEntering = false;

  const rateAt = (time: number): number => Math.min(requestsPerSecond, grownBack(cut, time));
  const freeAt = (): number => lastAt + 1 / rateAt(now());

  const arm = (): void => {
    clearTimeout(timer);
    if (waiting.size === 0 || isEntering) return;
    timer = setTimeout(() => void admitFirst(TIMER_LATENESS_SECONDS), Math.max(0, freeAt() - now()) * 1000);
  };
  const admitFirst = async (latenessSeconds: number): Promise<void> => {
    isEntering = true;
    let leave = (): void => {};
    const left = new Promise<void>(resolve => {
      leave = resolve;
    });
    await inFlight(left);
    isEntering = false;
    const [first] = waiting;
    // It may have been given up, or AWS may have throttled, meanwhile.
    if (first === undefined || freeAt() - now() > TIMER_EARLINESS_SECONDS) {
      leave();
      arm();
      return;
    }
    waiting.delete(first);
    lastAt = Math.max(freeAt(), now() - latenessSeconds);
    first(leave);
    arm();
  };

  return {
    async admit(signal, over = Promise.resolve()) {
      signal.throwIfAborted();
      await new Promise<void>((resolve, reject) => {
        const give = (leave: () => void): void => {
          signal.removeEventListener('abort', stop);
          over.then(leave, leave);
          resolve();
        };
        const stop = (): void => {
          waiting.delete(give);
          arm();
          reject(signal.reason);
        };
        signal.addEventListener('abort', stop, { once: true });
        waiting.add(give);
        if (waiting.size > 1 || isEntering) return;
        if (freeAt() <= now()) void admitFirst(0);
        else arm();
      });
    },
    throttled() {
      const time = now();
      if (cut !== undefined && time - cut.at < CUT_INTERVAL_SECONDS) return;
      const rate = rateAt(time);
      // One that was taken over can be below the least already.
      cut = { at: time, rate: Math.min(rate, Math.max(requestsPerSecond * SMALLEST_SHARE, rate * CUT_TO)) };
      arm();
    },
    get requestsPerSecond() {
      return rateAt(now());
    },
    get leastPerSecond() {
      return leastPerSecond;
    },
    get history() {
      return { requestsPerSecond, lastAt, cut };
    },
    continueFrom(histories) {
      const time = now();
      for (const history of histories) {
        lastAt = Math.max(lastAt, history.lastAt);
        if (isThrottled(history, time) && grownBack(history.cut, time) < rateAt(time)) cut = history.cut;
      }
      leastPerSecond = Math.min(leastPerSecond, cut?.rate ?? leastPerSecond);
      arm();
    },
  };
};
