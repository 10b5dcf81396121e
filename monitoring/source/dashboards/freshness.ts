import { promql } from '../rules/rule.ts';
import { graph, type PanelBuilder, type Steps, stat } from './panels.ts';
import { asRead, grownBy } from './scope.ts';
import { COUNTED } from './theme.ts';

export const PLACE = 'aws_account_id, aws_region';

export const AGE = `time() - ${asRead('aws_glue_exporter_oldest_read_timestamp_seconds')}`;
/** 1 is as old as it may get. */
export const AGE_OF_LIMIT = promql`
  max by (${PLACE}, collector, data) (
    (${AGE})
      / ${asRead('aws_glue_exporter_read_age_limit_seconds')}
  )
`;

export const OLD: Steps = [
  [null, 'orange'],
  [0, 'green'],
  [1, 'orange'],
  [1.5, 'red'],
];

const FRESHNESS =
  'Age of the oldest data as a part of what is allowed: of runs by the entity that was read longest ago, of definitions by the last listing. Beyond 100% for long, polls fail or something fails in each of them.';

export const oldest = (): PanelBuilder =>
  stat({
    title: 'Oldest data',
    description: FRESHNESS,
    unit: 'percentunit',
    decimals: 0,
    width: 4,
    height: 4,
    noValue: 'nothing read',
    thresholds: OLD,
    queries: [
      {
        expr: promql`
          max(
            ${AGE_OF_LIMIT}
          )
        `,
        legend: '',
      },
    ],
  });

export const agesOverTime = (): PanelBuilder =>
  graph({
    title: 'Oldest data, of its limit',
    description: FRESHNESS,
    unit: 'percentunit',
    width: 8,
    height: 8,
    queries: [{ expr: AGE_OF_LIMIT, legend: '{{aws_account_id}} {{aws_region}} {{collector}} {{data}}' }],
  });

export const pollDurations = (): PanelBuilder =>
  graph({
    title: 'Duration of polls',
    description:
      'How long the last poll took, from discovery until its last answer was counted and saved. Longer than the interval of the polls, and the next one starts late.',
    unit: 's',
    width: 8,
    height: 8,
    queries: [
      {
        expr: `max by (${PLACE}) (${asRead('aws_glue_exporter_poll_duration_seconds')})`,
        legend: '{{aws_account_id}} {{aws_region}}',
      },
    ],
  });

export const overruns = (): PanelBuilder =>
  graph({
    ...COUNTED,
    title: 'Polls that took too long',
    description: 'Polls that took longer than their interval, in each interval of the graph.',
    width: 8,
    height: 8,
    queries: [
      {
        expr: grownBy(PLACE, asRead('aws_glue_exporter_poll_overruns_total')),
        legend: '{{aws_account_id}} {{aws_region}}',
      },
    ],
  });
