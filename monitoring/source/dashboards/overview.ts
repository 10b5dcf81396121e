import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard } from './dashboard.ts';
import { activeNow, failed, failingNow, lastFailure, slow, successRate, unread } from './failing.ts';
import { activeJobRuns, endedJobRuns, endedWorkflowRuns } from './runs.ts';
import { cost, costOverTime, dearestJobs, places } from './spend.ts';
import { accounts, price, regions, stopped } from './variables.ts';

/** What failed last, what is slow, what it cost. */
export const overview = (): Dashboard =>
  dashboard({
    uid: 'aws-glue-overview',
    title: 'AWS Glue / Overview',
    description: 'What fails now, what takes longer than usual, what it costs, by account and region.',
    variables: [accounts(), regions(), stopped(), price()],
    rows: [
      {
        panels: [
          lastFailure(),
          failingNow(),
          successRate(),
          activeNow(),
          cost(),
          unread(),
          failed(),
          slow(),
          endedJobRuns(),
          activeJobRuns(),
          endedWorkflowRuns(),
        ],
      },
      { title: 'What it costs', panels: [costOverTime(), dearestJobs(), places()] },
    ],
  });
