import type { RunsStatus, TargetStatus } from '../status.ts';
import { createYield, type Yield } from '../yield.ts';
import { type Html, html } from './html.ts';
import { activeTable } from './status/active-table.ts';
import { entitiesTable } from './status/entities-table.ts';
import { failuresTable } from './status/failures-table.ts';
import { filterForm } from './status/filter-form.ts';
import type { Frame } from './status/frame.ts';
import { pageHeader, refreshTag } from './status/header.ts';
import { entityWords, hasRuns } from './status/kinds.ts';
import { type Matches, matchesOf } from './status/matches.ts';
import { overview } from './status/overview.ts';
import type { StatusQuery } from './status/query.ts';
import { type ActiveSelection, selectActive, selectRows } from './status/select.ts';
import { STYLE } from './status/style.ts';
import { targetBanners, targetsTable } from './status/targets-table.ts';

/** What the status page shows. */
export interface StatusPage {
  readonly version: string;
  /** What links to other pages of the exporter begin with, ended by a slash; empty for links relative to this page. */
  readonly base?: string;
  readonly telemetryPath: string;
  /** Whether /config shows the configuration. */
  readonly config?: boolean;
  readonly ready: boolean;
  /** Such as 2/4, when this exporter has only a part of all entities. */
  readonly shard?: string | undefined;
  readonly targets: readonly TargetStatus[];
  readonly runs: RunsStatus;
  readonly query: StatusQuery;
  /** Local epoch seconds. */
  readonly now: number;
}

/** The page at /: what failed and why, what is active, targets, and all entities, a page at a time. */
export const renderStatusPage = async (page: StatusPage): Promise<string> => {
  const { base = '', config = false, shard, targets, runs, query, now } = page;
  const style: Html = { markup: STYLE };
  const { kinds, consoleLink } = runs;
  const words = entityWords(kinds);
  const frame: Frame = { query, now, placed: targets.length > 1, kinds, words, consoleLink };
  const yieldIfDue = createYield();
  const matches = await matchesOf({ entities: runs.entities, failures: runs.failures, targets }, query, yieldIfDue);
  const active = await selectActive(matches.entities, query, now, yieldIfDue);
  const { markup } = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${refreshTag(query)}<title>${matches.failing === 0 ? '' : `${matches.failing} failing · `}aws-glue-exporter</title>
<style>${style}</style>
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
${pageHeader({ ...page, base, config })}<main id="main">
${targetBanners(targets, kinds)}${shard === undefined ? '' : html`<p class="notice">This exporter is shard ${shard} and shows only its part of the ${words.all}.</p>\n`}${query.whole === undefined && showsRuns(frame) ? overview(matches, active, query) : ''}${filterForm(targets, frame)}${await sections(matches, active, frame, yieldIfDue)}</main>
</body>
</html>
`;
  return markup;
};

/** Whether anything with runs is collected: tables of runs would be empty without. */
const showsRuns = ({ kinds }: Frame): boolean => kinds.length === 0 || kinds.some(({ name }) => hasRuns(kinds, name));

/** The overview, or the one list that is asked for. */
const sections = async (matches: Matches, active: ActiveSelection, frame: Frame, yieldIfDue: Yield): Promise<Html> => {
  const { query } = frame;
  if (!showsRuns(frame)) return targetsTable(matches.targets, frame, yieldIfDue);
  if (query.whole === 'failures') return failuresTable(matches.failures, frame, yieldIfDue);
  if (query.whole === 'active') return activeTable(active, frame, yieldIfDue);
  return html`${await failuresTable(matches.failures, frame, yieldIfDue)}${await activeTable(active, frame, yieldIfDue)}${await targetsTable(matches.targets, frame, yieldIfDue)}${await entitiesTable(await selectRows(matches.entities, query, yieldIfDue), frame, yieldIfDue)}`;
};
