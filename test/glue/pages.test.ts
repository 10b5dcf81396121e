import { expect, test } from 'vitest';
import { pageInput, readListing, readListPage } from '../../src/glue/pages.ts';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import { connect, place, simulate } from './connect.ts';

test('a page is requested by its size, and all but the first by a token', () => {
  expect(pageInput(25, undefined)).toEqual({ MaxResults: 25 });
  expect(Object.keys(pageInput(25, undefined))).toEqual(['MaxResults']);
  expect(pageInput(25, 'next')).toEqual({ MaxResults: 25, NextToken: 'next' });
});

test('a listing is read page by page to its end', async () => {
  const jobs = Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map(name => [name, []]));
  const simulator = await simulate({ worlds: [scriptedWorld({ ...place, jobs })] });
  const { glue } = connect(simulator.endpoint);
  const listing = {
    operation: 'ListJobs',
    maxResults: 2,
    input: (page: { readonly MaxResults: number; readonly NextToken?: string }) => page,
    items: ({ JobNames }: { readonly JobNames?: unknown }) => [JobNames],
  } as const;
  expect(await readListing(glue, listing)).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  expect(simulator.requests.get('ListJobs')).toBe(3);
  const first = await readListPage(glue, listing, undefined);
  const second = await readListPage(glue, listing, first.nextToken);
  expect([first.items, second.items]).toEqual([[['a', 'b']], [['c', 'd']]]);
});
