import type { Breathe } from '../../breathe.ts';
import { FAILURES_OF_ONE, type Failure, MOST_FAILURES } from '../../runs/failures.ts';
import { WAITING } from '../../runs/run.ts';
import { type Html, html } from '../html.ts';
import { entityCell, type Frame } from './frame.ts';
import { inTurn } from './pauses.ts';
import { hrefOf, type List, type StatusQuery } from './query.ts';
import type { ActiveRow, ActiveSelection } from './select.ts';
import { duration, moment } from './time.ts';

/** So many are shown unless all are asked for, and so many at most. */
const FEW = 5;
const MOST = 200;

/** What failed in the last day, newest first: the newest failure of each job and workflow, unless all are asked for. */
export const failuresTable = async (failures: readonly Failure[], frame: Frame, pause: Breathe): Promise<Html> => {
  const groups = byEntity(failures);
  const isWhole = frame.query.whole === 'failures';
  const shown: readonly (readonly [Failure, number])[] = isWhole
    ? failures.slice(0, MOST).map(failure => [failure, 0])
    : groups.slice(0, FEW).map(([newest, ...earlier]) => [newest, earlier.length]);
  const rows = await inTurn(shown, ([failure, earlier]) => failureRow(failure, earlier, frame), pause);
  return html`<section aria-labelledby="failures">
<h2 id="failures">Failed in the last day (${failures.length < MOST_FAILURES ? '' : 'at least '}${groups.length}${groups.length === 1 ? ' job or workflow' : ' jobs and workflows'})</h2>
${
  failures.length === 0
    ? html`<p>No run that was read has failed in the last day.</p>\n`
    : html`<div class="scroll" role="group" aria-labelledby="failures" tabindex="0"><table>
<thead><tr><th scope="col">Job or workflow</th><th scope="col">Ended</th><th scope="col">State</th><th scope="col">Error message and run</th></tr></thead>
<tbody>
${rows}</tbody>
</table></div>
${rest(failures.length, rows.length, 'failures', frame)}`
}</section>
`;
};

/** The failures of each job or workflow together, in the order of the newest of each. */
const byEntity = (failures: readonly Failure[]): readonly (readonly [Failure, ...Failure[]])[] => {
  const groups = new Map<string, [Failure, ...Failure[]]>();
  for (const failure of failures) {
    const { accountId, region, collector, name } = failure;
    const key = JSON.stringify([accountId, region, collector, name]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [failure]);
    else group.push(failure);
  }
  return [...groups.values()];
};

const failureRow = (failure: Failure, earlier: number, frame: Frame): Html => html`<tr>
<th scope="row">${entityCell(failure, frame)}</th>
<td>${moment(failure.endedAt, frame.now)}${earlier === 0 ? '' : html`<span class="age">${earlier + 1 < FAILURES_OF_ONE ? earlier : `${earlier} or more`} before it</span>`}</td>
<td class="bad">${failure.state}</td>
<td class="error">${failure.error ?? html`<span class="muted">AWS gave no message.</span>`}
<a class="run" href="${frame.consoleLink(failure, failure.id)}"><code>${failure.id}</code></a></td>
</tr>
`;

/** What has not ended. */
export const activeTable = async (
  selection: ActiveSelection,
  frame: Frame,
  pause: Breathe,
): Promise<Html> => html`<section aria-labelledby="active">
<h2 id="active">Active runs (${selection.found}${selection.slow === 0 ? '' : `, ${selection.slow} slow`})</h2>
${selection.found === 0 ? html`<p>No run is active.</p>\n` : await active(selection, frame, pause)}</section>
`;

/** How many active runs a query asks to be shown. */
export const mostActive = ({ whole }: StatusQuery): number => (whole === 'active' ? MOST : FEW);

const active = async (
  { rows, found }: ActiveSelection,
  frame: Frame,
  pause: Breathe,
): Promise<Html> => html`<div class="scroll" role="group" aria-labelledby="active" tabindex="0"><table>
<thead><tr><th scope="col">Job or workflow</th><th scope="col">Started</th><th scope="col">State</th><th scope="col">Run</th><th scope="col">Compared with its last successes</th></tr></thead>
<tbody>
${await inTurn(rows, row => activeRow(row, frame), pause)}</tbody>
</table></div>
${rest(found, rows.length, 'active', frame)}`;

const activeRow = (row: ActiveRow, frame: Frame): Html => html`<tr>
<th scope="row">${entityCell(row.entity, frame)}</th>
<td>${moment(row.startedAt, frame.now)}</td>
<td>${row.state}${row.attempt ? html`<span class="age">retry ${row.attempt}</span>` : ''}${row.reason === undefined ? '' : html`<span class="age">${row.reason}</span>`}</td>
<td><a href="${frame.consoleLink(row.entity, row.id)}"><code>${row.id}</code></a></td>
<td>${compared(row)}</td>
</tr>
`;

const compared = ({ entity: { usualSeconds: usual }, slow, state }: ActiveRow): Html => {
  if (state === WAITING) return html`<span class="muted">queued</span>`;
  if (usual === undefined) return html`<span class="muted">too few to compare with</span>`;
  const usually = html`usually takes ${duration(usual)}`;
  return slow ? html`<span class="slow">slow:</span> ${usually}` : usually;
};

const rest = (length: number, few: number, list: List, { query }: Frame): Html => {
  if (query.whole === list) {
    const first = length > MOST ? html`These are the first ${MOST} of ${length}. ` : html``;
    return html`<p>${first}<a href="${hrefOf({ ...query, whole: undefined })}#${list}">Show fewer</a></p>\n`;
  }
  if (length <= few) return html``;
  const most = length > MOST ? `the first ${MOST} of ${length}` : `all ${length}`;
  return html`<p><a href="${hrefOf({ ...query, whole: list })}#${list}">Show ${most}</a></p>\n`;
};
