import { WorkflowRunStatus } from '../../glue/aws.ts';
import type { Glue } from '../../glue/client.ts';
import { errorsOf } from '../../glue/error-message.ts';
import {
  allPages,
  datesOf,
  fieldsOf,
  isWireObject,
  nextTokenOf,
  requiredNames,
  requiredObject,
  requiredObjects,
  UNKNOWN,
  type WireObject,
} from '../../glue/fields.ts';
import type { RunPage } from '../../runs/history.ts';
import type { Run, Verdict } from '../../runs/run.ts';
import { type Is, isNumber, objectOf, oneOf, optional } from '../../runs/stored.ts';
import {
  type ActionCounts,
  awaitsActions,
  failedActions,
  WORKFLOW_OUTCOMES,
  type WorkflowOutcome,
  workflowOutcome,
} from './outcome.ts';

/** What is kept of a workflow's definition. Run properties can hold secrets and are dropped here. */
export interface WorkflowDefinition {
  readonly name: string;
  readonly maxConcurrentRuns: number | undefined;
  /** Epoch seconds. */
  readonly createdAt: number | undefined;
}

/** What is kept of a workflow run beside its status and times. */
export interface WorkflowRunFacts {
  readonly outcome: WorkflowOutcome;
  /** Absent when the answer had no Statistics. */
  readonly actions: ActionCounts | undefined;
}

const isCount = optional(isNumber);

/** Whether a stored value is what is kept of a workflow run. */
export const isWorkflowRunFacts: Is<WorkflowRunFacts> = objectOf<WorkflowRunFacts>({
  outcome: oneOf(WORKFLOW_OUTCOMES),
  actions: optional(
    objectOf<ActionCounts>({
      total: isCount,
      succeeded: isCount,
      failed: isCount,
      errored: isCount,
      timeout: isCount,
      stopped: isCount,
      running: isCount,
      waiting: isCount,
    }),
  ),
});

export const ENDED_WORKFLOW_STATUSES = ['COMPLETED', 'STOPPED', 'ERROR'] as const;
export const ACTIVE_WORKFLOW_STATUSES = ['RUNNING', 'STOPPING'] as const;
export const WORKFLOW_STATUSES = [...ACTIVE_WORKFLOW_STATUSES, ...ENDED_WORKFLOW_STATUSES, UNKNOWN] as const;

/** Far below AWS's 1,000, so that one answer stays small. */
export const MAX_WORKFLOW_RUNS_PER_PAGE = 200;
/** The limit of ListWorkflows and of BatchGetWorkflows: https://docs.aws.amazon.com/glue/latest/webapi/API_ListWorkflows.html */
export const WORKFLOWS_PER_CALL = 25;

/** All workflows of the account and region, through all pages. */
export const readWorkflows = async (glue: Glue): Promise<readonly WorkflowDefinition[]> =>
  allPages(glue, 'ListWorkflows', async NextToken => {
    const input = { MaxResults: WORKFLOWS_PER_CALL, ...(NextToken === undefined ? {} : { NextToken }) };
    const page = await glue.call('ListWorkflows', input, answer => ({
      names: requiredNames('ListWorkflows', 'Workflows', answer.Workflows),
      nextToken: nextTokenOf('ListWorkflows', answer),
    }));
    return { items: await readDefinitions(glue, page.names), nextToken: page.nextToken };
  });

const batchOf = (names: readonly string[]) => ({ Names: [...names], IncludeGraph: false });

const readDefinitions = async (glue: Glue, names: readonly string[]): Promise<readonly WorkflowDefinition[]> => {
  if (names.length === 0) return [];
  return glue.call('BatchGetWorkflows', batchOf(names), answer => {
    const workflows = requiredObjects('BatchGetWorkflows', 'Workflows', answer.Workflows).map(workflow =>
      workflowDefinition(glue, workflow),
    );
    const found = new Set(workflows.map(workflow => workflow.name));
    const deleted = new Set(requiredNames('BatchGetWorkflows', 'MissingWorkflows', answer.MissingWorkflows ?? []));
    // What the answer left out without calling it missing exists all the same; only its definition is unknown.
    const others = names.filter(name => !found.has(name) && !deleted.has(name));
    return [...workflows, ...others.map(name => ({ name, maxConcurrentRuns: undefined, createdAt: undefined }))];
  });
};

/** The newest run of each of these workflows, at most WORKFLOWS_PER_CALL of them; of what is malformed, nothing is told. */
export const readLatestWorkflowRuns = async (
  glue: Glue,
  names: readonly string[],
): Promise<ReadonlyMap<string, { readonly id: string; readonly state: string }>> =>
  glue.call('BatchGetWorkflows', batchOf(names), answer => {
    const workflows = requiredObjects('BatchGetWorkflows', 'Workflows', answer.Workflows);
    const latest = workflows.flatMap(({ Name, LastRun }) => {
      if (typeof Name !== 'string' || !isWireObject(LastRun)) return [];
      const { WorkflowRunId: id, Status: status } = LastRun;
      if (typeof id !== 'string' || typeof status !== 'string') return [];
      return [[Name, { id, state: KNOWN_STATUSES.has(status) ? status : UNKNOWN }] as const];
    });
    return new Map(latest);
  });

/** One page of a workflow's runs. AWS promises no order. */
export const readWorkflowRuns = async (
  glue: Glue,
  { name }: Pick<WorkflowDefinition, 'name'>,
  maxResults: number,
  token: string | undefined,
): Promise<RunPage<WorkflowRunFacts>> => {
  const input = {
    Name: name,
    IncludeGraph: false,
    MaxResults: maxResults,
    ...(token === undefined ? {} : { NextToken: token }),
  };
  return glue.call('GetWorkflowRuns', input, (answer, answeredAt) => {
    const answered = requiredObjects('GetWorkflowRuns', 'Runs', answer.Runs);
    return runPage(glue, 'GetWorkflowRuns', answered, nextTokenOf('GetWorkflowRuns', answer), answeredAt);
  });
};

