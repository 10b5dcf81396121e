import { createBreathe } from '../breathe.ts';
import type { RunsStatus, TargetStatus } from '../status.ts';
import { type Html, html } from './html.ts';
import { entitiesTable } from './status/entities-table.ts';
import type { Frame } from './status/frame.ts';
import { activeTable, failuresTable, mostActive } from './status/news-tables.ts';
import type { StatusQuery } from './status/query.ts';
import { searchForm } from './status/search-form.ts';
import { matching, selectActive, selectRows } from './status/select.ts';
import { STYLE } from './status/style.ts';
import { targetsTable } from './status/targets-table.ts';

/** What the status page shows. */
export interface StatusPage {
  readonly version: string;
  readonly telemetryPath: string;
  /** Whether /config shows the configuration. */
  readonly config?: boolean;
  readonly ready: boolean;
  /** Such as 2/4, when this exporter has only a part of all jobs and workflows. */
  readonly shard?: string | undefined;
  readonly targets: readonly TargetStatus[];
  readonly runs: RunsStatus;
  readonly query: StatusQuery;
  /** Local epoch seconds. */
  readonly now: number;
}

const CONFIG_LINK = html`<li><a href="/config">Configuration</a></li>
`;

/** The page at /: targets, what failed and what is active, and all jobs and workflows, a page at a time. */
export const renderStatusPage = async (page: StatusPage): Promise<string> => {
  const { version, telemetryPath, config = false, ready, shard, targets, runs, query, now } = page;
  const style: Html = { markup: STYLE };
  const frame: Frame = { query, now, placed: targets.length > 1, consoleLink: runs.consoleLink };
  const pause = createBreathe();
  const failures = await failuresTable(runs.failures.filter(matching(query)), frame, pause);
  const activeRuns = await selectActive(runs.entities, query, now, mostActive(query), pause);
  const active = await activeTable(activeRuns, frame, pause);
  const entities = await entitiesTable(await selectRows(runs.entities, query, pause), frame, pause);
  const { markup } = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>aws-glue-exporter</title>
<style>${style}</style>
</head>
<body>
<a class="skip" href="#runs">To the jobs and workflows</a>
<header>
<h1>aws-glue-exporter</h1>
<p>Job and workflow runs of AWS Glue for Prometheus. Version ${version}.</p>
<nav aria-label="Pages of this exporter"><ul>
<li><a href="${telemetryPath}">Metrics</a></li>
${config ? CONFIG_LINK : ''}<li><a href="/-/healthy">Health</a></li>
<li><a href="/-/ready">Readiness</a>: ${ready ? 'ready' : 'the first poll is not complete yet'}</li>
</ul></nav>
</header>
<main>
${shard === undefined ? '' : html`<p class="notice">This exporter is shard ${shard}: it shows its own part of the jobs and workflows, and no other.</p>\n`}${targetsTable(targets, now)}${searchForm(targets, query)}${failures}${active}${entities}</main>
</body>
</html>
`;
  return markup;
};
