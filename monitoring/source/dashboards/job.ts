import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { ACTIVE_JOB_STATES, ENDED_JOB_STATES, JOB_STATES } from '../../../src/collectors/jobs/states.ts';
import { JOBS, listed } from '../kinds.ts';
import { promql } from '../rules/rule.ts';
import { dashboard } from './dashboard.ts';
import { gaugeOf, lastFailure, lastSuccess, SMALL, startedAndEnded } from './ends.ts';
import { cost, dpuSeconds, spent, worked } from './job-spend.ts';
import { toConsole } from './links.ts';
import { graph, type PanelBuilder, stat, timeline } from './panels.ts';
import { grownBy, judgedRuns, ofOne, succeeded } from './scope.ts';
import { stateColors, stateNumber, stateNumbers } from './states.ts';
import { table } from './table.ts';
import { asLimit, COUNTED, inColor, RATE } from './theme.ts';
import { oneOf, price, stopped } from './variables.ts';

const ofJob = ofOne(JOBS);
const gauge = (name: string): string => gaugeOf(JOBS, name);
const grown = (metric: string, ...matchers: readonly string[]): string =>
  `sum(increase(${ofJob(metric, ...matchers)}[$__range]))`;

const NEWEST = stateNumber(JOB_STATES, 1, state => ofJob('aws_glue_job_last_run_state', `state="${state}"`));
const NEWEST_TEXTS = stateNumbers(JOB_STATES, 1);
const ACTIVE_FOR = `time() - min(${ofJob('aws_glue_job_oldest_executing_run_start_timestamp_seconds')})`;

const firstLine = (): readonly PanelBuilder[] => [
  stat({
    ...SMALL,
    title: 'Newest run',
    description: 'The state of the run that started last. Older runs that are still active do not show here.',
    unit: 'none',
    noValue: 'never ran',
    filled: true,
    mappings: [NEWEST_TEXTS],
    queries: [{ expr: NEWEST, legend: '' }],
  }),
  lastFailure(
    JOBS,
    `as ${listed(JOBS.resultsWith('failure'), 'or')}, with stopped_is_failure also as ${listed(JOBS.resultsWith('stopped'), 'or')}. EXPIRED is no failure of a streaming job: AWS restarts its run.`,
  ),
  lastSuccess(JOBS),
  stat({
    ...SMALL,
    title: 'Active for',
    description:
      'How long the oldest active run takes, without its time in the queue, and how much of the timeout of the job definition that is. Streaming jobs may have none.',
    unit: 's',
    noValue: 'not active',
    thresholds: [[null, 'blue']],
    overrides: [
      {
        name: 'of the timeout',
        properties: [
          { id: 'unit', value: 'percentunit' },
          {
            id: 'thresholds',
            value: {
              mode: 'absolute',
              steps: [
                { value: null, color: 'blue' },
                { value: 0.5, color: 'orange' },
                { value: 0.9, color: 'red' },
              ],
            },
          },
        ],
      },
    ],
    queries: [
      { expr: ACTIVE_FOR, legend: 'the oldest run' },
      { expr: `(${ACTIVE_FOR}) / ${gauge('timeout_seconds')}`, legend: 'of the timeout' },
    ],
  }),
  stat({
    ...SMALL,
    ...RATE,
    title: 'Success rate',
    description:
      'Of the runs that ended in the time range, those that succeeded. Stopped runs are left out, or count as failures: choose above. EXPIRED runs of a streaming job are left out, because AWS restarts them.',
    queries: [
      {
        expr: promql`
          ${grown('aws_glue_job_runs_total', succeeded(JOBS))}
            / (${judgedRuns(JOBS, ofJob)} > 0)
        `,
        legend: '',
      },
    ],
  }),
  cost(),
];

const states = (): PanelBuilder =>
  timeline({
    title: 'State of the newest run',
    description:
      'The run that started last, over time. What is shorter than the interval of the polls may not be seen here; the bars below count it.',
    unit: 'none',
    width: 20,
    height: 5,
    mappings: [NEWEST_TEXTS],
    queries: [{ expr: NEWEST, legend: 'newest run' }],
  });

