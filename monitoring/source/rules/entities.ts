import { INSTANCE_LABELS, type Site } from '../site.ts';

/** What jobs and workflows have in common: both have a last success and failure, active runs and a past. */
export interface Kind {
  /** As in the names of its metrics. */
  readonly word: 'job' | 'workflow';
  readonly title: 'Job' | 'Workflow';
  readonly label: 'job_name' | 'workflow_name';
  /** As in the label `collector` of the exporter's own metrics. */
  readonly collector: 'jobs' | 'workflows';
}

export const JOB: Kind = { word: 'job', title: 'Job', label: 'job_name', collector: 'jobs' };
export const WORKFLOW: Kind = { word: 'workflow', title: 'Workflow', label: 'workflow_name', collector: 'workflows' };

/** The labels of a job or workflow that every series about it has. */
export const identity = ({ label }: Kind): string => `aws_account_id, aws_region, ${label}`;

/** One value for each job or workflow, whichever process exposes it. */
export const perEntity = (expr: string): string => `max without (${INSTANCE_LABELS}) (${expr})`;

/**
 * The last success or failure as far as it was scraped in the last 20 minutes. Restarting the exporter leaves a gap, and without
 * this an alert would resolve and fire again.
 */
export const lastEnd = (site: Site, { word }: Kind, what: 'failure' | 'success', offset = ''): string =>
  perEntity(`max_over_time(${site.select(`aws_glue_${word}_last_${what}_timestamp_seconds`)}[20m]${offset})`);
