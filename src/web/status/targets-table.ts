import type { TargetStatus } from '../../status.ts';
import { type Html, html } from '../html.ts';
import { duration, moment } from './time.ts';

/** Accounts and regions: whether they answer, and how old the oldest reading of each is. */
export const targetsTable = (
  targets: readonly TargetStatus[],
  now: number,
): Html => html`<section aria-labelledby="targets">
<h2 id="targets">Targets</h2>
<div class="scroll" role="group" aria-labelledby="targets" tabindex="0"><table>
<thead><tr><th scope="col">Account</th><th scope="col">Region</th><th scope="col">State</th><th scope="col">Last poll</th><th scope="col">Oldest reading</th><th scope="col">Found</th><th scope="col">Error</th></tr></thead>
<tbody>
${targets.map(target => row(target, now))}</tbody>
</table></div>
</section>
`;

const row = (target: TargetStatus, now: number): Html => html`<tr>
<th scope="row">${target.accountId ?? 'not known yet'}</th>
<td>${target.region}</td>
<td>${state(target.up)}</td>
<td>${lastPoll(target, now)}</td>
<td>${freshness(target, now)}</td>
<td>${target.collectors.map(({ name, entities, polled }) => html`${entities} ${name}${polled < entities ? ` (${polled} polled)` : ''}<br>`)}</td>
<td class="error">${target.error ?? ''}</td>
</tr>
`;

const state = (up: boolean | undefined): Html => {
  if (up === undefined) return html`<span class="muted">first poll under way</span>`;
  return up ? html`<span class="good">up</span>` : html`<span class="bad">down</span>`;
};

const lastPoll = ({ lastPollEndedAt, lastPollSeconds }: TargetStatus, now: number): Html => {
  if (lastPollEndedAt === undefined || lastPollSeconds === undefined) return html``;
  return html`${moment(lastPollEndedAt, now)}<span class="age">took ${lastPollSeconds.toFixed(1)}s</span>`;
};

const freshness = ({ oldestReadAt, readAgeLimitSeconds: limit }: TargetStatus, now: number): Html => {
  if (oldestReadAt === undefined) return html``;
  const age = Math.max(0, now - oldestReadAt);
  const isLate = limit !== undefined && age > limit;
  return html`<span class="nowrap">${duration(age)} old</span>${limit === undefined ? '' : html`<span class="age ${isLate ? 'bad' : ''}">${isLate ? 'over its limit of' : 'limit'} ${duration(Math.ceil(limit))}</span>`}`;
};
