import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { LAG_PARTS, watchEventLoop } from './event-loop-lag.ts';
import type { Format } from './format.ts';
import { createOwnRegistry } from './own-registry.ts';
import type { Piece } from './piece.ts';
import { type Labels, OPENMETRICS_END, renderHeader, renderLabels, renderSample } from './text.ts';

export type { TargetLabels } from './own-family.ts';

/** The exporter's own series at one moment. */
export interface OwnSeries {
  /** Those that the exporter counts itself; the same pieces until they change. */
  readonly pieces: readonly Piece[];
  /** Those of the process, which come last, in OpenMetrics with the end of the exposition. */
  readonly process: Promise<string>;
}

const TARGET = ['aws_account_id', 'aws_region'] as const;

/** Labels of the exporter's own series about a target, next to its account, its region and its constant labels. */
export const OWN_TARGET_LABELS = ['collector', 'data', 'operation', 'reason', 'field', 'result'] as const;

const PREFIX = 'aws_glue_exporter_';

/** prom-client's gauges that carry a counter's suffix; promtool rejects them, and each has a twin with labels. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

const LAG = 'nodejs_eventloop_lag';
/** Not to be reached: the timer of prom-client's own that are removed. */
const NEVER_MS = 2 ** 31 - 1;

/** prom-client's metrics of the process; those of the event loop are ours, see event-loop-lag.ts. */
const collectProcessMetrics = (registry: Registry): void => {
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: NEVER_MS });
  for (const { name } of registry.getMetricsAsArray()) if (name.startsWith(LAG)) registry.removeSingleMetric(name);
  for (const name of MISNAMED) registry.removeSingleMetric(name);

  const registers = [registry];
  const readLag = watchEventLoop();
  // Gauges are read in the order in which they are made: this one reads for the others.
  new Gauge({
    name: `${LAG}_seconds`,
    help: 'Time that the event loop took to come to its next turn in the scrape before this one, in seconds.',
    registers,
    collect() {
      const startedAt = performance.now();
      setImmediate(() => this.set((performance.now() - startedAt) / 1_000));
      const lag = readLag();
      for (const { part, gauge } of parts) if (lag !== undefined) gauge.set(lag[part]);
    },
  });
  const parts = LAG_PARTS.map(part => ({
    part,
    gauge: new Gauge({
      name: `${LAG}_${part}_seconds`,
      help: `Time between two turns of a timer of 10 ms since the last scrape, in seconds: ${part}. Beyond 0.01 the event loop was late.`,
      registers,
    }),
  }));
};

