import { activeStart, identity, KINDS, type Kind, lastDuration } from '../kinds.ts';
import { promql } from '../rules/rule.ts';
import { inPlaces, perEntity } from './scope.ts';

/*
 * What the overview asks of all kinds alike. All of it is asked for one moment only: at 10,000 jobs a graph of it would be
 * too much.
 */

export const lastEnd = (kind: Kind, what: 'failure' | 'success'): string =>
  perEntity(kind, inPlaces(kind.metric(`last_${what}_timestamp_seconds`)));

/**
 * When what has not succeeded since its last failure failed: what the alerts GlueJobFailing and GlueWorkflowFailing are about. Entities
 * that Glue is retrying are left out, and those with endless runs that execute again.
 */
export const broken = (kind: Kind): string => {
  const failure = lastEnd(kind, 'failure');
  const isBroken = [`${failure} > (${lastEnd(kind, 'success')} or 0 * ${failure})`];
  if (kind.has('active_retries')) isBroken.push(`${perEntity(kind, inPlaces(kind.metric('active_retries')))} > 0`);
  if (kind.endless !== undefined) {
    const endless = inPlaces(kind.endless.metric, kind.endless.matcher);
    const executing = perEntity(kind, `${inPlaces(activeStart(kind))} and on (${identity(kind)}) ${endless}`);
    isBroken.push(`${executing} >= ${failure}`);
  }
  return isBroken.join(' unless ');
};

const DAY_SECONDS = 86_400;

/** The last failure of what is failing, or failed within the last day. */
export const failing = (kind: Kind): string => promql`
    ${broken(kind)}
  or
    ${lastEnd(kind, 'failure')} > time() - ${`${DAY_SECONDS}`}
`;

/** Only of those entities that are in the other expression. */
export const whereAlso = (kind: Kind, expr: string, other: string): string => promql`
  ${expr}
    and on (${identity(kind)}) (
      ${other}
    )
`;

/** Seconds for which the oldest active run has been active; those in a queue do not count. */
export const activeSeconds = (kind: Kind): string => `time() - ${perEntity(kind, inPlaces(activeStart(kind)))}`;

/** Seconds that the longest run took of those that ended in the time range or were the last to end before it. */
const longestSeconds = (kind: Kind): string =>
  perEntity(kind, `max_over_time(${inPlaces(lastDuration(kind))}[$__range])`);

/** How long the oldest active run takes, as a part of the longest. Endless runs are meant to run on. */
export const slowness = (kind: Kind): string => {
  const ratio = promql`
    (${activeSeconds(kind)})
      / (
        ${longestSeconds(kind)}
      )
  `;
  if (kind.endless === undefined) return ratio;
  return promql`
    ${ratio}
      unless on (${identity(kind)}) ${inPlaces(kind.endless.metric, kind.endless.matcher)}
  `;
};

/** Puts what an entity is called into the label name. */
const withName = ({ labelNames }: Kind, expr: string): string => {
  const [label] = labelNames;
  return labelNames.length === 1
    ? promql`
      label_replace(
        ${expr},
        "name", "$1", "${label ?? ''}", "(.*)"
      )
    `
    : promql`
      label_join(
        ${expr},
        "name", "/"${labelNames.map(name => `, "${name}"`).join('')}
      )
    `;
};

/** Entities of all kinds in one list: what they are called and of which kind they are become labels. */
export const ofAllKinds = (of: (kind: Kind) => string, kinds = KINDS): string => {
  const labelled = (kind: Kind) => promql`
    label_replace(
      ${withName(kind, of(kind))},
      "kind", "${kind.words.one}", "", ""
    )
  `;
  const lists = kinds.map(kind => `  ${labelled(kind).replaceAll('\n', '\n  ')}`);
  return promql`
    max by (kind, name, aws_account_id, aws_region) (
      ${lists.join('\nor\n')}
    )
  `;
};

/** How many there are, 0 included. */
export const countOf = (expr: string): string => promql`
  count(
    ${expr}
  ) or vector(0)
`;
