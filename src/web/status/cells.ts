import {
  codeOf,
  type Outcome,
  outcomeOf,
  RUNNING_RUN,
  shownAs,
  UNKNOWN_RUN,
  WAITING_RUN,
} from '../../runs/outcomes.ts';
import { KEPT_RUNS, type Recent } from '../../runs/recent.ts';
import type { ShownKind } from '../../status.ts';
import { type Html, html } from '../html.ts';
import { duration, utc } from './time.ts';

/** A tick for a success, so that what is not one can be found by its letter as well as by its colour. */
const signOf = ({ verdict, sign }: Outcome): string => (verdict === 'success' ? '✓' : sign);

/** In this order outcomes are counted and explained. */
const VERDICTS: readonly Outcome['verdict'][] = ['success', 'failure', 'stopped', 'active', 'other'];

const byVerdict = (a: Outcome, b: Outcome): number => VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict);

/** The outcomes of the latest runs, oldest first. */
export const cells = ({ outcomes, starts, seconds }: Recent): Html => {
  if (outcomes === '') return html`<span class="muted">no runs</span>`;
  const runs = [...outcomes].map((code, index) => {
    const outcome = outcomeOf(code);
    const start = starts[index] ?? Number.NaN;
    const taken = seconds[index] ?? -1;
    const when = Number.isFinite(start) ? `, ${utc(start)}` : '';
    const took = taken < 0 ? '' : `, took ${duration(taken)}`;
    return html`<span class="cell ${outcome.verdict}" title="${outcome.word}${when}${took}">${signOf(outcome)}</span>`;
  });
  return html`<span class="cells" role="img" aria-label="${summary(outcomes)}">${runs}</span>`;
};

/** What the cells say to who does not see them. */
const summary = (outcomes: string): string => {
  const counts = [...new Set(outcomes)]
    .map(code => ({ ...outcomeOf(code), count: outcomes.split(code).length - 1 }))
    .sort(byVerdict)
    .map(({ count, word }) => `${count} ${word}`);
  const newest = outcomeOf(outcomes.slice(-1));
  return `last ${outcomes.length} runs: ${counts.join(', ')}; the newest: ${newest.word}`;
};

/** What the signs mean. */
export const legend = (kinds: readonly ShownKind[]): Html => html`<ul class="legend">
<li>Last ${KEPT_RUNS} runs, the newest on the right:</li>
${outcomesOf(kinds).map(outcome => html`<li><span class="cell ${outcome.verdict}" aria-hidden="true">${signOf(outcome)}</span> ${outcome.word}</li>\n`)}</ul>
`;

/** What runs of these kinds can be, each once. */
const outcomesOf = (kinds: readonly ShownKind[]): readonly Outcome[] => {
  const ends = kinds
    .flatMap(({ results }) => results)
    .map(({ name, verdict, shown = shownAs(name) }): Outcome => ({ ...shown, verdict }));
  const distinct = new Map([...ends, RUNNING_RUN, WAITING_RUN].map(outcome => [codeOf(outcome), outcome]));
  distinct.delete(codeOf(UNKNOWN_RUN));
  return [...[...distinct.values()].sort(byVerdict), UNKNOWN_RUN];
};
