import { createYield, nextTurn, type Yield } from '../yield.ts';

/** After a refresh there is rest: what changes meanwhile is rendered, compressed and joined together. */
const REST_MS = 1_000;

/** Work that is done in the background, never twice at once. */
export interface Refresher {
  /** The work is to be done, in its time. */
  request(): void;
  /** Resolves when all that was there to do before the call is done; rejects when it fails. */
  requestNow(): Promise<void>;
  /** The same for what is being done already. */
  underWay(): Promise<void>;
}

/** `onFailure` gets each failure; after one the work is done again. */
export const createRefresher = (
  work: (yieldIfDue: Yield) => Promise<void>,
  onFailure: (error: unknown) => void,
): Refresher => {
  let current: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  let last = { endedAt: Number.NEGATIVE_INFINITY, tookMs: 0 };
  let isWaitedFor = false;
  let wake = (): void => {};

  const restMs = (): number => {
    // Who waits is kept waiting no longer than the work takes.
    const ms = isWaitedFor ? Math.min(REST_MS, last.tookMs) : REST_MS;
    return last.endedAt + ms - performance.now();
  };

  const rest = (ms: number): Promise<void> =>
    new Promise(resolve => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const run = async (): Promise<void> => {
    await current.catch(() => {});
    // What is requested in the same turn is done together.
    await nextTurn();
    for (let ms = restMs(); ms > 0; ms = restMs()) await rest(ms);
    next = undefined;
    isWaitedFor = false;
    current = attempt();
    return current;
  };

  const attempt = async (): Promise<void> => {
    const startedAt = performance.now();
    try {
      await work(createYield());
      const endedAt = performance.now();
      last = { endedAt, tookMs: endedAt - startedAt };
    } catch (error) {
      last = { endedAt: performance.now(), tookMs: REST_MS };
      onFailure(error);
      refresher.request();
      throw error;
    }
  };

  const refresher: Refresher = {
    request() {
      next ??= run();
      // Whoever waits for it gets its failure.
      next.catch(() => {});
    },
    requestNow() {
      isWaitedFor = true;
      wake();
      next ??= run();
      return next;
    },
    underWay: () => current,
  };
  return refresher;
};
