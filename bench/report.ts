import type { Freshness } from './freshness.ts';
import { type GlueClientRow, PAGES } from './glue-client.ts';
import { type Line, plot } from './plot.ts';
import type { SizeResult, Way } from './size.ts';
import type { Answers, TargetsResult } from './targets.ts';
import type { ThrottlingRow } from './throttling.ts';

/** A table: its head, and rows of as many cells. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** As Markdown, which is also what a terminal shows. */
export const markdown = ({ head, rows }: Table): string => {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(3, ...all.map(row => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [line(head), rule, ...rows.map(line)].join('\n');
};

/** What each size costs, one column a size. */
export const sizeTable = (sizes: readonly SizeResult[]): Table => {
  const row = (name: string, cell: (size: SizeResult) => string): readonly string[] => [name, ...sizes.map(cell)];
  const latency = (way: (size: SizeResult) => Way, encoding: 'gzip' | 'plain') => (size: SizeResult) => {
    const { p50, p99 } = way(size)[encoding];
    return `${ms(p50)} / ${ms(p99)}`;
  };
  return {
    head: ['', ...sizes.map(({ jobs }) => `${count(jobs)} jobs`)],
    rows: [
      row('series', ({ series }) => count(series)),
      row('bytes, plain', ({ plainBytes }) => megabytes(plainBytes)),
      row('bytes, gzip', ({ gzipBytes }) => megabytes(gzipBytes)),
      row(
        'scrape with gzip, p50 / p99',
        latency(({ ours }) => ours, 'gzip'),
      ),
      row(
        '… the floor: a constant buffer',
        latency(({ floor }) => floor, 'gzip'),
      ),
      row(
        '… prom-client',
        latency(({ promClient }) => promClient, 'gzip'),
      ),
      row(
        'scrape without gzip, p50 / p99',
        latency(({ ours }) => ours, 'plain'),
      ),
      row(
        '… the floor: a constant buffer',
        latency(({ floor }) => floor, 'plain'),
      ),
      row(
        '… prom-client',
        latency(({ promClient }) => promClient, 'plain'),
      ),
      row('prom-client `metrics()` alone, p50', ({ promClient }) => ms(promClient.renderMs)),
      row(
        'refresh after 1% changed, together / scattered (CPU)',
        ({ refresh }) => `${ms(refresh.togetherMs)} / ${ms(refresh.scatteredMs)}`,
      ),
      row('… everything compressed once, level 3', ({ refresh }) => ms(refresh.gzipOnceMs)),
      row('RSS after the scrapes above', ({ ours }) => megabytes(ours.rss)),
      row('… prom-client, which polls nothing', ({ promClient }) => megabytes(promClient.rss)),
      row('longest block of the event loop / of its own making', ({ ours }) => block(ours)),
      row('… the floor: a constant buffer', ({ floor }) => block(floor)),
      row('… prom-client', ({ promClient }) => block(promClient)),
      row('… the machine itself stood still', ({ longestStandstillMs }) => ms(longestStandstillMs)),
      row(`RSS after the polls and scrapes of ${sizes[0]?.hours} h`, ({ rssLater }) => megabytes(rssLater)),
      row('CPU for each Glue call, everything included', ({ cpuMsPerCall }) => ms(cpuMsPerCall)),
    ],
  };
};

const block = (way: Way): string => `${ms(way.longestBlockMs)} / ${ms(way.longestOwnBlockMs)}`;

/** How many targets and one with as many series answer, without and with another process that uses a core. */
export const targetsTable = (result: TargetsResult): Table => {
  const { many, one } = result.quiet;
  const { busy, start } = result;
  const p99 = ({ p99: time }: Answers['healthy']): string => ms(time);
  const both = ({ p50, p99: time }: Answers['healthy']): string => `${ms(p50)} / ${ms(time)}`;
  const row = (name: string, cell: (answers: Answers) => string): readonly string[] => [
    name,
    ...[start, many, one, busy.many, busy.one].map(cell),
  ];
  const ratio = (of: (answers: Answers) => number): readonly string[] => [
    '',
    times(of(many) / of(one)),
    '',
    times(of(busy.many) / of(busy.one)),
    '',
  ];
  return {
    head: [
      '',
      `${result.targets} targets, start`,
      `${result.targets} targets`,
      '1 target',
      `${result.targets} targets, busy`,
      '1 target, busy',
    ],
    rows: [
      row('`/-/healthy`, p99', ({ healthy }) => p99(healthy)),
      row('`/-/ready`, p99', ({ ready }) => p99(ready)),
      row('scrape with gzip, p50 / p99', ({ gzip }) => both(gzip)),
      ['… p50 to one target', ...ratio(({ gzip }) => gzip.p50)],
      ['… p99 to one target', ...ratio(({ gzip }) => gzip.p99)],
      row('cores busy', ({ cores }) => cores.toFixed(2)),
    ],
  };
};

/** What each size is in relation to the others. */
export const ratioTable = (sizes: readonly SizeResult[]): Table => {
  const row = (name: string, of: (size: SizeResult) => number): readonly string[] => [
    name,
    ...sizes.map(size => times(of(size))),
  ];
  return {
    head: ['', ...sizes.map(({ jobs }) => `${count(jobs)} jobs`)],
    rows: [
      row('gzip p50 to the floor', ({ ours, floor }) => ours.gzip.p50 / floor.gzip.p50),
      row('gzip p99 to the floor', ({ ours, floor }) => ours.gzip.p99 / floor.gzip.p99),
      row('plain p50 to the floor', ({ ours, floor }) => ours.plain.p50 / floor.plain.p50),
      row('refresh, together, to compressing everything', ({ refresh }) => refresh.togetherMs / refresh.gzipOnceMs),
      row('refresh, scattered, to compressing everything', ({ refresh }) => refresh.scatteredMs / refresh.gzipOnceMs),
      row('prom-client `metrics()` to our gzip p50', ({ ours, promClient }) => promClient.renderMs / ours.gzip.p50),
    ],
  };
};

/** Latency against series, one line for each way. */
export const latencyPlot = (sizes: readonly SizeResult[]): string => {
  const line = (name: string, color: string, isDashed: boolean, y: (size: SizeResult) => number): Line => ({
    name,
    color,
    isDashed,
    points: sizes.map(size => [size.series, y(size)]),
  });
  return plot(
    [
      line('prom-client, gzip', '#c0392b', false, ({ promClient }) => promClient.gzip.p50),
      line('ours, plain', '#2471a3', true, ({ ours }) => ours.plain.p50),
      line('the floor, plain', '#7f8c8d', true, ({ floor }) => floor.plain.p50),
      line('ours, gzip', '#2471a3', false, ({ ours }) => ours.gzip.p50),
      line('the floor, gzip', '#7f8c8d', false, ({ floor }) => floor.gzip.p50),
    ],
    { title: 'A scrape while Glue is polled (p50)', x: 'series', y: 'milliseconds' },
  );
};

/** CPU for each request, by the size of the page. */
export const callTable = (rows: readonly GlueClientRow[]): Table => ({
  head: ['CPU for each GetJobRuns', ...PAGES.map(page => `page of ${page}`)],
  rows: rows.map(({ what, cpuMsPerCall }) => [what, ...PAGES.map(page => ms(cpuMsPerCall[page]))]),
});

/** How quiet an account stays that grants less than is wanted. */
export const throttlingTable = (rows: readonly ThrottlingRow[]): Table => ({
  head: [
    '',
    'turned down a minute',
    'good a second',
    'of what was granted',
    "the neighbour's turned down",
    'all again after',
  ],
  rows: rows.map(row => [
    row.what,
    row.throttledPerMinute.toFixed(0),
    row.goodPerSecond.toFixed(1),
    percent(row.grantedShareUsed),
    percent(row.neighbourTurnedDown),
    row.secondsToRecover === undefined ? 'not seen' : seconds(row.secondsToRecover),
  ]),
});

const percent = (ratio: number): string => `${Math.round(ratio * 100)}%`;

/** How fresh two ways of polling keep an account. */
export const freshnessTable = (ways: readonly (readonly [name: string, freshness: Freshness])[]): Table => {
  const row = (name: string, of: (freshness: Freshness) => string): readonly string[] => [
    name,
    ...ways.map(([, freshness]) => of(freshness)),
  ];
  return {
    head: ['seen after, p50 / p95 / longest', ...ways.map(([name]) => name)],
    rows: [
      row('start of a job with a rhythm', ({ rhythmicStarts }) => delays(rhythmicStarts)),
      row('end of a run that was seen active', ({ endsOfActive }) => delays(endsOfActive)),
      row('end of any run', ({ ends }) => delays(ends)),
      row('start of a job without a rhythm', ({ otherStarts }) => delays(otherStarts)),
      row('longest time between two readings of a job', ({ oldest }) => seconds(oldest)),
      row('the limit that was told', ({ limit }) => (limit === undefined ? 'none' : seconds(limit))),
    ],
  };
};

const delays = ({ p50, p95, longest }: Freshness['ends']): string =>
  `${seconds(p50)} / ${seconds(p95)} / ${seconds(longest)}`;

export const seconds = (value: number): string =>
  value < 120 ? `${Math.round(value)} s` : `${(value / 60).toFixed(value < 600 ? 1 : 0)} min`;
const ms = (value: number): string => `${value.toFixed(value < 10 ? 2 : 0)} ms`;
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
const count = (value: number): string => value.toLocaleString('en-US');
const times = (value: number): string => `${value.toFixed(value < 10 ? 2 : 0)} ×`;
