import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { ACTION_STATES, WORKFLOW_OUTCOMES } from '../../../src/collectors/workflows/outcome.ts';
import { ACTIVE_WORKFLOW_STATUSES, WORKFLOW_STATUSES } from '../../../src/collectors/workflows/states.ts';
import { WORKFLOWS } from '../kinds.ts';
import { promql } from '../rules/rule.ts';
import { dashboard } from './dashboard.ts';
import { gaugeOf, lastFailure, lastSuccess, SMALL, startedAndEnded } from './ends.ts';
import { toConsole } from './links.ts';
import { bars, graph, type PanelBuilder, stat, timeline } from './panels.ts';
import { grownBy, judgedRuns, ofOne, succeeded } from './scope.ts';
import { stateColors, stateNumber, stateNumbers } from './states.ts';
import { asLimit, COUNTED, inColor, RATE } from './theme.ts';
import { oneOf, stopped } from './variables.ts';

const ofWorkflow = ofOne(WORKFLOWS);
const gauge = (name: string): string => gaugeOf(WORKFLOWS, name);
const grown = (...matchers: readonly string[]): string =>
  `sum(increase(${ofWorkflow('aws_glue_workflow_runs_total', ...matchers)}[$__range]))`;

/** Outcomes and statuses in one list of numbers: both are shown in one panel. */
const FIRST_STATUS = 1 + WORKFLOW_OUTCOMES.length;
const OUTCOME = stateNumber(WORKFLOW_OUTCOMES, 1, outcome =>
  ofWorkflow('aws_glue_workflow_last_run_outcome', `outcome="${outcome}"`),
);
const STATUS = stateNumber(WORKFLOW_STATUSES, FIRST_STATUS, status =>
  ofWorkflow('aws_glue_workflow_last_run_status', `status="${status}"`),
);
const TEXTS = [stateNumbers(WORKFLOW_OUTCOMES, 1), stateNumbers(WORKFLOW_STATUSES, FIRST_STATUS)];

const firstLine = (): readonly PanelBuilder[] => [
  stat({
    ...SMALL,
    title: 'Newest run',
    description:
      'What came of the run that started last: failed when an action of it failed, errored or timed out, also where AWS says COMPLETED.',
    unit: 'none',
    noValue: 'never ran',
    filled: true,
    mappings: TEXTS,
    queries: [{ expr: OUTCOME, legend: '' }],
  }),
  lastFailure(WORKFLOWS, 'of which an action failed, errored or timed out.'),
  lastSuccess(WORKFLOWS),
  stat({
    ...SMALL,
    title: 'Active for',
    description: 'How long the oldest active run goes on.',
    unit: 's',
    noValue: 'not active',
    thresholds: [[null, 'blue']],
    queries: [
      {
        expr: `time() - min(${ofWorkflow('aws_glue_workflow_oldest_active_run_start_timestamp_seconds')})`,
        legend: '',
      },
    ],
  }),
  stat({
    ...SMALL,
    ...RATE,
    title: 'Success rate',
    description:
      'Of the runs that ended in the time range, those that succeeded. Stopped runs are left out, or count as failures: choose above. Runs in which nothing ran are left out.',
    queries: [
      {
        expr: promql`
          ${grown(succeeded(WORKFLOWS))}
            / (${judgedRuns(WORKFLOWS, ofWorkflow)} > 0)
        `,
        legend: '',
      },
    ],
  }),
  stat({
    ...SMALL,
    title: 'Actions of the newest run',
    description: 'How many actions the newest run has in all, as its Statistics say.',
    unit: 'short',
    noValue: 'unknown',
    queries: [{ expr: gauge('last_run_total_actions'), legend: '' }],
  }),
];

const states = (): PanelBuilder =>
  timeline({
    title: 'The newest run',
    description:
      'What came of the run that started last, and the status that AWS gives it, over time. COMPLETED only says that nothing runs any more.',
    unit: 'none',
    width: 20,
    height: 5,
    mappings: TEXTS,
    queries: [
      { expr: OUTCOME, legend: 'outcome' },
      { expr: STATUS, legend: 'status' },
    ],
  });

