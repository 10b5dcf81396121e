import { identity, JOBS } from '../kinds.ts';
import { INSTANCE_LABELS, type Site } from '../site.ts';
import { type Alert, PLACE, promql, type Recording, type RuleFile } from './rule.ts';

const USAGE = 'aws_glue:dpu_usage';

/**
 * DPUs in use, whose average over a day is the day's usage. A streaming job's DPU-seconds arrive when its run ends, a week at a time,
 * so its active DPUs count instead, as they are used. For all others the DPU-seconds are exact, also for runs between two scrapes.
 */
const usage = (site: Site): Recording => {
  // Its last DPU-seconds may come while it is being deleted.
  const streaming = `last_over_time(${site.select('aws_glue_job_info', 'job_type="gluestreaming"')}[20m])`;
  return {
    record: USAGE,
    expr: promql`
      sum without (job_name, source, ${INSTANCE_LABELS}) (
        rate(${site.select('aws_glue_job_dpu_seconds_total')}[10m])
          unless on (${identity(JOBS)}) ${streaming}
        or
        ${site.select('aws_glue_job_active_dpus')}
          and on (${identity(JOBS)}) ${streaming}
      )
    `,
  };
};

const usageUp = (site: Site): Alert => {
  const inUse = site.select(USAGE);
  return {
    alert: 'GlueDpuSpendUp',
    // Days without work are compared with busy ones of the same week, and Mondays with the Monday before.
    expr: promql`
      86400 * avg_over_time(${inUse}[1d]) > ${site.threshold('spendAtLeastDpuSeconds')}
        and
      avg_over_time(${inUse}[1d]) > ${site.threshold('spendRatio')} * avg_over_time(${inUse}[1d] offset 7d)
        and
      avg_over_time(${inUse}[1d]) > ${site.threshold('spendRatio')} * avg_over_time(${inUse}[7d] offset 1d)
    `,
    for: site.threshold('spendFor'),
    severity: 'info',
    summary: 'Glue uses more DPUs in account {{ $labels.aws_account_id }} than last week',
    description: `Glue jobs in ${PLACE} used {{ $value | humanize }} DPU-seconds within 24 hours, far more than on the same day of last week and than on an average day since.`,
  };
};

const throttled = (site: Site): Alert => ({
  alert: 'GlueThrottled',
  expr: promql`
    sum without (${INSTANCE_LABELS}) (rate(${site.select('aws_glue_exporter_api_throttles_total')}[15m]))
      / sum without (operation, ${INSTANCE_LABELS}) (rate(${site.select('aws_glue_exporter_api_requests_total')}[15m]))
      > ${site.threshold('throttledRatio')}
  `,
  for: site.threshold('throttledFor'),
  severity: 'warning',
  summary: 'AWS throttles Glue requests in account {{ $labels.aws_account_id }}',
  description: `AWS throttles {{ $value | humanizePercentage }} of the exporter's requests in ${PLACE}. The account's rate limit, which everything in it shares, is reached. The exporter reduces its request rate by itself; other clients of Glue there may fail.`,
});

const targetDown = (site: Site): Alert => ({
  alert: 'GlueTargetDown',
  expr: `min without (${INSTANCE_LABELS}) (${site.select('aws_glue_exporter_target_up')}) == 0`,
  for: site.threshold('targetDownFor'),
  severity: 'critical',
  summary: 'Glue cannot be read in account {{ $labels.aws_account_id }}, {{ $labels.aws_region }}',
  description: `Polls of Glue in ${PLACE} fail. Its series get old and are dropped after series.stale_after. Nothing alerts on new failures there until it is back.`,
});

/** Fires where the exporter reads something, but not all: one permission is missing, or one operation fails. */
const collectorDown = (site: Site): Alert => ({
  alert: 'GlueCollectorDown',
  // A target that is down has an alert of its own.
  expr: promql`
    min without (${INSTANCE_LABELS}) (${site.select('aws_glue_exporter_collector_up')}) == 0
      unless ignoring (collector)
    min without (${INSTANCE_LABELS}) (${site.select('aws_glue_exporter_target_up')}) == 0
  `,
  for: site.threshold('targetDownFor'),
  severity: 'critical',
  summary:
    'Glue {{ $labels.collector }} cannot be read in account {{ $labels.aws_account_id }}, {{ $labels.aws_region }}',
  description: `Polls of Glue {{ $labels.collector }} in ${PLACE} fail, while other data there is read. Their series get old and are dropped after series.stale_after. Nothing alerts on their new failures until they are back.`,
});

const dataOld = (site: Site): Alert => ({
  alert: 'GlueDataOld',
  // A collector that is down has an alert of its own, or its target has.
  expr: promql`
    max without (${INSTANCE_LABELS}) (
      (time() - ${site.select('aws_glue_exporter_oldest_read_timestamp_seconds')})
        / ${site.select('aws_glue_exporter_read_age_limit_seconds')}
    ) > ${site.threshold('dataOldRatio')}
    unless ignoring (data)
    min without (${INSTANCE_LABELS}) (${site.select('aws_glue_exporter_collector_up')}) == 0
  `,
  for: site.threshold('dataOldFor'),
  severity: 'warning',
  summary: 'Data of Glue {{ $labels.collector }} ({{ $labels.data }}) in account {{ $labels.aws_account_id }} is old',
  description: `The oldest data of Glue {{ $labels.collector }} ({{ $labels.data }}) in ${PLACE} is {{ $value | humanize }} times as old as the exporter's own limit allows. Failures and changes are seen late.`,
});

/** The rules about accounts and regions: how much they use, and whether they can be read. */
export const accountRules = (site: Site): RuleFile => ({
  name: 'accounts',
  groups: [
    {
      name: 'aws-glue-accounts',
      rules: [throttled(site), targetDown(site), collectorDown(site), dataOld(site)],
    },
    // It reads all jobs and a week of usage, and changes slowly. The rate overlaps, so that no run falls between two evaluations.
    { name: 'aws-glue-usage', interval: '5m', rules: [usage(site), usageUp(site)] },
  ],
});
