import { type Freshness, type FreshnessOptions, INTERVAL_SECONDS } from './freshness.ts';
import type { GlueClientRow } from './glue-client.ts';
import {
  callTable,
  freshnessTable,
  markdown,
  ratioTable,
  seconds,
  sizeTable,
  type Table,
  targetsTable,
  throttlingTable,
} from './report.ts';
import type { SizeResult } from './size.ts';
import type { TargetsResult } from './targets.ts';
import type { ThrottlingRow } from './throttling.ts';

/** Everything that was measured in one run. */
export interface Measured {
  readonly machine: string;
  readonly sizes: readonly SizeResult[];
  readonly targets: TargetsResult;
  readonly calls: readonly GlueClientRow[];
  readonly throttling: readonly ThrottlingRow[];
  readonly compared: FreshnessOptions & { readonly ours: Freshness; readonly sweep: Freshness };
  readonly expected: readonly {
    readonly jobs: number;
    readonly requestsPerSecond: number;
    readonly freshness: Freshness;
  }[];
}

const TARGETS_HEADING = '## Many targets';
const AFTER_TARGETS = '## How quiet it is';

/** What many targets cost. */
export const targetsSection = (result: TargetsResult): string => `${TARGETS_HEADING}

${result.targets} targets (50 accounts with three regions, a role each) with ${count(result.entities)} jobs and workflows, and one target with as many, polled at the same
time and asked in turn: ${count(result.series.many)} and ${count(result.series.one)} Glue series, ${count(result.ownSeries.many)} and ${count(result.ownSeries.one)} of the exporter's own. Answers of the simulated Glue take 50 ms. The
start is the time until everything was read once, ${Math.round(result.start.seconds)} s here. Busy: another process uses a core. Requests that failed, of all that were
sent: ${result.failures}.

${markdown(targetsTable(result))}
`;

/** A page in which this section is new, or was measured again. */
export const withTargets = (page: string, section: string): string => {
  const after = page.indexOf(AFTER_TARGETS);
  const at = page.indexOf(TARGETS_HEADING);
  if (after < 0) throw new Error(`the page has no ${AFTER_TARGETS}`);
  return `${page.slice(0, at < 0 ? after : at)}${section}\n${page.slice(after)}`;
};

const count = (value: number): string => value.toLocaleString('en-US');

/** The page that tells it. */
export const document = ({
  machine,
  sizes,
  targets,
  calls,
  throttling,
  compared,
  expected,
}: Measured): string => `# Performance

This page is written by \`npm run bench -- --write\`: everything in it was measured in one run on one machine (${machine}).
Absolute figures are that machine's; the relations are what to look at.

## What it costs

The exporter polls a simulated account over HTTP at 50 requests a second while it is scraped; each job has about 44 series. The floor is a bare \`node:http\`
server that writes a constant buffer of the same size; prom-client holds the same series in express, as most exporters in Node do, and polls nothing. All are
processes of their own, and scraped in turn. Such a machine has not always a CPU for all of them, and a virtual one stands still now and then: the longest block of an event loop is told as it is, and
as what it has itself to blame for, which is without the time for which its process was ready to run and did not, and without the time for which a process on each CPU that does nothing stood still too. RSS is looked at twice: after the scrapes, and at another exporter after an hour's polls and scrapes, lived through ten times as fast.

${markdown(sizeTable(sizes))}

${markdown(ratioTable(sizes))}

![Latency against series](performance.svg)

A scrape writes bytes that lie ready. What a poll has changed is rendered and compressed beside the scrapes, in slices of a few
milliseconds, once in a second at the most unless a poll ends.

Each request to Glue, by the number of runs in its page, without the exporter around it:

${markdown(callTable(calls))}

${targetsSection(targets)}
${AFTER_TARGETS}

An account that grants 3 requests a second where 10 are wanted, for a while, and then everything; a neighbour asks once a second. Each way has an account of its own:

${markdown(throttlingTable(throttling))}

## How fresh it is

A poll of everything every \`poll.interval\` is what happens while the request budget (\`aws.requests_per_second\`) allows it: \`poll.timeout\` times the budget is the number of
jobs and workflows that fit into a poll, 500 by default. Beyond that, what has probably changed is read with every poll: jobs with an active run, and those whose next start
is due by their own rhythm. The rest is read in turn. \`aws_glue_exporter_read_age_limit_seconds\` is how old it can get, and
\`aws_glue_exporter_oldest_read_timestamp_seconds\` shows how old it is; both by \`collector\` and \`data\`: runs, and definitions, which a listing reads every \`poll.discovery_interval\`.

${compared.jobs.toLocaleString('en-US')} jobs at ${compared.requestsPerSecond} requests a second, ${Math.round(compared.ours.activeRatio * 1000) / 10}% of them active at a time, a simulated day; beside it a plain sweep that reads every job in turn at the same rate:

${markdown(
  freshnessTable([
    ['ours', compared.ours],
    ['plain sweep', compared.sweep],
  ]),
)}

What to expect, with \`poll.interval\` ${INTERVAL_SECONDS}s. Each cell: until the end of an active run is seen (p95), until a start that nothing
announced is seen (p95), and the age that nothing exceeds.

${markdown(expectedTable(expected))}

Where that is too old: raise \`aws.requests_per_second\` if the account can bear it (watch \`aws_glue_exporter_api_throttles_total\`), leave out by filters what nobody
looks at, or share the work (\`--shard\`), which also shares the budget.
`;

const expectedTable = (expected: Measured['expected']): Table => {
  const rates = [...new Set(expected.map(({ requestsPerSecond }) => requestsPerSecond))];
  const jobs = [...new Set(expected.map(one => one.jobs))];
  return {
    head: ['', ...rates.map(rate => `${rate} requests/s`)],
    rows: jobs.map(count => [
      `${count.toLocaleString('en-US')} jobs`,
      ...rates.map(rate => {
        const found = expected.find(one => one.jobs === count && one.requestsPerSecond === rate)?.freshness;
        if (found === undefined) return '';
        const { endsOfActive, otherStarts, limit = 0 } = found;
        return `${seconds(endsOfActive.p95)}, ${seconds(otherStarts.p95)}, ${seconds(limit)}`;
      }),
    ]),
  };
};
