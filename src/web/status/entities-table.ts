import { successes } from '../../runs/recent.ts';
import type { EntityStatus } from '../../status.ts';
import { mapYielding, type Yield } from '../../yield.ts';
import { type Html, html } from '../html.ts';
import { cells, legend } from './cells.ts';
import { entityCell, type Frame, typeOf } from './frame.ts';
import { capitalized } from './kinds.ts';
import { emptyList } from './list.ts';
import { pager } from './pages.ts';
import { hrefOf, type Sort, type StatusQuery } from './query.ts';
import type { Selection } from './select.ts';
import { cell, head, row, table } from './table.ts';
import { moment } from './time.ts';

/** All entities, a page at a time, with the outcomes of their latest runs. */
export const entitiesTable = async (
  selection: Selection,
  frame: Frame,
  yieldIfDue: Yield,
): Promise<Html> => html`<section aria-labelledby="runs">
<h2 id="runs">${capitalized(frame.words.all)} (${selection.page.found})</h2>
${selection.page.found === 0 ? emptyList(frame.words.any, frame, `No ${frame.words.any} found yet.`) : await rows(selection, frame, yieldIfDue)}</section>
`;

const rows = async ({ rows: entities, page }: Selection, frame: Frame, yieldIfDue: Yield): Promise<Html> => {
  const { query } = frame;
  const heads = [
    sortedHead('Name', 'name', 'ascending', query),
    head('Type'),
    sortedHead('Last runs, failing first', 'status', 'other', query),
    sortedHead('Succeeded', 'success', 'ascending', query),
    sortedHead('Last run', 'last-run', 'descending', query),
    sortedHead('Last failure', 'last-failure', 'descending', query),
  ];
  const markup = await mapYielding(entities, yieldIfDue, entity => entityRow(entity, frame));
  return html`${legend(frame.kinds)}${table('runs', heads, markup, 'cards entities')}${pager(page, query, 'runs')}`;
};

const OPPOSITE = { ascending: 'descending', descending: 'ascending', other: 'other' } as const;

/** A column's head: a link that sorts by it, or, when that is done, the other way round. */
const sortedHead = (title: string, sort: Sort, order: keyof typeof OPPOSITE, query: StatusQuery): Html => {
  const isSorted = query.sort === sort;
  const reversed = isSorted && !query.reversed;
  const href = `${hrefOf({ ...query, sort, reversed, page: 1 })}#runs`;
  const sorted = query.reversed ? OPPOSITE[order] : order;
  const mark = isSorted ? html` <span aria-hidden="true">${query.reversed ? '▴' : '▾'}</span>` : html``;
  return html`<th role="columnheader" scope="col"${isSorted ? html` aria-sort="${sorted}"` : ''}><a href="${href}">${title}</a>${mark}</th>`;
};

const entityRow = (entity: EntityStatus, frame: Frame): Html => {
  const { judged, succeeded } = successes(entity.recent);
  const { newest } = entity;
  return row(entityCell(entity, frame), [
    cell('type', typeOf(entity, frame)),
    cell('recent', cells(entity.recent)),
    cell(`ratio ${entity.failing ? 'bad' : ''}`, judged === 0 ? '' : `${succeeded} of ${judged}`),
    cell('when', newest === undefined ? '' : html`${newest.state} ${moment(newest.startedAt, frame.now)}`),
    cell('when', moment(entity.lastFailureAt, frame.now), 'Last failure'),
  ]);
};
