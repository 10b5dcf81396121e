import { jobInConsole } from '../../glue/console.ts';
import { familiesOf, known, stateSet } from '../../metrics/family.ts';
import { stoppedKey } from '../../runs/failure-rules.ts';
import {
  activeByState,
  activeDpus,
  activeRetries,
  oldestActiveStart,
  oldestExecutingStart,
} from '../../runs/ledger.ts';
import type { ShownOutcome } from '../../runs/outcomes.ts';
import type { Run } from '../../runs/run.ts';
import { type Entity, type Histories, histories } from '../collector.ts';
import { countsByState, failureExemplar, secondsBetween, totalsByLabel } from '../samples.ts';
import {
  ACTIVE_JOB_STATES,
  ENDED_JOB_STATES,
  isJobRunFacts,
  isStreaming,
  JOB_STATES,
  type JobDefinition,
  type JobRunFacts,
  MAX_JOB_RUNS_PER_PAGE,
  RESTARTED,
  readJobNamesWithTags,
  readJobRun,
  readJobRuns,
  readJobs,
  verdictOf,
} from './job-answers.ts';

type JobEntity = Entity<JobDefinition, JobRunFacts>;

const family = familiesOf<JobEntity>();

/** Keys of the ledger's totals. Stored ledgers hold them: never change what one means. */
const runsTotal = (state: string) => `runs/${state}`;
const executionTotal = (state: string) => `execution_seconds/${state}`;
const dpuTotal = (source: string) => `dpu_seconds/${source}`;

const DPU_SOURCES = ['reported', 'estimated'];
/** UNKNOWN is shown in addition to the known states once a run had it. */
const UNKNOWN_STATES = 1;

const DAY_SECONDS = 86_400;
/** Glue's default timeout: a run can be started with a longer one than its job's. */
const DEFAULT_TIMEOUT_SECONDS = 2 * DAY_SECONDS;
/** The longest timeout that Glue accepts: https://docs.aws.amazon.com/glue/latest/webapi/API_JobRun.html */
const LONGEST_RUN_SECONDS = 7 * DAY_SECONDS;
/**
 * Glue restarts streaming jobs in their next maintenance window after a week:
 * https://docs.aws.amazon.com/glue/latest/dg/glue-streaming-maintenance.html
 */
const LONGEST_STREAMING_RUN_SECONDS = 15 * DAY_SECONDS;

/** The result of a restarted run in the totals of an account. */
const RESTART = 'RESTARTED';

/** Results whose names or first letters say too little. */
const SHOWN: Readonly<Record<string, ShownOutcome>> = {
  STOPPED: { word: 'stopped', sign: 'P' },
  TIMEOUT: { word: 'timed out', sign: 'T' },
  EXPIRED: { word: 'expired', sign: 'X' },
  [RESTART]: { word: 'restarted', sign: 'G' },
};

const queueSeconds = (run: Run<JobRunFacts>, completedAt: number): number | undefined => {
  if (run.startedAt === undefined || run.facts.executionSeconds === undefined) return undefined;
  return secondsBetween(run.startedAt + run.facts.executionSeconds, completedAt);
};

const exemplarKey = (state: string): string => (state === 'STOPPED' ? stoppedKey(state) : state);

/** As long as AWS may report an amount, an estimate is none. */
const finalDpuSeconds = ({ facts, isProvisional }: Pick<Run<JobRunFacts>, 'facts' | 'isProvisional'>) =>
  isProvisional && facts.dpuSeconds?.source === 'estimated' ? undefined : facts.dpuSeconds;

