import { createHash } from 'node:crypto';
import type { TargetStatus } from '../status.ts';
import { type Html, html } from './html.ts';

/** What the status page shows. */
export interface StatusPage {
  readonly version: string;
  readonly telemetryPath: string;
  /** Whether /config shows the configuration. */
  readonly config?: boolean;
  readonly ready: boolean;
  readonly targets: readonly TargetStatus[];
}

const STYLE = `
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid #8886; vertical-align: top; }
.up { color: light-dark(#17692b, #7fd894); } .down { color: light-dark(#b3261e, #ff9a91); } .waiting { color: light-dark(#5f5f5f, #b0b0b0); }
.error { overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
`;

/** Nothing may load or run but the style above. */
export const STATUS_PAGE_CSP = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

const CONFIG_LINK = html`<li><a href="/config">Configuration</a></li>
`;

/** The page at /: targets with their last poll and error, and where everything is. */
export const renderStatusPage = ({ version, telemetryPath, config = false, ready, targets }: StatusPage): string => {
  const style: Html = { markup: STYLE };
  const page = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>aws-glue-exporter</title>
<style>${style}</style>
</head>
<body>
<h1>aws-glue-exporter</h1>
<p>Job and workflow runs of AWS Glue for Prometheus. Version ${version}.</p>
<ul>
<li><a href="${telemetryPath}">Metrics</a></li>
${config ? CONFIG_LINK : ''}<li><a href="/-/healthy">Health</a></li>
<li><a href="/-/ready">Readiness</a>: ${ready ? 'ready' : 'the first poll is not complete yet'}</li>
</ul>
<h2>Targets</h2>
<div class="scroll"><table>
<thead><tr><th>Account</th><th>Region</th><th>State</th><th>Last poll</th><th>Found</th><th>Error</th></tr></thead>
<tbody>
${targets.map(row)}
</tbody>
</table></div>
</body>
</html>
`;
  return page.markup;
};

const row = (target: TargetStatus): Html => html`<tr>
<td>${target.accountId ?? 'not known yet'}</td>
<td>${target.region}</td>
<td>${state(target.up)}</td>
<td>${lastPoll(target)}</td>
<td>${target.collectors.map(({ name, entities, polled }) => html`${entities} ${name}${polled < entities ? ` (${polled} polled)` : ''}<br>`)}</td>
<td class="error">${target.error ?? ''}</td>
</tr>
`;

const state = (up: boolean | undefined): Html => {
  if (up === undefined) return html`<span class="waiting">first poll under way</span>`;
  return up ? html`<span class="up">up</span>` : html`<span class="down">down</span>`;
};

const lastPoll = ({ lastPollEndedAt, lastPollSeconds }: TargetStatus): Html => {
  if (lastPollEndedAt === undefined || lastPollSeconds === undefined) return html``;
  const ended = new Date(lastPollEndedAt * 1000).toISOString();
  return html`<time datetime="${ended}">${ended.slice(0, 19).replace('T', ' ')} UTC</time>, took ${lastPollSeconds.toFixed(1)}s`;
};
