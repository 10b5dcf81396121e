import { type DpuSeconds, dpuSecondsOf } from '../runs/dpu.ts';
import type { RunPage } from '../runs/history.ts';
import type { Run, Verdict } from '../runs/run.ts';
import { type Is, isNumber, objectOf, oneOf, optional } from '../runs/stored.ts';
import { JobRunState, WorkerType } from './aws.ts';
import type { Glue } from './client.ts';
import { errorsOf } from './error-message.ts';
import {
  allPages,
  fieldsOf,
  nextTokenOf,
  pastDate,
  requiredNames,
  requiredObjects,
  UNKNOWN,
  type WireObject,
} from './wire.ts';

/** What is kept of a job's definition. Arguments can hold secrets and are dropped here. */
export interface JobDefinition {
  readonly name: string;
  /** The command's name: glueetl, gluestreaming, pythonshell, glueray. */
  readonly jobType: string;
  readonly glueVersion: string;
  readonly workerType: string;
  readonly executionClass: string;
  readonly maxConcurrentRuns: number | undefined;
  readonly timeoutSeconds: number | undefined;
  readonly maxRetries: number | undefined;
}

/** What is kept of a job run beside its state and times. */
export interface JobRunFacts {
  readonly attempt: number;
  /** Seconds that the run consumed resources; start-up and queueing are not in it. */
  readonly executionSeconds: number | undefined;
  readonly dpuSeconds: DpuSeconds | undefined;
}

/** Whether a stored value is what is kept of a job run. */
export const isJobRunFacts: Is<JobRunFacts> = objectOf<JobRunFacts>({
  attempt: isNumber,
  executionSeconds: optional(isNumber),
  dpuSeconds: optional(objectOf<DpuSeconds>({ value: isNumber, source: oneOf(['reported', 'estimated']) })),
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

/** One page of a job's runs, newest first as AWS promises. */
export const readJobRuns = async (
  glue: Glue,
  name: string,
  maxResults: number,
  token: string | undefined,
): Promise<RunPage<JobRunFacts>> => {
  const input = { JobName: name, MaxResults: maxResults, ...(token === undefined ? {} : { NextToken: token }) };
  return glue.call('GetJobRuns', input, answer => {
    const answered = requiredObjects('GetJobRuns', 'JobRuns', answer.JobRuns);
    const runs = answered.map(run => jobRun(glue, run));
    return { runs, nextToken: nextTokenOf('GetJobRuns', answer), errors: errorsOf(runs, answered) };
  });
};

const KNOWN_STATES: ReadonlySet<string> = new Set(Object.values(JobRunState));
const KNOWN_WORKER_TYPES: ReadonlySet<string> = new Set(Object.values(WorkerType));
const ENDED: ReadonlySet<string> = new Set(ENDED_JOB_STATES);
const FAILURES: ReadonlySet<string> = new Set(['FAILED', 'ERROR', 'TIMEOUT', 'EXPIRED']);
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
    timeoutSeconds: timeoutMinutes === undefined ? undefined : timeoutMinutes * MINUTE_SECONDS,
    maxRetries: read.number('MaxRetries', job.MaxRetries),
  };
};

const jobRun = (glue: Glue, run: WireObject): Run<JobRunFacts> => {
  const read = fieldsOf('GetJobRuns');
  const time = (field: string, value: unknown) => pastDate(glue, field, read.time(field, value));
  const completedAt = time('CompletedOn', run.CompletedOn);
  const reported = read.requiredText('JobRunState', run.JobRunState);
  const isKnown = KNOWN_STATES.has(reported);
  if (!isKnown) glue.observer.unknownValue('job_run_state', reported);
  const executionSeconds = read.number('ExecutionTime', run.ExecutionTime);
  return {
    id: read.requiredText('Id', run.Id),
    state: isKnown ? reported : UNKNOWN,
    // Only its completion tells whether a run in an unknown state goes on.
    ended: isKnown ? ENDED.has(reported) : completedAt !== undefined,
    verdict: verdictOf(reported),
    startedAt: time('StartedOn', run.StartedOn),
    modifiedAt: time('LastModifiedOn', run.LastModifiedOn),
    completedAt,
    facts: {
      attempt: read.number('Attempt', run.Attempt) ?? 0,
      executionSeconds,
      dpuSeconds: dpuSecondsOf({
        dpuSeconds: read.number('DPUSeconds', run.DPUSeconds),
        maxCapacity: read.number('MaxCapacity', run.MaxCapacity),
        numberOfWorkers: read.number('NumberOfWorkers', run.NumberOfWorkers),
        workerType: workerType(glue, read.text('WorkerType', run.WorkerType)),
        executionSeconds,
      }),
    },
  };
};

const verdictOf = (state: string): Verdict => {
  if (state === 'SUCCEEDED') return 'success';
  return FAILURES.has(state) ? 'failure' : 'other';
};

const workerType = (glue: Glue, reported: string | undefined): string | undefined => {
  if (reported !== undefined && !KNOWN_WORKER_TYPES.has(reported)) glue.observer.unknownValue('worker_type', reported);
  return reported;
};
