import pLimit from 'p-limit';
import { ownTurn } from '../yield.ts';

/** Resolves when one more request may be sent, which counts as in flight until `over` settles. */
export type InFlight = (over: Promise<unknown>) => Promise<void>;

/**
 * Requests in flight in the whole process; at an answer time of 100 ms that is 640 requests a second, more than a process can sign
 * and read, and their answers are all that has to be held at a time.
 */
export const MOST_IN_FLIGHT = 64;

/** After so long a request no longer counts: one that hangs needs neither CPU nor memory, and must not keep others waiting. */
const SLOW_MS = 1_000;

/**
 * Bounds requests in flight over all targets. They are let go in the order in which they ask; each target asks for one at a time, so that
 * targets take turns. Those that are slow are bounded by the concurrency of their target alone.
 */
export const createInFlight = (most: number): InFlight => {
  const limit = pLimit(most);
  return over =>
    new Promise(enter => {
      void limit(async () => {
        // Sending takes CPU, too.
        await ownTurn();
        enter();
        await settledOrSlow(over);
      });
    });
};

const settledOrSlow = (over: Promise<unknown>): Promise<void> =>
  new Promise(resolve => {
    const timer = setTimeout(resolve, SLOW_MS);
    timer.unref();
    const settled = (): void => {
      clearTimeout(timer);
      resolve();
    };
    over.then(settled, settled);
  });
