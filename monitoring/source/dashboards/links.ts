import {
  type DashboardLinkBuilder,
  DashboardLinkType,
  DashboardLinkBuilder as Link,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Kind } from '../kinds.ts';
import { variableOf } from './scope.ts';

/** All dashboards of the exporter carry it, and find each other by it. */
export const TAG = 'aws-glue';

/** What a click on a value opens. */
export interface DataLink {
  readonly title: string;
  readonly url: string;
  readonly targetBlank?: boolean;
}

const KEPT = `\${__url_time_range}&\${datasource:queryparam}`;

/** From something that has kind, name and place to its dashboard: the kind is in the dashboard's uid and the name of its variable. */
const toEntity = (fields: string): DataLink => ({
  title: `Show this \${${fields}.kind}`,
  url: `/d/aws-glue-\${${fields}.kind}?${KEPT}&var-account=\${${fields}.aws_account_id}&var-region=\${${fields}.aws_region}&var-\${${fields}.kind}=\${${fields}.name:percentencode}`,
});

/** From a row of a table. */
export const fromRow = toEntity('__data.fields');

/** From a series with these labels. */
export const fromSeries = toEntity('__field.labels');

/** From a row about an account and region to the exporter that reads them. */
export const toExporter: DataLink = {
  title: 'How the exporter reads it',
  url: `/d/aws-glue-exporter?${KEPT}&var-account=\${__data.fields.aws_account_id}&var-region=\${__data.fields.aws_region}`,
};

/** From a row about an account and region to the overview of nothing else. */
export const toPlace: DataLink = {
  title: 'Only this account and region',
  url: `/d/aws-glue-overview?${KEPT}&var-account=\${__data.fields.aws_account_id}&var-region=\${__data.fields.aws_region}`,
};

/** Links to all dashboards of the exporter, on top of each. */
export const amongDashboards = (): DashboardLinkBuilder =>
  new Link('AWS Glue').type(DashboardLinkType.Dashboards).tags([TAG]).includeVars(true).keepTime(true);

/** The page of the console with variables in the place of the region and the name. */
const consoleUrl = ({ consoleLink, labelNames: [label = ''] }: Kind): string =>
  consoleLink('REGION', 'NAME')
    .replaceAll('REGION', `\${region}`)
    .replaceAll('NAME', `\${${variableOf(label)}:percentencode}`);

/** To AWS, whose console has the runs with their messages and logs. */
export const toConsole = (kind: Kind): DashboardLinkBuilder =>
  new Link('AWS console')
    .type(DashboardLinkType.Link)
    .icon('external link')
    .tooltip('Runs with their messages and logs, in the account that the console is logged in to')
    .url(consoleUrl(kind))
    .targetBlank(true);
