import { expect, test } from 'vitest';
import { duration, moment, utc } from '../../../src/web/status/time.ts';

test.each([
  [-5, '0s'],
  [0, '0s'],
  [59.9, '59s'],
  [60, '1m'],
  [90, '1m 30s'],
  [3_600, '1h'],
  [3_661, '1h 1m'],
  [86_399, '23h 59m'],
  [90_000, '1d 1h'],
  [864_000, '10d'],
])('%d seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

test('a moment is told in UTC and by its age', () => {
  expect(utc(1_772_366_400.9)).toBe('2026-03-01 12:00:00 UTC');
  expect(moment(1_772_366_400, 1_772_366_490).markup).toBe(
    '<time datetime="2026-03-01T12:00:00.000Z">2026-03-01 12:00:00 UTC</time> <span class="age">1m 30s ago</span>',
  );
});

test('nothing is told of a moment that is not known', () => {
  expect(moment(undefined, 1).markup).toBe('');
  expect(moment(Number.NEGATIVE_INFINITY, 1).markup).toBe('');
});
