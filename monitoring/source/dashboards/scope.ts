import { identity, JOB, type Kind, WORKFLOW } from '../rules/entities.ts';

/** The selector of a metric within what the variables on top of a dashboard say. */
export type Select = (metric: string, ...matchers: readonly string[]) => string;

const within =
  (...scope: readonly string[]): Select =>
  (metric, ...matchers) =>
    `${metric}{${[...scope, ...matchers].join(', ')}}`;

/** Several accounts and regions, or all. */
export const inPlaces = within('aws_account_id=~"$account"', 'aws_region=~"$region"');

/** Several exporters, or all, whatever they read. */
export const ofInstances = within('instance=~"$instance"');

/** What several exporters tell of several accounts and regions. */
export const asRead = within('instance=~"$instance"', 'aws_account_id=~"$account"', 'aws_region=~"$region"');

const one = ({ word, label }: Kind): Select =>
  within('aws_account_id="$account"', 'aws_region="$region"', `${label}="$${word}"`);

/** The job or workflow that a dashboard is about. */
export const ofJob = one(JOB);
export const ofWorkflow = one(WORKFLOW);

/** One value for each job or workflow, whichever process told it. */
export const perEntity = ({ label }: Kind, expr: string): string =>
  `max by (aws_account_id, aws_region, ${label}) (${expr})`;

/** End states of job runs and outcomes of workflow runs that a success rate is of. A variable of the dashboard adds stopped ones. */
export const JUDGED_STATES = 'state=~"SUCCEEDED|FAILED|ERROR|TIMEOUT|EXPIRED|$stopped"';
export const JUDGED_OUTCOMES = 'outcome=~"succeeded|failed|$stopped"';

/** Runs of jobs that a success rate is of. EXPIRED is neither success nor failure for a streaming job: AWS restarts its run. */
export const judgedRuns = (select: Select): string => {
  const streaming = select('aws_glue_job_info', 'job_type="gluestreaming"');
  return `sum(increase(${select('aws_glue_job_runs_total', JUDGED_STATES)}[$__range]) unless on (${identity(JOB)}, state) label_replace(${streaming}, "state", "EXPIRED", "", ""))`;
};

/**
 * How much counters have grown by in each interval of a graph, by some labels. All intervals together are the whole growth, while
 * windows of increase() over $__rate_interval overlap.
 */
export const grownBy = (labels: string, counter: string): string =>
  `sum by (${labels}) (rate(${counter}[$__rate_interval])) * $__interval_ms / 1000`;
