import { type Family, familiesOf, gaugesOf, stateSet } from '../../metrics/family.ts';
import { stoppedKey } from '../../runs/failure-rules.ts';
import {
  activeByState,
  activeDpus,
  activeRetries,
  oldestActiveStart,
  oldestExecutingStart,
} from '../../runs/ledger.ts';
import type { Entity } from '../collector.ts';
import { countsByState, failureExemplar, totalsByLabel } from '../samples.ts';
import type { JobDefinition } from './definitions.ts';
import type { JobRunFacts } from './runs.ts';
import { ACTIVE_JOB_STATES, ENDED_JOB_STATES, JOB_STATES } from './states.ts';
import { dpuTotal, executionTotal, finalDpuSeconds, queueSeconds, runsTotal } from './totals.ts';

type JobEntity = Entity<JobDefinition, JobRunFacts>;

const family = familiesOf<JobEntity>();
const gauge = gaugesOf<JobEntity>();

const DPU_SOURCES = ['reported', 'estimated'];
/** UNKNOWN is exposed in addition to the known states once a run had it. */
const UNKNOWN_STATES = 1;

const exemplarKey = (state: string): string => (state === 'STOPPED' ? stoppedKey(state) : state);

/** The metrics of a job, in the order of the exposition. */
export const jobFamilies: readonly Family<JobEntity>[] = [
  family({
    name: 'aws_glue_job_info',
    help: 'Always 1 for a job that exists; the labels are from its definition, empty where AWS gives none. Moves when the definition is changed, at the next discovery.',
    type: 'gauge',
    isLean: true,
    labelNames: ['job_type', 'glue_version', 'worker_type', 'execution_class'],
    samples: ({ definition }) => [
      {
        labels: [definition.jobType, definition.glueVersion, definition.workerType, definition.executionClass],
        value: 1,
      },
    ],
  }),
  gauge({
    name: 'aws_glue_job_max_concurrent_runs',
    help: 'Number of runs of the job that may be active at once, from its definition.',
    isLean: true,
    value: ({ definition }) => definition.maxConcurrentRuns,
  }),
  gauge({
    name: 'aws_glue_job_timeout_seconds',
    help: 'Seconds after which Glue ends a run as TIMEOUT, from the job definition; a run can be started with another one, which is not shown here. Absent where the definition has none, or 0.',
    unit: 'seconds',
    isLean: true,
    value: ({ definition }) => definition.timeoutSeconds,
  }),
  gauge({
    name: 'aws_glue_job_max_retries',
    help: 'How often Glue retries a failed run by itself, from the job definition. Each retry is a run of its own.',
    value: ({ definition }) => definition.maxRetries,
  }),
  family({
    name: 'aws_glue_job_active_runs',
    help: 'Runs that have not ended, by state, all overlapping ones and not only the newest. WAITING is queued. A run shorter than poll.interval may never be seen here; the counters have it all the same.',
    type: 'gauge',
    mostSamples: ACTIVE_JOB_STATES.length + UNKNOWN_STATES,
    isLean: true,
    labelNames: ['state'],
    samples: ({ ledger }) => countsByState(activeByState(ledger), ACTIVE_JOB_STATES),
  }),
  gauge({
    name: 'aws_glue_job_oldest_active_run_start_timestamp_seconds',
    help: 'Start of the longest-running active run, seconds since the epoch in AWS time. Absent without an active run.',
    unit: 'seconds',
    value: ({ ledger }) => oldestActiveStart(ledger),
  }),
  gauge({
    name: 'aws_glue_job_oldest_executing_run_start_timestamp_seconds',
    help: 'Earliest time since which an active run that is not WAITING executes: its start, or when it was last seen WAITING. Seconds since the epoch in AWS time. Absent without such a run.',
    unit: 'seconds',
    isLean: true,
    value: ({ ledger }) => oldestExecutingStart(ledger),
  }),
  gauge({
    name: 'aws_glue_job_active_retries',
    help: 'Active runs that Glue started as a retry of a failed run (Attempt above 0).',
    isLean: true,
    value: ({ ledger }) => activeRetries(ledger),
  }),
  gauge({
    name: 'aws_glue_job_active_dpus',
    help: 'DPUs that active runs hold, WAITING ones excepted: MaxCapacity, or workers times the DPUs of their type. The maximum for auto-scaled runs. Absent while one of them is unknown.',
    isLean: true,
    value: ({ ledger }) => activeDpus(ledger),
  }),
  family({
    name: 'aws_glue_job_last_run_state',
    help: 'State of the newest run by start: 1 for its state, 0 for all others. UNKNOWN is a state that this version does not know. Absent for a job that never ran.',
    description: 'Older runs that are still active are not in it.',
    type: 'gauge',
    mostSamples: JOB_STATES.length,
    labelNames: ['state'],
    samples: ({ ledger }) => stateSet(JOB_STATES, ledger.newest?.state),
  }),
  gauge({
    name: 'aws_glue_job_last_run_start_timestamp_seconds',
    help: 'Start of the newest run, ended or not, seconds since the epoch in AWS time. A queued run has started here.',
    unit: 'seconds',
    value: ({ ledger }) => ledger.newest?.startedAt,
  }),
  gauge({
    name: 'aws_glue_job_last_run_execution_seconds',
    help: 'Seconds that the newest run has consumed resources so far, as AWS reports them; start-up and queueing are not in it, and AWS may update it only when the run ends. Consumed, not billed.',
    unit: 'seconds',
    value: ({ ledger }) => ledger.newest?.facts.executionSeconds,
  }),
  gauge({
    name: 'aws_glue_job_last_run_attempt',
    help: 'Attempt number of the newest run: 0 for a first attempt, n for the nth retry that Glue made by itself.',
    value: ({ ledger }) => ledger.newest?.facts.attempt,
  }),
  gauge({
    name: 'aws_glue_job_last_completed_run_completion_timestamp_seconds',
    help: 'Completion of the run that ended last, whatever its state, seconds since the epoch in AWS time.',
    unit: 'seconds',
    value: ({ ledger }) => ledger.lastCompleted?.completedAt,
  }),
  gauge({
    name: 'aws_glue_job_last_completed_run_execution_seconds',
    help: 'Seconds that the run that ended last consumed resources, start-up and queueing excluded. Consumed, not billed.',
    unit: 'seconds',
    isLean: true,
    value: ({ ledger }) => ledger.lastCompleted?.run.facts.executionSeconds,
  }),
  gauge({
    name: 'aws_glue_job_last_completed_run_dpu_seconds',
    help: 'DPU-seconds that the run that ended last consumed: as AWS reports them (FLEX and auto-scaled runs), else capacity times execution time. Consumed, not billed. Absent where the worker type is unknown.',
    unit: 'dpu_seconds',
    value: ({ ledger: { lastCompleted } }) => lastCompleted && finalDpuSeconds(lastCompleted.run)?.value,
  }),
  gauge({
    name: 'aws_glue_job_last_completed_run_queue_seconds',
    help: 'Seconds that the run that ended last was not executing: completion minus start minus execution, at least 0. It holds queueing, start-up and winding down; Glue does not tell them apart.',
    unit: 'seconds',
    value: ({ ledger: { lastCompleted } }) =>
      lastCompleted && queueSeconds(lastCompleted.run, lastCompleted.completedAt),
  }),
  gauge({
    name: 'aws_glue_job_last_success_timestamp_seconds',
    help: 'Completion of the last run that SUCCEEDED, seconds since the epoch in AWS time. Absent until one is seen; the first poll reads only recent runs.',
    unit: 'seconds',
    isLean: true,
    value: ({ ledger }) => ledger.lastSuccessAt,
  }),
  gauge({
    name: 'aws_glue_job_last_failure_timestamp_seconds',
    help: 'Completion of the last run that ended as FAILED, ERROR, TIMEOUT or EXPIRED, in AWS time. EXPIRED does not count for streaming jobs; STOPPED counts with stopped_is_failure. Absent until one is seen.',
    unit: 'seconds',
    isLean: true,
    value: ({ ledger }) => ledger.lastFailureAt,
  }),
  family({
    name: 'aws_glue_job_runs_total',
    help: 'Runs that ended, by end state, each counted once. Counts runs that completed since the exporter was started for the first time; without state.path, since its last start.',
    description:
      'A run is counted when it is first seen ended. Retries are runs of their own, and so are restarts of streaming jobs (EXPIRED). In OpenMetrics the exemplar of a failure state is its run that completed last.',
    type: 'counter',
    exemplars: true,
    mostSamples: ENDED_JOB_STATES.length + UNKNOWN_STATES,
    labelNames: ['state'],
    samples: ({ ledger }) =>
      totalsByLabel(ledger, runsTotal, ENDED_JOB_STATES).map(sample => ({
        ...sample,
        exemplar: failureExemplar(ledger, exemplarKey(sample.labels[0])),
      })),
  }),
  family({
    name: 'aws_glue_job_execution_seconds_total',
    help: 'Execution time of the runs in aws_glue_job_runs_total in seconds, by end state; active runs add theirs when they end. Consumed, not billed.',
    type: 'counter',
    unit: 'seconds',
    mostSamples: ENDED_JOB_STATES.length + UNKNOWN_STATES,
    labelNames: ['state'],
    samples: ({ ledger }) => totalsByLabel(ledger, executionTotal, ENDED_JOB_STATES),
  }),
  family({
    name: 'aws_glue_job_dpu_seconds_total',
    help: 'DPU-seconds that the runs in aws_glue_job_runs_total consumed: reported by AWS, or estimated as capacity times execution time. Consumed, not billed.',
    description:
      'AWS reports them for FLEX and auto-scaled runs. Where it may still report them, the estimate counts after 5 minutes. Runs with an unknown worker type are in neither. Memory-optimised workers (R, Z) count in M-DPU-seconds, which have a price of their own.',
    type: 'counter',
    unit: 'dpu_seconds',
    mostSamples: DPU_SOURCES.length,
    isLean: true,
    labelNames: ['source'],
    samples: ({ ledger }) => totalsByLabel(ledger, dpuTotal, DPU_SOURCES),
  }),
];
