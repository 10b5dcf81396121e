import { JobRunState, WorkerType } from '../../glue/aws.ts';
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
import { type DpuSeconds, dpuSecondsOf, dpusOf, type RunCapacity } from './dpu.ts';

/** What is kept of a job's definition. Arguments can hold secrets and are dropped here. */
export interface JobDefinition {
  readonly name: string;
  /** The command's name: glueetl, gluestreaming, pythonshell, glueray. */
  readonly jobType: string;
  readonly glueVersion: string;
  readonly workerType: string;
  readonly executionClass: string;
  readonly maxConcurrentRuns: number | undefined;
  /** Undefined for a job without a timeout. */
  readonly timeoutSeconds: number | undefined;
  readonly maxRetries: number | undefined;
  /** Epoch seconds. */
  readonly createdAt: number | undefined;
  /** Whether AWS reports the DPUSeconds of its runs, unless they say otherwise: it is a FLEX job, or auto-scaled. */
  readonly reportsDpuSeconds: boolean;
}

/** What is kept of a job run beside its state and times. */
export interface JobRunFacts {
  readonly attempt: number;
  /** Seconds that the run consumed resources; start-up and queueing are not in it. */
  readonly executionSeconds: number | undefined;
  readonly dpuSeconds: DpuSeconds | undefined;
  /** The capacity that a run holds that has not ended. */
  readonly dpus?: number | undefined;
}

/** Whether a stored value is what is kept of a job run. */
export const isJobRunFacts: Is<JobRunFacts> = objectOf<JobRunFacts>({
  attempt: isNumber,
  executionSeconds: optional(isNumber),
  dpuSeconds: optional(objectOf<DpuSeconds>({ value: isNumber, source: oneOf(['reported', 'estimated']) })),
  dpus: optional(isNumber),
});

export const ENDED_JOB_STATES = ['STOPPED', 'SUCCEEDED', 'FAILED', 'TIMEOUT', 'ERROR', 'EXPIRED'] as const;
export const ACTIVE_JOB_STATES = ['STARTING', 'RUNNING', 'STOPPING', 'WAITING'] as const;
export const JOB_STATES = [...ACTIVE_JOB_STATES, ...ENDED_JOB_STATES, UNKNOWN] as const;

/** Limits: https://docs.aws.amazon.com/glue/latest/webapi/API_GetJobRuns.html and API_GetJobs.html */
export const MAX_JOB_RUNS_PER_PAGE = 200;
const JOBS_PER_PAGE = 200;
const JOB_NAMES_PER_PAGE = 1000;

/** All jobs of the account and region, through all pages. */
export const readJobs = async (glue: Glue): Promise<readonly JobDefinition[]> =>
  allPages(glue, 'GetJobs', async NextToken => {
    const input = { MaxResults: JOBS_PER_PAGE, ...(NextToken === undefined ? {} : { NextToken }) };
    return glue.call('GetJobs', input, answer => ({
      items: requiredObjects('GetJobs', 'Jobs', answer.Jobs).map(job => jobDefinition(glue, job)),
      nextToken: nextTokenOf('GetJobs', answer),
    }));
  });

/** Names of the jobs that carry all of these tags. */
export const readJobNamesWithTags = async (
  glue: Glue,
  tags: Readonly<Record<string, string>>,
): Promise<readonly string[]> =>
  allPages(glue, 'ListJobs', async NextToken => {
    const input = { MaxResults: JOB_NAMES_PER_PAGE, Tags: tags, ...(NextToken === undefined ? {} : { NextToken }) };
    return glue.call('ListJobs', input, answer => ({
      items: requiredNames('ListJobs', 'JobNames', answer.JobNames),
      nextToken: nextTokenOf('ListJobs', answer),
    }));
  });

/** A job as its runs need it. */
type JobOfRuns = Pick<JobDefinition, 'name'> & Partial<Pick<JobDefinition, 'jobType' | 'reportsDpuSeconds'>>;

