import { ALL_MANY, ANY_ONE, capitalized, JOBS, KINDS, type Kind, listed } from '../kinds.ts';
import { promql } from '../rules/rule.ts';
import { activeSeconds, broken, countOf, failing, lastEnd, ofAllKinds, slowness, whereAlso } from './entities.ts';
import { fromRow, fromSeries } from './links.ts';
import { type PanelBuilder, stat } from './panels.ts';
import { inPlaces, judged, perEntity, succeeded } from './scope.ts';
import { type Column, table } from './table.ts';
import { inColor, NONE_IS_GOOD, RATE } from './theme.ts';

/** Columns that say what a row is about. */
const WHAT: readonly Column[] = [
  { title: 'Name', from: { label: 'name' }, links: [fromRow] },
  { title: 'Kind', from: { label: 'kind' }, width: 80 },
];
const WHERE: readonly Column[] = [
  { title: 'Account', from: { label: 'aws_account_id' }, width: 120 },
  { title: 'Region', from: { label: 'aws_region' }, width: 110 },
];

const ALERTS = listed(
  KINDS.map(({ title }) => `Glue${title}Failing`),
  'and',
);

/** More rows than these nobody reads, and a table of thousands is slow. */
const ROWS = 100;

const inMillis = (expr: string): string => promql`
  1000 * (
    ${expr}
  )
`;

export const lastFailure = (): PanelBuilder =>
  stat({
    title: 'Last failure',
    description: `The ${ANY_ONE} that failed last, and how long ago. A workflow has failed when an action of it did, although AWS calls it COMPLETED. Click it to see it.`,
    unit: 'dateTimeFromNow',
    width: 6,
    height: 4,
    noValue: 'none known',
    queries: [
      {
        expr: inMillis(`topk(1, ${ofAllKinds(kind => lastEnd(kind, 'failure'))})`),
        legend: '{{name}}',
      },
    ],
    link: fromSeries,
  });

export const failingNow = (): PanelBuilder =>
  stat({
    title: 'Failing now',
    description: `${capitalized(ALL_MANY)} whose last failure is later than their last success, as in the alerts ${ALERTS}. Jobs that Glue is retrying are left out.`,
    unit: 'short',
    width: 4,
    height: 4,
    thresholds: NONE_IS_GOOD,
    queries: KINDS.map(kind => ({ expr: countOf(broken(kind)), legend: kind.words.many })),
  });

const grown = ({ collector }: Kind, matcher: string): string =>
  `sum(increase(${inPlaces('aws_glue_exporter_runs_counted_total', `collector="${collector}", ${matcher}`)}[$__range]))`;

export const successRate = (): PanelBuilder =>
  stat({
    ...RATE,
    title: 'Success rate',
    description:
      'Of the runs that ended in the time range, those that succeeded. Retries count as runs of their own. Stopped runs are left out, or count as failures: choose above. EXPIRED runs of streaming jobs are left out, because AWS restarts them.',
    width: 4,
    height: 4,
    queries: KINDS.map(kind => ({
      expr: promql`
        ${grown(kind, succeeded(kind, 'result'))}
          / (${grown(kind, judged(kind, 'result'))} > 0)
      `,
      legend: kind.words.many,
    })),
  });

const active = (matcher: string): string =>
  `sum(${perEntity(JOBS, `sum without (state) (${inPlaces(JOBS.metric('active_runs'), matcher)})`)})`;

export const activeNow = (): PanelBuilder =>
  stat({
    title: 'Active runs',
    description: 'Runs of jobs that have not ended: those at work, and those that wait in the queue for capacity.',
    unit: 'short',
    width: 4,
    height: 4,
    thresholds: [[null, 'blue']],
    overrides: [inColor('queued', 'yellow')],
    queries: [
      { expr: active('state!="WAITING"'), legend: 'at work' },
      { expr: active('state="WAITING"'), legend: 'queued' },
    ],
  });

export const unread = (): PanelBuilder =>
  stat({
    title: 'Not read',
    description:
      'Accounts and regions in which the last poll of a collector failed: what this dashboard says of them may be old. The exporter dashboard says why.',
    unit: 'short',
    width: 3,
    height: 4,
    filled: true,
    thresholds: NONE_IS_GOOD,
    noValue: 'no exporter',
    queries: [
      {
        expr: `sum(min by (aws_account_id, aws_region) (${inPlaces('aws_glue_exporter_collector_up')}) == bool 0)`,
        legend: '',
      },
    ],
  });

export const failed = (): PanelBuilder =>
  table({
    title: 'What fails',
    description: `${capitalized(ALL_MANY)} whose last failure is later than their last success, or less than a day ago, the latest first. Click a name to see it.`,
    width: 12,
    height: 11,
    noValue: '',
    columns: [
      ...WHAT,
      {
        title: 'Last failure',
        unit: 'dateTimeFromNow',
        from: { expr: `topk(${ROWS}, ${inMillis(ofAllKinds(failing))})` },
        width: 130,
      },
      {
        title: 'Last success',
        unit: 'dateTimeFromNow',
        from: { expr: inMillis(ofAllKinds(kind => whereAlso(kind, lastEnd(kind, 'success'), failing(kind)))) },
        width: 130,
      },
      ...WHERE,
    ],
    sortBy: 'Last failure',
    only: 'Last failure',
  });

export const slow = (): PanelBuilder =>
  table({
    title: 'What takes long',
    description: `${capitalized(ALL_MANY)} with active runs: how long the oldest of them takes, and how that compares with the longest run of those that ended in the time range. From 100% on it is slower than any of these. Time in the queue does not count. Streaming jobs are left out: they are meant to run on.`,
    width: 12,
    height: 11,
    noValue: '',
    columns: [
      ...WHAT,
      { title: 'Active for', unit: 's', from: { expr: ofAllKinds(activeSeconds) }, width: 110 },
      {
        title: 'Of the longest',
        from: { expr: `topk(${ROWS}, ${ofAllKinds(slowness)})` },
        unit: 'percentunit',
        decimals: 0,
        width: 120,
        look: 'colored',
        thresholds: [
          [null, 'green'],
          [1, 'orange'],
          [2, 'red'],
        ],
      },
      {
        title: 'Longest',
        unit: 's',
        from: { left: 'Active for', operator: '/', right: 'Of the longest' },
        width: 110,
      },
      ...WHERE,
    ],
    sortBy: 'Of the longest',
    only: 'Of the longest',
  });
