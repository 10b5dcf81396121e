import type { Site } from '../site.ts';
import { identity, JOB, perEntity } from './entities.ts';
import { activeRetries, jobFailing, lastFailureUnrecovered } from './failing.ts';
import { activeSeconds, type Durations, isSlow, LATE_INTERVAL, noSuccess, pastGroups, runSlow } from './past.ts';
import { type Alert, PLACE, promql, type RuleFile } from './rule.ts';

/** Time in the queue counts neither towards what is usual nor towards the timeout. */
const DURATIONS: Durations = {
  last: 'aws_glue_job_last_completed_run_execution_seconds',
  activeStart: 'aws_glue_job_oldest_executing_run_start_timestamp_seconds',
};

const slow = (site: Site): Alert => {
  const streaming = site.select('aws_glue_job_info', 'job_type="gluestreaming"');
  return runSlow(
    JOB,
    // A streaming job is meant to run on.
    promql`
      (
        ${isSlow(site, JOB, DURATIONS)}
        or
        ${activeSeconds(site, DURATIONS)}
          > ${site.threshold('slowRunTimeoutRatio')} * ${perEntity(site.select('aws_glue_job_timeout_seconds'))}
      )
      unless on (${identity(JOB)}) ${streaming}
    `,
    'executing for {{ $value | humanizeDuration }}, not counting its time in the queue: longer than runs of the last 7 days, or close to the timeout at which Glue ends it',
  );
};

const queued = (site: Site): Alert => ({
  alert: 'GlueJobRunQueued',
  expr: perEntity(`${site.select('aws_glue_job_active_runs', 'state="WAITING"')} > 0`),
  for: site.threshold('queuedFor'),
  severity: 'warning',
  summary: 'Runs of Glue job {{ $labels.job_name }} are queued',
  description: `{{ $value }} runs of the Glue job {{ $labels.job_name }} (${PLACE}) are WAITING and do not start: the account is out of capacity, concurrent runs or addresses.`,
});

const concurrency = (site: Site): Alert => {
  const active = site.select('aws_glue_job_active_runs', 'state!="WAITING"');
  const most = perEntity(`${site.select('aws_glue_job_max_concurrent_runs')} > 1`);
  return {
    alert: 'GlueJobConcurrencyHigh',
    // With a maximum of one every run would be at it.
    expr: promql`
      sum without (state) (${perEntity(`${active} > 0`)}) / (${most})
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
      rules: [lastFailureUnrecovered(site, JOB), activeRetries(site, JOB), jobFailing(site, JOB)],
    },
    {
      name: 'aws-glue-jobs-late',
      interval: LATE_INTERVAL,
      rules: [noSuccess(site, JOB), slow(site)],
    },
    { name: 'aws-glue-jobs-capacity', interval: LATE_INTERVAL, rules: [queued(site), concurrency(site)] },
    ...pastGroups(site, JOB, DURATIONS),
  ],
});
