import { JOBS, KINDS } from '../kinds.ts';
import { promql } from '../rules/rule.ts';
import { broken } from './entities.ts';
import { READ_TEXTS, readOf } from './freshness.ts';
import { fromRow, toExporter, toPlace } from './links.ts';
import { graph, type PanelBuilder, stat } from './panels.ts';
import { grownBy, inPlaces, perEntity } from './scope.ts';
import { table } from './table.ts';
import { COUNTED, NONE_IS_GOOD, OVER_ALL } from './theme.ts';

const NOT_EXACT =
  'DPU-hours of the runs that ended, as AWS reports them or else estimated, times the price on top of the dashboard. FLEX runs and memory-optimised workers (R, Z) have other prices; active runs and runs with an unknown worker type are not in it.';

const SPENT = inPlaces('aws_glue_job_dpu_seconds_total');
const PLACE = 'aws_account_id, aws_region';

export const cost = (): PanelBuilder =>
  stat({
    title: 'Cost',
    description: `What the runs that ended in the time range cost. ${NOT_EXACT}`,
    unit: 'currencyUSD',
    decimals: 2,
    width: 3,
    height: 4,
    noValue: 'no jobs',
    queries: [{ expr: `sum(increase(${SPENT}[$__range])) / 3600 * $price`, legend: '' }],
  });

export const costOverTime = (): PanelBuilder =>
  graph({
    ...COUNTED,
    ...OVER_ALL,
    unit: 'currencyUSD',
    decimals: 2,
    title: 'Cost by account and region',
    description: `What the runs that ended cost, in each interval of the graph; a run's whole cost stands where it ended. ${NOT_EXACT}`,
    width: 12,
    height: 9,
    queries: [
      {
        expr: `${grownBy(PLACE, SPENT)} / 3600 * $price`,
        legend: '{{aws_account_id}} {{aws_region}}',
      },
    ],
  });

/** DPU-hours of the jobs that took most; jobs that took none are left out. */
const dearest = promql`
  topk(25,
    label_replace(
      label_replace(
        sum by (${PLACE}, job_name) (increase(${SPENT}[$__range])) / 3600 > 0,
        "name", "$1", "job_name", "(.*)"
      ),
      "kind", "job", "", ""
    )
  )
`;

export const dearestJobs = (): PanelBuilder =>
  table({
    title: 'Jobs that cost most',
    description: `The 25 jobs whose runs that ended in the time range cost most. ${NOT_EXACT} Click a name to see it.`,
    width: 12,
    height: 9,
    noValue: '',
    columns: [
      { title: 'Name', from: { label: 'name' }, links: [fromRow] },
      {
        title: 'Cost',
        unit: 'currencyUSD',
        from: { left: 'DPU-hours', operator: '*', right: '$price' },
        decimals: 2,
        look: 'bar',
      },
      { title: 'DPU-hours', from: { expr: dearest }, unit: 'short', decimals: 2, width: 110 },
      { title: 'Account', from: { label: 'aws_account_id' }, width: 120 },
      { title: 'Region', from: { label: 'aws_region' }, width: 110 },
      { title: 'Kind', from: { label: 'kind' }, hidden: true },
      { title: 'Job', from: { label: 'job_name' }, hidden: true },
    ],
    sortBy: 'Cost',
  });

/** How many there are in each account and region, 0 included. */
const countByPlace = (expr: string): string => promql`
  count by (${PLACE}) (
    ${expr}
  ) or 0 * max by (${PLACE}) (${inPlaces('aws_glue_exporter_target_up')})
`;

export const places = (): PanelBuilder =>
  table({
    title: 'Accounts and regions',
    description: `Each account and region: whether its last poll met no failure in any collector, what fails and runs in it now, and what ended in the time range and cost. ${NOT_EXACT}`,
    width: 24,
    height: 8,
    noValue: '',
    columns: [
      { title: 'Account', from: { label: 'aws_account_id' }, links: [toPlace, toExporter] },
      { title: 'Region', from: { label: 'aws_region' }, links: [toPlace, toExporter] },
      {
        title: 'Read',
        unit: 'short',
        from: { expr: readOf(inPlaces) },
        look: 'colored',
        texts: READ_TEXTS,
      },
      ...KINDS.map(kind => ({
        title: `Failing ${kind.words.many}`,
        unit: 'short',
        from: { expr: countByPlace(broken(kind)) },
        look: 'colored' as const,
        thresholds: NONE_IS_GOOD,
      })),
      {
        title: 'Active runs',
        unit: 'short',
        from: {
          expr: `sum by (${PLACE}) (${perEntity(JOBS, `sum without (state) (${inPlaces('aws_glue_job_active_runs')})`)})`,
        },
      },
      {
        title: 'DPU-hours',
        unit: 'short',
        from: { expr: `sum by (${PLACE}) (increase(${SPENT}[$__range])) / 3600` },
        decimals: 1,
      },
      {
        title: 'Cost',
        from: { left: 'DPU-hours', operator: '*', right: '$price' },
        unit: 'currencyUSD',
        decimals: 2,
        look: 'bar',
      },
    ],
    sortBy: 'Cost',
  });
