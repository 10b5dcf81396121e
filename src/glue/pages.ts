import { fieldsOf, type WireObject } from './fields.ts';
import type { Glue } from './glue.ts';
import type { Inputs, Operation } from './operations.ts';
import { GlueError } from './reason.ts';

/** What AWS Glue's paged operations take to select a page. */
export interface PageInput {
  readonly MaxResults: number;
  readonly NextToken?: string;
}

export const pageInput = (MaxResults: number, NextToken: string | undefined): PageInput => ({
  MaxResults,
  ...(NextToken === undefined ? {} : { NextToken }),
});

/** The token of the next page; AWS ends a listing with none or an empty one. */
export const nextTokenOf = (operation: string, answer: WireObject): string | undefined =>
  fieldsOf(operation).text('NextToken', answer.NextToken) || undefined;

export interface ListPage<Item> {
  readonly items: readonly Item[];
  readonly nextToken: string | undefined;
}

/** A listing operation: how a page is requested, and what is read from the answer. */
export interface Listing<Name extends Operation, Item> {
  readonly operation: Name;
  /** The most items that AWS accepts for one page. */
  readonly maxResults: number;
  input(page: PageInput): Inputs[Name];
  items(answer: WireObject, glue: Glue): readonly Item[];
}

/** One page of a listing. */
export const readListPage = <Name extends Operation, Item>(
  glue: Glue,
  { operation, maxResults, input, items }: Listing<Name, Item>,
  token: string | undefined,
): Promise<ListPage<Item>> =>
  glue.call(operation, input(pageInput(maxResults, token)), answer => ({
    items: items(answer, glue),
    nextToken: nextTokenOf(operation, answer),
  }));

/** Everything that a listing contains. */
export const readListing = <Name extends Operation, Item>(
  glue: Glue,
  listing: Listing<Name, Item>,
): Promise<readonly Item[]> => allPages(glue, listing.operation, token => readListPage(glue, listing, token));

/** More pages than any account has. */
const MAX_LIST_PAGES = 10_000;

/** Reads all pages of a listing. A repeated token is a failure, because the listing is incomplete then. */
export const allPages = async <Item>(
  glue: Glue,
  operation: string,
  page: (nextToken: string | undefined) => Promise<ListPage<Item>>,
): Promise<readonly Item[]> => {
  const items: Item[] = [];
  const seen = new Set<string>();
  let nextToken: string | undefined;
  do {
    const answer = await page(nextToken);
    items.push(...answer.items);
    nextToken = answer.nextToken;
    if (nextToken === undefined) return items;
    if (seen.has(nextToken)) throw endless(glue, operation, 'its page token came round again');
    seen.add(nextToken);
  } while (seen.size < MAX_LIST_PAGES);
  throw endless(glue, operation, `it goes on after ${MAX_LIST_PAGES} pages`);
};

/** The call itself has succeeded, so the failure is reported here. */
const endless = (glue: Glue, operation: string, message: string): GlueError => {
  glue.observer.failed(operation, 'bad_response');
  return new GlueError(operation, 'bad_response', message);
};
