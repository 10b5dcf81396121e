import { KEPT_RUNS, OUTCOMES, outcomeWord, type Recent, verdictOf } from '../../runs/recent.ts';
import { type Html, html } from '../html.ts';
import { duration, utc } from './time.ts';

/** A tick for a success, so that what is not one can be found by its letter as well as by its colour. */
const signOf = (outcome: string): string => (outcome === 'S' ? '✓' : outcome);

/** The outcomes of the latest runs, oldest first. Built from our own words and from numbers, so that nothing is to be escaped. */
export const cells = ({ outcomes, starts, seconds }: Recent): Html => {
  if (outcomes === '') return html`<span class="muted">no runs</span>`;
  let markup = '';
  for (let index = 0; index < outcomes.length; index += 1) {
    const outcome = outcomes.charAt(index);
    const start = starts[index] ?? Number.NaN;
    const taken = seconds[index] ?? -1;
    const when = Number.isFinite(start) ? `, ${utc(start)}` : '';
    const took = taken < 0 ? '' : `, took ${duration(taken)}`;
    markup += `<span class="cell ${verdictOf(outcome)}" title="${outcomeWord(outcome)}${when}${took}">${signOf(outcome)}</span>`;
  }
  return { markup: `<span class="cells" role="img" aria-label="${summary(outcomes)}">${markup}</span>` };
};

/** What the cells say to who does not see them. */
const summary = (outcomes: string): string => {
  const counts = OUTCOMES.flatMap(outcome => {
    const count = outcomes.split(outcome).length - 1;
    return count === 0 ? [] : [`${count} ${outcomeWord(outcome)}`];
  });
  return `last ${outcomes.length} runs: ${counts.join(', ')}; the newest: ${outcomeWord(outcomes.slice(-1))}`;
};

/** What the signs mean. */
export const legend: Html = html`<ul class="legend">
<li>Last ${KEPT_RUNS} runs, the newest on the right:</li>
${OUTCOMES.map(outcome => html`<li><span class="cell ${verdictOf(outcome)}" aria-hidden="true">${signOf(outcome)}</span> ${outcomeWord(outcome)}</li>\n`)}</ul>
`;
