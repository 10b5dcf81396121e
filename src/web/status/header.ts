import { type Html, html } from '../html.ts';
import { hrefOf, type StatusQuery } from './query.ts';
import { utc } from './time.ts';

export interface Header {
  readonly version: string;
  /** What links to other pages of the exporter begin with; empty for links relative to this page. */
  readonly base: string;
  readonly telemetryPath: string;
  /** Whether there is a page with the configuration. */
  readonly config: boolean;
  readonly ready: boolean;
  readonly query: StatusQuery;
  /** Local epoch seconds. */
  readonly now: number;
}

/** Name, version, when the page was made and whether it loads itself again, and the other pages. */
export const pageHeader = ({ version, base, telemetryPath, config, ready, query, now }: Header): Html => html`<header>
<h1>aws-glue-exporter</h1>
<p class="muted">${version}</p>
<p>Generated <time datetime="${new Date(now * 1000).toISOString()}">${utc(now)}</time></p>
<p>Refresh: ${refreshLinks(query)}</p>
<nav aria-label="Pages of this exporter"><ul>
<li><a href="${base}${telemetryPath.slice(1)}">Metrics</a></li>
${config ? html`<li><a href="${base}config">Configuration</a></li>\n` : ''}<li><a href="${base}-/healthy">Health</a></li>
<li><a href="${base}-/ready">Readiness</a>${ready ? '' : ': first poll not complete'}</li>
</ul></nav>
</header>
`;

const INTERVALS = [
  ['off', undefined],
  ['30s', 30],
  ['1m', 60],
  ['5m', 300],
] as const;

const refreshLinks = (query: StatusQuery): readonly Html[] => {
  const chosen = query.refreshSeconds;
  const isOffered = INTERVALS.some(([, seconds]) => seconds === chosen);
  const intervals = isOffered ? INTERVALS : [...INTERVALS, [`${chosen}s`, chosen] as const];
  return intervals.map(([text, refreshSeconds]) =>
    refreshSeconds === chosen
      ? html`<strong class="chosen">${text}</strong>\n`
      : html`<a class="choice" href="${hrefOf({ ...query, refreshSeconds })}">${text}</a>\n`,
  );
};

/** Loads the page again after a while, if that is asked for. */
export const refreshTag = ({ refreshSeconds }: StatusQuery): Html =>
  refreshSeconds === undefined ? html`` : html`<meta http-equiv="refresh" content="${refreshSeconds}">\n`;
