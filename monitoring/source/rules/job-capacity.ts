import { JOBS } from '../kinds.ts';
import type { Site } from '../site.ts';
import { named, perEntity } from './entities.ts';
import { LATE_INTERVAL } from './past.ts';
import { type Alert, type Group, PLACE, promql } from './rule.ts';

const queued = (site: Site): Alert => ({
  alert: 'GlueJobRunQueued',
  expr: perEntity(`${site.select(JOBS.metric('active_runs'), 'state="WAITING"')} > 0`),
  for: site.threshold('queuedFor'),
  severity: 'warning',
  summary: `Runs of Glue ${named(JOBS)} are queued`,
  description: `{{ $value }} runs of the Glue ${named(JOBS)} (${PLACE}) are WAITING and do not start: the account is out of capacity, concurrent runs or addresses.`,
});

const concurrency = (site: Site): Alert => {
  const active = site.select(JOBS.metric('active_runs'), 'state!="WAITING"');
  const most = perEntity(`${site.select(JOBS.metric('max_concurrent_runs'))} > 1`);
  return {
    alert: 'GlueJobConcurrencyHigh',
    // With a maximum of one every run would be at it.
    expr: promql`
      sum without (state) (${perEntity(`${active} > 0`)}) / (${most})
        >= ${site.threshold('concurrencyRatio')}
    `,
    for: site.threshold('concurrencyFor'),
    severity: 'warning',
    summary: `Glue ${named(JOBS)} is close to its maximum of concurrent runs`,
    description: `The Glue ${named(JOBS)} (${PLACE}) uses {{ $value | humanizePercentage }} of its maximum of concurrent runs. Beyond it, starts are refused with ConcurrentRunsExceededException or queued.`,
  };
};

/** The rules about what jobs have and other kinds have not: a queue, and a maximum of concurrent runs that is always set. */
export const jobCapacityRules = (site: Site): Group => ({
  name: 'aws-glue-jobs-capacity',
  interval: LATE_INTERVAL,
  rules: [queued(site), concurrency(site)],
});
