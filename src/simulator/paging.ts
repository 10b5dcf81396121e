import type { Region } from './accounts.ts';
import { invalidInput } from './api-error.ts';
import type { FaultKind } from './faults.ts';
import { decodeToken, encodeToken } from './page-token.ts';

export type Input = Readonly<Record<string, unknown>>;

/** What the pages of an answer depend on besides the request. */
export interface PagingContext {
  readonly region: Region;
  /**
   * How many items a page gets of those asked for: MaxResults is "the maximum size of the response" (API reference), and
   * nothing says that a page is full or has anything at all before the last one.
   */
  readonly pageSize: (asked: number) => number;
  /** Paging heeds those kinds that spoil it. */
  readonly fault: FaultKind | undefined;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly cursor?: string | undefined;
}

const limitOf = (input: Input, most: number): number => {
  const asked = input.MaxResults ?? Math.min(100, most);
  if (typeof asked !== 'number' || !Number.isInteger(asked) || asked < 1 || asked > most) {
    throw invalidInput(`1 validation error detected: Value at 'maxResults' must be between 1 and ${most}`);
  }
  return asked;
};

/** One page of any list, its NextToken included. */
export const paged = <T>(
  input: Input,
  context: PagingContext,
  list: { readonly scope: string; readonly most: number },
  read: (cursor: string | undefined, limit: number) => Page<T>,
): { readonly items: readonly T[]; readonly NextToken: string | undefined } => {
  const scope = `${context.region.accountId}/${context.region.name}/${list.scope}`;
  const limit = limitOf(input, list.most);
  const token = input.NextToken === null || input.NextToken === '' ? undefined : input.NextToken;
  if (token !== undefined && typeof token !== 'string') throw invalidInput('Invalid NextToken');
  const { page, cursor } = token === undefined ? { page: 0, cursor: '' } : decodeToken(scope, token);
  const { fault } = context;
  if (fault === 'expire_token' && token !== undefined) throw invalidInput('NextToken has expired');
  // Of the two pages that lead to each other, one is the list's first.
  const start = cursor === '' || (fault === 'cycle_tokens' && page % 2 === 0) ? undefined : cursor;
  const size = context.pageSize(limit);
  // A page of nothing leads back to where it started.
  const { items, cursor: next } = size > 0 ? read(start, size) : { items: [], cursor: start ?? '' };
  const tokenOf = (toPage: number, to: string): string => encodeToken(scope, { page: toPage, cursor: to });
  const nextToken = next === undefined ? undefined : tokenOf(page + 1, next);
  if (fault === 'repeat_token') return { items, NextToken: token ?? nextToken ?? tokenOf(1, '') };
  if (fault === 'cycle_tokens') {
    return { items, NextToken: page === 0 ? (nextToken ?? tokenOf(1, '')) : tokenOf(page === 1 ? 2 : 1, cursor) };
  }
  return { items, NextToken: nextToken };
};
