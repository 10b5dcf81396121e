import { activeStart, type Endless, identity, type Kind } from '../kinds.ts';
import type { Site } from '../site.ts';
import { despiteStatus, named, perEntity } from './entities.ts';
import { type Alert, PLACE, promql, type Recording } from './rule.ts';

const PLACE_LABELS = 'aws_account_id, aws_region';

const unrecovered = (kind: Kind): string => kind.recorded('last_failure_timestamp_seconds:unrecovered');
const knownRetries = (kind: Kind): string => kind.recorded('active_retries:known');

/** Whether the last poll of a kind met no failure. */
const collectorUp = (site: Site, { collector }: Kind): string =>
  site.select('aws_glue_exporter_collector_up', `collector="${collector}"`);

/**
 * Accounts and regions of which all shards are up and have read everything, so that what is missing does not exist. An exporter that
 * does not expose the number of shards is taken for the only one.
 */
const completelyRead = (site: Site, kind: Kind): string => {
  const up = collectorUp(site, kind);
  const polled = site.select(
    'aws_glue_exporter_last_successful_poll_timestamp_seconds',
    `collector="${kind.collector}"`,
  );
  const exporter = `${site.installation}, instance`;
  return promql`
    count by (${PLACE_LABELS}) (${up} == 1 and ${polled})
      >=
    max by (${PLACE_LABELS}) (
      0 * ${up} + on (${exporter}) group_left () max by (${exporter}) (${site.select('aws_glue_exporter_shards')})
      or
      0 * ${up} + 1
    )
  `;
};

/**
 * What was recorded of an entity whose series have vanished: it stays for a day, until it is certain that it was deleted. So
 * nothing is taken for fixed because nobody knows.
 */
const whileUnknown = (site: Site, kind: Kind, recorded: string, current: string): string => promql`
  (
    ${site.select(recorded)}
      unless on (${identity(kind)}) ${current}
      unless on (${PLACE_LABELS}) (
        ${completelyRead(site, kind)}
      )
      and on (${PLACE_LABELS}) max_over_time(${collectorUp(site, kind)}[1d])
  )
`;

/** An entity whose runs are endless has recovered when one executes for this long after the failure, and is not restarted to fail again. */
const RECOVERED_SECONDS = 600;

/** Endless runs never succeed. Their entity has recovered when a run that started after the failure keeps running. */
const runsAgain = (site: Site, kind: Kind, { metric, matcher }: Endless): string => {
  const executing = perEntity(
    `${site.select(activeStart(kind))} and on (${identity(kind)}) ${site.select(metric, matcher)}`,
  );
  const failure = perEntity(site.select(kind.metric('last_failure_timestamp_seconds')));
  return promql`
    ${executing} < time() - ${`${RECOVERED_SECONDS}`} >= ${failure}
  `;
};

/** The time of the last failure, for failing entities only, so that the rules that read it are cheap. */
const lastFailureUnrecovered = (site: Site, kind: Kind): Recording => {
  const last = (what: 'failure' | 'success'): string => site.select(kind.metric(`last_${what}_timestamp_seconds`));
  const recovered = kind.endless === undefined ? '' : `\n  unless ${runsAgain(site, kind, kind.endless)}`;
  return {
    record: unrecovered(kind),
    expr: promql`
      ${perEntity(last('failure'))}
        unless ${perEntity(last('success'))} >= ${perEntity(last('failure'))}${recovered}
      or
      ${whileUnknown(site, kind, unrecovered(kind), last('failure'))}
    `,
  };
};

/** The active retries of entities that Glue is retrying. */
const activeRetries = (site: Site, kind: Kind): Recording => {
  const retries = site.select(kind.metric('active_retries'));
  return {
    record: knownRetries(kind),
    expr: promql`
      ${perEntity(`${retries} > 0`)}
      or
      ${whileUnknown(site, kind, knownRetries(kind), retries)}
    `,
  };
};

/**
 * Fires from a failure to the next success. A retry in progress delays it, but does not resolve it: resolved means fixed.
 * The delay is in the expression and not in `for`, which begins again when Prometheus is restarted, so that Alertmanager would resolve.
 */
const unlessRetried = (site: Site, kind: Kind, alert: string): string => {
  const delay = site.threshold('jobFailingFor');
  const failure = site.select(unrecovered(kind));
  const firing = `ALERTS{alertname="${alert}", alertstate="firing"}`;
  return promql`
    ${failure}
      and on (${identity(kind)}) (
        (
          ${failure} offset ${delay}
            unless on (${identity(kind)}) max_over_time(${site.select(knownRetries(kind))}[${delay}])
        )
        or
        ${firing}
      )
  `;
};

const failing = (site: Site, kind: Kind): Alert => {
  const alert = `Glue${kind.title}Failing`;
  const { endless } = kind;
  const resolves = `Resolves when a run succeeds${endless === undefined ? '' : `, or ${endless.words} runs for ${RECOVERED_SECONDS / 60} minutes`}.`;
  return {
    alert,
    expr: isRetried(kind) ? unlessRetried(site, kind, alert) : site.select(unrecovered(kind)),
    severity: 'critical',
    summary: `Glue ${named(kind)} is failing`,
    description: `The Glue ${named(kind)} (${PLACE}) failed at {{ $value | humanizeTimestamp }} and has not succeeded since${despiteStatus(kind, 'its runs')}. ${resolves}`,
  };
};

/** Whether Glue retries runs that failed. */
const isRetried = (kind: Kind): boolean => kind.has('active_retries');

/** The alert that an entity is failing, and what it reads. */
export const failingRules = (site: Site, kind: Kind): readonly (Alert | Recording)[] => [
  lastFailureUnrecovered(site, kind),
  ...(isRetried(kind) ? [activeRetries(site, kind)] : []),
  failing(site, kind),
];
