import { workflowInConsole } from '../../glue/console.ts';
import { familiesOf, known, stateSet } from '../../metrics/family.ts';
import { stoppedKey } from '../../runs/failure-rules.ts';
import { activeByState, oldestActiveStart } from '../../runs/ledger.ts';
import { type ShownOutcome, shownAs } from '../../runs/outcomes.ts';
import type { RunDescription } from '../../runs/recent.ts';
import type { Run, Verdict } from '../../runs/run.ts';
import { type Entity, type Histories, histories } from '../collector.ts';
import { countsByState, failureExemplar, secondsBetween, totalsByLabel } from '../samples.ts';
import { ACTION_STATES, actionsByState, WORKFLOW_OUTCOMES, type WorkflowOutcome } from './outcome.ts';
import {
  ACTIVE_WORKFLOW_STATUSES,
  isWorkflowRunFacts,
  MAX_WORKFLOW_RUNS_PER_PAGE,
  readLatestWorkflowRuns,
  readWorkflowRun,
  readWorkflowRuns,
  readWorkflows,
  settledWorkflowRun,
  verdictOf,
  WORKFLOW_STATUSES,
  WORKFLOWS_PER_CALL,
  type WorkflowDefinition,
  type WorkflowRunFacts,
} from './workflow-answers.ts';

type WorkflowEntity = Entity<WorkflowDefinition, WorkflowRunFacts>;

const family = familiesOf<WorkflowEntity>();

/** Keys of the ledger's totals. Stored ledgers hold them: never change what one means. */
const runsTotal = (pair: string) => `runs/${pair}`;
const actionsTotal = (state: string) => `actions/${state}`;

/** What a run that ended can be, as status/outcome. */
const ENDED_PAIRS = [
  'COMPLETED/succeeded',
  'COMPLETED/failed',
  'COMPLETED/stopped',
  'COMPLETED/nothing_ran',
  'COMPLETED/no_statistics',
  'STOPPED/stopped',
  'STOPPED/failed',
  'ERROR/failed',
];

/** UNKNOWN is shown in addition to the known statuses once a run had it, with each outcome of a run that ended. */
const UNKNOWN_STATUSES = 1;
const UNKNOWN_PAIRS = WORKFLOW_OUTCOMES.length - 1;

/** Workflows have no timeout of their own; this is Glue's default for the jobs in them. */
const LONGEST_RUN_SECONDS = 2 * 86_400;

const exemplarOf = (ledger: WorkflowEntity['ledger'], status: string, outcome: string) => {
  if (outcome === 'failed') return failureExemplar(ledger, status);
  return outcome === 'stopped' ? failureExemplar(ledger, stoppedKey(status)) : undefined;
};

