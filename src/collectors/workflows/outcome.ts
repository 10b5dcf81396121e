import type { Verdict } from '../../runs/run.ts';
import { isNumber, objectOf, optional, type Stored } from '../../runs/stored.ts';

const isCount = optional(isNumber);

/** Statistics of a workflow run: numbers of actions. Glue omits what it does not know. */
export const isActionCounts = objectOf({
  total: isCount,
  succeeded: isCount,
  failed: isCount,
  errored: isCount,
  timeout: isCount,
  stopped: isCount,
  running: isCount,
  waiting: isCount,
});
export type ActionCounts = Stored<typeof isActionCounts>;

/** The states of an action, as Statistics count them; `not_run` is the rest of the total. */
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
 * Actions that never ran are no failure: in AWS's own example 9 of 11 actions succeeded and none failed. A run without Statistics, or
 * in which no action ran, is no success either.
 */
export const workflowOutcome = (status: string, ended: boolean, actions: ActionCounts | undefined): WorkflowOutcome => {
  if (!ended) return 'running';
  const failures = (actions?.failed ?? 0) + (actions?.timeout ?? 0) + (actions?.errored ?? 0);
  if (status === 'ERROR' || failures > 0) return 'failed';
  if (status === 'STOPPED' || (actions?.stopped ?? 0) > 0) return 'stopped';
  if ((actions?.succeeded ?? 0) > 0) return 'succeeded';
  // Active actions can still succeed, and a workflow can have no actions.
  if (actions?.total === undefined || (actions.running ?? 0) + (actions.waiting ?? 0) > 0) return 'no_statistics';
  return actions.total > 0 ? 'nothing_ran' : 'succeeded';
};

/**
 * Whether the Statistics of a run that has ended are incomplete: they are missing, or contain active actions. Those of a COMPLETED run
 * without failed or stopped actions are also incomplete while they do not account for all actions. Some never do: in AWS's own example
 * 2 of 11 actions never ran.
 */
export const awaitsActions = (status: string, actions: ActionCounts | undefined): boolean => {
  if (actions === undefined) return true;
  const { total = 0, succeeded = 0, failed = 0, errored = 0, timeout = 0, stopped = 0 } = actions;
  if ((actions.running ?? 0) + (actions.waiting ?? 0) > 0) return true;
  const others = failed + errored + timeout + stopped;
  if (status !== 'COMPLETED' || others > 0) return false;
  return succeeded < total || (actions.total === undefined && succeeded === 0);
};

/** The failed actions of a run in words; undefined when no action failed. */
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

/** Actions by state. Statistics need not add up to their total; the rest never ran. */
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

/** What the outcome of a run that has ended means. */
export const verdictOf = (outcome: WorkflowOutcome): Exclude<Verdict, 'undecided'> => {
  if (outcome === 'succeeded') return 'success';
  if (outcome === 'stopped') return 'stopped';
  return outcome === 'failed' ? 'failure' : 'other';
};
