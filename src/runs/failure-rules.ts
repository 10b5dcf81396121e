import type { Run } from './run.ts';

/** What counts as a failure of one job or workflow, as it is configured now. */
export interface FailureRules {
  /** Whether a run that somebody stopped is a failure; false unless given. */
  readonly stoppedIsFailure?: boolean;
  /** End states that are no failure of this job or workflow, although they are of others. */
  readonly harmlessStates?: ReadonlySet<string>;
}

/** Whether a run that ended is a failure. */
export const isFailure = ({ verdict }: Pick<Run<unknown>, 'verdict'>, { stoppedIsFailure }: FailureRules): boolean =>
  verdict === 'failure' || (verdict === 'stopped' && stoppedIsFailure === true);

/** Ends the key of failed runs that were stopped. */
export const STOPPED_SUFFIX = '/stopped';

/** The key of a failed run in countedFailures. A workflow run can be STOPPED because it failed, and COMPLETED because it was stopped. */
export const failureKey = ({ verdict, state }: Pick<Run<unknown>, 'verdict' | 'state'>): string =>
  verdict === 'stopped' ? `${state}${STOPPED_SUFFIX}` : state;

/** The key of the failed runs of a state that were stopped. */
export const stoppedKey = (state: string): string => `${state}${STOPPED_SUFFIX}`;
