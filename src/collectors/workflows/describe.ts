import { type ShownOutcome, shownAs } from '../../runs/outcomes.ts';
import type { RunDescription } from '../../runs/recent.ts';
import type { Run, Verdict } from '../../runs/run.ts';
import { verdictOf, type WorkflowOutcome } from './outcome.ts';
import type { WorkflowRunFacts } from './runs.ts';

/** The outcomes whose names or first letters say too little. */
export const SHOWN: Partial<Record<WorkflowOutcome, ShownOutcome>> = {
  stopped: { word: 'stopped', sign: 'P' },
  no_statistics: { word: 'unknown', sign: 'U' },
};

const LOGGED: Partial<Record<WorkflowOutcome, RunDescription['log']>> = {
  nothing_ran: { level: 'warn', message: 'Workflow run completed without running any action' },
  no_statistics: { level: 'warn', message: 'Run ended, outcome unknown' },
};

const OF_VERDICT: Partial<Record<Verdict, WorkflowOutcome>> = {
  success: 'succeeded',
  failure: 'failed',
  stopped: 'stopped',
};

/**
 * What people are shown of a run. COMPLETED says too little, as a run with failed actions has it too. ERROR says enough, and so does a
 * status that is not known.
 */
export const describeRun = ({ state, ended, verdict, facts }: Run<WorkflowRunFacts>): RunDescription => {
  const outcome = OF_VERDICT[verdict] ?? facts.outcome;
  if (!ended || state === 'ERROR' || verdict !== verdictOf(outcome)) return {};
  return { outcome: SHOWN[outcome] ?? shownAs(outcome), log: LOGGED[outcome] };
};
