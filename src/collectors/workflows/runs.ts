import type { Fields, WireObject } from '../../glue/fields.ts';
import type { Glue } from '../../glue/glue.ts';
import { pageInput } from '../../glue/pages.ts';
import type { RunPage } from '../../runs/history.ts';
import type { Run } from '../../runs/run.ts';
import { objectOf, oneOf, optional, type Stored } from '../../runs/stored.ts';
import type { LatestRun } from '../collector.ts';
import { latestRunOf, type RunFormat, readRunPage, readSingleRun } from '../run-format.ts';
import { batchGetWorkflows, type WorkflowDefinition } from './definitions.ts';
import {
  type ActionCounts,
  awaitsActions,
  failedActions,
  isActionCounts,
  verdictOf,
  WORKFLOW_OUTCOMES,
  workflowOutcome,
} from './outcome.ts';
import { ACTIVE_WORKFLOW_STATUSES, ENDED_WORKFLOW_STATUSES } from './states.ts';

/** What is kept of a workflow run besides its status and times, and the check of what was saved. */
export const isWorkflowRunFacts = objectOf({
  outcome: oneOf(WORKFLOW_OUTCOMES),
  /** Undefined when the answer had no Statistics. */
  actions: optional(isActionCounts),
});
export type WorkflowRunFacts = Stored<typeof isWorkflowRunFacts>;

/** What reading the runs of a workflow needs of its definition. */
type WorkflowOfRuns = Pick<WorkflowDefinition, 'name'>;

const WORKFLOW_RUN: RunFormat<WorkflowOfRuns, WorkflowRunFacts> = {
  id: 'WorkflowRunId',
  state: 'Status',
  startedAt: 'StartedOn',
  completedAt: 'CompletedOn',
  errorMessage: 'ErrorMessage',
  activeStates: ACTIVE_WORKFLOW_STATUSES,
  endedStates: ENDED_WORKFLOW_STATUSES,
  unknownState: 'workflow_run_status',

  read({ reported, isKnown, ended, wire }, { fields }) {
    const actions = actionCounts(fields, wire);
    const isProvisional = ended && isKnown && awaitsActions(reported, actions);
    const current = workflowOutcome(reported, ended, actions);
    // A failure is final, whatever the Statistics will add.
    const outcome = isProvisional && current !== 'failed' ? 'running' : current;
    const verdict = ended && outcome === 'running' ? 'undecided' : verdictOf(outcome);
    // A run in an unknown status is neither a success nor a failure.
    return { verdict: isKnown ? verdict : 'other', isProvisional, facts: { outcome, actions } };
  },

  // AWS has no message for a run that is COMPLETED with failed actions.
  messageOf: ({ verdict, facts: { actions } }) =>
    (actions && failedActions(actions)) ?? (verdict === 'stopped' ? 'The run was stopped before it ended.' : undefined),
};

const actionCounts = (fields: Fields, run: WireObject): ActionCounts | undefined => {
  if (run.Statistics === undefined || run.Statistics === null) return undefined;
  const statistics = fields.object('Statistics', run.Statistics);
  const count = (name: string): number | undefined => fields.number(`Statistics.${name}`, statistics[name]);
  return {
    total: count('TotalActions'),
    succeeded: count('SucceededActions'),
    failed: count('FailedActions'),
    errored: count('ErroredActions'),
    timeout: count('TimeoutActions'),
    stopped: count('StoppedActions'),
    running: count('RunningActions'),
    waiting: count('WaitingActions'),
  };
};

/** Far below AWS's 1,000, so that one answer stays small. */
export const MAX_WORKFLOW_RUNS_PER_PAGE = 200;

/** One page of a workflow's runs. AWS documents no order. */
export const readWorkflowRuns = (
  glue: Glue,
  workflow: WorkflowOfRuns,
  maxResults: number,
  token: string | undefined,
): Promise<RunPage<WorkflowRunFacts>> =>
  readRunPage(glue, WORKFLOW_RUN, workflow, {
    operation: 'GetWorkflowRuns',
    input: { Name: workflow.name, IncludeGraph: false, ...pageInput(maxResults, token) },
    list: 'Runs',
  });

/** One run of a workflow by its id. Rejects with the reason not_found when AWS does not know it. */
export const readWorkflowRun = (
  glue: Glue,
  workflow: WorkflowOfRuns,
  runId: string,
): Promise<RunPage<WorkflowRunFacts>> =>
  readSingleRun(glue, WORKFLOW_RUN, workflow, {
    operation: 'GetWorkflowRun',
    input: { Name: workflow.name, RunId: runId, IncludeGraph: false },
    member: 'Run',
  });

/** The newest runs of at most WORKFLOWS_PER_CALL workflows, by name; without those that never ran or whose run is malformed. */
export const readLatestWorkflowRuns = (glue: Glue, names: readonly string[]): Promise<ReadonlyMap<string, LatestRun>> =>
  batchGetWorkflows(glue, names, workflows => {
    const latest = new Map<string, LatestRun>();
    for (const { Name, LastRun } of workflows) {
      const run = latestRunOf(WORKFLOW_RUN, LastRun);
      if (typeof Name === 'string' && run !== undefined) latest.set(Name, run);
    }
    return latest;
  });

/** A run as it counts when AWS has not completed its Statistics in time. */
export const settledWorkflowRun = (run: Run<WorkflowRunFacts>): Run<WorkflowRunFacts> => {
  const outcome = workflowOutcome(run.state, run.ended, run.facts.actions);
  return { ...run, verdict: verdictOf(outcome), facts: { ...run.facts, outcome } };
};
