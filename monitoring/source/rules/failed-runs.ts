import { KINDS, type Kind } from '../kinds.ts';
import type { Site } from '../site.ts';
import { despiteStatus, lastEnd, named } from './entities.ts';
import { type Alert, type Group, PLACE, promql, type Recording, type RuleFile } from './rule.ts';

const known = (kind: Kind): string => kind.recorded('last_failure_timestamp_seconds:known');
const recent = (kind: Kind): string => kind.recorded('last_failure_timestamp_seconds:new');

/**
 * Exists for a quarter of an hour after a failure is seen, however late that is: when the failure that is known now is later than
 * the one known a quarter of an hour ago. Restarts of the exporter or of Prometheus change neither. Where none was known, it is the
 * first one, or nothing was scraped: then failures since the collector was last up count, and for a new installation those of the last
 * hour, unless they were there before.
 */
const newFailures = (site: Site, kind: Kind): Recording => {
  const failure = site.select(known(kind));
  const collectorUp = site.select('aws_glue_exporter_collector_up', `collector="${kind.collector}"`);
  return {
    record: recent(kind),
    expr: promql`
      (
        ${failure} > ${failure} offset 15m
        or
        (${failure} unless ${failure} offset 15m)
          > on (aws_account_id, aws_region) group_left ()
        (
          max by (aws_account_id, aws_region) (max_over_time(timestamp(${collectorUp} == 1)[1d:5m] offset 15m)) - 3600
          or
          max by (aws_account_id, aws_region) (last_over_time(${collectorUp}[20m])) * 0 + time() - 3600
        )
      )
      unless
      ${failure} == max_over_time(${site.select(recent(kind))}[1d] offset 15m)
    `,
  };
};

const runFailed = (site: Site, kind: Kind): Alert => ({
  alert: `Glue${kind.title}RunFailed`,
  expr: site.select(recent(kind)),
  severity: 'warning',
  summary: `A run of Glue ${named(kind)} failed`,
  description: `A run of the Glue ${named(kind)} (${PLACE}) failed at {{ $value | humanizeTimestamp }}${despiteStatus(kind, 'it')}.`,
});

const group = (site: Site, kind: Kind): Group => ({
  name: `aws-glue-failed-${kind.words.one.replaceAll(' ', '-')}-runs`,
  rules: [
    { record: known(kind), expr: lastEnd(site, kind, 'failure') },
    newFailures(site, kind),
    runFailed(site, kind),
  ],
});

/** An alert for every failed run, for those who want it: most prefer one for each entity that is failing. */
export const failedRunRules = (site: Site): RuleFile => ({
  name: 'failed-runs',
  isOptional: true,
  groups: KINDS.map(kind => group(site, kind)),
});
