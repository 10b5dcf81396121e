import { type Html, html } from '../html.ts';

/**
 * A table that narrow screens show as a list of cards. The roles are those that the elements have anyway: browsers forget them when
 * a table is laid out as anything else.
 */
export const table = (id: string, heads: readonly Html[], rows: readonly Html[], kind: string): Html =>
  html`<div class="scroll" role="group" aria-labelledby="${id}" tabindex="0"><table role="table" class="${kind}" aria-labelledby="${id}">
<thead role="rowgroup"><tr role="row">${heads}</tr></thead>
<tbody role="rowgroup">
${rows}</tbody>
</table></div>
`;

/** The head of a column. */
export const head = (title: string): Html => html`<th role="columnheader" scope="col">${title}</th>`;

/** A row, whose first cell names it. */
export const row = (name: Html, cells: readonly Html[]): Html =>
  html`<tr role="row">
<th role="rowheader" scope="row">${name}</th>
${cells}</tr>
`;

/** A cell; `kind` is its class. Cards show `label` before what it holds. */
export const cell = (kind: string, content: Html | string, label?: string): Html =>
  html`<td role="cell" class="${kind}"${label === undefined ? '' : html` data-label="${label}"`}>${content}</td>
`;
