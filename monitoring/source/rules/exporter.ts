import type { Site } from '../site.ts';
import { type Alert, promql, type RuleFile } from './rule.ts';

const down = (site: Site): Alert => ({
  alert: 'GlueExporterDown',
  // By what it exposed before, so that it need not be scraped under a certain name; and when there is none at all.
  expr: promql`
    up == 0 and on (job, instance) max_over_time(${site.select('aws_glue_exporter_build_info')}[1d])
    or
    absent(${site.select('aws_glue_exporter_build_info')})
  `,
  for: site.threshold('exporterDownFor'),
  severity: 'critical',
  summary: 'aws-glue-exporter{{ with $labels.instance }} on {{ . }}{{ end }} is down',
  description:
    'Prometheus cannot scrape aws-glue-exporter{{ with $labels.instance }} on {{ . }}{{ end }}: failures of Glue jobs and workflows are not told. With state.path nothing is lost, and what failed meanwhile is told when it is back.',
});

const shardMissing = (site: Site): Alert => ({
  alert: 'GlueExporterShardMissing',
  expr: promql`
    max by (job, namespace) (${site.select('aws_glue_exporter_shards')})
      > count by (job, namespace) (
        count_values by (job, namespace) ("shard", ${site.select('aws_glue_exporter_shard_ordinal')})
      )
  `,
  for: site.threshold('exporterDownFor'),
  severity: 'critical',
  summary: 'A shard of aws-glue-exporter is missing',
  description:
    'Of {{ $value }} shards of aws-glue-exporter ({{ $labels.job }}) not all are scraped: the jobs and workflows of the missing one are not watched.',
});

const reloadFailed = (site: Site): Alert => ({
  alert: 'GlueExporterConfigReloadFailed',
  expr: `${site.select('aws_glue_exporter_config_last_reload_successful')} == 0`,
  for: site.threshold('reloadFailedFor'),
  severity: 'warning',
  summary: 'aws-glue-exporter on {{ $labels.instance }} runs with an old configuration',
  description:
    'The last reload of the configuration of aws-glue-exporter on {{ $labels.instance }} failed; the one before is still in use. The next start will fail.',
});

const stateNotSaved = (site: Site): Alert => ({
  alert: 'GlueExporterStateNotSaved',
  expr: `increase(${site.select('aws_glue_exporter_state_save_failures_total')}[15m]) > 0`,
  severity: 'critical',
  summary: 'aws-glue-exporter on {{ $labels.instance }} cannot save its state',
  description:
    'Saves to state.path of aws-glue-exporter on {{ $labels.instance }} fail. What cannot be saved is not exposed: runs that end now are told when the disk is writable again.',
});

const seriesDropped = (site: Site): Alert => ({
  alert: 'GlueExporterSeriesDropped',
  expr: `increase(${site.select('aws_glue_exporter_series_dropped_total')}[15m]) > 0`,
  severity: 'warning',
  summary: 'aws-glue-exporter on {{ $labels.instance }} does not expose everything',
  description:
    'The series.limit of aws-glue-exporter on {{ $labels.instance }} is reached: some jobs and workflows are not exposed, and their failures are not told.',
});

/** The rules about the exporter itself. */
export const exporterRules = (site: Site): RuleFile => ({
  name: 'exporter',
  groups: [
    {
      name: 'aws-glue-exporter',
      rules: [down(site), shardMissing(site), reloadFailed(site), stateNotSaved(site), seriesDropped(site)],
    },
  ],
});
