import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';

/** How long the event loop is held up at a time, about. */
const SLICE_MS = 3;

/** Refreshes take a twentieth of the time at the most, as long as they can be as rare as one a second. */
const REST_FACTOR = 20;
const LONGEST_REST_MS = 1_000;

/** Lets others have their turn when a slice of the event loop's time is used up. */
export type Breathe = () => Promise<void> | undefined;

/** Work that is done in the background, never twice at once. */
export interface Refresher {
  /** Resolves when all that was there to do before the call is done; rejects when it fails. */
  request(): Promise<void>;
  /** The same for what is being done already. */
  underWay(): Promise<void>;
}

/**
 * Work begins soon after it is requested, or after a rest in proportion to the work before. `onFailure` is told of each failure;
 * after one the work is done again.
 */
export const createRefresher = (
  work: (breathe: Breathe) => Promise<void>,
  onFailure: (error: unknown) => void,
): Refresher => {
  let current: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  let restUntil = 0;

  const run = async (): Promise<void> => {
    await current.catch(() => {});
    // What is requested in the same turn is done together.
    await nextTurn();
    const rest = restUntil - performance.now();
    if (rest > 0) await pause(rest);
    next = undefined;
    current = attempt();
    return current;
  };

  const attempt = async (): Promise<void> => {
    const startedAt = performance.now();
    try {
      await work(createBreathe());
      const now = performance.now();
      restUntil = now + Math.min(LONGEST_REST_MS, (now - startedAt) * REST_FACTOR);
    } catch (error) {
      restUntil = performance.now() + LONGEST_REST_MS;
      onFailure(error);
      void request().catch(() => {});
      throw error;
    }
  };

  const request = (): Promise<void> => {
    next ??= run();
    return next;
  };

  return { request, underWay: () => current };
};

const createBreathe = (): Breathe => {
  let since = performance.now();
  return () => {
    if (performance.now() - since < SLICE_MS) return undefined;
    return nextTurn().then(() => {
      since = performance.now();
    });
  };
};