/** One page of a job's runs, newest first as AWS promises. */
export const readJobRuns = async (
  glue: Glue,
  job: JobOfRuns,
  maxResults: number,
  token: string | undefined,
): Promise<RunPage<JobRunFacts>> => {
  const input = { JobName: job.name, MaxResults: maxResults, ...(token === undefined ? {} : { NextToken: token }) };
  return glue.call('GetJobRuns', input, (answer, answeredAt) => {
    const answered = requiredObjects('GetJobRuns', 'JobRuns', answer.JobRuns);
    return runPage(glue, 'GetJobRuns', job, answered, nextTokenOf('GetJobRuns', answer), answeredAt);
  });
};

/** One run of a job by its id. Rejects with the reason not_found when AWS does not know it. */
export const readJobRun = async (glue: Glue, job: JobOfRuns, runId: string): Promise<RunPage<JobRunFacts>> =>
  glue.call('GetJobRun', { JobName: job.name, RunId: runId }, (answer, answeredAt) => {
    const run = requiredObject('GetJobRun', 'JobRun', answer.JobRun);
    return runPage(glue, 'GetJobRun', job, [run], undefined, answeredAt);
  });

type RunOperation = 'GetJobRuns' | 'GetJobRun';

const runPage = (
  glue: Glue,
  operation: RunOperation,
  job: JobOfRuns,
  answered: readonly WireObject[],
  nextToken: string | undefined,
  answeredAt: number | undefined,
): RunPage<JobRunFacts> => {
  const ids = new Set(answered.map(({ Id }) => Id));
  const isRestarted = (id: string): boolean => isStreaming(job) || RESTARTED_ID.test(id) || ids.has(successorId(id));
  const runs = answered.map(run => jobRun(glue, operation, job, run, isRestarted, answeredAt));
  return { runs, nextToken, errors: errorsOf(runs, answered, messageOf), answeredAt };
};

const KNOWN_STATES: ReadonlySet<string> = new Set(Object.values(JobRunState));
const KNOWN_WORKER_TYPES: ReadonlySet<string> = new Set(Object.values(WorkerType));
const ENDED: ReadonlySet<string> = new Set(ENDED_JOB_STATES);
const FAILURES: ReadonlySet<string> = new Set(['FAILED', 'ERROR', 'TIMEOUT', 'EXPIRED']);

/**
 * Glue restarts streaming jobs about every week: the run becomes EXPIRED, and a new one follows whose id is the old one with
 * `_restart_N`. Source: https://docs.aws.amazon.com/glue/latest/dg/glue-streaming-maintenance.html
 */
export const RESTARTED = 'EXPIRED';
const STREAMING = 'gluestreaming';
const RESTARTED_ID = /_restart_(\d+)$/;

/** Whether it is a streaming job. */
export const isStreaming = ({ jobType }: Partial<Pick<JobDefinition, 'jobType'>>): boolean => jobType === STREAMING;

/** The id of the run with which Glue continues one that it restarts. */
const successorId = (id: string): string => {
  const number = RESTARTED_ID.exec(id)?.[1];
  return number === undefined ? `${id}_restart_1` : id.replace(RESTARTED_ID, `_restart_${Number(number) + 1}`);
};
const MINUTE_SECONDS = 60;

