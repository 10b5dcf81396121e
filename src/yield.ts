import { setImmediate as immediate } from 'node:timers/promises';

/** Yields: resolves in the next turn of the event loop. */
export const nextTurn = (): Promise<void> => immediate();

/** How long work holds up the event loop before it yields, about. */
const SLICE_MS = 3;

/** Yields to the event loop when the slice of time is used up; else undefined. To be called now and then in long work. */
export type Yield = () => Promise<void> | undefined;

/** For one piece of work, whose first slice begins now. */
export const createYield = (): Yield => {
  let since = performance.now();
  return () => {
    if (performance.now() - since < SLICE_MS) return undefined;
    return nextTurn().then(() => {
      since = performance.now();
    });
  };
};

/** So many cheap items are worked on before the clock is looked at. */
export const ITEMS_BEFORE_YIELD = 500;

/** Acts on each of many items, in their order. For acts so cheap that looking at the clock after each would cost as much. */
export const forEachYielding = async <Item>(
  items: readonly Item[],
  yieldIfDue: Yield,
  act: (item: Item) => void,
): Promise<void> => {
  for (let start = 0; start < items.length; start += ITEMS_BEFORE_YIELD) {
    for (const item of items.slice(start, start + ITEMS_BEFORE_YIELD)) act(item);
    await yieldIfDue();
  }
};

/** What each item becomes, in their order. It can yield after each. */
export const mapYielding = async <Item, Result>(
  items: readonly Item[],
  yieldIfDue: Yield,
  act: (item: Item) => Result,
): Promise<readonly Result[]> => {
  const results: Result[] = [];
  for (const item of items) {
    results.push(act(item));
    await yieldIfDue();
  }
  return results;
};

/** Work in steps, which may yield to the event loop after each, or be done at once; at its end is its result. */
export type Yielding<Result> = Generator<undefined, Result, undefined>;

/** Does all of the work. It can yield after each step. */
export const runYielding = async <Result>(work: Yielding<Result>, yieldIfDue: Yield): Promise<Result> => {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    await yieldIfDue();
  }
};

/** Does all of the work without yielding. */
export const runAtOnce = <Result>(work: Yielding<Result>): Result => {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
};

/**
 * A queue in which pieces of work wait that come in any number at a time, such as answers. Each call resolves in a turn of the event
 * loop of its own, in the order of the calls.
 */
export const createTurnQueue = (): (() => Promise<void>) => {
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

/** A turn of its own for a request or an answer, of whatever target. */
export const ownTurn = createTurnQueue();
