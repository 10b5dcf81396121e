import type { Site } from '../site.ts';
import { type Kind, lastEnd, perEntity } from './entities.ts';
import { type Alert, type Group, PLACE, promql } from './rule.ts';

/*
 * Alerts that compare a job or workflow with its own past. The past changes slowly and takes long to compute, so it is recorded by
 * groups with an interval of their own and read with last_over_time. PAST covers a restart of Prometheus, after which a group may
 * wait for its whole interval.
 */

const PAST = '3h';

/** What is late is late by minutes at least, and to find it takes comparing all jobs. */
export const LATE_INTERVAL = '5m';

const seenGap = ({ word }: Kind): string => `aws_glue:${word}_success_gap_seconds:seen`;
const longestGap = ({ word }: Kind): string => `aws_glue:${word}_success_gap_seconds:max15d`;
const lastDuration = ({ word }: Kind): string => `aws_glue:${word}_run_duration_seconds:last`;
const usualDuration = ({ word }: Kind): string => `aws_glue:${word}_run_duration_seconds:p95_7d`;

/** How a kind's run is measured: what the last one took, and when the oldest one began that is active. */
export interface Durations {
  readonly last: string;
  readonly activeStart: string;
}

/** What jobs and workflows have done before. The first gap is the one between two successes that were both seen. */
export const pastGroups = (site: Site, kind: Kind, { last }: Durations): readonly Group[] => {
  const success = lastEnd(site, kind, 'success');
  const successBefore = lastEnd(site, kind, 'success', ' offset 15m');
  const duration = site.select(lastDuration(kind));
  return [
    {
      name: `aws-glue-${kind.collector}-successes`,
      interval: '15m',
      rules: [{ record: seenGap(kind), expr: `${success} - ${successBefore} > 0` }],
    },
    // Two groups, because Prometheus evaluates them in different minutes of the hour.
    {
      name: `aws-glue-${kind.collector}-success-gaps`,
      interval: '1h',
      rules: [{ record: longestGap(kind), expr: `max_over_time(${site.select(seenGap(kind))}[15d])` }],
    },
    {
      name: `aws-glue-${kind.collector}-durations`,
      interval: '1h',
      rules: [
        { record: lastDuration(kind), expr: perEntity(site.select(last)) },
        {
          record: usualDuration(kind),
          // At least one day: the first runs that are seen are no measure.
          expr: promql`
            quantile_over_time(0.95, ${duration}[7d])
              and
            last_over_time(${duration}[${PAST}] offset 1d)
          `,
        },
      ],
    },
  ];
};

export const noSuccess = (site: Site, kind: Kind): Alert => ({
  alert: `Glue${kind.title}NoSuccess`,
  expr: promql`
    time() - ${lastEnd(site, kind, 'success')}
      > ${site.threshold('noSuccessRatio')} * last_over_time(${site.select(longestGap(kind))}[${PAST}]) + ${site.threshold('noSuccessSlackSeconds')}
  `,
  severity: 'critical',
  summary: `Glue ${kind.word} {{ $labels.${kind.label} }} is overdue`,
  description: `The last success of the Glue ${kind.word} {{ $labels.${kind.label} }} (${PLACE}) was {{ $value | humanizeDuration }} ago, longer than between any two of the last 15 days. Nothing may have started it.`,
});

/** Seconds for which the oldest active run has been active. */
export const activeSeconds = (site: Site, { activeStart }: Durations): string =>
  `time() - ${perEntity(site.select(activeStart))}`;

/** Active for longer than usual, by a ratio and by a time: a run of seconds may well take a minute. */
export const isSlow = (site: Site, kind: Kind, durations: Durations): string => {
  const usual = `last_over_time(${site.select(usualDuration(kind))}[${PAST}])`;
  const seconds = `(${activeSeconds(site, durations)})`;
  // Arithmetic is on the few that are active.
  return promql`
    ${seconds}
      and
    ${seconds} / ${site.threshold('slowRunRatio')} > ${usual}
      and
    ${seconds} - ${site.threshold('slowRunSlackSeconds')} > ${usual}
  `;
};

export const runSlow = (kind: Kind, expr: string, what: string): Alert => ({
  alert: `Glue${kind.title}RunSlow`,
  expr,
  severity: 'warning',
  summary: `A run of Glue ${kind.word} {{ $labels.${kind.label} }} takes much longer than usual`,
  description: `A run of the Glue ${kind.word} {{ $labels.${kind.label} }} (${PLACE}) has been ${what}.`,
});
