import { JOB, type Kind, WORKFLOW } from '../rules/entities.ts';
import { promql } from '../rules/rule.ts';
import { inPlaces, perEntity } from './scope.ts';

/*
 * What the overview asks of jobs and workflows alike. All of it is asked for one moment only: at 10,000 jobs a graph of it would be
 * too much.
 */

const same = ({ label }: Kind): string => `aws_account_id, aws_region, ${label}`;

export const lastEnd = (kind: Kind, what: 'failure' | 'success'): string =>
  perEntity(kind, inPlaces(`aws_glue_${kind.word}_last_${what}_timestamp_seconds`));

/**
 * When what has not succeeded since its last failure failed: what the alerts GlueJobFailing and GlueWorkflowFailing are about. Jobs
 * that Glue is retrying are left out, and streaming jobs that execute again.
 */
export const broken = (kind: Kind): string => {
  const failure = lastEnd(kind, 'failure');
  const isBroken = `${failure} > (${lastEnd(kind, 'success')} or 0 * ${failure})`;
  if (kind.word === 'workflow') return isBroken;
  const executing = perEntity(
    kind,
    `${inPlaces('aws_glue_job_oldest_executing_run_start_timestamp_seconds')} and on (${same(kind)}) ${inPlaces('aws_glue_job_info', 'job_type="gluestreaming"')}`,
  );
  return `${isBroken} unless ${perEntity(kind, inPlaces('aws_glue_job_active_retries'))} > 0 unless ${executing} >= ${failure}`;
};

const DAY_SECONDS = 86_400;

/** The last failure of what is failing, or failed within the last day. */
export const failing = (kind: Kind): string => promql`
    ${broken(kind)}
  or
    ${lastEnd(kind, 'failure')} > time() - ${`${DAY_SECONDS}`}
`;

/** Only of those jobs or workflows that are in the other expression. */
export const whereAlso = (kind: Kind, expr: string, other: string): string => promql`
  ${expr}
    and on (${same(kind)}) (
      ${other}
    )
`;

/** Seconds for which the oldest active run has been active; those of a job in the queue do not count. */
export const activeSeconds = (kind: Kind): string =>
  `time() - ${perEntity(kind, inPlaces(`aws_glue_${kind.word}_oldest_${kind.word === 'job' ? 'executing' : 'active'}_run_start_timestamp_seconds`))}`;

const longest = (kind: Kind, gauge: string): string => perEntity(kind, `max_over_time(${inPlaces(gauge)}[$__range])`);

/** Seconds that the longest run took of those that ended in the time range or were the last to end before it. */
const longestSeconds = (kind: Kind): string =>
  longest(
    kind,
    kind.word === 'job'
      ? 'aws_glue_job_last_completed_run_execution_seconds'
      : 'aws_glue_workflow_last_completed_run_duration_seconds',
  );

/** How long the oldest active run takes, as a part of the longest. Streaming jobs are meant to run on. */
export const slowness = (kind: Kind): string => {
  const ratio = promql`
    (${activeSeconds(kind)})
      / (
        ${longestSeconds(kind)}
      )
  `;
  if (kind.word === 'workflow') return ratio;
  return promql`
    ${ratio}
      unless on (${same(kind)}) ${inPlaces('aws_glue_job_info', 'job_type="gluestreaming"')}
  `;
};

/** Jobs and workflows in one list: what they are called and which of the two they are become labels. */
export const both = (of: (kind: Kind) => string): string => {
  const named = (kind: Kind) => promql`
    label_replace(
      label_replace(
        ${of(kind)},
        "name", "$1", "${kind.label}", "(.*)"
      ),
      "kind", "${kind.word}", "", ""
    )
  `;
  return promql`
    max by (kind, name, aws_account_id, aws_region) (
        ${named(JOB)}
      or
        ${named(WORKFLOW)}
    )
  `;
};

/** How many there are, 0 included. */
export const countOf = (expr: string): string => promql`
  count(
    ${expr}
  ) or vector(0)
`;