/** One run of a workflow by its id. Rejects with the reason not_found when AWS does not know it. */
export const readWorkflowRun = async (
  glue: Glue,
  { name }: Pick<WorkflowDefinition, 'name'>,
  runId: string,
): Promise<RunPage<WorkflowRunFacts>> =>
  glue.call('GetWorkflowRun', { Name: name, RunId: runId, IncludeGraph: false }, (answer, answeredAt) => {
    const run = requiredObject('GetWorkflowRun', 'Run', answer.Run);
    return runPage(glue, 'GetWorkflowRun', [run], undefined, answeredAt);
  });

type RunOperation = 'GetWorkflowRuns' | 'GetWorkflowRun';

const runPage = (
  glue: Glue,
  operation: RunOperation,
  answered: readonly WireObject[],
  nextToken: string | undefined,
  answeredAt: number | undefined,
): RunPage<WorkflowRunFacts> => {
  const runs = answered.map(run => workflowRun(glue, operation, run, answeredAt));
  // AWS has no message for a run that is COMPLETED with failed actions.
  const errors = errorsOf(runs, answered, messageOf);
  return { runs, nextToken, errors, answeredAt };
};

const messageOf = ({ verdict, facts: { actions } }: Run<WorkflowRunFacts>): string | undefined =>
  (actions && failedActions(actions)) ?? (verdict === 'stopped' ? 'The run was stopped before it ended.' : undefined);

const KNOWN_STATUSES: ReadonlySet<string> = new Set(Object.values(WorkflowRunStatus));
const ENDED: ReadonlySet<string> = new Set(ENDED_WORKFLOW_STATUSES);

const workflowDefinition = (glue: Glue, workflow: WireObject): WorkflowDefinition => {
  // As for jobs.
  const read = fieldsOf('BatchGetWorkflows', () => glue.observer.failed('BatchGetWorkflows', 'bad_response'));
  return {
    name: read.requiredText('Name', workflow.Name),
    maxConcurrentRuns: read.number('MaxConcurrentRuns', workflow.MaxConcurrentRuns),
    createdAt: read.time('CreatedOn', workflow.CreatedOn),
  };
};

const workflowRun = (
  glue: Glue,
  operation: RunOperation,
  run: WireObject,
  answeredAt: number | undefined,
): Run<WorkflowRunFacts> => {
  const read = fieldsOf(operation);
  const time = datesOf(glue, read, answeredAt);
  const completedAt = time('CompletedOn', run.CompletedOn);
  const reported = read.requiredText('Status', run.Status);
  const isKnown = KNOWN_STATUSES.has(reported);
  if (!isKnown) glue.observer.unknownValue('workflow_run_status', reported);
  // Only its completion tells whether a run in an unknown status goes on.
  const ended = isKnown ? ENDED.has(reported) : completedAt !== undefined;
  const actions = actionCounts(operation, run);
  const isProvisional = ended && isKnown && awaitsActions(reported, actions);
  const known = workflowOutcome(reported, ended, actions);
  // A failure stays one, whatever else its Statistics will say.
  const outcome = isProvisional && known !== 'failed' ? 'running' : known;
  return {
    id: read.requiredText('WorkflowRunId', run.WorkflowRunId),
    state: isKnown ? reported : UNKNOWN,
    ended,
    // What this version does not know is neither a success nor a failure.
    verdict: isKnown ? (ended && outcome === 'running' ? 'undecided' : verdictOf(outcome)) : 'other',
    startedAt: time('StartedOn', run.StartedOn),
    modifiedAt: undefined,
    completedAt,
    ...(isProvisional ? { isProvisional } : {}),
    facts: { outcome, actions },
  };
};

/** A run as it is taken when AWS has not said more of its actions in time. */
export const settledWorkflowRun = (run: Run<WorkflowRunFacts>): Run<WorkflowRunFacts> => {
  const outcome = workflowOutcome(run.state, run.ended, run.facts.actions);
  return { ...run, verdict: verdictOf(outcome), facts: { ...run.facts, outcome } };
};

const actionCounts = (operation: RunOperation, run: WireObject): ActionCounts | undefined => {
  if (run.Statistics === undefined || run.Statistics === null) return undefined;
  const read = fieldsOf(operation);
  const statistics = read.object('Statistics', run.Statistics);
  return {
    total: read.number('Statistics.TotalActions', statistics.TotalActions),
    succeeded: read.number('Statistics.SucceededActions', statistics.SucceededActions),
    failed: read.number('Statistics.FailedActions', statistics.FailedActions),
    errored: read.number('Statistics.ErroredActions', statistics.ErroredActions),
    timeout: read.number('Statistics.TimeoutActions', statistics.TimeoutActions),
    stopped: read.number('Statistics.StoppedActions', statistics.StoppedActions),
    running: read.number('Statistics.RunningActions', statistics.RunningActions),
    waiting: read.number('Statistics.WaitingActions', statistics.WaitingActions),
  };
};

/** What the outcome of a run that has ended means. */
export const verdictOf = (outcome: WorkflowOutcome): Exclude<Verdict, 'undecided'> => {
  if (outcome === 'succeeded') return 'success';
  if (outcome === 'stopped') return 'stopped';
  return outcome === 'failed' ? 'failure' : 'other';
};
