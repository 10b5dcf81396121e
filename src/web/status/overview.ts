import { type Html, html } from '../html.ts';
import type { Matches } from './matches.ts';
import { hrefOf, type StatusQuery } from './query.ts';
import type { ActiveSelection } from './select.ts';
import { needsAttention, targetsSummary } from './targets-table.ts';

/** How much there is of everything, with links to where it is shown. */
export const overview = (
  { entities, failing, targets }: Matches,
  { page, slow }: ActiveSelection,
  query: StatusQuery,
): Html => {
  const tile = (href: string, text: string, isBad: boolean): Html =>
    html`<li><a class="${isBad ? 'bad' : ''}" href="${href}">${text}</a></li>\n`;
  const isTargetBad = targets.some(needsAttention);
  return html`<nav aria-label="Overview"><ul class="tiles">
${tile(`${hrefOf({ ...query, failing: true, page: 1 })}#runs`, `${failing} failing`, failing > 0)}${tile('#active', `${page.found} active${slow === 0 ? '' : `, ${slow} slow`}`, false)}${tile('#targets', `Targets: ${targetsSummary(targets) || 'none'}`, isTargetBad)}${tile('#runs', `All ${entities.length}`, false)}</ul></nav>
`;
};
