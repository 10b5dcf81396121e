import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  createTurnQueue,
  createYield,
  forEachYielding,
  ITEMS_BEFORE_YIELD,
  mapYielding,
  runAtOnce,
  runYielding,
  type Yielding,
} from '../src/yield.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** Writes down where work yields. */
const yieldingInto = (done: (string | number)[]) => async () => {
  done.push('yielded');
};

describe('a yield', () => {
  test('is due after a few milliseconds, and then after a few more', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const yieldIfDue = createYield();
    const wasDue: boolean[] = [];
    for (const ms of [2, 1, 0, 2, 10, 2.5]) {
      vi.advanceTimersByTime(ms);
      const due = yieldIfDue();
      wasDue.push(due !== undefined);
      await due;
    }
    expect(wasDue).toEqual([false, true, false, false, true, false]);
  });

  test('lets everything run that is due', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const yieldIfDue = createYield();
    vi.advanceTimersByTime(5);
    let hasRun = false;
    setImmediate(() => {
      hasRun = true;
    });
    await yieldIfDue();
    expect(hasRun).toBe(true);
  });
});

describe('long lists', () => {
  test('yield after each item that becomes another', async () => {
    const done: (string | number)[] = [];
    const doubled = await mapYielding([1, 2], yieldingInto(done), item => {
      done.push(item);
      return 2 * item;
    });
    expect(doubled).toEqual([2, 4]);
    expect(done).toEqual([1, 'yielded', 2, 'yielded']);
  });

  test('yield after many cheap items', async () => {
    const items = Array.from({ length: ITEMS_BEFORE_YIELD + 2 }, (_, index) => index);
    const done: (string | number)[] = [];
    await forEachYielding(items, yieldingInto(done), item => done.push(item));
    expect(done.filter(item => item !== 'yielded')).toEqual(items);
    expect(done.indexOf('yielded')).toBe(ITEMS_BEFORE_YIELD);
    expect(done.at(-1)).toBe('yielded');
  });
});

describe('work in steps', () => {
  function* steps(done: (string | number)[]): Yielding<string> {
    done.push(1);
    yield;
    done.push(2);
    return 'result';
  }

  test('yields between them', async () => {
    const done: (string | number)[] = [];
    expect(await runYielding(steps(done), yieldingInto(done))).toBe('result');
    expect(done).toEqual([1, 'yielded', 2]);
  });

  test('can be done at once', () => {
    const done: (string | number)[] = [];
    expect(runAtOnce(steps(done))).toBe('result');
    expect(done).toEqual([1, 2]);
  });
});

test('a turn queue gives each a turn of the event loop of its own, in order', async () => {
  const ownTurn = createTurnQueue();
  let turn = 0;
  const count = (): void => {
    turn += 1;
    counting = setImmediate(count);
  };
  let counting = setImmediate(count);
  const done: (readonly [string, number])[] = [];
  const work = async (name: string) => {
    await ownTurn();
    done.push([name, turn]);
  };
  await Promise.all(['a', 'b', 'c'].map(work));
  clearImmediate(counting);
  expect(done.map(([name]) => name)).toEqual(['a', 'b', 'c']);
  expect(new Set(done.map(([, at]) => at)).size).toBe(3);
});