/** The exporter's own metrics. This file is the only one that knows prom-client. */
export const createTelemetry = (build: {
  readonly version: string;
  readonly revision?: string;
  readonly branch?: string;
  readonly nodeVersion: string;
}) => {
  const registry = new Registry();
  collectProcessMetrics(registry);

  const own = createOwnRegistry(PREFIX);
  const { gauge, counter } = own;

  const buildInfo = gauge(
    'build_info',
    ['version', 'revision', 'branch', 'node_version'] as const,
    'Always 1; the labels say what runs.',
  );
  const { version, revision = 'unknown', branch = 'unknown', nodeVersion } = build;
  buildInfo.set({ version, revision, branch, node_version: nodeVersion }, 1);

  const instruments = {
    targetUp: gauge(
      'target_up',
      TARGET,
      '0 when this account and region could not be reached in the last poll, or none of its collectors succeeded, else 1. Absent before the first poll ended.',
    ),
    collectorUp: gauge(
      'collector_up',
      [...TARGET, 'collector'] as const,
      '1 when the last poll of this collector met no failure, else 0. A single entity that was deleted or whose response was malformed is no failure unless nothing else could be read.',
    ),
    pollDurationSeconds: gauge(
      'poll_duration_seconds',
      TARGET,
      'Duration of the last poll of this account and region in seconds, from its first listing until its last answer was counted and saved.',
      'Scrapes show what it found a moment later.',
    ),
    lastSuccessfulPoll: gauge(
      'last_successful_poll_timestamp_seconds',
      [...TARGET, 'collector'] as const,
      'Local time at which this collector had last read everything without a failure, in seconds since the epoch. Absent before.',
      'With more entities than poll.timeout has room for, that takes several polls.',
    ),
    oldestRead: gauge(
      'oldest_read_timestamp_seconds',
      [...TARGET, 'collector', 'data'] as const,
      'Local time of the oldest read that is exposed: of the last successful listing (definitions), and of the entity whose runs were read longest ago (runs). Seconds since the epoch.',
    ),
    readAgeLimit: gauge(
      'read_age_limit_seconds',
      [...TARGET, 'collector', 'data'] as const,
      'Maximum age of this data in seconds while polls keep up, computed from the number of requests and aws.requests_per_second. Older data is late: see the GlueDataOld runbook.',
    ),
    pollOverruns: counter(
      'poll_overruns_total',
      TARGET,
      'Polls that took longer than poll.interval, so that the next one started late.',
      'Polls of a target never overlap.',
    ),
    entities: gauge(
      'entities',
      [...TARGET, 'collector'] as const,
      'Entities, such as jobs, that the last successful listing of this collector found and the filters admit; with --shard only those of this shard.',
    ),
    apiRequests: counter(
      'api_requests_total',
      [...TARGET, 'operation'] as const,
      'Requests sent to AWS, retries included.',
      'An attempt that fails to get credentials is never sent and counts in aws_glue_exporter_api_failures_total only. Requests for role credentials, which the SDK sends by itself, are not counted.',
    ),
    apiFailures: counter(
      'api_failures_total',
      [...TARGET, 'operation', 'reason'] as const,
      'Attempts to send a request to AWS that failed, by reason, including those that failed to get credentials. Retries count again.',
    ),
    apiThrottles: counter(
      'api_throttles_total',
      TARGET,
      'Requests that AWS throttled because the rate limit of the account, shared with everything else in it, was reached.',
    ),
    apiBudget: gauge(
      'api_budget_requests_per_second',
      TARGET,
      'Requests per second that may be sent to this account and region now: aws.requests_per_second, or less after AWS has throttled requests.',
      "With --shard it starts from this shard's part of it. It halves, down to a twentieth, and grows back within a minute.",
    ),
    apiBudgetUsed: gauge(
      'api_budget_used_ratio',
      TARGET,
      'Requests sent in the last poll, as a part of those that the budget allowed until the next one, about 0 to 1.',
      'Close to 1 there is more to read than fits into each poll: see aws_glue_exporter_read_age_limit_seconds.',
    ),
    runsCounted: counter(
      'runs_counted_total',
      [...TARGET, 'collector', 'result'] as const,
      'Runs that ended in this account and region, by end state or outcome. Resets on restart.',
      'RESTARTED are EXPIRED runs of streaming jobs.',
    ),
    runsLost: counter(
      'runs_lost_total',
      [...TARGET, 'collector'] as const,
      'Runs that were seen active and vanished from Glue before their end was seen.',
      'They are in no other counter unless Glue shows them again.',
    ),
    historyTruncated: counter(
      'history_truncated_total',
      [...TARGET, 'collector'] as const,
      'Run histories whose reading was cut short.',
      'After a page token that came round again the next poll reads the same again; after too many pages (20,000 runs) what lies further back is not counted.',
    ),
    unknownValues: counter(
      'unknown_values_total',
      [...TARGET, 'field'] as const,
      'Values read that this version does not know, such as a new run state, and dates in the future, which are taken as absent.',
      'The same value counts again with every poll that reads it.',
    ),
    series: gauge(
      'series',
      [] as const,
      "Glue series exposed now; the exporter's own are not counted.",
      'Room is kept for the most series that each entity can have, so this can stay below series.limit.',
    ),
    seriesDropped: counter(
      'series_dropped_total',
      [] as const,
      'Series that were not exposed because series.limit left no room for their entity.',
      'They count again each time it is read.',
    ),
    configLastReloadSuccessful: gauge(
      'config_last_reload_successful',
      [] as const,
      '1 when the configuration was loaded and applied the last time it was read, else 0: the exporter keeps the previous one.',
    ),
    configLastReloadSuccess: gauge(
      'config_last_reload_success_timestamp_seconds',
      [] as const,
      'Local time of the last successful load of the configuration, in seconds since the epoch.',
    ),
    stateSaveFailures: counter(
      'state_save_failures_total',
      [] as const,
      'Attempts to save to state.path that failed. What was not saved is not exposed, and the next poll tries again.',
      'Always 0 without state.path.',
    ),
    departedLedgersDropped: counter(
      'departed_ledgers_dropped_total',
      [...TARGET, 'collector'] as const,
      'Ledgers of deleted or filtered-out entities that were dropped before their week was over, because there were too many.',
      'If such an entity returns, its counters start at 0, and no run is counted twice.',
    ),
    shardOrdinal: gauge(
      'shard_ordinal',
      [] as const,
      'Which shard this exporter is, from 0 on, as --shard says; 0 when it takes everything.',
    ),
    shards: gauge(
      'shards',
      [] as const,
      'How many shards there are, as --shard says; 1 when this exporter takes everything.',
      'Each entity is exposed by exactly one of them as long as all say the same.',
    ),
  };

  const processSeries = async (format: Format): Promise<string> => {
    let text = '';
    for (const metric of await registry.getMetricsAsJSON()) {
      if (metric.values.length === 0) continue;
      const { name: family, help } = metric;
      text += renderHeader({ name: family, help, type: `${metric.type}` }, format);
      for (const value of metric.values) {
        const name = 'metricName' in value && typeof value.metricName === 'string' ? value.metricName : family;
        text += renderSample(name, labelsOf(value.labels, format), value.value);
      }
    }
    return format === 'openmetrics' ? text + OPENMETRICS_END : text;
  };

  /**
   * All of the exporter's own and the process's series next to so many Glue series. Gauges are read before it returns; what they are set
   * to later is not in it.
   */
  const expose = (format: Format, glueSeries: number): OwnSeries => {
    instruments.series.set(glueSeries);
    return { pieces: own.pieces(format), process: processSeries(format) };
  };

  return {
    ...instruments,
    /** The headers of the exporter's own families, for the docs. */
    headers: own.headers,
    expose,
    prepare: own.prepare,
    /** The same as one text. */
    render: async (format: Format, glueSeries: number): Promise<string> => {
      const { pieces, process } = expose(format, glueSeries);
      return Buffer.concat(pieces.map(({ bytes }) => bytes)).toString() + (await process);
    },
    targetOf: own.targetOf,
    label: own.label,
  };
};

type ProcessLabels = Readonly<Record<string, string | number | undefined>>;

/** Most labels are the same objects from scrape to scrape. */
const renderedLabels = new WeakMap<ProcessLabels, string>();

const labelsOf = (labels: ProcessLabels, format: Format): string => {
  if (format === 'openmetrics' && ('le' in labels || 'quantile' in labels)) return renderLabels(canonical(labels));
  const found = renderedLabels.get(labels) ?? renderLabels(textsOf(labels));
  renderedLabels.set(labels, found);
  return found;
};

const textsOf = (labels: ProcessLabels): Labels =>
  Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, `${value ?? ''}`]));

/** OpenMetrics writes bounds as floats: 1.0, not 1. */
const canonical = (labels: ProcessLabels): Labels =>
  Object.fromEntries(
    Object.entries(textsOf(labels)).map(([name, value]) => [
      name,
      /^\d+$/.test(value) && ['le', 'quantile'].includes(name) ? `${value}.0` : value,
    ]),
  );

export type Telemetry = ReturnType<typeof createTelemetry>;
