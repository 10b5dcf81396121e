import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDuration } from '../../src/config/duration.ts';

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
] as const;

/** As Go prints it, with days: 1d2h3m4s, and milliseconds for the rest. */
const format = (milliseconds: number): string => {
  let rest = Math.floor(milliseconds / 1000);
  let text = '';
  for (const [unit, seconds] of UNITS) {
    if (rest >= seconds) text += `${Math.floor(rest / seconds)}${unit}`;
    rest %= seconds;
  }
  return milliseconds % 1000 === 0 && text !== '' ? text : `${text}${milliseconds % 1000}ms`;
};

describe('a duration', () => {
  it.each([
    ['30s', 30],
    ['5m', 300],
    ['1h30m', 5400],
    ['1.5h', 5400],
    ['500ms', 0.5],
    ['700ms', 0.7],
    ['1s500ms', 1.5],
    ['2d', 172_800],
    ['0s', 0],
    ['007s', 7],
    // Go takes units in any order, and repeated.
    ['1m1h', 3660],
    ['1m1m', 120],
    ['5m5ms', 300.005],
    ['1.1h', 3960],
    // Whole milliseconds of all parts together.
    ['1.0005s', 1.001],
    ['0.4ms', 0],
    ['0.3ms0.3ms', 0.001],
  ])('%s is %d seconds', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  it.each([
    ['nothing', ''],
    ['no unit', '30'],
    ['no unit at the end', '1h30'],
    ['no number', 's'],
    ['a space', '5 m'],
    ['space around', ' 5m '],
    ['a new line', '5m\n'],
    ['a sign', '-5s'],
    ['a plus', '+5s'],
    ['an unknown unit', '1w'],
    ['upper case', '5M'],
    ['a word', '5 minutes'],
    ['an exponent', '1e3s'],
    ['hexadecimal', '0x5s'],
    ['a bare point', '.5s'],
    ['a point without decimals', '5.s'],
    ['two points', '1.2.3s'],
    ['a comma', '1,5s'],
    ['other digits', '٣s'],
    ['a clock', '00:05'],
    ['ISO 8601', 'PT5M'],
    ['infinity', 'Infinitys'],
  ])('has not %s: %j', (_what, text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it('is what it was formatted from', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400 * 86_400_000 }), milliseconds => {
        expect(parseDuration(format(milliseconds))).toBeCloseTo(milliseconds / 1000, 6);
      }),
    );
  });

  it('is the sum of its parts, and never negative or NaN', () => {
    const part = fc.tuple(fc.nat(), fc.constantFrom('ms', 's', 'm', 'h', 'd')).map(([n, unit]) => `${n}${unit}`);
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), parts => {
        const sum = parts.reduce((total, text) => total + (parseDuration(text) ?? Number.NaN), 0);
        const whole = parseDuration(parts.join(''));
        expect(whole).toBeGreaterThanOrEqual(0);
        expect(whole).toBeCloseTo(sum, 0);
        if (sum < 1e9) expect(whole).toBeCloseTo(sum, 6);
      }),
    );
  });

  it('is a number or undefined, whatever the text', () => {
    const odd = fc.string({ unit: fc.constantFrom(...'0159.msh d-+e') });
    fc.assert(
      fc.property(odd, text => {
        const seconds = parseDuration(text);
        expect(seconds === undefined || seconds >= 0).toBe(true);
        expect(seconds !== undefined).toBe(/^(\d+(\.\d+)?(ms|[smhd]))+$/.test(text));
      }),
    );
  });
});
