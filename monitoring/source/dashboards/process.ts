import { MappingType } from '@grafana/grafana-foundation-sdk/dashboard';
import { graph, type PanelBuilder, stat } from './panels.ts';
import { asRead, grownBy, ofInstances } from './scope.ts';
import { table } from './table.ts';
import { COUNTED, NONE_IS_GOOD } from './theme.ts';

/** Metrics that every process of Node has, of exporters only. */
const ofExporters = (expr: string): string =>
  `${expr} and on (job, instance) ${ofInstances('aws_glue_exporter_build_info')}`;

export const down = (): PanelBuilder =>
  stat({
    title: 'Exporters down',
    description: 'Exporters that Prometheus cannot scrape, of those that it could within the time range.',
    unit: 'short',
    width: 4,
    height: 4,
    filled: true,
    thresholds: NONE_IS_GOOD,
    noValue: 'no exporter',
    queries: [{ expr: `sum(${ofInstances('up')} == bool 0)`, legend: '' }],
  });

export const reload = (): PanelBuilder =>
  stat({
    title: 'Configuration',
    description:
      'Whether the configuration was loaded when it was read last. If not, the one before is still in use, and the next start will fail.',
    unit: 'none',
    width: 4,
    height: 4,
    filled: true,
    noValue: 'no exporter',
    thresholds: [[null, 'orange']],
    mappings: [
      {
        type: MappingType.ValueToText,
        options: { '0': { text: 'not loaded', color: 'red' }, '1': { text: 'loaded', color: 'green' } },
      },
    ],
    queries: [{ expr: `min(${ofInstances('aws_glue_exporter_config_last_reload_successful')})`, legend: '' }],
  });

export const saves = (): PanelBuilder =>
  stat({
    title: 'Saves that failed',
    description:
      'Attempts in the time range to save to state.path that failed. What was not saved is not exposed. Always 0 without state.path.',
    unit: 'short',
    decimals: 0,
    width: 4,
    height: 4,
    thresholds: NONE_IS_GOOD,
    queries: [
      { expr: `sum(increase(${ofInstances('aws_glue_exporter_state_save_failures_total')}[$__range]))`, legend: '' },
    ],
  });

const byInstance = (metric: string): string => `max by (instance) (${ofInstances(metric)})`;

export const exporters = (): PanelBuilder =>
  table({
    title: 'Exporters',
    description:
      'Each exporter: its version, which shard of how many it takes, how many Glue series it exposes, and when its configuration was loaded last.',
    width: 24,
    height: 5,
    columns: [
      { title: 'Exporter', from: { label: 'instance' } },
      {
        title: 'Up',
        unit: 'short',
        from: { expr: byInstance('up') },
        texts: { '0': { text: 'down', color: 'red' }, '1': { text: 'up', color: 'green' } },
        look: 'colored',
      },
      { title: 'Version', from: { label: 'version' } },
      { title: 'Node', from: { label: 'node_version' } },
      {
        title: 'Build',
        unit: 'short',
        from: { expr: `max by (instance, version, node_version) (${ofInstances('aws_glue_exporter_build_info')})` },
        hidden: true,
      },
      { title: 'Shard', unit: 'short', from: { expr: byInstance('aws_glue_exporter_shard_ordinal') } },
      { title: 'Of', unit: 'short', from: { expr: byInstance('aws_glue_exporter_shards') } },
      { title: 'Series', unit: 'short', from: { expr: byInstance('aws_glue_exporter_series') } },
      {
        title: 'Configuration loaded',
        from: { expr: `1000 * ${byInstance('aws_glue_exporter_config_last_reload_success_timestamp_seconds')}` },
        unit: 'dateTimeFromNow',
      },
    ],
    sortBy: 'Exporter',
    order: 'smallest first',
  });

export const found = (): PanelBuilder =>
  graph({
    title: 'Entities',
    description:
      'Jobs, workflows and so on that the last successful listing of each collector found and the filters admit.',
    unit: 'short',
    decimals: 0,
    width: 8,
    height: 8,
    queries: [{ expr: `sum by (collector) (${asRead('aws_glue_exporter_entities')})`, legend: '{{collector}}' }],
  });

export const series = (): PanelBuilder =>
  graph({
    title: 'Series',
    description:
      'Glue series that are exposed, and those that were not because series.limit was reached (these count again each time their entity is read).',
    unit: 'short',
    decimals: 0,
    width: 8,
    height: 8,
    queries: [
      { expr: byInstance('aws_glue_exporter_series'), legend: '{{instance}}' },
      {
        expr: grownBy('instance', ofInstances('aws_glue_exporter_series_dropped_total')),
        legend: '{{instance}} dropped',
      },
    ],
  });

export const oddities = (): PanelBuilder =>
  graph({
    ...COUNTED,
    title: 'What could not be counted',
    description:
      'In each interval of the graph: runs that were seen active and vanished before their end was seen, histories whose reading was cut short, and values that this version does not know.',
    width: 8,
    height: 8,
    queries: [
      {
        expr: grownBy('collector', asRead('aws_glue_exporter_runs_lost_total')),
        legend: 'runs of {{collector}} lost',
      },
      {
        expr: grownBy('collector', asRead('aws_glue_exporter_history_truncated_total')),
        legend: 'histories of {{collector}} cut short',
      },
      {
        expr: grownBy('field', asRead('aws_glue_exporter_unknown_values_total')),
        legend: 'unknown {{field}}',
      },
    ],
  });

export const cpu = (): PanelBuilder =>
  graph({
    title: 'CPU',
    description: 'Part of one CPU that each exporter uses.',
    unit: 'percentunit',
    width: 8,
    height: 8,
    queries: [
      {
        expr: ofExporters(
          `sum by (job, instance) (rate(${ofInstances('process_cpu_seconds_total')}[$__rate_interval]))`,
        ),
        legend: '{{instance}}',
      },
    ],
  });

export const memory = (): PanelBuilder =>
  graph({
    title: 'Memory',
    description: 'Resident memory of each exporter, and how much of it is the heap of JavaScript.',
    unit: 'bytes',
    width: 8,
    height: 8,
    queries: [
      { expr: ofExporters(ofInstances('process_resident_memory_bytes')), legend: '{{instance}}' },
      { expr: ofExporters(ofInstances('nodejs_heap_size_used_bytes')), legend: '{{instance}} heap' },
    ],
  });

export const lag = (): PanelBuilder =>
  graph({
    title: 'Lag of the event loop',
    description:
      'How much later than planned work begins, for the slowest hundredth: while the loop is held up, scrapes and polls wait.',
    unit: 's',
    width: 8,
    height: 8,
    queries: [{ expr: ofExporters(ofInstances('nodejs_eventloop_lag_p99_seconds')), legend: '{{instance}}' }],
  });
