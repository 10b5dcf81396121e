/** Statistics of a workflow run: numbers of actions. Glue leaves out what it does not know. */
export interface ActionCounts {
  readonly total: number | undefined;
  readonly succeeded: number | undefined;
  readonly failed: number | undefined;
  readonly errored: number | undefined;
  readonly timeout: number | undefined;
  readonly stopped: number | undefined;
  readonly running: number | undefined;
  readonly waiting: number | undefined;
}

/** The states of an action, as Statistics count them; `not_run` is what is left of the total. */
export const ACTION_STATES = [
  'succeeded',
  'failed',
  'errored',
  'timeout',
  'stopped',
  'running',
  'waiting',
  'not_run',
] as const;
export type ActionState = (typeof ACTION_STATES)[number];

export const WORKFLOW_OUTCOMES = ['running', 'succeeded', 'failed', 'stopped', 'nothing_ran', 'no_statistics'] as const;
export type WorkflowOutcome = (typeof WORKFLOW_OUTCOMES)[number];

/**
 * Whether a workflow run did its work. COMPLETED only says that nothing runs any more: a run with failed jobs completes too.
 * Actions that never ran do not make a failure: in AWS's own example 9 of 11 succeeded and none failed. Without any that ran, and without
 * Statistics, nobody knows that the work was done.
 */
export const workflowOutcome = (status: string, ended: boolean, actions: ActionCounts | undefined): WorkflowOutcome => {
  if (!ended) return 'running';
  const failures = (actions?.failed ?? 0) + (actions?.timeout ?? 0) + (actions?.errored ?? 0);
  if (status === 'ERROR' || failures > 0) return 'failed';
  if (status === 'STOPPED' || (actions?.stopped ?? 0) > 0) return 'stopped';
  if ((actions?.succeeded ?? 0) > 0) return 'succeeded';
  // What still runs may yet succeed, and a workflow can be without actions.
  if (actions?.total === undefined || (actions.running ?? 0) + (actions.waiting ?? 0) > 0) return 'no_statistics';
  return actions.total > 0 ? 'nothing_ran' : 'succeeded';
};

/**
 * Whether the Statistics of a run that has ended are not those of its end yet: they are missing, have actions that go on, or, where the run
 * is COMPLETED and nothing has failed or was stopped, do not account for all of them. That can also be so for good: in AWS's own example two
 * of 11 actions never ran.
 */
export const awaitsActions = (status: string, actions: ActionCounts | undefined): boolean => {
  if (actions === undefined) return true;
  const { total = 0, succeeded = 0, failed = 0, errored = 0, timeout = 0, stopped = 0 } = actions;
  if ((actions.running ?? 0) + (actions.waiting ?? 0) > 0) return true;
  const others = failed + errored + timeout + stopped;
  if (status !== 'COMPLETED' || others > 0) return false;
  return succeeded < total || (actions.total === undefined && succeeded === 0);
};

/** What went wrong with the actions of a run, in words; undefined when nothing did. */
export const failedActions = ({ total, failed = 0, errored = 0, timeout = 0 }: ActionCounts): string | undefined => {
  const counts: readonly (readonly [count: number, what: string])[] = [
    [failed, 'failed'],
    [errored, 'errored'],
    [timeout, 'timed out'],
  ];
  const parts = counts
    .filter(([count]) => count > 0)
    .map(([count, what], index) =>
      index === 0 ? `${count} of ${total ?? 'its'} actions ${what}` : `${count} ${what}`,
    );
  return parts.length === 0 ? undefined : parts.join(', ');
};

/** Actions by state. Statistics need not add up to their total; what is missing never ran. */
export const actionsByState = (actions: ActionCounts): ReadonlyMap<ActionState, number> => {
  const counts = new Map<ActionState, number>();
  let known = 0;
  for (const state of ACTION_STATES) {
    if (state === 'not_run') continue;
    const count = actions[state];
    if (count === undefined) continue;
    counts.set(state, count);
    known += count;
  }
  if (actions.total !== undefined) counts.set('not_run', Math.max(0, actions.total - known));
  return counts;
};
