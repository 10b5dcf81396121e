import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arrange } from '../../../src/web/status/arrange.ts';

test('a window is what it would be if all were sorted, and nothing is lost', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ max: 50, min: 0 })),
      fc.nat({ max: 60 }),
      fc.nat({ max: 20 }),
      (numbers, from, length) => {
        const items = [...numbers];
        arrange(items, (a, b) => a - b, from, from + length);
        const sorted = numbers.toSorted((a, b) => a - b);
        expect(items.slice(from, from + length)).toEqual(sorted.slice(from, from + length));
        expect(items.toSorted((a, b) => a - b)).toEqual(sorted);
      },
    ),
  );
});

test('a window of many takes a few comparisons for each, in whatever order they come', () => {
  const count = 10_000;
  const orders = [
    (index: number) => index,
    (index: number) => -index,
    (index: number) => Math.abs(index - count / 2),
    () => 0,
  ];
  for (const order of orders) {
    for (const from of [0, count / 2, count - 50]) {
      let comparisons = 0;
      const items = Array.from({ length: count }, (_, index) => order(index));
      arrange(
        items,
        (a, b) => {
          comparisons += 1;
          return a - b;
        },
        from,
        from + 50,
      );
      // Sorting them takes 120,000 or more; of what comes by chance, this is far away.
      expect(comparisons).toBeLessThan(20 * count);
    }
  }
});
