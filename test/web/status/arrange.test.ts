import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arrange } from '../../../src/web/status/arrange.ts';

test('a window is what it would be if all were sorted, and nothing is lost', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ max: 50, min: 0 })),
      fc.nat({ max: 60 }),
      fc.nat({ max: 20 }),
      async (numbers, from, length) => {
        const items = [...numbers];
        await arrange(
          items,
          (a, b) => a - b,
          from,
          from + length,
          async () => {},
        );
        const sorted = numbers.toSorted((a, b) => a - b);
        expect(items.slice(from, from + length)).toEqual(sorted.slice(from, from + length));
        expect(items.toSorted((a, b) => a - b)).toEqual(sorted);
      },
    ),
  );
});

test('a window of many takes a few comparisons for each, in whatever order they come', async () => {
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
      let yields = 0;
      const items = Array.from({ length: count }, (_, index) => order(index));
      await arrange(
        items,
        (a, b) => {
          comparisons += 1;
          return a - b;
        },
        from,
        from + 50,
        async () => {
          yields += 1;
        },
      );
      // Sorting them takes 120,000 or more; of what comes by chance, this is far away.
      expect(comparisons).toBeLessThan(20 * count);
      expect(yields).toBeGreaterThan(1);
    }
  }
});
