import { setImmediate as immediate } from 'node:timers/promises';

/** Lets others have their turn when it is due; to be called now and then in long work. */
export type Pause = () => Promise<void>;

/** As long as what brings scrapes up to date works on end. */
const SLICE_MS = 3;
/** Work on so many jobs is done before the time is looked at. */
export const BETWEEN_PAUSES = 500;

/** What a list becomes, item by item, with pauses. */
export const inTurn = async <Item, Result>(
  items: readonly Item[],
  act: (item: Item) => Result,
  pause: Pause,
): Promise<readonly Result[]> => {
  const results: Result[] = [];
  for (const item of items) {
    results.push(act(item));
    await pause();
  }
  return results;
};

/** Pauses for one piece of work. A page of ten thousand jobs must not hold up scrapes. */
export const createPauses = (): Pause => {
  let startedAt = performance.now();
  return async () => {
    if (performance.now() - startedAt < SLICE_MS) return;
    await immediate();
    startedAt = performance.now();
  };
};
