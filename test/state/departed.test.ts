import { expect, test } from 'vitest';
import { countedUntil, type Departed, departureOf, excessLedgers, isExpired } from '../../src/state/departed.ts';

const NOW = 1_772_366_400;
const WEEK = 7 * 86_400;

/** As many as departed together, so many listings ago. */
const departed = (count: number, listingsAgo: number): Departed[] =>
  Array.from({ length: count }, (_, index) => ({
    name: `${listingsAgo}-${index}`,
    departedAt: NOW - 300 * listingsAgo,
    departedAfterSeconds: 10_000 - 300 * listingsAgo,
  }));

test('of departed ledgers a thousand are kept in any case, and beyond that the oldest are one too many', () => {
  const churn = [1, 2, 3, 4, 5].flatMap(ago => departed(200, ago));
  expect(excessLedgers(churn, 0, 10)).toEqual([]);
  expect(excessLedgers([...churn, ...departed(3, 7)], 0, 10).toSorted()).toEqual(['7-0', '7-1', '7-2']);
  // Those that have just departed take the place of others.
  expect(excessLedgers(churn, 200, 10)).toHaveLength(200);
  expect(excessLedgers(churn, 200, 10).every(name => name.startsWith('5-'))).toBe(true);
});

test('twice as many as are listed are kept', () => {
  const churn = [1, 2, 3, 4, 5].flatMap(ago => departed(1_000, ago));
  expect(excessLedgers(churn, 0, 2_500)).toEqual([]);
  expect(excessLedgers(churn, 0, 2_000)).toHaveLength(1_000);
});

test('a short listing drops nothing of what it missed, however often it is repeated', () => {
  expect(excessLedgers([], 10_000, 0)).toEqual([]);
  expect(excessLedgers(departed(10_000, 1), 0, 0)).toEqual([]);
  expect(excessLedgers(departed(10_000, 1), 9_000, 1_000)).toEqual([]);
  // What departed before makes room, and nothing else.
  const dropped = excessLedgers([...departed(900, 9), ...departed(300, 8)], 10_000, 0);
  expect(dropped).toEqual([]);
  const more = excessLedgers(
    [2, 3, 4, 5].flatMap(ago => departed(5_000, ago)),
    10_000,
    0,
  );
  expect(more).toHaveLength(10_000);
  expect(more.every(name => name.startsWith('5-') || name.startsWith('4-'))).toBe(true);
});

test('what a version without operating seconds saved is the oldest', () => {
  const old = departed(10, 1).map(({ name, departedAt }) => ({ name, departedAt, departedAfterSeconds: undefined }));
  const churn = [...departed(500, 2), ...departed(500, 3)];
  expect(excessLedgers([...churn, ...old], 0, 1).toSorted()).toEqual(old.map(({ name }) => name));
});

test('a departure is told from a ledger that is there', () => {
  expect(departureOf({ ledger: {} })).toBeUndefined();
  expect(departureOf({ ledger: {}, departedAt: undefined })).toBeUndefined();
  expect(departureOf({ ledger: {}, departedAt: NOW })?.departedAt).toBe(NOW);
});

test('a week of operation is long enough, and a time that lies ahead is not', () => {
  expect(isExpired(100, 100 + WEEK)).toBe(false);
  expect(isExpired(100, 101 + WEEK)).toBe(true);
  expect(isExpired(undefined, WEEK + 1)).toBe(true);
  expect(isExpired(500, 100)).toBe(false);
});

test('a ledger has counted until its last completion, and not before its own epoch', () => {
  const completedAt = NOW + 0.25;
  expect(countedUntil({ ledger: {} })).toBeUndefined();
  expect(countedUntil({ ledger: {}, epoch: NOW })).toBe(NOW);
  expect(countedUntil({ ledger: { lastCompleted: { completedAt } } })).toBe(NOW + 0.251);
  expect(countedUntil({ ledger: { lastCompleted: { completedAt } }, epoch: NOW + 5 })).toBe(NOW + 5);
  expect(countedUntil('no ledger')).toBeUndefined();
});