/** Jobs and their runs: GetJobs, ListJobs when tags are asked for, GetJobRuns. */
export const jobHistories: Histories<JobDefinition, JobRunFacts> = {
  name: 'jobs',
  words: { one: 'job', many: 'jobs' },
  isDefault: true,
  labelNames: ['job_name'],
  operations: ['GetJobs', 'GetJobRuns'],
  optionalOperations: ['GetJobRun'],
  tagOperation: 'ListJobs',
  maxPageSize: MAX_JOB_RUNS_PER_PAGE,

  async list(glue, tags) {
    const all = await readJobs(glue);
    if (tags === undefined) return all;
    const tagged = new Set(await readJobNamesWithTags(glue, tags));
    return all.filter(job => tagged.has(job.name));
  },

  readRuns: readJobRuns,
  readRun: readJobRun,

  longestRunSeconds(definition) {
    if (isStreaming(definition)) return LONGEST_STREAMING_RUN_SECONDS;
    const { timeoutSeconds = LONGEST_RUN_SECONDS } = definition;
    return Math.min(LONGEST_RUN_SECONDS, Math.max(DEFAULT_TIMEOUT_SECONDS, timeoutSeconds));
  },

  isFacts: isJobRunFacts,

  consoleLink: jobInConsole,

  tally({ state, facts, isProvisional }) {
    const { executionSeconds } = facts;
    const dpuSeconds = finalDpuSeconds({ facts, isProvisional });
    return [
      [runsTotal(state), 1],
      ...(executionSeconds === undefined ? [] : [[executionTotal(state), executionSeconds] as const]),
      ...(dpuSeconds === undefined ? [] : [[dpuTotal(dpuSeconds.source), dpuSeconds.value] as const]),
    ];
  },

  results: [
    ...ENDED_JOB_STATES.map(name => ({ name, verdict: verdictOf(name), shown: SHOWN[name] })),
    { name: RESTART, verdict: 'other', shown: SHOWN[RESTART] },
  ],
  resultOf(key, definition) {
    const state = /^runs\/(\w+)$/.exec(key)?.[1];
    return isStreaming(definition) && state === RESTARTED ? RESTART : state;
  },

  followed: ({ facts: { attempt, dpus } }) => ({
    ...(attempt > 0 ? { attempt } : {}),
    ...(dpus === undefined ? {} : { dpus }),
  }),

  restartState: definition => (isStreaming(definition) ? RESTARTED : undefined),

  describe: ({ state, verdict, facts: { executionSeconds } }) => ({
    ...(state === RESTARTED && verdict === 'other'
      ? { outcome: SHOWN[RESTART], log: { level: 'info', message: 'Streaming run restarted by AWS' } }
      : { outcome: SHOWN[state] }),
    seconds: executionSeconds,
  }),

  families: [
    family({
      name: 'aws_glue_job_info',
      help: 'Always 1 for a job that exists; the labels are from its definition, empty where AWS gives none. Moves when the definition is changed, at the next discovery.',
      type: 'gauge',
      labelNames: ['job_type', 'glue_version', 'worker_type', 'execution_class'],
      samples: ({ definition }) => [
        {
          labels: [definition.jobType, definition.glueVersion, definition.workerType, definition.executionClass],
          value: 1,
        },
      ],
    }),
    family({
      name: 'aws_glue_job_max_concurrent_runs',
      help: 'Number of runs of the job that may be active at once, from its definition.',
      type: 'gauge',
      labelNames: [],
      samples: ({ definition }) => known(definition.maxConcurrentRuns),
    }),
    family({
      name: 'aws_glue_job_timeout_seconds',
      help: 'Seconds after which Glue ends a run as TIMEOUT, from the job definition; a run can be started with another one, which is not shown here. Absent where the definition has none, or 0.',
      type: 'gauge',
      unit: 'seconds',
      labelNames: [],
      samples: ({ definition }) => known(definition.timeoutSeconds),
    }),
    family({
      name: 'aws_glue_job_max_retries',
      help: 'How often Glue retries a failed run by itself, from the job definition. Each retry is a run of its own.',
      type: 'gauge',
      labelNames: [],
      samples: ({ definition }) => known(definition.maxRetries),
    }),
    family({
      name: 'aws_glue_job_active_runs',
      help: 'Runs that have not ended, by state, all overlapping ones and not only the newest. WAITING is queued. A run shorter than poll.interval may never be seen here; the counters have it all the same.',
      type: 'gauge',
      mostSamples: ACTIVE_JOB_STATES.length + UNKNOWN_STATES,
      labelNames: ['state'],
      samples: ({ ledger }) => countsByState(activeByState(ledger), ACTIVE_JOB_STATES),
    }),
    family({
      name: 'aws_glue_job_oldest_active_run_start_timestamp_seconds',
      help: 'Start of the longest-running active run, seconds since the epoch in AWS time. Absent without an active run.',
      type: 'gauge',
      unit: 'seconds',
      labelNames: [],
      samples: ({ ledger }) => known(oldestActiveStart(ledger)),
    }),
    family({
      name: 'aws_glue_job_oldest_executing_run_start_timestamp_seconds',
      help: 'Earliest time since which an active run that is not WAITING executes: its start, or when it was last seen WAITING. Seconds since the epoch in AWS time. Absent without such a run.',
      type: 'gauge',
      unit: 'seconds',
      labelNames: [],
      samples: ({ ledger }) => known(oldestExecutingStart(ledger)),
    }),
    family({
      name: 'aws_glue_job_active_retries',
      help: 'Active runs that Glue started as a retry of a failed run (Attempt above 0).',
      type: 'gauge',
      labelNames: [],
      samples: ({ ledger }) => known(activeRetries(ledger)),
    }),
    family({
      name: 'aws_glue_job_active_dpus',
      help: 'DPUs that active runs hold, WAITING ones excepted: MaxCapacity, or workers times the DPUs of their type. The maximum for auto-scaled runs. Absent while one of them is unknown.',
      type: 'gauge',
      labelNames: [],
      samples: ({ ledger }) => known(activeDpus(ledger)),
    }),
    family({
      name: 'aws_glue_job_last_run_state',
      help: 'State of the newest run by start: 1 for the state it is in, 0 for all others. UNKNOWN is a state that this version does not know. Absent for a job that never ran. Older runs that are still active do not show here.',
      type: 'gauge',
      mostSamples: JOB_STATES.length,
      labelNames: ['state'],
      samples: ({ ledger }) => stateSet(JOB_STATES, ledger.newest?.state),
    }),
    family({
      name: 'aws_glue_job_last_run_start_timestamp_seconds',
      help: 'Start of the newest run, ended or not, seconds since the epoch in AWS time. A queued run has started here.',
      type: 'gauge',
      unit: 'seconds',
      labelNames: [],
      samples: ({ ledger }) => known(ledger.newest?.startedAt),
    }),
    family({
      name: 'aws_glue_job_last_run_execution_seconds',
      help: 'Seconds that the newest run has consumed resources so far, as AWS reports them; start-up and queueing are not in it, and AWS may update it only when the run ends. Consumed, not billed.',
      type: 'gauge',
      unit: 'seconds',
      labelNames: [],
      samples: ({ ledger }) => known(ledger.newest?.facts.executionSeconds),
    }),
    family({
      name: 'aws_glue_job_last_run_attempt',
      help: 'Attempt number of the newest run: 0 for a first attempt, n for the nth retry that Glue made by itself.',
      type: 'gauge',
      labelNames: [],
      samples: ({ ledger }) => known(ledger.newest?.facts.attempt),
    }),
    family({
      name: 'aws_glue_job_last_completed_run_completion_timestamp_seconds',
      help: 'Completion of the run that ended last, whatever its state, seconds since the epoch in AWS time.',
      type: 'gauge',
      unit: 'seconds',
      labelNames: [],
      samples: ({ ledger }) => known(ledger.lastCompleted?.completedAt),
    }),
    family({
      name: 'aws_glue_job_last_completed_run_execution_seconds',
      help: 'Seconds that the run that ended last consumed resources, start-up and queueing excluded. Consumed, not billed.',
      type: 'gauge',
      unit: 'seconds',
      labelNames: [],
      samples: ({ ledger }) => known(ledger.lastCompleted?.run.facts.executionSeconds),
    }),
    family({
      name: 'aws_glue_job_last_completed_run_dpu_seconds',
      help: 'DPU-seconds that the run that ended last consumed: as AWS reports them (FLEX and auto-scaled runs), else capacity times execution time. Consumed, not billed. Absent where the worker type is unknown.',
      type: 'gauge',
      unit: 'dpu_seconds',
      labelNames: [],
      samples: ({ ledger: { lastCompleted } }) => known(lastCompleted && finalDpuSeconds(lastCompleted.run)?.value),
    }),
    family({
      name: 'aws_glue_job_last_completed_run_queue_seconds',
      help: 'Seconds that the run that ended last was not executing: completion minus start minus execution, at least 0. It holds queueing, start-up and winding down; Glue does not tell them apart.',
      type: 'gauge',
      unit: 'seconds',
      labelNames: [],
      samples: ({ ledger: { lastCompleted } }) =>
        known(lastCompleted && queueSeconds(lastCompleted.run, lastCompleted.completedAt)),
    }),
    family({
      name: 'aws_glue_job_last_success_timestamp_seconds',
      help: 'Completion of the last run that SUCCEEDED, seconds since the epoch in AWS time. Absent until one is seen; the first poll reads only recent runs.',
      type: 'gauge',
      unit: 'seconds',
      labelNames: [],
      samples: ({ ledger }) => known(ledger.lastSuccessAt),
    }),
    family({
      name: 'aws_glue_job_last_failure_timestamp_seconds',
      help: 'Completion of the last run that ended as FAILED, ERROR, TIMEOUT or EXPIRED, in AWS time. EXPIRED does not count for streaming jobs; STOPPED counts with stopped_is_failure. Absent until one is seen.',
      type: 'gauge',
      unit: 'seconds',
      labelNames: [],
      samples: ({ ledger }) => known(ledger.lastFailureAt),
    }),
    family({
      name: 'aws_glue_job_runs_total',
      help: 'Runs that ended, by end state, each counted once when it is first seen ended; retries are runs of their own, and so are the restarts of streaming jobs (EXPIRED). Counts runs that completed since the exporter was started for the first time; without state.path, since its last start. In OpenMetrics the exemplar of a failure state is its run that completed last.',
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
      help: 'DPU-seconds that the runs in aws_glue_job_runs_total consumed: reported by AWS (FLEX and auto-scaled runs) or estimated as capacity times execution time, after 5 minutes where AWS may report them. Consumed, not billed. Runs with an unknown worker type are in neither. Memory-optimised workers (R, Z) count in M-DPU-seconds, which AWS prices apart.',
      type: 'counter',
      unit: 'dpu_seconds',
      mostSamples: DPU_SOURCES.length,
      labelNames: ['source'],
      samples: ({ ledger }) => totalsByLabel(ledger, dpuTotal, DPU_SOURCES),
    }),
  ],
};

export const jobs = histories(jobHistories);
