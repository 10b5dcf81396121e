import type { Glue } from '../../glue/glue.ts';
import { pageInput } from '../../glue/pages.ts';
import type { RunPage } from '../../runs/history.ts';
import { isNumber, objectOf, optional, type Stored } from '../../runs/stored.ts';
import { type RunFormat, readRunPage, readSingleRun } from '../run-format.ts';
import { isStreaming, type JobDefinition, reportsDpuSeconds } from './definitions.ts';
import { dpuSecondsOf, dpusOf, isDpuSeconds, isUnknownWorkerType } from './dpu.ts';
import { ACTIVE_JOB_STATES, ENDED_JOB_STATES, RESTARTED, verdictOf } from './states.ts';

/** What is kept of a job run besides its state and times, and the check of what was saved. */
export const isJobRunFacts = objectOf({
  attempt: isNumber,
  /** Seconds that the run consumed resources, without start-up and queueing. */
  executionSeconds: optional(isNumber),
  dpuSeconds: optional(isDpuSeconds),
  /** The capacity of an active run. */
  dpus: optional(isNumber),
});
export type JobRunFacts = Stored<typeof isJobRunFacts>;

/** What reading the runs of a job needs of its definition. */
type JobOfRuns = Pick<JobDefinition, 'name'> & Partial<Pick<JobDefinition, 'jobType' | 'reportsDpuSeconds'>>;

const JOB_RUN: RunFormat<JobOfRuns, JobRunFacts> = {
  id: 'Id',
  state: 'JobRunState',
  startedAt: 'StartedOn',
  modifiedAt: 'LastModifiedOn',
  completedAt: 'CompletedOn',
  errorMessage: 'ErrorMessage',
  waitReason: 'StateDetail',
  activeStates: ACTIVE_JOB_STATES,
  endedStates: ENDED_JOB_STATES,
  unknownState: 'job_run_state',

  read({ id, reported, ended, wire }, { fields, hasRun, unknownValue }, job) {
    const executionSeconds = fields.number('ExecutionTime', wire.ExecutionTime);
    const workerType = fields.text('WorkerType', wire.WorkerType);
    if (isUnknownWorkerType(workerType)) unknownValue('worker_type', workerType);
    const capacity = {
      dpuSeconds: fields.number('DPUSeconds', wire.DPUSeconds),
      maxCapacity: fields.number('MaxCapacity', wire.MaxCapacity),
      numberOfWorkers: fields.number('NumberOfWorkers', wire.NumberOfWorkers),
      workerType,
      executionSeconds,
    };
    const isRestarted = () => isStreaming(job) || RESTARTED_ID.test(id) || hasRun(successorId(id));
    const mayBeReported = job.reportsDpuSeconds || reportsDpuSeconds(wire.ExecutionClass, wire.Arguments);
    return {
      verdict: reported === RESTARTED && isRestarted() ? 'other' : verdictOf(reported),
      // AWS may report DPU-seconds after the end of the run, or raise them.
      isProvisional: ended && mayBeReported && (executionSeconds ?? 0) > 0,
      facts: {
        attempt: fields.number('Attempt', wire.Attempt) ?? 0,
        executionSeconds,
        dpuSeconds: dpuSecondsOf(capacity),
        dpus: ended ? undefined : dpusOf(capacity),
      },
    };
  },

  messageOf: ({ verdict }) => (verdict === 'stopped' ? 'The run was stopped before it ended.' : undefined),
};

/** https://docs.aws.amazon.com/glue/latest/webapi/API_GetJobRuns.html */
export const MAX_JOB_RUNS_PER_PAGE = 200;

/** One page of a job's runs. AWS documents newest first. */
export const readJobRuns = (
  glue: Glue,
  job: JobOfRuns,
  maxResults: number,
  token: string | undefined,
): Promise<RunPage<JobRunFacts>> =>
  readRunPage(glue, JOB_RUN, job, {
    operation: 'GetJobRuns',
    input: { JobName: job.name, ...pageInput(maxResults, token) },
    list: 'JobRuns',
  });

/** One run of a job by its id. Rejects with the reason not_found when AWS does not know it. */
export const readJobRun = (glue: Glue, job: JobOfRuns, runId: string): Promise<RunPage<JobRunFacts>> =>
  readSingleRun(glue, JOB_RUN, job, {
    operation: 'GetJobRun',
    input: { JobName: job.name, RunId: runId },
    member: 'JobRun',
  });

/**
 * Glue restarts streaming jobs about once a week: the run becomes EXPIRED, and the new run has the same id with `_restart_N` appended.
 * Source: https://docs.aws.amazon.com/glue/latest/dg/glue-streaming-maintenance.html
 */
const RESTARTED_ID = /_restart_(\d+)$/;

/** The id of the run with which Glue continues a run that it restarts. */
const successorId = (id: string): string => {
  const number = RESTARTED_ID.exec(id)?.[1];
  return number === undefined ? `${id}_restart_1` : id.replace(RESTARTED_ID, `_restart_${Number(number) + 1}`);
};
