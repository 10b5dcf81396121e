import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectedStart, REMEMBERED_STARTS, typicalGapSeconds, withStarts } from '../../src/runs/rhythm.ts';

const HOUR = 3_600;
const DAY = 24 * HOUR;
/** A Monday, midnight. */
const MONDAY = 1_700_438_400;
const GRACE = 120;

const starts = (...times: readonly number[]) => withStarts([], times);
const every = (period: number, count: number, last: number, off: (index: number) => number = () => 0) =>
  starts(...Array.from({ length: count }, (_, index) => last - index * period + off(index)));

describe('remembered starts', () => {
  test('are the latest, newest first, in whole seconds, each once', () => {
    expect(withStarts([30, 20], [25.7, 20.9, undefined, 40])).toEqual([40, 30, 25, 20]);
    const many = withStarts(
      [],
      Array.from({ length: 100 }, (_, index) => index),
    );
    expect(many).toHaveLength(REMEMBERED_STARTS);
    expect(many[0]).toBe(99);
  });

  test('are the same list when nothing is new', () => {
    const known = every(60, 30, MONDAY);
    expect(withStarts(known, [MONDAY, MONDAY - 60, MONDAY - 29 * 60, undefined])).toBe(known);
  });

  test('do not depend on the order in which they were seen', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 60 }), fc.nat(60), (times, cut) => {
        const atOnce = withStarts([], times);
        const inParts = withStarts(withStarts([], times.slice(cut)), times.slice(0, cut));
        expect(inParts).toEqual(atOnce);
      }),
    );
  });
});

describe('the typical gap', () => {
  test('is the one in the middle', () => {
    expect(typicalGapSeconds(starts(0, 60, 120, 180, 1_000))).toBe(60);
    expect(typicalGapSeconds(starts(0))).toBeUndefined();
    expect(typicalGapSeconds([])).toBeUndefined();
  });
});

describe('a start is expected', () => {
  test('a period after the last one', () => {
    const hourly = every(HOUR, 6, MONDAY);
    expect(expectedStart(hourly, MONDAY + 60, GRACE)).toEqual({ from: MONDAY + HOUR, until: MONDAY + HOUR });
    expect(expectedStart(every(437, 6, MONDAY), MONDAY, GRACE)?.from).toBe(MONDAY + 437);
  });

  test('as early and as late as the past ones were off their time', () => {
    const off = [0, 100, -50, 100, 0, 0];
    const expected = expectedStart(
      every(HOUR, 6, MONDAY, index => off[index] ?? 0),
      MONDAY + 60,
      GRACE,
    );
    expect(expected?.from).toBeLessThanOrEqual(MONDAY + HOUR - 100);
    expect(expected?.until).toBeGreaterThanOrEqual(MONDAY + HOUR + 100);
    expect(expected?.until).toBeLessThanOrEqual(MONDAY + HOUR + 200);
  });

  test('at each of several times of the day', () => {
    const times = [2, 5, 14].flatMap(hour => [0, 1, 2, 3, 4].map(day => MONDAY + day * DAY + hour * HOUR));
    const friday = MONDAY + 4 * DAY;
    const known = starts(...times);
    expect(expectedStart(known, friday + 15 * HOUR, GRACE)?.from).toBe(friday + DAY + 2 * HOUR);
    const withNext = withStarts(known, [friday + DAY + 2 * HOUR]);
    expect(expectedStart(withNext, friday + DAY + 3 * HOUR, GRACE)?.from).toBe(friday + DAY + 5 * HOUR);
  });

  test('on Monday after a weekend off', () => {
    const workdays = [0, 1, 2, 3].flatMap(week => [0, 1, 2, 3, 4].map(day => MONDAY + (week * 7 + day) * DAY));
    const nextMonday = MONDAY + 28 * DAY;
    expect(expectedStart(starts(...workdays), nextMonday - HOUR, GRACE)?.from).toBe(nextMonday);
  });

  test('until it is late by the grace, and then at the next beat; after three it is over', () => {
    const hourly = every(HOUR, 6, MONDAY);
    const at = (beats: number, seconds: number) => expectedStart(hourly, MONDAY + beats * HOUR + seconds, GRACE)?.from;
    expect(at(1, GRACE)).toBe(MONDAY + HOUR);
    expect(at(1, GRACE + 1)).toBe(MONDAY + 2 * HOUR);
    expect(at(2, GRACE + 1)).toBe(MONDAY + 3 * HOUR);
    expect(at(3, GRACE + 1)).toBeUndefined();
  });

  test('not where it was seen, early or late', () => {
    const known = withStarts(every(HOUR, 6, MONDAY), [MONDAY + HOUR - 200]);
    expect(expectedStart(known, MONDAY + HOUR, GRACE)?.from).toBeGreaterThan(MONDAY + HOUR + 300);
  });

  test('in spite of a run that was started by hand', () => {
    const known = withStarts(every(HOUR, 10, MONDAY), [MONDAY - 1_234]);
    expect(expectedStart(known, MONDAY + 60, GRACE)?.from).toBe(MONDAY + HOUR);
  });

  test('never without a rhythm', () => {
    const irregular = starts(0, 7, 29, 31, 58, 80, 81, 130).map(hours => MONDAY + hours * HOUR + hours * 311);
    expect(expectedStart(irregular, MONDAY + 131 * HOUR, GRACE)).toBeUndefined();
    expect(expectedStart([], MONDAY, GRACE)).toBeUndefined();
    expect(expectedStart(every(DAY, 2, MONDAY), MONDAY, GRACE)).toBeUndefined();
    expect(expectedStart([MONDAY], MONDAY, GRACE)).toBeUndefined();
  });

  test('whatever the starts are: in the future, and in order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 10 * DAY }), { maxLength: 40 }),
        fc.nat(12 * DAY),
        (times, now) => {
          const expected = expectedStart(starts(...times), now, GRACE);
          if (expected === undefined) return;
          expect(expected.from).toBeLessThanOrEqual(expected.until);
          expect(expected.until + GRACE).toBeGreaterThanOrEqual(now);
        },
      ),
    );
  });
});
