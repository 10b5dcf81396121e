import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard } from './dashboard.ts';
import { agesOverTime, oldest, overruns, pollDurations } from './freshness.ts';
import { cpu, down, exporters, found, lag, memory, oddities, reload, saves, series } from './process.ts';
import { budget, budgetUsed, failures, failuresByOperation, requests, throttledNow, throttles } from './requests.ts';
import { collectorsDown, targets, unreadNow } from './targets.ts';
import { accounts, instances, regions } from './variables.ts';

/** The exporter itself: whether what the other dashboards say can be trusted. */
export const exporter = (): Dashboard =>
  dashboard({
    uid: 'aws-glue-exporter',
    title: 'AWS Glue / Exporter',
    description: 'The exporter itself: how fresh its data is, what it asks AWS, what it needs.',
    variables: [instances(), accounts(), regions()],
    rows: [
      { panels: [down(), unreadNow(), oldest(), throttledNow(), reload(), saves(), targets(), collectorsDown()] },
      { title: 'How fresh the data is', panels: [agesOverTime(), pollDurations(), overruns()] },
      {
        title: 'What it asks AWS',
        panels: [requests(), budget(), budgetUsed(), failures(), failuresByOperation(), throttles()],
      },
      { title: 'What it knows', panels: [found(), series(), oddities()] },
      { title: 'What it needs', panels: [exporters(), cpu(), memory(), lag()] },
    ],
  });
