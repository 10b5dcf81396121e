import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long the event loop is held up at a time, about. */
const SLICE_MS = 3;

/** Lets others have their turn when a slice of the event loop's time is used up; to be called now and then in long work. */
export type Breathe = () => Promise<void> | undefined;

/** For one piece of work. */
export const createBreathe = (): Breathe => {
  let since = performance.now();
  return () => {
    if (performance.now() - since < SLICE_MS) return undefined;
    return nextTurn().then(() => {
      since = performance.now();
    });
  };
};

/** Pieces of work that come in any number at a time, such as answers: each waits for a turn of the event loop of its own. */
export const createTurns = (): (() => Promise<void>) => {
  const waiting: (() => void)[] = [];
  const next = (): void => {
    waiting.shift()?.();
    // What the turn has started runs before the next one, and so does everything else that is due.
    if (waiting.length > 0) setImmediate(next);
  };
  return () =>
    new Promise(resolve => {
      waiting.push(resolve);
      if (waiting.length === 1) setImmediate(next);
    });
};

/** The turns of requests and answers of all targets. */
export const workTurn = createTurns();
