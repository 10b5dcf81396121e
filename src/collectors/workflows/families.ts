import { type Family, familiesOf, gaugesOf, stateSet } from '../../metrics/family.ts';
import { stoppedKey } from '../../runs/failure-rules.ts';
import { activeByState, type CompletedRun, type Ledger, oldestActiveStart } from '../../runs/ledger.ts';
import type { Entity } from '../collector.ts';
import { countsByState, failureExemplar, secondsBetween, totalsByLabel } from '../samples.ts';
import type { WorkflowDefinition } from './definitions.ts';
import { ACTION_STATES, actionsByState, WORKFLOW_OUTCOMES } from './outcome.ts';
import type { WorkflowRunFacts } from './runs.ts';
import { ACTIVE_WORKFLOW_STATUSES, WORKFLOW_STATUSES } from './states.ts';
import { actionsTotal, runsTotal } from './totals.ts';

type WorkflowEntity = Entity<WorkflowDefinition, WorkflowRunFacts>;

const family = familiesOf<WorkflowEntity>();
const gauge = gaugesOf<WorkflowEntity>();

/** How a run can end, as status/outcome. */
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

/** UNKNOWN is exposed in addition to the known statuses once a run had it, with each outcome of a run that ended. */
const UNKNOWN_STATUSES = 1;
const UNKNOWN_PAIRS = WORKFLOW_OUTCOMES.length - 1;

const exemplarOf = (ledger: Ledger<WorkflowRunFacts>, status: string, outcome: string) => {
  if (outcome === 'failed') return failureExemplar(ledger, status);
  return outcome === 'stopped' ? failureExemplar(ledger, stoppedKey(status)) : undefined;
};

const durationSeconds = ({ run: { startedAt }, completedAt }: CompletedRun<WorkflowRunFacts>): number | undefined =>
  startedAt === undefined ? undefined : secondsBetween(startedAt, completedAt);

/** The metrics of a workflow, in the order of the exposition. */
export const workflowFamilies: readonly Family<WorkflowEntity>[] = [
  gauge({
    name: 'aws_glue_workflow_max_concurrent_runs',
    help: 'Number of runs of the workflow that may be active at once. Absent where the definition sets no limit.',
    value: ({ definition }) => definition.maxConcurrentRuns,
  }),
  family({
    name: 'aws_glue_workflow_active_runs',
    help: 'Runs that have not ended, by status, all overlapping ones and not only the newest. A run shorter than poll.interval may never be seen here; the counters have it all the same.',
    type: 'gauge',
    mostSamples: ACTIVE_WORKFLOW_STATUSES.length + UNKNOWN_STATUSES,
    labelNames: ['status'],
    samples: ({ ledger }) => countsByState(activeByState(ledger), ACTIVE_WORKFLOW_STATUSES),
  }),
  gauge({
    name: 'aws_glue_workflow_oldest_active_run_start_timestamp_seconds',
    help: 'Start of the longest-running active run, seconds since the epoch in AWS time. Absent without an active run.',
    unit: 'seconds',
    isLean: true,
    value: ({ ledger }) => oldestActiveStart(ledger),
  }),
  family({
    name: 'aws_glue_workflow_last_run_status',
    help: 'Status of the newest run by start: 1 for its status, 0 for all others. UNKNOWN is a status that this version does not know. Absent for a workflow that never ran.',
    description: 'COMPLETED only says that nothing runs any more: see aws_glue_workflow_last_run_outcome.',
    type: 'gauge',
    mostSamples: WORKFLOW_STATUSES.length,
    labelNames: ['status'],
    samples: ({ ledger }) => stateSet(WORKFLOW_STATUSES, ledger.newest?.state),
  }),
  family({
    name: 'aws_glue_workflow_last_run_outcome',
    help: 'Outcome of the newest run: 1 for its outcome, 0 for all others. It is running until its Statistics are complete, at most 5 minutes after its end.',
    description:
      'failed: status ERROR, or an action failed, errored or timed out; else stopped or succeeded. nothing_ran or no_statistics: COMPLETED, and no action is known to have run.',
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
  gauge({
    name: 'aws_glue_workflow_last_run_total_actions',
    help: 'Actions that the newest run has in all, from its Statistics.',
    value: ({ ledger }) => ledger.newest?.facts.actions?.total,
  }),
  gauge({
    name: 'aws_glue_workflow_last_run_start_timestamp_seconds',
    help: 'Start of the newest run, ended or not, seconds since the epoch in AWS time.',
    unit: 'seconds',
    value: ({ ledger }) => ledger.newest?.startedAt,
  }),
  gauge({
    name: 'aws_glue_workflow_last_completed_run_completion_timestamp_seconds',
    help: 'Completion of the run that ended last, whatever its outcome, seconds since the epoch in AWS time.',
    unit: 'seconds',
    value: ({ ledger }) => ledger.lastCompleted?.completedAt,
  }),
  gauge({
    name: 'aws_glue_workflow_last_completed_run_duration_seconds',
    help: 'Seconds from start to completion of the run that ended last, waiting between its jobs included.',
    unit: 'seconds',
    isLean: true,
    value: ({ ledger }) => ledger.lastCompleted && durationSeconds(ledger.lastCompleted),
  }),
  gauge({
    name: 'aws_glue_workflow_last_success_timestamp_seconds',
    help: 'Completion of the last run with outcome succeeded, seconds since the epoch in AWS time. Absent until one is seen; the first poll reads only recent runs.',
    unit: 'seconds',
    isLean: true,
    value: ({ ledger }) => ledger.lastSuccessAt,
  }),
  gauge({
    name: 'aws_glue_workflow_last_failure_timestamp_seconds',
    help: 'Completion of the last run whose outcome was failed, or stopped with stopped_is_failure, seconds since the epoch in AWS time. Absent until one is seen; the first poll reads only recent runs.',
    unit: 'seconds',
    isLean: true,
    value: ({ ledger }) => ledger.lastFailureAt,
  }),
  family({
    name: 'aws_glue_workflow_runs_total',
    help: 'Runs that ended, by status and outcome, each counted once. Counts runs that completed since the exporter was started for the first time; without state.path, since its last start.',
    description:
      'A run is counted when its outcome is final, at most 5 minutes after its end. COMPLETED with outcome failed is a run whose failed jobs AWS does not call an error; with nothing_ran, a run whose actions never ran; with no_statistics, a run of whose actions AWS reports nothing. In OpenMetrics the exemplar of a failure is the run with its status that completed last.',
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
];
