import { ITEMS_BEFORE_YIELD, type Yield } from '../../yield.ts';

/**
 * Brings what belongs at the places from `from` to before `to` there, in order, and leaves the rest in any order: of ten thousand
 * rows a page shows fifty, and sorting all of them would take several times as long.
 */
export const arrange = async <Item>(
  items: Item[],
  compare: (a: Item, b: Item) => number,
  from: number,
  to: number,
  yieldIfDue: Yield,
): Promise<void> => {
  const isBefore = (a: Item | undefined, b: Item | undefined): boolean =>
    a !== undefined && b !== undefined && compare(a, b) < 0;
  const swap = (one: number, other: number): void => {
    const [a, b] = [items[one], items[other]];
    if (a === undefined || b === undefined) return;
    items[one] = b;
    items[other] = a;
  };
  // Quicksort that leaves alone what is beside the window. By chance, as no names should make it slow.
  const within = async (low: number, high: number): Promise<void> => {
    const pivot = items[low + Math.floor(Math.random() * (high - low))];
    if (pivot === undefined || high - low < 2 || high <= from || low >= to) return;
    let left = low;
    let right = high - 1;
    while (left <= right) {
      while (isBefore(items[left], pivot)) {
        left += 1;
        if (left % ITEMS_BEFORE_YIELD === 0) await yieldIfDue();
      }
      while (isBefore(pivot, items[right])) {
        right -= 1;
        if (right % ITEMS_BEFORE_YIELD === 0) await yieldIfDue();
      }
      if (left > right) break;
      swap(left, right);
      left += 1;
      right -= 1;
      if (left % ITEMS_BEFORE_YIELD === 0) await yieldIfDue();
    }
    await within(low, right + 1);
    await within(left, high);
  };
  await within(0, items.length);
};