const ended = (): PanelBuilder =>
  graph({
    ...COUNTED,
    title: 'Runs that ended',
    description:
      'Runs in each interval of the graph, by what came of them. Where Prometheus keeps exemplars, points name the runs that failed.',
    width: 12,
    height: 8,
    overrides: stateColors(WORKFLOW_OUTCOMES),
    queries: [
      {
        expr: grownBy('outcome', ofWorkflow('aws_glue_workflow_runs_total')),
        legend: '{{outcome}}',
        exemplars: true,
      },
    ],
  });

const actionsNow = (): PanelBuilder =>
  bars({
    title: 'Actions of the newest run by state',
    description:
      'Jobs and crawlers that the newest run starts, by the state they are in. not_run is what its total leaves; that alone is no failure.',
    unit: 'short',
    decimals: 0,
    width: 12,
    height: 8,
    noValue: '0',
    overrides: stateColors(ACTION_STATES),
    queries: [{ expr: `max by (state) (${ofWorkflow('aws_glue_workflow_last_run_actions')})`, legend: '{{state}}' }],
  });

const durations = (): PanelBuilder =>
  graph({
    title: 'Duration of the last run that ended',
    description: 'From start to completion of the run that ended last, waiting between its jobs included.',
    unit: 's',
    width: 12,
    height: 8,
    look: 'steps',
    overrides: [inColor('the run that ended last', 'blue')],
    queries: [{ expr: gauge('last_completed_run_duration_seconds'), legend: 'the run that ended last' }],
  });

const actions = (): PanelBuilder =>
  graph({
    ...COUNTED,
    title: 'Actions of runs that ended',
    description: 'In each interval of the graph, by the state they ended in, from the Statistics of each run.',
    width: 12,
    height: 8,
    overrides: stateColors(ACTION_STATES),
    queries: [
      {
        expr: grownBy('state', ofWorkflow('aws_glue_workflow_actions_total')),
        legend: '{{state}}',
      },
    ],
  });

const active = (): PanelBuilder =>
  graph({
    title: 'Active runs',
    description:
      'Runs that have not ended, by status, and how many the definition allows at once, where it sets a limit.',
    unit: 'short',
    decimals: 0,
    width: 12,
    height: 8,
    look: 'steps',
    stacked: true,
    overrides: [...stateColors(ACTIVE_WORKFLOW_STATUSES), asLimit('maximum')],
    queries: [
      { expr: `max by (status) (${ofWorkflow('aws_glue_workflow_active_runs')})`, legend: '{{status}}' },
      { expr: gauge('max_concurrent_runs'), legend: 'maximum' },
    ],
  });

const endedByStatus = (): PanelBuilder =>
  graph({
    ...COUNTED,
    title: 'Runs that ended, by status in AWS',
    description:
      'In each interval of the graph, by the status that AWS gave them and what came of them. COMPLETED and failed are runs whose failed jobs AWS does not call an error.',
    width: 12,
    height: 8,
    queries: [
      {
        expr: grownBy('status, outcome', ofWorkflow('aws_glue_workflow_runs_total')),
        legend: '{{status}}, {{outcome}}',
      },
    ],
  });

/** One workflow: what comes of its runs and of their actions. */
export const workflow = (): Dashboard =>
  dashboard({
    uid: 'aws-glue-workflow',
    title: 'AWS Glue / Workflow',
    description: 'One workflow: what comes of its runs and of their actions, and how long they take.',
    variables: [...oneOf(WORKFLOWS, 'aws_glue_workflow_active_runs'), stopped()],
    links: [toConsole(WORKFLOWS)],
    rows: [
      {
        panels: [
          ...firstLine(),
          states(),
          startedAndEnded(WORKFLOWS),
          ended(),
          actionsNow(),
          durations(),
          actions(),
          active(),
          endedByStatus(),
        ],
      },
    ],
  });
