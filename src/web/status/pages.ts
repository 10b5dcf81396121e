import { type Html, html } from '../html.ts';
import { hrefOf, type StatusQuery } from './query.ts';

/** A page of a list, and where it is in the list. */
export interface Page {
  /** Rows of all pages. */
  readonly found: number;
  /** From 1 on. */
  readonly page: number;
  readonly pages: number;
  /** Places of its rows in the list: from `first` to before `end`. */
  readonly first: number;
  readonly end: number;
}

/** The page of a list that is asked for; of one beyond the last, the last. */
export const pageOf = (found: number, asked: number, rowsPerPage: number): Page => {
  const pages = Math.max(1, Math.ceil(found / rowsPerPage));
  const page = Math.min(asked, pages);
  const first = (page - 1) * rowsPerPage;
  return { found, page, pages, first, end: Math.min(found, first + rowsPerPage) };
};

/** Links to the other pages of a list; nothing when there is one page. */
export const pager = ({ found, page, pages, first, end }: Page, query: StatusQuery, anchor: string): Html => {
  if (pages === 1) return html``;
  const link = (to: number, text: string): Html =>
    html`<li><a href="${hrefOf({ ...query, page: to })}#${anchor}">${text}</a></li>\n`;
  return html`<nav aria-label="Pages"><ul>
${page === 1 ? '' : html`${link(1, 'First page')}${link(page - 1, 'Previous page')}`}<li>Page ${page} of ${pages}: ${first + 1} to ${end} of ${found}</li>
${page === pages ? '' : html`${link(page + 1, 'Next page')}${link(pages, 'Last page')}`}</ul></nav>
`;
};
