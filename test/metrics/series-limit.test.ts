import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Claim, createSeriesLimit } from '../../src/metrics/series-limit.ts';

test('whatever comes and goes: the limit holds, who is admitted stays, and nobody takes room from one who came before', () => {
  const step = fc.record({
    act: fc.constantFrom('admit', 'admit', 'admit', 'suspend', 'release', 'set'),
    who: fc.nat(14),
    series: fc.integer({ min: 1, max: 5 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), steps => {
      let limit = 20;
      const shared = createSeriesLimit(limit);
      const claims = new Map<number, Claim>();
      /** What each entity can have, once and for all: only so does the limit hold. */
      const sizes = new Map<number, number>();
      const admitted = (): readonly Claim[] => [...claims.values()].filter(({ isAdmitted }) => isAdmitted);
      const total = (): number => admitted().reduce((sum, { series }) => sum + series, 0);
      for (const { act, who, series } of steps) {
        const before = admitted();
        const claim = claims.get(who);
        let gone: readonly Claim[] = [];
        if (act === 'set') {
          limit = series * 6;
          gone = shared.set(limit);
          const kept = admitted();
          for (const { order } of gone) expect(kept.every(other => other.order < order)).toBe(true);
        } else if (act === 'admit') {
          const mine = claim ?? shared.claim();
          claims.set(who, mine);
          const size = sizes.get(who) ?? series;
          sizes.set(who, size);
          const hadRoom = claim !== undefined && shared.hasRoom(claim);
          const wasAdmitted = mine.isAdmitted;
          const earlier = [...claims.values()].filter(({ order, isAdmitted }) => order < mine.order && !isAdmitted);
          const wanted = earlier.reduce((sum, each) => sum + each.series, total() + (wasAdmitted ? 0 : size));
          expect(shared.admit(mine, size)).toBe(wasAdmitted || wanted <= limit);
          if (claim !== undefined && !wasAdmitted) expect(mine.isAdmitted).toBe(hadRoom);
        } else if (claim !== undefined) {
          gone = [claim];
          shared[act](claim);
          if (act === 'release') {
            claims.delete(who);
            sizes.delete(who);
          }
        }
        expect(total()).toBeLessThanOrEqual(limit);
        for (const each of before) expect(each.isAdmitted || gone.includes(each)).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});

test('one that turns out larger than its room stays, and nobody else is admitted until there is room again', () => {
  const shared = createSeriesLimit(10);
  const [first, second, third] = [shared.claim(), shared.claim(), shared.claim()];
  expect([shared.admit(first, 4), shared.admit(second, 4)]).toEqual([true, true]);
  expect(shared.admit(first, 7)).toBe(true);
  expect(second.isAdmitted).toBe(true);
  expect(shared.admit(third, 1)).toBe(false);
  expect(shared.admit(first, 5)).toBe(true);
  expect(shared.admit(third, 1)).toBe(true);
});

test('claims that grow keep their place until the next set, which drops those that came last', () => {
  const shared = createSeriesLimit(10);
  const [first, second, third] = [shared.claim(), shared.claim(), shared.claim()];
  expect([shared.admit(first, 5), shared.admit(second, 5), shared.admit(third, 5)]).toEqual([true, true, false]);
  for (const claim of [first, second, third]) shared.grow(claim, 6);
  // What has more room than that keeps it.
  shared.grow(first, 1);
  expect([first, second, third].map(({ series }) => series)).toEqual([6, 6, 6]);
  expect(shared.set(10)).toEqual([second]);
  expect(shared.set(17)).toEqual([]);
  expect([shared.hasRoom(second), shared.hasRoom(third)]).toEqual([true, false]);
  expect([shared.admit(second, 6), shared.admit(third, 5)]).toEqual([true, true]);
});
