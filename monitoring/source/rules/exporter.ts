import { ALL_MANY } from '../kinds.ts';
import type { Site } from '../site.ts';
import { type Alert, promql, type RuleFile } from './rule.ts';

const WHERE =
  '{{ with $labels.instance }} on {{ . }}{{ end }}{{ with $labels.service }} of service {{ . }}{{ end }}{{ with $labels.namespace }} in namespace {{ . }}{{ end }}';

/** A day is long enough to notice, and short enough for an installation that was removed on purpose. */
const down = (site: Site): Alert => {
  const alert = 'GlueExporterDown';
  const seen = `max_over_time(${site.select('aws_glue_exporter_build_info')}[1d])`;
  const exporter = `${site.installation}, instance`;
  return {
    alert,
    // By what it exposed before, so that its scrape job can have any name.
    expr: promql`
      # A target that cannot be scraped, for as long as Prometheus lists it.
      up == 0 and on (${exporter}) ${seen}
      or
      up == 0 and on (${exporter}) ALERTS{alertname="${alert}", alertstate="firing"}
      or
      # An installation of which Prometheus lists nothing any more.
      max by (${site.installation}) (${seen}) unless on (${site.installation}) up
      or
      # No exporter was ever there.
      absent_over_time(${site.select('aws_glue_exporter_build_info')}[1d])
    `,
    for: site.threshold('exporterDownFor'),
    severity: 'critical',
    summary: `aws-glue-exporter${WHERE} is down`,
    description: `Prometheus cannot scrape aws-glue-exporter${WHERE}. Nothing alerts on failures of its Glue ${ALL_MANY}. With state.path nothing is lost: runs that end meanwhile are counted when it is back.`,
  };
};

const shardMissing = (site: Site): Alert => ({
  alert: 'GlueExporterShardMissing',
  expr: promql`
    max by (${site.installation}) (${site.select('aws_glue_exporter_shards')})
      > count by (${site.installation}) (
        count_values by (${site.installation}) ("shard", ${site.select('aws_glue_exporter_shard_ordinal')})
      )
  `,
  for: site.threshold('exporterDownFor'),
  severity: 'critical',
  summary: `A shard of aws-glue-exporter${WHERE} is missing`,
  description: `Not all of {{ $value }} shards of aws-glue-exporter${WHERE} are scraped. Nothing alerts on failures of the ${ALL_MANY} of the missing one.`,
});

const reloadFailed = (site: Site): Alert => ({
  alert: 'GlueExporterConfigReloadFailed',
  expr: `${site.select('aws_glue_exporter_config_last_reload_successful')} == 0`,
  for: site.threshold('reloadFailedFor'),
  severity: 'warning',
  summary: 'aws-glue-exporter on {{ $labels.instance }} runs with an old configuration',
  description:
    'The last reload of the configuration of aws-glue-exporter on {{ $labels.instance }} failed; it keeps the previous one. It will not start with the new one.',
});

const stateNotSaved = (site: Site): Alert => ({
  alert: 'GlueExporterStateNotSaved',
  expr: `increase(${site.select('aws_glue_exporter_state_save_failures_total')}[15m]) > 0`,
  severity: 'critical',
  summary: 'aws-glue-exporter on {{ $labels.instance }} cannot save its state',
  description:
    'Saves to state.path of aws-glue-exporter on {{ $labels.instance }} fail. What cannot be saved is not exposed: runs that end now are seen when the disk is writable again.',
});

const seriesDropped = (site: Site): Alert => ({
  alert: 'GlueExporterSeriesDropped',
  expr: `increase(${site.select('aws_glue_exporter_series_dropped_total')}[15m]) > 0`,
  severity: 'warning',
  summary: 'aws-glue-exporter on {{ $labels.instance }} does not expose everything',
  description: `The series.limit of aws-glue-exporter on {{ $labels.instance }} is reached: some ${ALL_MANY} are not exposed, and nothing alerts on their failures.`,
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
