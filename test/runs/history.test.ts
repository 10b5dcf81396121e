import { describe, expect, test } from 'vitest';
import { type ReadingPlan, readHistory } from '../../src/runs/history.ts';
import type { Run } from '../../src/runs/run.ts';

const run = (startedAt: number, verdict: Run<null>['verdict'] = 'other'): Run<null> => ({
  id: `jr_${startedAt}`,
  state: 'STOPPED',
  ended: true,
  verdict,
  startedAt,
  modifiedAt: undefined,
  completedAt: undefined,
  facts: null,
});

const plan: ReadingPlan = {
  stopBefore: 100,
  minimumRuns: 0,
  maxPages: 50,
  orderProven: true,
  trustOrder: true,
  readAt: 1_000,
};

describe('reading a history', () => {
  test('stops at the first page that goes below the horizon', () => {
    const reader = readHistory<null>(plan);
    expect(reader.add({ runs: [run(300), run(200)], nextToken: 'a' })).toBe('a');
    expect(reader.add({ runs: [run(120), run(99)], nextToken: 'b' })).toBeUndefined();
    expect(reader.reading()).toMatchObject({ completeAfter: 99, newestFirst: true, readAt: 1_000 });
    expect(reader.truncated).toBeUndefined();
  });

  test('goes on at the horizon itself: a run that started just then may be on the next page', () => {
    const reader = readHistory<null>(plan);
    expect(reader.add({ runs: [run(200), run(100)], nextToken: 'a' })).toBe('a');
  });

  test('reads to the end when the answer is not newest first', () => {
    const reader = readHistory<null>(plan);
    expect(reader.add({ runs: [run(10), run(20)], nextToken: 'a' })).toBe('a');
    expect(reader.add({ runs: [run(30), run(5)], nextToken: 'b' })).toBe('b');
    expect(reader.add({ runs: [run(400)], nextToken: undefined })).toBeUndefined();
    expect(reader.reading()).toMatchObject({ completeAfter: Number.NEGATIVE_INFINITY, newestFirst: false });
  });

  test('reads deeper by as much as a start went up', () => {
    const reader = readHistory<null>({ ...plan, readAt: 2_000 });
    expect(reader.add({ runs: [run(1_000), run(90), run(130)], nextToken: 'a' })).toBe('a');
    expect(reader.add({ runs: [run(65)], nextToken: 'b' })).toBe('b');
    expect(reader.add({ runs: [run(59)], nextToken: 'c' })).toBeUndefined();
    // What started up to 40 s later than the last one may be on the next page.
    expect(reader.reading()).toMatchObject({ completeAfter: 99, newestFirst: true });
  });

  test('takes starts that go up by more than a tenth of what was read for no order', () => {
    const reader = readHistory<null>(plan);
    expect(reader.add({ runs: [run(300), run(90), run(112)], nextToken: 'a' })).toBe('a');
    expect(reader.reading().newestFirst).toBe(false);
    // Over a longer time it is an order.
    expect(reader.add({ runs: [run(70)], nextToken: 'b' })).toBeUndefined();
    expect(reader.reading().newestFirst).toBe(true);
  });

  test('tells which runs without dates are listed below everything that can be new', () => {
    const undated = (id: string) => ({ ...run(0), id, startedAt: undefined });
    const reader = readHistory<null>(plan);
    reader.add({ runs: [undated('a'), run(300), undated('b'), run(99), undated('c')], nextToken: undefined });
    expect([...(reader.reading().undatedBelow ?? [])]).toEqual(['c']);
  });

  test('pays no heed to a start that nobody can know yet', () => {
    const reader = readHistory<null>(plan);
    expect(reader.add({ runs: [run(300), run(90), run(5_000), run(80)], nextToken: 'a' })).toBeUndefined();
    expect(reader.reading()).toMatchObject({ completeAfter: 80, newestFirst: true });
  });

  test('reads on when it is told to read deeper, and not when it has come to the end', () => {
    const reader = readHistory<null>(plan);
    expect(reader.add({ runs: [run(300), run(99)], nextToken: 'a' })).toBeUndefined();
    expect(reader.readTo(50)).toBe('a');
    expect(reader.add({ runs: [run(49)], nextToken: 'b' })).toBeUndefined();
    expect(reader.readTo(0)).toBe('b');
    expect(reader.add({ runs: [run(40)], nextToken: undefined })).toBeUndefined();
    expect(reader.readTo(-1)).toBeUndefined();
  });

  test('reads to the end when the order was broken the last time, although this page looks right', () => {
    const reader = readHistory<null>({ ...plan, trustOrder: false });
    expect(reader.add({ runs: [run(300), run(20)], nextToken: 'a' })).toBe('a');
  });

  describe('that is not proven to be newest first', () => {
    const unproven = { ...plan, orderProven: false, trustOrder: false };
    const down = (count: number) => Array.from({ length: count }, (_, index) => run(900 - index));

    test('is, when many starts in a row went down', () => {
      const reader = readHistory<null>(unproven);
      reader.add({ runs: down(6), nextToken: 'a' });
      reader.add({ runs: [run(800), run(799), run(798), run(797), run(796)], nextToken: undefined });
      expect(reader.reading().newestFirst).toBe(true);
    });

    test('is not, when only a few did: shuffled ones do, too', () => {
      const reader = readHistory<null>(unproven);
      reader.add({ runs: down(10), nextToken: undefined });
      expect(reader.reading().newestFirst).toBe(false);
    });

    test('is not by a reading that was cut short, nor is one disproved that shows no order at all', () => {
      const reading = (orderProven: boolean) => {
        const reader = readHistory<null>({ ...plan, orderProven });
        reader.add({ runs: orderProven ? [] : down(20), nextToken: 'a' });
        reader.add({ runs: orderProven ? [run(5)] : [], nextToken: 'a' });
        expect(reader.truncated).toBe('repeated_token');
        return reader.reading();
      };
      expect(reading(false).newestFirst).toBe(false);
      expect(reading(true).newestFirst).toBe(true);
    });

    test('is not any more when one start goes up', () => {
      const reader = readHistory<null>(plan);
      reader.add({ runs: [...down(20), run(890)], nextToken: undefined });
      expect(reader.reading().newestFirst).toBe(false);
    });
  });

  test('does not take one start for an order', () => {
    const reader = readHistory<null>(plan);
    expect(reader.add({ runs: [run(20)], nextToken: 'a' })).toBe('a');
    expect(reader.add({ runs: [run(20)], nextToken: 'b' })).toBe('b');
    expect(reader.add({ runs: [run(10)], nextToken: 'c' })).toBeUndefined();
  });

  test('goes on after an empty page that has a token', () => {
    const reader = readHistory<null>(plan);
    expect(reader.add({ runs: [], nextToken: 'a' })).toBe('a');
    expect(reader.add({ runs: [], nextToken: undefined })).toBeUndefined();
    expect(reader.reading()).toMatchObject({ completeAfter: Number.NEGATIVE_INFINITY });
  });

  test('at first sight reads until a success and a failure are known, or enough runs', () => {
    const found = readHistory<null>({ ...plan, minimumRuns: 10 });
    expect(found.add({ runs: [run(90, 'success'), run(80, 'success')], nextToken: 'a' })).toBe('a');
    expect(found.add({ runs: [run(70, 'failure')], nextToken: 'b' })).toBeUndefined();

    const enough = readHistory<null>({ ...plan, minimumRuns: 3 });
    expect(enough.add({ runs: [run(90), run(80)], nextToken: 'a' })).toBe('a');
    expect(enough.add({ runs: [run(70)], nextToken: 'b' })).toBeUndefined();
  });

  test.each([
    ['the same token again', ['a', 'a']],
    ['two tokens in turn', ['a', 'b', 'a']],
  ])('ends an endless history: %s', (_case, tokens) => {
    const reader = readHistory<null>(plan);
    const next = tokens.map(nextToken => reader.add({ runs: [run(300)], nextToken }));
    expect(next.at(-1)).toBeUndefined();
    expect(next.slice(0, -1)).toEqual(tokens.slice(0, -1));
    expect(reader.truncated).toBe('repeated_token');
    expect(reader.reading().completeAfter).toBe(Number.POSITIVE_INFINITY);
  });

  test('ends after too many pages', () => {
    const reader = readHistory<null>({ ...plan, maxPages: 3 });
    const tokens = ['a', 'b', 'c'].map((nextToken, page) => reader.add({ runs: [run(900 - page)], nextToken }));
    expect(tokens).toEqual(['a', 'b', undefined]);
    expect(reader.truncated).toBe('too_many_pages');
    // All down to there was read: newer runs can be settled, or every poll would read as many pages again.
    expect(reader.reading().completeAfter).toBe(898);
  });

  test('too many pages in no order prove nothing', () => {
    const reader = readHistory<null>({ ...plan, maxPages: 2 });
    reader.add({ runs: [run(500)], nextToken: 'a' });
    expect(reader.add({ runs: [run(900)], nextToken: 'b' })).toBeUndefined();
    expect(reader.reading().completeAfter).toBe(Number.POSITIVE_INFINITY);
  });

  test('a last page is no truncation, even with the most pages that are allowed', () => {
    const reader = readHistory<null>({ ...plan, maxPages: 1 });
    expect(reader.add({ runs: [run(900)], nextToken: undefined })).toBeUndefined();
    expect(reader.truncated).toBeUndefined();
  });
});
