import { graph, type PanelBuilder, stat } from './panels.ts';
import { asRead, grownBy } from './scope.ts';
import { COUNTED } from './theme.ts';

const PLACE = 'aws_account_id, aws_region';
const PLACE_LEGEND = '{{aws_account_id}} {{aws_region}}';

export const throttledNow = (): PanelBuilder =>
  stat({
    title: 'Throttled',
    description:
      "Requests in the time range that AWS turned down because the account's rate limit, which everything in it shares, was reached. The exporter asks less by itself then.",
    unit: 'short',
    decimals: 0,
    width: 4,
    height: 4,
    thresholds: [
      [null, 'green'],
      [1, 'orange'],
    ],
    queries: [{ expr: `sum(increase(${asRead('aws_glue_exporter_api_throttles_total')}[$__range]))`, legend: '' }],
  });

export const requests = (): PanelBuilder =>
  graph({
    title: 'Requests to AWS',
    description: 'Requests attempted in a second, retries included, by operation.',
    unit: 'reqps',
    width: 8,
    height: 8,
    stacked: true,
    queries: [
      {
        expr: `sum by (operation) (rate(${asRead('aws_glue_exporter_api_requests_total')}[$__rate_interval]))`,
        legend: '{{operation}}',
      },
    ],
  });

export const budget = (): PanelBuilder =>
  graph({
    title: 'Requests allowed',
    description:
      'Requests that may be sent in a second: aws.requests_per_second, or less after AWS has throttled. It halves, down to a twentieth, and grows back within a minute.',
    unit: 'reqps',
    width: 8,
    height: 8,
    look: 'steps',
    queries: [
      {
        expr: `sum by (${PLACE}) (${asRead('aws_glue_exporter_api_budget_requests_per_second')})`,
        legend: PLACE_LEGEND,
      },
    ],
  });

export const budgetUsed = (): PanelBuilder =>
  graph({
    title: 'Part of the allowed requests that was sent',
    description:
      'Of the requests that were allowed from the start of the last poll to the next. Close to 100% there is more to read than fits into each poll, and the age limit grows.',
    unit: 'percentunit',
    width: 8,
    height: 8,
    max: 1,
    queries: [
      {
        expr: `max by (${PLACE}) (${asRead('aws_glue_exporter_api_budget_used_ratio')})`,
        legend: PLACE_LEGEND,
      },
    ],
  });

export const failures = (): PanelBuilder =>
  graph({
    ...COUNTED,
    title: 'Requests that failed, by reason',
    description:
      'In each interval of the graph; retries count again. expired_credentials stands for missing and wrong ones, too.',
    width: 8,
    height: 8,
    queries: [
      {
        expr: grownBy('reason', asRead('aws_glue_exporter_api_failures_total')),
        legend: '{{reason}}',
      },
    ],
  });

export const failuresByOperation = (): PanelBuilder =>
  graph({
    ...COUNTED,
    title: 'Requests that failed, by operation',
    description:
      'In each interval of the graph; retries count again. An operation that always fails is one that the policy of the role does not allow.',
    width: 8,
    height: 8,
    queries: [
      {
        expr: grownBy('operation', asRead('aws_glue_exporter_api_failures_total')),
        legend: '{{operation}}',
      },
    ],
  });

export const throttles = (): PanelBuilder =>
  graph({
    ...COUNTED,
    title: 'Requests that AWS throttled',
    description: 'In each interval of the graph. What else asks Glue in the same account is throttled with it.',
    width: 8,
    height: 8,
    queries: [
      {
        expr: grownBy(PLACE, asRead('aws_glue_exporter_api_throttles_total')),
        legend: PLACE_LEGEND,
      },
    ],
  });
