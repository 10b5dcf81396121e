import type { Breathe } from '../../yield.ts';

/** Work on so many jobs is done before the time is looked at. */
export const BETWEEN_PAUSES = 500;

/** What a list becomes, item by item, with pauses. */
export const inTurn = async <Item, Result>(
  items: readonly Item[],
  act: (item: Item) => Result,
  pause: Breathe,
): Promise<readonly Result[]> => {
  const results: Result[] = [];
  for (const item of items) {
    results.push(act(item));
    await pause();
  }
  return results;
};
