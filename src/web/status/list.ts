import { type Html, html } from '../html.ts';
import type { Frame } from './frame.ts';
import { manyOf } from './kinds.ts';
import { type Page, pageOf, pager } from './pages.ts';
import { filterWords, hrefOf, isFiltered, type List, type StatusQuery } from './query.ts';

/** So many rows are shown in the overview, and so many on a page of the whole list. */
const FEW = 5;
const ROWS_PER_PAGE = 200;

/** The part of a list that a query asks for: its first rows in the overview, else a page of it. */
export const windowOf = (list: List, found: number, { whole, page }: StatusQuery): Page =>
  whole === list ? pageOf(found, page, ROWS_PER_PAGE) : pageOf(found, 1, FEW);

/** The way from the overview to the whole list, through its pages, and back. */
export const listRest = (list: List, page: Page, all: string, query: StatusQuery): Html => {
  if (query.whole === list) {
    return html`${pager(page, query, list)}<p><a href="${hrefOf({ ...query, whole: undefined, page: 1 })}">Back to overview</a></p>\n`;
  }
  if (page.end >= page.found) return html``;
  return html`<p><a href="${hrefOf({ ...query, whole: list, page: 1 })}#${list}">Show all ${all}</a></p>\n`;
};

/** Why a table is empty: there is nothing, or nothing that the filter leaves. */
export const emptyList = (things: string, { query, kinds }: Pick<Frame, 'query' | 'kinds'>, nothing: string): Html => {
  const words = filterWords({ ...query, type: manyOf(kinds, query.type) });
  return html`<p>${isFiltered(query) ? `No ${things} match ${words}.` : nothing}</p>\n`;
};
