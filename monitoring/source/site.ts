/** What can be set where the rules are used. The names are those of the chart's prometheusRule.thresholds. */
export const THRESHOLDS = {
  jobFailingFor: '5m',
  noSuccessRatio: 1.1,
  noSuccessSlackSeconds: 3600,
  slowRunRatio: 2,
  slowRunSlackSeconds: 600,
  slowRunTimeoutRatio: 0.9,
  queuedFor: '30m',
  concurrencyRatio: 0.9,
  concurrencyFor: '10m',
  spendRatio: 1.5,
  spendAtLeastDpuSeconds: 36_000,
  spendFor: '1h',
  throttledRatio: 0.05,
  throttledFor: '15m',
  targetDownFor: '10m',
  dataOldRatio: 1.5,
  dataOldFor: '10m',
  exporterDownFor: '5m',
  reloadFailedFor: '5m',
} as const;

export type Threshold = keyof typeof THRESHOLDS;

/** Where rules are used: as files for any Prometheus, or in the chart, whose values decide when it is installed. */
export interface Site {
  /** The selector of a metric: its own matchers, and those of the site. */
  select(metric: string, ...matchers: readonly string[]): string;
  threshold(name: Threshold): string;
  severity(alert: string, otherwise: string): string;
  runbookUrl(alert: string): string;
  /** The labels that distinguish installations of the exporter, as in by (…) or on (…). */
  readonly installation: string;
}

/** Labels that change when the exporter is restarted or moved. An alert that kept them would notify again each time. */
export const INSTANCE_LABELS = 'instance, pod, container, endpoint, service, node';

/**
 * Labels of which at least one differs between two installations of the exporter. One that the series lack does no harm.
 * In Kubernetes `job` is often the same for all releases; `service` is not.
 */
export const INSTALLATION_LABELS: readonly string[] = ['cluster', 'namespace', 'service', 'job'];

/** The folder of the runbooks, for the files. */
export const RUNBOOKS = 'https://github.com/aws-glue-exporter/aws-glue-exporter/blob/main/docs/runbooks';

export const runbookIn = (folder: string, alert: string): string => `${folder}/${alert}.md`;

/** Rules for any Prometheus that scrapes the exporter, under whatever name. */
export const anywhere: Site = {
  select: (metric, ...matchers) => (matchers.length === 0 ? metric : `${metric}{${matchers.join(', ')}}`),
  threshold: name => `${THRESHOLDS[name]}`,
  severity: (_alert, otherwise) => otherwise,
  runbookUrl: alert => runbookIn(RUNBOOKS, alert),
  installation: INSTALLATION_LABELS.join(', '),
};
