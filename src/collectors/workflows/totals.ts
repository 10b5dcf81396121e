import type { Run } from '../../runs/run.ts';
import type { RunResult } from '../collector.ts';
import { SHOWN } from './describe.ts';
import { actionsByState, verdictOf, WORKFLOW_OUTCOMES } from './outcome.ts';
import type { WorkflowRunFacts } from './runs.ts';

/** Keys of the ledger's totals. Saved ledgers contain them: never change what a key means. */
export const runsTotal = (pair: string) => `runs/${pair}`;
export const actionsTotal = (state: string) => `actions/${state}`;

/** What a run that ended adds to the totals of its workflow. */
export const tally = ({
  state,
  facts,
  isProvisional,
}: Run<WorkflowRunFacts>): readonly (readonly [string, number])[] => {
  // A failure is final; the states of the other actions are not.
  const isCertain = !isProvisional || facts.outcome === 'failed';
  const actions = isProvisional || facts.actions === undefined ? [] : [...actionsByState(facts.actions)];
  return [
    ...(isCertain ? [[runsTotal(`${state}/${facts.outcome}`), 1] as const] : []),
    ...actions.map(([action, count]) => [actionsTotal(action), count] as const),
  ];
};

export const results: readonly RunResult[] = WORKFLOW_OUTCOMES.filter(outcome => outcome !== 'running').map(name => ({
  name,
  verdict: verdictOf(name),
  shown: SHOWN[name],
}));

/** The result whose runs a total counts. */
export const resultOf = (key: string): string | undefined => /^runs\/\w+\/(\w+)$/.exec(key)?.[1];