/** Outcomes whose names or first letters say too little. */
const SHOWN: Partial<Record<WorkflowOutcome, ShownOutcome>> = {
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

/** COMPLETED says too little, as a run with failed actions has it too. ERROR says enough, and so does a status that is not known. */
const describeRun = ({ state, ended, verdict, facts }: Run<WorkflowRunFacts>): RunDescription => {
  const outcome = OF_VERDICT[verdict] ?? facts.outcome;
  if (!ended || state === 'ERROR' || verdict !== verdictOf(outcome)) return {};
  return { outcome: SHOWN[outcome] ?? shownAs(outcome), log: LOGGED[outcome] };
};

/** Workflows and their runs: ListWorkflows, BatchGetWorkflows, GetWorkflowRuns. */
export const workflowHistories: Histories<WorkflowDefinition, WorkflowRunFacts> = {
  name: 'workflows',
  words: { one: 'workflow', many: 'workflows' },
  isDefault: true,
  labelNames: ['workflow_name'],
  operations: ['ListWorkflows', 'BatchGetWorkflows', 'GetWorkflowRuns'],
  optionalOperations: ['GetWorkflowRun'],
  maxPageSize: MAX_WORKFLOW_RUNS_PER_PAGE,
  list: readWorkflows,
  readRuns: readWorkflowRuns,
  readRun: readWorkflowRun,
  glance: { most: WORKFLOWS_PER_CALL, read: readLatestWorkflowRuns },
  longestRunSeconds: () => LONGEST_RUN_SECONDS,

  isFacts: isWorkflowRunFacts,

  consoleLink: workflowInConsole,

  tally({ state, facts, isProvisional }) {
    // A failure is certain, and what became of each action is not.
    const isCertain = !isProvisional || facts.outcome === 'failed';
    const actions = isProvisional || facts.actions === undefined ? [] : [...actionsByState(facts.actions)];
    return [
      ...(isCertain ? [[runsTotal(`${state}/${facts.outcome}`), 1] as const] : []),
      ...actions.map(([action, count]) => [actionsTotal(action), count] as const),
    ];
  },

  results: WORKFLOW_OUTCOMES.filter(outcome => outcome !== 'running').map(name => ({
    name,
    verdict: verdictOf(name),
    shown: SHOWN[name],
  })),
  resultOf: key => /^runs\/\w+\/(\w+)$/.exec(key)?.[1],

  settle: settledWorkflowRun,

  describe: describeRun,

  families: [
    family({
      name: 'aws_glue_workflow_max_concurrent_runs',
      help: 'Number of runs of the workflow that may be active at once. Absent where the definition sets no limit.',
      type: 'gauge',
      labelNames: [],
      samples: ({ definition }) => known(definition.maxConcurrentRuns),
    }),
    family({
      name: 'aws_glue_workflow_active_runs',
      help: 'Runs that have not ended, by status, all overlapping ones and not only the newest. A run shorter than poll.interval may never be seen here; the counters have it all the same.',
      type: 'gauge',
      mostSamples: ACTIVE_WORKFLOW_STATUSES.length + UNKNOWN_STATUSES,
      labelNames: ['status'],
      samples: ({ ledger }) => countsByState(activeByState(ledger), ACTIVE_WORKFLOW_STATUSES),
    }),
    family({
      name: 'aws_glue_workflow_oldest_active_run_start_timestamp_seconds',
      help: 'Start of the longest-running active run, seconds since the epoch in AWS time. Absent without an active run.',
      type: 'gauge',
      unit: 'seconds',
      labelNames: [],
      samples: ({ ledger }) => known(oldestActiveStart(ledger)),
    }),
    family({
      name: 'aws_glue_workflow_last_run_status',
      help: 'Status of the newest run by start: 1 for the status it has, 0 for all others. COMPLETED only says that nothing runs any more: see aws_glue_workflow_last_run_outcome. UNKNOWN is a status that this version does not know. Absent for a workflow that never ran.',
      type: 'gauge',
      mostSamples: WORKFLOW_STATUSES.length,
      labelNames: ['status'],
      samples: ({ ledger }) => stateSet(WORKFLOW_STATUSES, ledger.newest?.state),
    }),
    family({
      name: 'aws_glue_workflow_last_run_outcome',
      help: 'Outcome of the newest run: failed with status ERROR or an action that failed, errored or timed out, else stopped or succeeded; nothing_ran or no_statistics where it is COMPLETED and no action is known to have run; running until its Statistics are complete, at most 5 minutes after its end.',
      type: 'gauge',
      mostSamples: WORKFLOW_OUTCOMES.length,
      labelNames: ['outcome'],
      samples: ({ ledger }) => stateSet(WORKFLOW_OUTCOMES, ledger.newest?.facts.outcome),
    }),
    family({
      name: 'aws_glue_workflow_last_run_actions',
      help: 'Actions of the newest run by state, from its Statistics; not_run is the total minus all others, at least 0. Absent for what the answer leaves out.',
      type: 'gauge',
      mostSamples: ACTION_STATES.length,
      labelNames: ['state'],
      samples: ({ ledger }) => {
        const actions = ledger.newest?.facts.actions;
        const counts = actions === undefined ? [] : [...actionsByState(actions)];
        return counts.map(([state, value]) => ({ labels: [state], value }));
      },
    }),
    family({
      name: 'aws_glue_workflow_last_run_total_actions',
      help: 'Actions that the newest run has in all, from its Statistics.',
      type: 'gauge',
      labelNames: [],
      samples: ({ ledger }) => known(ledger.newest?.facts.actions?.total),
    }),
    family({
      name: 'aws_glue_workflow_last_run_start_timestamp_seconds',
      help: 'Start of the newest run, ended or not, seconds since the epoch in AWS time.',
      type: 'gauge',
      unit: 'seconds',
      labelNames: [],
      samples: ({ ledger }) => known(ledger.newest?.startedAt),
    }),
    family({
      name: 'aws_glue_workflow_last_completed_run_completion_timestamp_seconds',
      help: 'Completion of the run that ended last, whatever its outcome, seconds since the epoch in AWS time.',
      type: 'gauge',
      unit: 'seconds',
      labelNames: [],
      samples: ({ ledger }) => known(ledger.lastCompleted?.completedAt),
    }),
    family({
      name: 'aws_glue_workflow_last_completed_run_duration_seconds',
      help: 'Seconds from start to completion of the run that ended last, waiting between its jobs included.',
      type: 'gauge',
      unit: 'seconds',
      labelNames: [],
      samples: ({ ledger: { lastCompleted } }) => {
        const startedAt = lastCompleted?.run.startedAt;
        return startedAt === undefined
          ? []
          : known(lastCompleted && secondsBetween(startedAt, lastCompleted.completedAt));
      },
    }),
    family({
      name: 'aws_glue_workflow_last_success_timestamp_seconds',
      help: 'Completion of the last run with outcome succeeded, seconds since the epoch in AWS time. Absent until one is seen; the first poll reads only recent runs.',
      type: 'gauge',
      unit: 'seconds',
      labelNames: [],
      samples: ({ ledger }) => known(ledger.lastSuccessAt),
    }),
    family({
      name: 'aws_glue_workflow_last_failure_timestamp_seconds',
      help: 'Completion of the last run whose outcome was failed, or stopped with stopped_is_failure, seconds since the epoch in AWS time. Absent until one is seen; the first poll reads only recent runs.',
      type: 'gauge',
      unit: 'seconds',
      labelNames: [],
      samples: ({ ledger }) => known(ledger.lastFailureAt),
    }),
    family({
      name: 'aws_glue_workflow_runs_total',
      help: 'Runs that ended, by status and outcome, each counted once when its outcome is final, at most 5 minutes after its end. COMPLETED with outcome failed is a run whose failed jobs AWS does not call an error; with nothing_ran, one whose actions never ran; with no_statistics, one of whose actions AWS says nothing. Counts runs that completed since the exporter was started for the first time; without state.path, since its last start. In OpenMetrics the exemplar of a failure is the run with its status that completed last.',
      type: 'counter',
      exemplars: true,
      mostSamples: ENDED_PAIRS.length + UNKNOWN_PAIRS,
      labelNames: ['status', 'outcome'],
      samples: ({ ledger }) =>
        totalsByLabel(ledger, runsTotal, ENDED_PAIRS).map(({ labels: [pair], value }) => {
          const [status = '', outcome = ''] = pair.split('/');
          const exemplar = exemplarOf(ledger, status, outcome);
          return { labels: [status, outcome], value, exemplar };
        }),
    }),
    family({
      name: 'aws_glue_workflow_actions_total',
      help: 'Actions of the runs in aws_glue_workflow_runs_total by the state they ended in, from the Statistics of each run once they are complete; not_run is what its total leaves.',
      type: 'counter',
      mostSamples: ACTION_STATES.length,
      labelNames: ['state'],
      samples: ({ ledger }) => totalsByLabel(ledger, actionsTotal, ACTION_STATES),
    }),
  ],
};

export const workflows = histories(workflowHistories);
