import type { Site } from '../site.ts';
import { identity, type Kind, perEntity } from './entities.ts';
import { type Alert, PLACE, promql, type Recording } from './rule.ts';

const PLACE_LABELS = 'aws_account_id, aws_region';

const unrecovered = ({ word }: Kind): string => `aws_glue:${word}_last_failure_timestamp_seconds:unrecovered`;

/** Whether the last poll of a kind met no failure. */
const collectorUp = (site: Site, { collector }: Kind): string =>
  site.select('aws_glue_exporter_collector_up', `collector="${collector}"`);

/**
 * Accounts and regions of which all shards are up and have read everything, so that what is missing does not exist. An exporter that
 * does not expose the number of shards is taken for the only one.
 */
const completelyRead = (site: Site, kind: Kind): string => {
  const { collector } = kind;
  const up = collectorUp(site, kind);
  const polled = site.select('aws_glue_exporter_last_successful_poll_timestamp_seconds', `collector="${collector}"`);
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
 * What was recorded of a job or workflow whose series have vanished: it stays for a day, until it is certain that it was deleted. So
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

/** A streaming job that executes for this long after its failure is taken for recovered, and not for restarted to fail again. */
const RECOVERED_SECONDS = 600;

/** Streaming jobs never succeed. They have recovered when a run that started after the failure keeps running. */
const runsAgain = (site: Site, kind: Kind): string => {
  const streaming = site.select('aws_glue_job_info', 'job_type="gluestreaming"');
  const executing = perEntity(
    `${site.select('aws_glue_job_oldest_executing_run_start_timestamp_seconds')} and on (${identity(kind)}) ${streaming}`,
  );
  const failure = perEntity(site.select('aws_glue_job_last_failure_timestamp_seconds'));
  return promql`
    ${executing} < time() - ${`${RECOVERED_SECONDS}`} >= ${failure}
  `;
};

/** The time of the last failure, for failing jobs and workflows only, so that the rules that read it are cheap. */
export const lastFailureUnrecovered = (site: Site, kind: Kind): Recording => {
  const last = (what: 'failure' | 'success'): string =>
    site.select(`aws_glue_${kind.word}_last_${what}_timestamp_seconds`);
  return {
    record: unrecovered(kind),
    expr: promql`
      ${perEntity(last('failure'))}
        unless ${perEntity(last('success'))} >= ${perEntity(last('failure'))}${kind.word === 'job' ? `\n  unless ${runsAgain(site, kind)}` : ''}
      or
      ${whileUnknown(site, kind, unrecovered(kind), last('failure'))}
    `,
  };
};

const RETRIES = 'aws_glue:job_active_retries:known';

/** The active retries of jobs that Glue is retrying. */
export const activeRetries = (site: Site, kind: Kind): Recording => {
  const retries = site.select('aws_glue_job_active_retries');
  return {
    record: RETRIES,
    expr: promql`
      ${perEntity(`${retries} > 0`)}
      or
      ${whileUnknown(site, kind, RETRIES, retries)}
    `,
  };
};

const RESOLVES = 'Resolves when a run succeeds.';
const JOB_RESOLVES = 'Resolves when a run succeeds, or a streaming job runs for 10 minutes.';

/** Fires for a workflow from its failure to its next success. Glue does not retry workflows. */
export const workflowFailing = (site: Site, kind: Kind): Alert => ({
  alert: 'GlueWorkflowFailing',
  expr: site.select(unrecovered(kind)),
  severity: 'critical',
  summary: 'Glue workflow {{ $labels.workflow_name }} is failing',
  description: `The Glue workflow {{ $labels.workflow_name }} (${PLACE}) failed at {{ $value | humanizeTimestamp }} and has not succeeded since, whatever status AWS gave its runs (usually COMPLETED). ${RESOLVES}`,
});

/**
 * Fires for a job from its failure to its next success. A retry in progress delays it, but does not resolve it: resolved means fixed.
 * The delay is in the expression and not in `for`, which begins again when Prometheus is restarted, so that Alertmanager would resolve.
 */
export const jobFailing = (site: Site, kind: Kind): Alert => {
  const alert = 'GlueJobFailing';
  const delay = site.threshold('jobFailingFor');
  const failure = site.select(unrecovered(kind));
  const firing = `ALERTS{alertname="${alert}", alertstate="firing"}`;
  return {
    alert,
    expr: promql`
      ${failure}
        and on (${identity(kind)}) (
          (
            ${failure} offset ${delay}
              unless on (${identity(kind)}) max_over_time(${site.select(RETRIES)}[${delay}])
          )
          or
          ${firing}
        )
    `,
    severity: 'critical',
    summary: 'Glue job {{ $labels.job_name }} is failing',
    description: `The Glue job {{ $labels.job_name }} (${PLACE}) failed at {{ $value | humanizeTimestamp }} and has not succeeded since. ${JOB_RESOLVES}`,
  };
};
