import { PanelBuilder as BarGauge } from '@grafana/grafana-foundation-sdk/bargauge';
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import {
  BarGaugeDisplayMode,
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  LineInterpolation,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  type DynamicConfigValue,
  type Panel,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimeline } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as Timeseries } from '@grafana/grafana-foundation-sdk/timeseries';
import type { DataLink } from './links.ts';
import { DATASOURCE } from './variables.ts';

export type PanelBuilder = Builder<Panel>;

export interface Query {
  readonly expr: string;
  /** The name of its series, with labels in {{ }}. */
  readonly legend: string;
  /** Shows the runs behind failures as points, where Prometheus keeps exemplars. */
  readonly exemplars?: boolean;
}

/** Settings of the series or column of this name. */
export interface Override {
  readonly name: string;
  readonly properties: readonly DynamicConfigValue[];
}

/** The colours of values, each from a value on; the first has none. */
export type Steps = readonly (readonly [from: number | null, color: string])[];

/** What every panel says. */
export interface Frame {
  readonly title: string;
  /** What it shows, and where it is blind. */
  readonly description: string;
  /** One of Grafana's units. */
  readonly unit: string;
  /** Of 24. */
  readonly width: number;
  readonly height: number;
  readonly decimals?: number;
  readonly mappings?: readonly ValueMapping[];
  readonly thresholds?: Steps;
  readonly overrides?: readonly Override[];
  /** What stands where there is nothing to show. */
  readonly noValue?: string;
}

/** What the builders of all kinds of panels have in common. */
interface Framed {
  title(title: string): unknown;
  description(description: string): unknown;
  unit(unit: string): unknown;
  span(width: number): unknown;
  height(height: number): unknown;
  decimals(decimals: number): unknown;
  noValue(text: string): unknown;
  mappings(mappings: ValueMapping[]): unknown;
  thresholds(thresholds: Builder<{ mode: ThresholdsMode; steps: Threshold[] }>): unknown;
  overrideByName(name: string, properties: DynamicConfigValue[]): unknown;
  datasource(datasource: typeof DATASOURCE): unknown;
}

/** Without these Grafana has thresholds of its own, which mean nothing here. */
const PLAIN: Steps = [[null, 'text']];

/** Puts into a builder what every panel has. */
export const framed = <B extends Framed>(builder: B, frame: Frame): B => {
  const {
    title,
    description,
    unit,
    width,
    height,
    decimals,
    mappings = [],
    thresholds = PLAIN,
    overrides = [],
  } = frame;
  builder.title(title);
  builder.description(description);
  builder.unit(unit);
  builder.span(width);
  builder.height(height);
  builder.datasource(DATASOURCE);
  builder.noValue(frame.noValue ?? 'none');
  builder.mappings([...mappings]);
  if (decimals !== undefined) builder.decimals(decimals);
  builder.thresholds(thresholdsOf(thresholds));
  for (const { name, properties } of overrides) builder.overrideByName(name, [...properties]);
  return builder;
};

export const thresholdsOf = (steps: Steps): ThresholdsConfigBuilder =>
  new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps.map(([value, color]) => ({ value, color })));

/** Queries of a panel are called A, B, C and so on. */
export const refIdOf = (index: number): string => String.fromCharCode('A'.charCodeAt(0) + index);

const query = ({ expr, legend, exemplars = false }: Query, index: number): DataqueryBuilder =>
  new DataqueryBuilder()
    .refId(refIdOf(index))
    .expr(expr)
    .legendFormat(legend)
    .exemplar(exemplars)
    .datasource(DATASOURCE);

const now = (queries: readonly Query[]): Builder<Dataquery>[] =>
  queries.map((each, index) => query(each, index).instant());

/** Queries that are asked once, for the end of the time range, and give rows with a column for each label. */
export const rowsNow = (exprs: readonly string[]): Builder<Dataquery>[] =>
  exprs.map((expr, index) => query({ expr, legend: '' }, index).instant().format(PromQueryFormat.Table));

const overTime = (queries: readonly Query[]): Builder<Dataquery>[] =>
  queries.map((each, index) => query(each, index).range());

export interface StatSpec extends Frame {
  readonly queries: readonly Query[];
  readonly link?: DataLink;
  /** Colours the whole panel instead of the text. */
  readonly filled?: boolean;
}

/** One number, or a few with their names. */
export const stat = ({ queries, link, filled = false, ...frame }: StatSpec): PanelBuilder => {
  const panel = framed(new Stat(), frame)
    .targets(now(queries))
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false))
    .graphMode(BigValueGraphMode.None)
    .colorMode(filled ? BigValueColorMode.Background : BigValueColorMode.Value)
    .textMode(queries.some(({ legend }) => legend !== '') ? BigValueTextMode.ValueAndName : BigValueTextMode.Value);
  return link === undefined ? panel : panel.overrideByRegexp('.*', [{ id: 'links', value: [link] }]);
};

export interface GraphSpec extends Frame {
  readonly queries: readonly Query[];
  /** Bars and areas on top of each other, for what adds up. */
  readonly stacked?: boolean;
  readonly look?: 'lines' | 'steps' | 'bars';
  readonly max?: number;
  /** The least that a point stands for, so that a graph of thousands of series stays cheap. */
  readonly interval?: string;
  readonly points?: number;
  /** What the legend shows for each series. */
  readonly calcs?: readonly ('sum' | 'max' | 'lastNotNull')[];
}

/** Values over time. */
export const graph = (spec: GraphSpec): PanelBuilder => {
  const { queries, stacked = false, look = 'lines', max, interval, points, calcs = [], ...frame } = spec;
  const legend = new VizLegendOptionsBuilder()
    .showLegend(true)
    .placement(LegendPlacement.Bottom)
    .calcs([...calcs]);
  const panel = framed(new Timeseries(), frame)
    .targets(overTime(queries))
    .min(0)
    .legend(legend.displayMode(calcs.length === 0 ? LegendDisplayMode.List : LegendDisplayMode.Table))
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .drawStyle(look === 'bars' ? GraphDrawStyle.Bars : GraphDrawStyle.Line)
    .lineInterpolation(look === 'steps' ? LineInterpolation.StepAfter : LineInterpolation.Linear)
    .fillOpacity(look === 'bars' ? 80 : stacked ? 30 : 0)
    .showPoints(VisibilityMode.Never)
    .stacking(new StackingConfigBuilder().mode(stacked ? StackingMode.Normal : StackingMode.None).group('A'));
  if (max !== undefined) panel.max(max);
  if (interval !== undefined) panel.interval(interval);
  if (points !== undefined) panel.maxDataPoints(points);
  return panel;
};

/** A bar for each series, as of now. */
export const bars = ({ queries, ...frame }: Frame & { readonly queries: readonly Query[] }): PanelBuilder =>
  framed(new BarGauge(), frame)
    .targets(now(queries))
    .min(0)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false))
    .displayMode(BarGaugeDisplayMode.Basic)
    .orientation(VizOrientation.Horizontal);

/** States over time, a row for each query. */
export const timeline = ({ queries, ...frame }: Frame & { readonly queries: readonly Query[] }): PanelBuilder =>
  framed(new StateTimeline(), frame)
    .targets(overTime(queries))
    .mergeValues(true)
    .showValue(VisibilityMode.Auto)
    .rowHeight(0.8)
    .fillOpacity(85)
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(false)
        .displayMode(LegendDisplayMode.Hidden)
        .placement(LegendPlacement.Bottom)
        .calcs([]),
    );
