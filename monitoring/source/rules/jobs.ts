import { INSTANCE_LABELS, type Site } from '../site.ts';
import { activeSeconds, isSlow, JOB, lastEnds, noSuccess, past, perEntity, runFailed, runSlow } from './entities.ts';
import { type Alert, PLACE, promql, type RuleFile } from './rule.ts';

const slow = (site: Site): Alert => {
  const streaming = site.select('aws_glue_job_info', 'job_type="gluestreaming"');
  return runSlow(
    JOB,
    // A streaming job is meant to go on.
    promql`
      (
        ${isSlow(site, JOB)}
        or
        ${activeSeconds(site, JOB)}
          > ${site.threshold('slowRunTimeoutRatio')} * ${perEntity(site.select('aws_glue_job_timeout_seconds'))}
      )
      unless on (aws_account_id, aws_region, job_name) ${streaming}
    `,
    'more than runs of the last 7 days, or close to the timeout at which Glue ends it',
  );
};

const queued = (site: Site): Alert => ({
  alert: 'GlueJobRunQueued',
  expr: `${perEntity(site.select('aws_glue_job_active_runs', 'state="WAITING"'))} > 0`,
  for: site.threshold('queuedFor'),
  severity: 'warning',
  summary: 'Runs of Glue job {{ $labels.job_name }} wait in the queue',
  description: `{{ $value }} runs of the Glue job {{ $labels.job_name }} (${PLACE}) are WAITING and do not start: the account is out of capacity, of concurrent runs or of addresses.`,
});

const concurrency = (site: Site): Alert => {
  const active = site.select('aws_glue_job_active_runs', 'state!="WAITING"');
  const most = perEntity(site.select('aws_glue_job_max_concurrent_runs'));
  return {
    alert: 'GlueJobConcurrencyHigh',
    // With a maximum of one every run would be at it.
    expr: promql`
      sum without (state) (max without (${INSTANCE_LABELS}) (${active})) / (${most} > 1)
        >= ${site.threshold('concurrencyRatio')}
    `,
    for: site.threshold('concurrencyFor'),
    severity: 'warning',
    summary: 'Glue job {{ $labels.job_name }} is close to its maximum of concurrent runs',
    description: `The Glue job {{ $labels.job_name }} (${PLACE}) uses {{ $value | humanizePercentage }} of its maximum of concurrent runs. Beyond it, starts are refused with ConcurrentRunsExceededException or queued.`,
  };
};

/** The rules about jobs. */
export const jobRules = (site: Site): RuleFile => ({
  name: 'jobs',
  groups: [
    {
      name: 'aws-glue-jobs',
      rules: [
        ...lastEnds(site, JOB),
        runFailed(site, JOB, 'ended as FAILED, ERROR, TIMEOUT or EXPIRED'),
        noSuccess(site, JOB),
        slow(site),
        queued(site),
        concurrency(site),
      ],
    },
    {
      name: 'aws-glue-jobs-past',
      interval: '15m',
      rules: past(
        site,
        JOB,
        `${site.select('aws_glue_job_last_completed_run_execution_seconds')} + ${site.select('aws_glue_job_last_completed_run_queue_seconds')}`,
        site.select('aws_glue_job_last_completed_run_completion_timestamp_seconds'),
      ),
    },
  ],
});
