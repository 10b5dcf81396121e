import { INSTANCE_LABELS, type Site } from '../site.ts';
import { type Alert, PLACE, promql, type Recording, type RuleFile } from './rule.ts';

const SPEND = 'aws_glue:dpu_seconds:rate5m';

/** Its average over a time is the spend in it: the counters of ten thousand jobs could not be read over a week. */
const spendRate = (site: Site): Recording => ({
  record: SPEND,
  expr: `sum by (aws_account_id, aws_region) (rate(${site.select('aws_glue_job_dpu_seconds_total')}[5m]))`,
});

const spendUp = (site: Site): Alert => ({
  alert: 'GlueDpuSpendUp',
  // Days without work are compared with busy ones of the same week, and Mondays with the Monday before.
  expr: promql`
    86400 * avg_over_time(${SPEND}[1d]) > ${site.threshold('spendAtLeastDpuSeconds')}
      and
    avg_over_time(${SPEND}[1d]) > ${site.threshold('spendRatio')} * avg_over_time(${SPEND}[1d] offset 7d)
      and
    avg_over_time(${SPEND}[1d]) > ${site.threshold('spendRatio')} * avg_over_time(${SPEND}[7d] offset 1d)
  `,
  for: site.threshold('spendFor'),
  severity: 'info',
  summary: 'Glue spends more in account {{ $labels.aws_account_id }} than last week',
  description: `The runs of Glue jobs in ${PLACE} took {{ $value | humanize }} DPU-seconds within 24 hours, far more than on the same day of last week and than on an average day since.`,
});

const throttled = (site: Site): Alert => ({
  alert: 'GlueThrottled',
  expr: promql`
    sum by (aws_account_id, aws_region) (rate(${site.select('aws_glue_exporter_api_throttles_total')}[15m]))
      / sum by (aws_account_id, aws_region) (rate(${site.select('aws_glue_exporter_api_requests_total')}[15m]))
      > ${site.threshold('throttledRatio')}
  `,
  for: site.threshold('throttledFor'),
  severity: 'warning',
  summary: 'AWS throttles Glue requests in account {{ $labels.aws_account_id }}',
  description: `AWS turns down {{ $value | humanizePercentage }} of the exporter's requests in ${PLACE}: the account's rate limit, which everything in it shares, is reached. The exporter asks less by itself; what else asks Glue there may fail.`,
});

const targetDown = (site: Site): Alert => ({
  alert: 'GlueTargetDown',
  expr: `min without (${INSTANCE_LABELS}) (${site.select('aws_glue_exporter_target_up')}) == 0`,
  for: site.threshold('targetDownFor'),
  severity: 'critical',
  summary: 'Glue cannot be read in account {{ $labels.aws_account_id }}, {{ $labels.aws_region }}',
  description: `Polls of Glue in ${PLACE} fail. What is known of its jobs and workflows gets old and is dropped after series.stale_after; failures there are not told until it is back.`,
});

const dataOld = (site: Site): Alert => ({
  alert: 'GlueDataOld',
  // A target that is down has an alert of its own.
  expr: promql`
    max without (${INSTANCE_LABELS}) (
      (time() - ${site.select('aws_glue_exporter_oldest_read_timestamp_seconds')})
        / ignoring (collector) group_left ()
      ${site.select('aws_glue_exporter_read_age_limit_seconds')}
    ) > ${site.threshold('dataOldRatio')}
    unless on (aws_account_id, aws_region) ${site.select('aws_glue_exporter_target_up')} == 0
  `,
  for: site.threshold('dataOldFor'),
  severity: 'warning',
  summary: 'What is known of Glue {{ $labels.collector }} in account {{ $labels.aws_account_id }} is old',
  description: `Of the Glue {{ $labels.collector }} in ${PLACE} some were last read {{ $value | humanize }} times as long ago as the exporter's own limit allows. Failures of these are seen late.`,
});

/** The rules about accounts and regions: what they spend, and whether they can be read. */
export const accountRules = (site: Site): RuleFile => ({
  name: 'accounts',
  groups: [
    {
      name: 'aws-glue-accounts',
      rules: [spendRate(site), spendUp(site), throttled(site), targetDown(site), dataOld(site)],
    },
  ],
});