const jobDefinition = (glue: Glue, job: WireObject): JobDefinition => {
  // One malformed definition must not hide a job, let alone all of them.
  const read = fieldsOf('GetJobs', () => glue.observer.failed('GetJobs', 'bad_response'));
  const timeoutMinutes = read.number('Timeout', job.Timeout);
  return {
    name: read.requiredText('Name', job.Name),
    jobType: read.text('Command.Name', read.object('Command', job.Command).Name) ?? '',
    glueVersion: read.text('GlueVersion', job.GlueVersion) ?? '',
    workerType: workerType(glue, read.text('WorkerType', job.WorkerType)) ?? '',
    executionClass: read.text('ExecutionClass', job.ExecutionClass) ?? '',
    maxConcurrentRuns: read.number(
      'MaxConcurrentRuns',
      read.object('ExecutionProperty', job.ExecutionProperty).MaxConcurrentRuns,
    ),
    // 0 is how a streaming job says that it has none.
    timeoutSeconds: timeoutMinutes ? timeoutMinutes * MINUTE_SECONDS : undefined,
    maxRetries: read.number('MaxRetries', job.MaxRetries),
    createdAt: read.time('CreatedOn', job.CreatedOn),
    reportsDpuSeconds: job.ExecutionClass === FLEX || isAutoScaled(job.DefaultArguments),
  };
};

const FLEX = 'FLEX';

/** https://docs.aws.amazon.com/glue/latest/dg/auto-scaling.html */
const isAutoScaled = (jobArguments: unknown): boolean =>
  isWireObject(jobArguments) && jobArguments['--enable-auto-scaling'] === 'true';

const jobRun = (
  glue: Glue,
  operation: RunOperation,
  job: JobOfRuns,
  run: WireObject,
  isRestarted: (id: string) => boolean,
  answeredAt: number | undefined,
): Run<JobRunFacts> => {
  const read = fieldsOf(operation);
  const time = datesOf(glue, read, answeredAt);
  const completedAt = time('CompletedOn', run.CompletedOn);
  const reported = read.requiredText('JobRunState', run.JobRunState);
  const isKnown = KNOWN_STATES.has(reported);
  if (!isKnown) glue.observer.unknownValue('job_run_state', reported);
  const executionSeconds = read.number('ExecutionTime', run.ExecutionTime);
  // Only its completion tells whether a run in an unknown state goes on.
  const ended = isKnown ? ENDED.has(reported) : completedAt !== undefined;
  const id = read.requiredText('Id', run.Id);
  const capacity: RunCapacity = {
    dpuSeconds: read.number('DPUSeconds', run.DPUSeconds),
    maxCapacity: read.number('MaxCapacity', run.MaxCapacity),
    numberOfWorkers: read.number('NumberOfWorkers', run.NumberOfWorkers),
    workerType: workerType(glue, read.text('WorkerType', run.WorkerType)),
    executionSeconds,
  };
  const reportsDpuSeconds = job.reportsDpuSeconds || run.ExecutionClass === FLEX || isAutoScaled(run.Arguments);
  return {
    id,
    state: isKnown ? reported : UNKNOWN,
    ended,
    verdict: reported === RESTARTED && isRestarted(id) ? 'other' : verdictOf(reported),
    startedAt: time('StartedOn', run.StartedOn),
    modifiedAt: time('LastModifiedOn', run.LastModifiedOn),
    completedAt,
    // What AWS reports may come late, or grow.
    ...(ended && reportsDpuSeconds && executionSeconds ? { isProvisional: true } : {}),
    facts: {
      attempt: read.number('Attempt', run.Attempt) ?? 0,
      executionSeconds,
      dpuSeconds: dpuSecondsOf(capacity),
      ...(ended ? {} : { dpus: dpusOf(capacity) }),
    },
  };
};

/** What the end of a run of a job means that does not run forever. */
export const verdictOf = (state: string): Exclude<Verdict, 'undecided'> => {
  if (state === 'SUCCEEDED') return 'success';
  if (state === 'STOPPED') return 'stopped';
  return FAILURES.has(state) ? 'failure' : 'other';
};

const messageOf = ({ verdict }: Run<JobRunFacts>): string | undefined =>
  verdict === 'stopped' ? 'The run was stopped before it ended.' : undefined;

const workerType = (glue: Glue, reported: string | undefined): string | undefined => {
  if (reported !== undefined && !KNOWN_WORKER_TYPES.has(reported)) glue.observer.unknownValue('worker_type', reported);
  return reported;
};
