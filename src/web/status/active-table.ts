import { WAITING } from '../../runs/run.ts';
import { mapYielding, type Yield } from '../../yield.ts';
import { type Html, html } from '../html.ts';
import { entityCell, type Frame } from './frame.ts';
import { capitalized } from './kinds.ts';
import { emptyList, listRest } from './list.ts';
import type { ActiveRow, ActiveSelection } from './select.ts';
import { cell, head, row, table } from './table.ts';
import { duration, moment } from './time.ts';

/** What has not ended. */
export const activeTable = async (
  selection: ActiveSelection,
  frame: Frame,
  yieldIfDue: Yield,
): Promise<Html> => html`<section aria-labelledby="active">
<h2 id="active">Active runs (${selection.page.found}${selection.slow === 0 ? '' : `, ${selection.slow} slow`})</h2>
${selection.page.found === 0 ? emptyList('active runs', frame, 'No active runs.') : await rows(selection, frame, yieldIfDue)}</section>
`;

const headsOf = ({ words }: Frame): readonly Html[] =>
  [capitalized(words.one), 'State', 'Started', 'Typical duration', 'Run'].map(head);

const rows = async (selection: ActiveSelection, frame: Frame, yieldIfDue: Yield): Promise<Html> =>
  html`${table('active', headsOf(frame), await mapYielding(selection.rows, yieldIfDue, one => activeRow(one, frame)), 'cards active')}${listRest('active', selection.page, `${selection.page.found} active runs`, frame.query)}`;

const activeRow = (active: ActiveRow, frame: Frame): Html =>
  row(entityCell(active.entity, frame), [
    cell('state', state(active)),
    cell('when', moment(active.startedAt, frame.now), 'Started'),
    cell('typical', typical(active), 'Typical duration'),
    cell('id', html`<a href="${frame.consoleLink(active.entity, active.id)}"><code>${active.id}</code></a>`),
  ]);

/** A queued run says what it waits for. */
const state = ({ state, attempt, reason }: ActiveRow): Html =>
  html`${state}${attempt ? html`<span class="age">retry ${attempt}</span>` : ''}${reason === undefined ? '' : html`<span class="age">${reason}</span>`}`;

const typical = ({ entity: { usualSeconds }, slow, state }: ActiveRow): Html => {
  if (state === WAITING) return html`<span class="muted">queued</span>`;
  if (usualSeconds === undefined) return html`<span class="muted">not enough data</span>`;
  return slow ? html`<span class="slow">slow:</span> ${duration(usualSeconds)}` : html`${duration(usualSeconds)}`;
};
