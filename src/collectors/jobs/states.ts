import { UNKNOWN } from '../../glue/fields.ts';
import type { Verdict } from '../../runs/run.ts';

/** States of a job run: https://docs.aws.amazon.com/glue/latest/webapi/API_JobRun.html */
export const ENDED_JOB_STATES = ['STOPPED', 'SUCCEEDED', 'FAILED', 'TIMEOUT', 'ERROR', 'EXPIRED'] as const;
export const ACTIVE_JOB_STATES = ['STARTING', 'RUNNING', 'STOPPING', 'WAITING'] as const;
export const JOB_STATES = [...ACTIVE_JOB_STATES, ...ENDED_JOB_STATES, UNKNOWN] as const;

const FAILURES: ReadonlySet<string> = new Set(['FAILED', 'ERROR', 'TIMEOUT', 'EXPIRED']);

/** The end state of a streaming job's run that Glue restarts. */
export const RESTARTED = 'EXPIRED';
/** The result of such a run in the totals of an account. */
export const RESTART = 'RESTARTED';

/** What an end state means for a job that is not meant to run forever. */
export const verdictOf = (state: string): Exclude<Verdict, 'undecided'> => {
  if (state === 'SUCCEEDED') return 'success';
  if (state === 'STOPPED') return 'stopped';
  return FAILURES.has(state) ? 'failure' : 'other';
};