const ended = (): PanelBuilder =>
  graph({
    ...COUNTED,
    title: 'Runs that ended',
    description:
      'Runs in each interval of the graph, by the state they ended in. Retries are runs of their own. Where Prometheus keeps exemplars, points name the runs that failed.',
    width: 12,
    height: 8,
    overrides: stateColors(ENDED_JOB_STATES),
    queries: [
      {
        expr: grownBy('state', ofJob('aws_glue_job_runs_total')),
        legend: '{{state}}',
        exemplars: true,
      },
    ],
  });

const active = (): PanelBuilder =>
  graph({
    title: 'Active runs',
    description:
      'Runs that have not ended, by state, and how many the job definition allows at once. WAITING is queued.',
    unit: 'short',
    decimals: 0,
    width: 12,
    height: 8,
    look: 'steps',
    stacked: true,
    overrides: [...stateColors(ACTIVE_JOB_STATES), asLimit('maximum')],
    queries: [
      { expr: `max by (state) (${ofJob('aws_glue_job_active_runs')})`, legend: '{{state}}' },
      { expr: gauge('max_concurrent_runs'), legend: 'maximum' },
    ],
  });

const durations = (): PanelBuilder =>
  graph({
    title: 'Duration of the last run that ended',
    description:
      'What the run that ended last took: execution, and the time that it did not execute (queueing, start-up and winding down, which AWS does not tell apart). The dashed line is the timeout of the job definition.',
    unit: 's',
    width: 12,
    height: 8,
    look: 'steps',
    stacked: true,
    overrides: [inColor('execution', 'blue'), inColor('not executing', 'yellow'), asLimit('timeout')],
    queries: [
      { expr: gauge('last_completed_run_execution_seconds'), legend: 'execution' },
      { expr: gauge('last_completed_run_queue_seconds'), legend: 'not executing' },
      { expr: gauge('timeout_seconds'), legend: 'timeout' },
    ],
  });

const attempts = (): PanelBuilder =>
  graph({
    title: 'Attempt of the newest run',
    description:
      'Which attempt the newest run is: 0 for a first one, n for the nth retry that Glue made by itself; the dashed line is the most that it makes.',
    unit: 'short',
    decimals: 0,
    width: 12,
    height: 8,
    look: 'steps',
    overrides: [asLimit('maximum')],
    queries: [
      { expr: gauge('last_run_attempt'), legend: 'newest run' },
      { expr: gauge('max_retries'), legend: 'maximum' },
    ],
  });

const definition = (): PanelBuilder =>
  table({
    title: 'Definition',
    description: 'What the job definition says. A run can be started with other settings.',
    width: 12,
    height: 8,
    columns: [
      { title: 'Type', from: { label: 'job_type' } },
      { title: 'Glue', from: { label: 'glue_version' } },
      { title: 'Workers', from: { label: 'worker_type' } },
      { title: 'Class', from: { label: 'execution_class' } },
      { title: 'Timeout', from: { expr: definitionOf('timeout_seconds') }, unit: 's' },
      { title: 'Most runs at once', unit: 'short', from: { expr: definitionOf('max_concurrent_runs') } },
      { title: 'Retries', unit: 'short', from: { expr: definitionOf('max_retries') } },
    ],
    sortBy: 'Type',
  });

/** A number of the definition with the labels of the definition. */
const definitionOf = (name: string): string => promql`
  max by (job_type, glue_version, worker_type, execution_class) (${ofJob('aws_glue_job_info')})
    * on () group_left () ${gauge(name)}
`;

/** One job: how its runs end, how long they take, what they cost. */
export const job = (): Dashboard =>
  dashboard({
    uid: 'aws-glue-job',
    title: 'AWS Glue / Job',
    description: 'One job: the states of its runs over time, how they ended, how long they took, what they cost.',
    variables: [...oneOf(JOBS, 'aws_glue_job_info'), stopped(), price()],
    links: [toConsole(JOBS)],
    rows: [
      {
        panels: [
          ...firstLine(),
          states(),
          startedAndEnded(JOBS),
          ended(),
          active(),
          durations(),
          dpuSeconds(),
          worked(),
          spent(),
          attempts(),
          definition(),
        ],
      },
    ],
  });
