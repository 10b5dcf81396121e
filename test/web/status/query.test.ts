import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  EVERYTHING,
  filterWords,
  hrefOf,
  isFiltered,
  parseQuery,
  SORTS,
  type StatusQuery,
  withoutFilters,
} from '../../../src/web/status/query.ts';

describe('the query of the status page', () => {
  test('asks for everything when there is none', () => {
    expect(parseQuery('')).toEqual(EVERYTHING);
    expect(parseQuery('/')).toEqual(EVERYTHING);
    expect(hrefOf(EVERYTHING)).toBe('?');
  });

  test('is read', () => {
    expect(
      parseQuery(
        'q=+etl%20x+&type=jobs&account=1&region=eu-west-1&failing=1&sort=-last-run&page=3&all=active&refresh=30',
      ),
    ).toEqual({
      search: 'etl x',
      type: 'jobs',
      account: '1',
      region: 'eu-west-1',
      failing: true,
      sort: 'last-run',
      reversed: true,
      page: 3,
      whole: 'active',
      refreshSeconds: 30,
    });
  });

  test.each([
    'sort=colour',
    'page=0',
    'page=-1',
    'page=1.5',
    'page=x',
    'page=1e99',
    'all=1',
    'failing=yes',
    'q',
    '%',
    'x=1',
    'refresh=4',
    'refresh=3601',
    'refresh=1e2',
    'refresh=off',
  ])('makes nothing of %s', query => {
    expect(parseQuery(query)).toEqual(EVERYTHING);
  });

  test('searches for no more than a name can have', () => {
    expect(parseQuery(`q=${'x'.repeat(5_000)}`).search).toHaveLength(255);
  });

  test('is in the URL as a whole', () => {
    const text = fc.string({ maxLength: 30 }).map(given => given.trim());
    const anyQuery: fc.Arbitrary<StatusQuery> = fc.record({
      search: text,
      type: text,
      account: text,
      region: text,
      failing: fc.boolean(),
      sort: fc.constantFrom(...SORTS),
      reversed: fc.boolean(),
      page: fc.integer({ min: 1, max: 500 }),
      whole: fc.constantFrom(undefined, 'failures', 'active'),
      refreshSeconds: fc.constantFrom(undefined, 5, 30, 3_600),
    });
    fc.assert(
      fc.property(anyQuery, query => {
        expect(parseQuery(hrefOf(query).slice(1))).toEqual(query);
      }),
    );
  });

  test('has a filter that can be said in words and cleared, and the rest stays', () => {
    const query = parseQuery('q=x&type=jobs&account=1&region=eu-west-1&failing=1&sort=name&page=3&refresh=30');
    expect(filterWords(query)).toBe('name contains “x”, type jobs, account 1, region eu-west-1, failing only');
    expect(isFiltered(query)).toBe(true);
    expect(isFiltered(withoutFilters(query))).toBe(false);
    expect(hrefOf(withoutFilters(query))).toBe('?sort=name&refresh=30');
  });
});
