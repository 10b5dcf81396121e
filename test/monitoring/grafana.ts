/*
 * What Grafana does with a dashboard before it asks Prometheus: variables get their values in turn, and are put into the queries.
 * As in its data source for Prometheus: https://grafana.com/docs/grafana/latest/datasources/prometheus/template-variables/
 */
import type { Dashboard, Panel, Target, Variable } from './dashboard-json.ts';

/** The values of a variable that are chosen. */
type Chosen = string | readonly string[];

export interface Choices {
  /** Values of a metric's label, as Prometheus knows them. */
  labelValues(selector: string, label: string): Promise<readonly string[]>;
  /** Which of the values that were found is chosen for a variable; undefined leaves the dashboard as it opens. */
  choose(variable: string, found: readonly string[]): Chosen | undefined;
}

const escaped = (value: string): string => value.replaceAll(/[\\^$*+?.()|[\]{}]/g, '\\\\$&');

/** How a variable reads in a query: values of one that may have several are patterns. */
const inQuery = (chosen: Chosen): string => {
  if (typeof chosen === 'string') return chosen.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  const [first = '', ...others] = chosen.map(escaped);
  return others.length === 0 ? first : `(${[first, ...others].join('|')})`;
};

const replaced = (text: string, values: ReadonlyMap<string, string>): string =>
  text.replaceAll(/\$(\w+)|\$\{(\w+)\}/g, (whole, plain?: string, braced?: string) => {
    return values.get(plain ?? braced ?? '') ?? whole;
  });

const LABEL_VALUES = /^label_values\((.+), (\w+)\)$/;

/** The values of a dashboard's variables, as they read in queries. Throws when a query of a variable finds nothing. */
export const valuesOf = async (
  { uid, templating }: Dashboard,
  { labelValues, choose }: Choices,
): Promise<ReadonlyMap<string, string>> => {
  const values = new Map<string, string>();
  const chosenOf = async (variable: Variable): Promise<string> => {
    if (variable.type === 'custom') return inQuery(variable.current.value);
    if (variable.type !== 'query') return variable.query;
    const { name, query, multi, includeAll, allValue } = variable;
    const [, selector = '', label = ''] = LABEL_VALUES.exec(replaced(query, values)) ?? [];
    const found = await labelValues(selector, label);
    const [first] = found;
    if (first === undefined) throw new Error(`variable ${name} of ${uid} finds nothing: ${query}`);
    const chosen = choose(name, found);
    if (chosen !== undefined) return inQuery(multi ? [chosen].flat() : chosen);
    if (includeAll) return allValue ?? inQuery(found);
    return inQuery(multi ? [first] : first);
  };
  for (const variable of templating.list) values.set(variable.name, await chosenOf(variable));
  return values;
};

/** What Grafana knows of the time. */
export interface TimeRange {
  readonly seconds: number;
  readonly scrapeSeconds: number;
}

/** Points of a graph of usual width. */
const POINTS = 1000;

const secondsOf = (interval: string): number => {
  const [, number = '', unit = ''] = /^(\d+)([sm])$/.exec(interval) ?? [];
  return Number(number) * (unit === 'm' ? 60 : 1);
};

/** A query as it is sent. */
export interface Question {
  readonly expr: string;
  /** Between the points of a graph; undefined when it is asked for one moment. */
  readonly stepSeconds: number | undefined;
}

/** A query of a panel as Grafana sends it. Throws when a variable is left in it. */
export const questionOf = (
  { interval = '0s', maxDataPoints = POINTS }: Panel,
  { expr, range }: Target,
  variables: ReadonlyMap<string, string>,
  { seconds, scrapeSeconds }: TimeRange,
): Question => {
  const step = Math.max(Math.ceil(seconds / maxDataPoints), scrapeSeconds, secondsOf(interval));
  const known = new Map([
    ...variables,
    ['__range', `${seconds}s`],
    ['__interval', `${step}s`],
    ['__interval_ms', `${step * 1000}`],
    ['__rate_interval', `${Math.max(step + scrapeSeconds, 4 * scrapeSeconds)}s`],
  ]);
  const asked = replaced(expr, known);
  // "$1" is what label_replace puts in.
  if (/\$(?!1")/.test(asked)) throw new Error(`a variable is left in ${asked}`);
  return { expr: asked, stepSeconds: range ? step : undefined };
};
