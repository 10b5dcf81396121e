import { consoleUrl, encoded } from '../../glue/console.ts';
import { type Histories, histories } from '../collector.ts';
import { isStreaming, type JobDefinition, readJobNamesWithTags, readJobs } from './definitions.ts';
import { describeRun } from './describe.ts';
import { jobFamilies } from './families.ts';
import { isJobRunFacts, type JobRunFacts, MAX_JOB_RUNS_PER_PAGE, readJobRun, readJobRuns } from './runs.ts';
import { RESTARTED } from './states.ts';
import { resultOf, results, tally } from './totals.ts';

const DAY_SECONDS = 86_400;
/** Glue's default timeout: a run can be started with a longer timeout than its job's. */
const DEFAULT_TIMEOUT_SECONDS = 2 * DAY_SECONDS;
/** The longest timeout that Glue accepts: https://docs.aws.amazon.com/glue/latest/webapi/API_JobRun.html */
const LONGEST_RUN_SECONDS = 7 * DAY_SECONDS;
/**
 * Glue restarts streaming jobs in their next maintenance window after a week:
 * https://docs.aws.amazon.com/glue/latest/dg/glue-streaming-maintenance.html
 */
const LONGEST_STREAMING_RUN_SECONDS = 15 * DAY_SECONDS;

/** Jobs and their runs. */
export const jobHistories: Histories<JobDefinition, JobRunFacts> = {
  name: 'jobs',
  words: { one: 'job', many: 'jobs' },
  isDefault: true,
  labelNames: ['job_name'],
  operations: ['GetJobs', 'GetJobRuns'],
  optionalOperations: ['GetJobRun'],
  tagOperation: 'ListJobs',
  maxPageSize: MAX_JOB_RUNS_PER_PAGE,
  families: jobFamilies,

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
  tally,
  results,
  resultOf,

  followed: ({ facts: { attempt, dpus } }) => ({
    ...(attempt > 0 ? { attempt } : {}),
    ...(dpus === undefined ? {} : { dpus }),
  }),

  restartState: definition => (isStreaming(definition) ? RESTARTED : undefined),

  describe: describeRun,

  /** The runs of the job, or the details of one of them. */
  consoleLink(region, name, runId) {
    const job = encoded(name);
    const path = runId === undefined ? `/editor/job/${job}/runs` : `/job/${job}/run/${encoded(runId)}`;
    return consoleUrl(region, 'gluestudio', path);
  },
};

export const jobs = histories(jobHistories);
