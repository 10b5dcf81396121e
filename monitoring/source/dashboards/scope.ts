import { identity, type Kind } from '../kinds.ts';

/** The selector of a metric within what the variables on top of a dashboard say. */
export type Select = (metric: string, ...matchers: readonly string[]) => string;

const within =
  (...scope: readonly string[]): Select =>
  (metric, ...matchers) =>
    `${metric}{${[...scope, ...matchers].join(', ')}}`;

/** Several accounts and regions, or all. */
export const inPlaces = within('aws_account_id=~"$account"', 'aws_region=~"$region"');

/** Several exporters, or all, whatever they read. */
export const ofInstances = within('instance=~"$instance"');

/** What several exporters expose about several accounts and regions. */
export const asRead = within('instance=~"$instance"', 'aws_account_id=~"$account"', 'aws_region=~"$region"');

/** The variable of a dashboard that chooses a value of this label: job of job_name. */
export const variableOf = (label: string): string => label.replace(/_name$/, '');

/** The entity of this kind that a dashboard is about. */
export const ofOne = ({ labelNames }: Kind): Select =>
  within(
    'aws_account_id="$account"',
    'aws_region="$region"',
    ...labelNames.map(label => `${label}="$${variableOf(label)}"`),
  );

/** One value for each entity, whichever process exposes it. */
export const perEntity = (kind: Kind, expr: string): string => `max by (${identity(kind)}) (${expr})`;

const matching = (label: string, values: readonly string[]): string =>
  values.length === 1 ? `${label}="${values[0]}"` : `${label}=~"${values.join('|')}"`;

/** Matches runs that succeeded. Other metrics than those of the kind have its results in another label. */
export const succeeded = (kind: Kind, label = kind.resultLabel): string => matching(label, kind.resultsWith('success'));

/** Matches runs that a success rate is of: those that succeeded or failed. A variable of the dashboard adds stopped ones. */
export const judged = (kind: Kind, label = kind.resultLabel): string =>
  matching(label, [...kind.resultsWith('success'), ...kind.resultsWith('failure'), '$stopped']);

/** Runs that a success rate is of. The restart of an endless run is neither success nor failure. */
export const judgedRuns = (kind: Kind, select: Select): string => {
  const { endless, resultLabel } = kind;
  const runs = `increase(${select(kind.metric('runs_total'), judged(kind))}[$__range])`;
  if (endless === undefined) return `sum(${runs})`;
  const restarts = `label_replace(${select(endless.metric, endless.matcher)}, "${resultLabel}", "${endless.restartState}", "", "")`;
  return `sum(${runs} unless on (${identity(kind)}, ${resultLabel}) ${restarts})`;
};

/**
 * How much counters have grown by in each interval of a graph, by some labels. All intervals together are the whole growth, while
 * windows of increase() over $__rate_interval overlap.
 */
export const grownBy = (labels: string, counter: string): string =>
  `sum by (${labels}) (rate(${counter}[$__rate_interval])) * $__interval_ms / 1000`;
