import { fieldsOf, isWireObject, requiredNames, requiredObjects, type WireObject } from '../../glue/fields.ts';
import type { Glue } from '../../glue/glue.ts';
import { type Listing, readListing } from '../../glue/pages.ts';
import { isUnknownWorkerType } from './dpu.ts';

/** What is kept of a job's definition. Arguments can contain secrets and are dropped here. */
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
  /** Whether AWS reports the DPUSeconds of its runs, as for FLEX and auto-scaled jobs. A run can override both. */
  readonly reportsDpuSeconds: boolean;
}

/** Page sizes: https://docs.aws.amazon.com/glue/latest/webapi/API_GetJobs.html and API_ListJobs.html */
const JOBS: Listing<'GetJobs', JobDefinition> = {
  operation: 'GetJobs',
  maxResults: 200,
  input: page => page,
  items: (answer, glue) => requiredObjects('GetJobs', 'Jobs', answer.Jobs).map(job => jobDefinition(glue, job)),
};

/** All jobs of the account and region. */
export const readJobs = (glue: Glue): Promise<readonly JobDefinition[]> => readListing(glue, JOBS);

/** Names of the jobs that carry all of these tags. */
export const readJobNamesWithTags = (glue: Glue, tags: Readonly<Record<string, string>>): Promise<readonly string[]> =>
  readListing(glue, {
    operation: 'ListJobs',
    maxResults: 1000,
    input: page => ({ ...page, Tags: tags }),
    items: answer => requiredNames('ListJobs', 'JobNames', answer.JobNames),
  });

const STREAMING = 'gluestreaming';
const FLEX = 'FLEX';
const MINUTE_SECONDS = 60;

export const isStreaming = ({ jobType }: Partial<Pick<JobDefinition, 'jobType'>>): boolean => jobType === STREAMING;

/**
 * Whether AWS reports the DPUSeconds of a job or run with this execution class and these arguments:
 * https://docs.aws.amazon.com/glue/latest/dg/auto-scaling.html
 */
export const reportsDpuSeconds = (executionClass: unknown, jobArguments: unknown): boolean =>
  executionClass === FLEX || (isWireObject(jobArguments) && jobArguments['--enable-auto-scaling'] === 'true');

const jobDefinition = (glue: Glue, job: WireObject): JobDefinition => {
  // One malformed field must not hide the job, or even all jobs.
  const read = fieldsOf('GetJobs', () => glue.observer.failed('GetJobs', 'bad_response'));
  const timeoutMinutes = read.number('Timeout', job.Timeout);
  const workerType = read.text('WorkerType', job.WorkerType);
  if (isUnknownWorkerType(workerType)) glue.observer.unknownValue('worker_type', workerType);
  const { MaxConcurrentRuns } = read.object('ExecutionProperty', job.ExecutionProperty);
  return {
    name: read.requiredText('Name', job.Name),
    jobType: read.text('Command.Name', read.object('Command', job.Command).Name) ?? '',
    glueVersion: read.text('GlueVersion', job.GlueVersion) ?? '',
    workerType: workerType ?? '',
    executionClass: read.text('ExecutionClass', job.ExecutionClass) ?? '',
    maxConcurrentRuns: read.number('MaxConcurrentRuns', MaxConcurrentRuns),
    // Streaming jobs without a timeout have 0.
    timeoutSeconds: timeoutMinutes ? timeoutMinutes * MINUTE_SECONDS : undefined,
    maxRetries: read.number('MaxRetries', job.MaxRetries),
    createdAt: read.time('CreatedOn', job.CreatedOn),
    reportsDpuSeconds: reportsDpuSeconds(job.ExecutionClass, job.DefaultArguments),
  };
};
