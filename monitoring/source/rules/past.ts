import { activeStart, identity, isQueued, type Kind, lastDuration } from '../kinds.ts';
import type { Site } from '../site.ts';
import { lastEnd, named, perEntity } from './entities.ts';
import { type Alert, type Group, PLACE, promql } from './rule.ts';

/*
 * Alerts that compare an entity with its own past. The past changes slowly and takes long to compute, so it is recorded by
 * groups with an interval of their own and read with last_over_time. PAST covers a restart of Prometheus, after which a group may
 * wait for its whole interval.
 */

const PAST = '3h';

/** What is late is late by minutes at least, and to find it takes comparing all entities. */
export const LATE_INTERVAL = '5m';

const seenGap = (kind: Kind): string => kind.recorded('success_gap_seconds:seen');
const longestGap = (kind: Kind): string => kind.recorded('success_gap_seconds:max15d');
const recordedDuration = (kind: Kind): string => kind.recorded('run_duration_seconds:last');
const usualDuration = (kind: Kind): string => kind.recorded('run_duration_seconds:p95_7d');

/** What entities have done before. The first gap is the one between two successes that were both seen. */
export const pastGroups = (site: Site, kind: Kind): readonly Group[] => {
  const success = lastEnd(site, kind, 'success');
  const successBefore = lastEnd(site, kind, 'success', ' offset 15m');
  const duration = site.select(recordedDuration(kind));
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
        { record: recordedDuration(kind), expr: perEntity(site.select(lastDuration(kind))) },
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

const noSuccess = (site: Site, kind: Kind): Alert => ({
  alert: `Glue${kind.title}NoSuccess`,
  expr: promql`
    time() - ${lastEnd(site, kind, 'success')}
      > ${site.threshold('noSuccessRatio')} * last_over_time(${site.select(longestGap(kind))}[${PAST}]) + ${site.threshold('noSuccessSlackSeconds')}
  `,
  severity: 'critical',
  summary: `Glue ${named(kind)} is overdue`,
  description: `The last success of the Glue ${named(kind)} (${PLACE}) was {{ $value | humanizeDuration }} ago, longer than between any two of the last 15 days. Nothing may have started it.`,
});

/** Seconds for which the oldest active run has been active. */
const activeSeconds = (site: Site, kind: Kind): string => `time() - ${perEntity(site.select(activeStart(kind)))}`;

/** Active for longer than usual, by a ratio and by a time: a run of seconds may well take a minute. */
const isLongerThanUsual = (site: Site, kind: Kind): string => {
  const usual = `last_over_time(${site.select(usualDuration(kind))}[${PAST}])`;
  const seconds = `(${activeSeconds(site, kind)})`;
  // Arithmetic is on the few that are active.
  return promql`
    ${seconds}
      and
    ${seconds} / ${site.threshold('slowRunRatio')} > ${usual}
      and
    ${seconds} - ${site.threshold('slowRunSlackSeconds')} > ${usual}
  `;
};

const isSlow = (site: Site, kind: Kind): string => {
  const longer = isLongerThanUsual(site, kind);
  if (!kind.has('timeout_seconds')) return longer;
  return promql`
    ${longer}
    or
    ${activeSeconds(site, kind)}
      > ${site.threshold('slowRunTimeoutRatio')} * ${perEntity(site.select(kind.metric('timeout_seconds')))}
  `;
};

/** Endless runs are meant to run on. */
const unlessEndless = (site: Site, kind: Kind, expr: string): string =>
  kind.endless === undefined
    ? expr
    : promql`
      (
        ${expr}
      )
      unless on (${identity(kind)}) ${site.select(kind.endless.metric, kind.endless.matcher)}
    `;

const runSlow = (site: Site, kind: Kind): Alert => {
  const what = isQueued(kind)
    ? 'executing for {{ $value | humanizeDuration }}, not counting its time in the queue'
    : 'active for {{ $value | humanizeDuration }}';
  const limit = kind.has('timeout_seconds')
    ? ': longer than runs of the last 7 days, or close to the timeout at which Glue ends it'
    : ', much longer than runs of the last 7 days';
  return {
    alert: `Glue${kind.title}RunSlow`,
    expr: unlessEndless(site, kind, isSlow(site, kind)),
    severity: 'warning',
    summary: `A run of Glue ${named(kind)} takes much longer than usual`,
    description: `A run of the Glue ${named(kind)} (${PLACE}) has been ${what}${limit}.`,
  };
};

/** The alerts that an entity is overdue or slow. */
export const lateRules = (site: Site, kind: Kind): readonly Alert[] => [noSuccess(site, kind), runSlow(site, kind)];
