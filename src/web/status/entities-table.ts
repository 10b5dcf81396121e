import type { Breathe } from '../../breathe.ts';
import { successes } from '../../runs/recent.ts';
import type { EntityStatus } from '../../status.ts';
import { type Html, html } from '../html.ts';
import { cells, legend } from './cells.ts';
import { entityCell, type Frame, kindOf } from './frame.ts';
import { inTurn } from './pauses.ts';
import { hrefOf, type Sort, type StatusQuery } from './query.ts';
import { ROWS_PER_PAGE, type Selection } from './select.ts';
import { moment } from './time.ts';

/** All jobs and workflows, a page at a time, with the outcomes of their latest runs. */
export const entitiesTable = async (
  selection: Selection,
  frame: Frame,
  pause: Breathe,
): Promise<Html> => html`<section aria-labelledby="runs">
<h2 id="runs">Jobs and workflows (${selection.found})</h2>
${selection.found === 0 ? html`<p>There is none that this page is asked for.</p>\n` : await table(selection, frame, pause)}</section>
`;

const table = async (selection: Selection, frame: Frame, pause: Breathe): Promise<Html> => {
  const { query } = frame;
  return html`${legend}<div class="scroll" role="group" aria-labelledby="runs" tabindex="0"><table>
<thead><tr>${header('Name', 'name', 'ascending', query)}<th scope="col">Kind</th>${header('Last runs, failing first', 'status', 'other', query)}${header('Succeeded', 'success', 'ascending', query)}${header('Last run', 'last-run', 'descending', query)}${header('Last failure', 'last-failure', 'descending', query)}</tr></thead>
<tbody>
${await inTurn(selection.rows, row => entityRow(row, frame), pause)}</tbody>
</table></div>
${pager(selection, query)}`;
};

const OPPOSITE = { ascending: 'descending', descending: 'ascending', other: 'other' } as const;

/** A column's head: a link that sorts by it, or, when that is done, the other way round. */
const header = (title: string, sort: Sort, order: keyof typeof OPPOSITE, query: StatusQuery): Html => {
  const isSorted = query.sort === sort;
  const reversed = isSorted && !query.reversed;
  const href = `${hrefOf({ ...query, sort, reversed, page: 1 })}#runs`;
  const sorted = query.reversed ? OPPOSITE[order] : order;
  const mark = isSorted ? html` <span aria-hidden="true">${query.reversed ? '▴' : '▾'}</span>` : html``;
  return html`<th scope="col"${isSorted ? html` aria-sort="${sorted}"` : ''}><a href="${href}">${title}</a>${mark}</th>`;
};

const entityRow = (entity: EntityStatus, frame: Frame): Html => {
  const { judged, succeeded } = successes(entity.recent);
  const { newest } = entity;
  return html`<tr>
<th scope="row">${entityCell(entity, frame)}</th>
<td>${kindOf(entity)}</td>
<td>${cells(entity.recent)}</td>
<td class="nowrap ${entity.failing ? 'bad' : ''}">${judged === 0 ? '' : `${succeeded} of ${judged}`}</td>
<td>${newest === undefined ? '' : html`${newest.state} ${moment(newest.startedAt, frame.now)}`}</td>
<td>${moment(entity.lastFailureAt, frame.now)}</td>
</tr>
`;
};

const pager = ({ page, pages, found }: Selection, query: StatusQuery): Html => {
  if (pages === 1) return html``;
  const link = (to: number, text: string): Html =>
    html`<li><a href="${hrefOf({ ...query, page: to })}#runs">${text}</a></li>\n`;
  const first = (page - 1) * ROWS_PER_PAGE + 1;
  const last = Math.min(found, page * ROWS_PER_PAGE);
  return html`<nav aria-label="Pages"><ul>
${page === 1 ? '' : html`${link(1, 'First page')}${link(page - 1, 'Previous page')}`}<li>Page ${page} of ${pages}: ${first} to ${last} of ${found}</li>
${page === pages ? '' : html`${link(page + 1, 'Next page')}${link(pages, 'Last page')}`}</ul></nav>
`;
};
