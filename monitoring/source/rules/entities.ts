import { INSTANCE_LABELS, type Site } from '../site.ts';
import { type Alert, PLACE, promql, type Recording } from './rule.ts';

/** What jobs and workflows have in common: both have a last success and failure, active runs and a past. */
export interface Kind {
  /** As in the names of its metrics. */
  readonly word: 'job' | 'workflow';
  readonly title: 'Job' | 'Workflow';
  readonly label: 'job_name' | 'workflow_name';
}

export const JOB: Kind = { word: 'job', title: 'Job', label: 'job_name' };
export const WORKFLOW: Kind = { word: 'workflow', title: 'Workflow', label: 'workflow_name' };

/** One value for each job or workflow, whichever process told it. */
export const perEntity = (expr: string): string => `max without (${INSTANCE_LABELS}) (${expr})`;

const known = ({ word }: Kind, what: 'failure' | 'success'): string =>
  `aws_glue:${word}_last_${what}_timestamp_seconds:known`;
const longestGap = ({ word }: Kind): string => `aws_glue:${word}_success_gap_seconds:max15d`;
const usualDuration = ({ word }: Kind): string => `aws_glue:${word}_run_duration_seconds:p95_7d`;

/**
 * The last success and failure as far as they were told in the last 20 minutes: a restart of the exporter leaves a gap, and an
 * alert would end with it and be told again.
 */
export const lastEnds = (site: Site, kind: Kind): readonly Recording[] =>
  (['failure', 'success'] as const).map(what => ({
    record: known(kind, what),
    expr: perEntity(`max_over_time(${site.select(`aws_glue_${kind.word}_last_${what}_timestamp_seconds`)}[20m])`),
  }));

/**
 * What a job or workflow has done before, to judge by. It changes slowly and takes long to compute, so it has an interval of its own,
 * and is read with last_over_time. The first gap is the one between two successes that were both seen.
 */
export const past = (site: Site, kind: Kind, durationSeconds: string, completed: string): readonly Recording[] => {
  const success = site.select(known(kind, 'success'));
  const gap = `aws_glue:${kind.word}_success_gap_seconds:seen`;
  return [
    { record: gap, expr: `${success} - ${success} offset 15m > 0` },
    { record: longestGap(kind), expr: `max_over_time(${site.select(gap)}[15d])` },
    {
      record: usualDuration(kind),
      // One day's knowledge at least: the first runs that are seen are no measure.
      expr: promql`
        ${perEntity(`quantile_over_time(0.95, (${durationSeconds})[7d:1h])`)}
          and
        ${perEntity(`${completed} offset 1d`)}
      `,
    },
  ];
};

/**
 * Fires for a quarter of an hour after a failure is seen, however late that is: when the failure that is known now is later than
 * the one known a quarter of an hour ago. Restarts of the exporter or of Prometheus change neither. Where none was known it is the first
 * one, or nobody was looking: then what failed since somebody last looked is news, and for a new installation what failed in the last hour.
 */
const isFailureNews = (site: Site, kind: Kind): string => {
  const failure = site.select(known(kind, 'failure'));
  const targetUp = site.select('aws_glue_exporter_target_up');
  const knownBefore = `max_over_time(${failure}[6h:5m] offset 15m)`;
  return promql`
    ${failure} > ${knownBefore}
    or
    (${failure} unless ${knownBefore})
      > on (aws_account_id, aws_region) group_left ()
    (
      max by (aws_account_id, aws_region) (max_over_time(timestamp(${targetUp} == 1)[1d:5m] offset 15m)) - 3600
      or
      max by (aws_account_id, aws_region) (last_over_time(${targetUp}[20m])) * 0 + time() - 3600
    )
  `;
};

/** The alerts that a job and a workflow both have. */
export const runFailed = (site: Site, kind: Kind, how: string): Alert => ({
  alert: `Glue${kind.title}RunFailed`,
  expr: isFailureNews(site, kind),
  severity: 'critical',
  summary: `Glue ${kind.word} {{ $labels.${kind.label} }} failed`,
  description: `A run of the Glue ${kind.word} {{ $labels.${kind.label} }} (${PLACE}) ${how} at {{ $value | humanizeTimestamp }}.`,
});

export const noSuccess = (site: Site, kind: Kind): Alert => ({
  alert: `Glue${kind.title}NoSuccess`,
  expr: promql`
    time() - ${site.select(known(kind, 'success'))}
      > ${site.threshold('noSuccessRatio')} * last_over_time(${site.select(longestGap(kind))}[1h]) + ${site.threshold('noSuccessSlackSeconds')}
  `,
  severity: 'critical',
  summary: `Glue ${kind.word} {{ $labels.${kind.label} }} has not succeeded for longer than ever`,
  description: `The last success of the Glue ${kind.word} {{ $labels.${kind.label} }} (${PLACE}) was {{ $value | humanizeDuration }} ago, longer than between any two of the last 15 days. Nothing may have started it.`,
});

/** Seconds for which the oldest active run goes on. */
export const activeSeconds = (site: Site, { word }: Kind): string =>
  `time() - ${perEntity(site.select(`aws_glue_${word}_oldest_active_run_start_timestamp_seconds`))}`;

/** Active for longer than usual, by a ratio and by a time: a run of seconds may well take a minute. */
export const isSlow = (site: Site, kind: Kind): string => {
  const usual = `last_over_time(${site.select(usualDuration(kind))}[1h])`;
  const ratio = site.threshold('slowRunRatio');
  return promql`
    ${activeSeconds(site, kind)}
      > ${usual} + clamp_min((${ratio} - 1) * ${usual}, ${site.threshold('slowRunSlackSeconds')})
  `;
};

export const runSlow = (kind: Kind, expr: string, why: string): Alert => ({
  alert: `Glue${kind.title}RunSlow`,
  expr,
  severity: 'warning',
  summary: `A run of Glue ${kind.word} {{ $labels.${kind.label} }} takes much longer than usual`,
  description: `A run of the Glue ${kind.word} {{ $labels.${kind.label} }} (${PLACE}) has been active for {{ $value | humanizeDuration }}: ${why}.`,
});
