import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { exporter } from './exporter.ts';
import { job } from './job.ts';
import { overview } from './overview.ts';
import { workflow } from './workflow.ts';

const dashboards = (): readonly (readonly [name: string, dashboard: Dashboard])[] => [
  ['overview', overview()],
  ['job', job()],
  ['workflow', workflow()],
  ['exporter', exporter()],
];

/** The dashboards as Grafana reads them, by the names of their files. */
export const dashboardJson = (): readonly (readonly [name: string, json: string])[] =>
  dashboards().map(([name, dashboard]) => [name, `${JSON.stringify(dashboard, undefined, 2)}\n`]);
