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
