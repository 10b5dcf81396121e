import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileFilter, compilePattern, EVERYTHING, tagsOf } from '../../src/config/filter.ts';

const LONGEST_NAME = 255;

describe('a filter', () => {
  const names = ['etl-orders', 'etl-orders-dev', 'nightly-etl-copy', 'ETL-upper', 'stream'];
  const passing = (include: string[], exclude: string[]) => names.filter(compileFilter({ include, exclude }));

  it('lets every name pass that is included and not excluded', () => {
    expect(passing(['^etl-', '^nightly-'], ['-dev$'])).toEqual(['etl-orders', 'nightly-etl-copy']);
  });

  it('lets everything pass when it includes nothing', () => {
    expect(passing([], [])).toEqual(names);
    expect(names.filter(compileFilter(EVERYTHING))).toEqual(names);
    expect(passing([], ['etl'])).toEqual(['ETL-upper', 'stream']);
  });

  it('excludes what it includes, too', () => {
    expect(passing(['^etl-orders$'], ['^etl-orders$'])).toEqual([]);
  });

  it('matches anywhere in a name unless it is anchored', () => {
    expect(passing(['etl'], [])).toEqual(['etl-orders', 'etl-orders-dev', 'nightly-etl-copy']);
    expect(passing(['^etl'], [])).toEqual(['etl-orders', 'etl-orders-dev']);
    expect(passing(['etl-orders$'], [])).toEqual(['etl-orders']);
    expect(passing([''], [])).toEqual(names);
    expect(passing(['^$'], [])).toEqual([]);
  });

  it('is case-sensitive unless a pattern says otherwise', () => {
    expect(passing(['^ETL'], [])).toEqual(['ETL-upper']);
    expect(passing(['(?i)^etl-u'], [])).toEqual(['ETL-upper']);
  });

  it('gives the same answer to the same name every time', () => {
    const admits = compileFilter({ include: ['o'], exclude: [] });
    expect(['foo', 'foo', 'bar', 'foo'].map(admits)).toEqual([true, true, false, true]);
  });

  it('takes names with any characters', () => {
    const admits = compileFilter({ include: ['^.*$'], exclude: ['\\x00'] });
    expect(['ü😀', '"\\', '', '\ud800'].map(admits)).toEqual([true, true, true, true]);
    expect(admits('a\0b')).toBe(false);
    expect(compilePattern('^ü.$')('ü😀')).toBe(true);
  });

  it('finds a name that is quoted in it, and only that', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), fc.string({ unit: 'binary-ascii' }), (name, other) => {
        const quoted = name.replace(/[^\w]/g, character => `\\x{${character.charCodeAt(0).toString(16)}}`);
        expect(compilePattern(`\\A${quoted}\\z`)(name)).toBe(true);
        expect(compilePattern(`\\A${quoted}\\z`)(other)).toBe(other === name);
      }),
    );
  });
});

describe('patterns that hang a backtracking engine', () => {
  // JavaScript's own engine needs 2^255 steps for most of these: that they end at all is the proof.
  it.each([
    ['(a+)+$', 'a', '!'],
    ['^(a|a)*$', 'a', '!'],
    ['^(a|aa)+$', 'a', '!'],
    ['(.*)*(.*)*(.*)*x$', 'a', '!'],
    ['^(([a-z])+.)+[A-Z]([a-z])+$', 'a', ''],
    ['(\\w*-?)*=$', 'a-', ''],
    [`${'a?'.repeat(100)}${'a'.repeat(100)}$`, 'a', '!'],
  ])('%s ends', (pattern, repeated, end) => {
    const name = repeated.repeat(LONGEST_NAME).slice(0, LONGEST_NAME) + end;
    const matches = compilePattern(pattern);
    expect(matches(name)).toBe(false);
    expect(matches(name.repeat(40))).toBe(false);
  });

  it.each(['((a{1,100}){1,100}){1,100}', '((((a{0,30}){0,30}){0,30}){0,30}){0,30}', 'a{1001}'])(
    '%s would grow too large and is refused',
    pattern => {
      expect(() => compilePattern(pattern)).toThrow('error parsing regexp');
    },
  );

  it.each(['(?=a)', '(?!a)', '(?<=a)', '(?<!a)', '(a)\\1', '(?>a)'])(
    '%s has no linear time and is refused',
    pattern => {
      expect(() => compilePattern(pattern)).toThrow('error parsing regexp');
    },
  );
});

describe('tags', () => {
  it('are asked for where there are any: an empty map stands for none, as where it takes away what is inherited', () => {
    expect(tagsOf({ ...EVERYTHING, tags: { team: 'data' } })).toEqual({ team: 'data' });
    expect(tagsOf({ ...EVERYTHING, tags: {} })).toBeUndefined();
    expect(tagsOf(EVERYTHING)).toBeUndefined();
  });
});
