import { ACTIVE_JOB_STATES, ENDED_JOB_STATES } from '../../../src/collectors/jobs/states.ts';
import { WORKFLOW_OUTCOMES } from '../../../src/collectors/workflows/outcome.ts';
import { JOBS, type Kind, WORKFLOWS } from '../kinds.ts';
import { graph, type PanelBuilder } from './panels.ts';
import { grownBy, inPlaces } from './scope.ts';
import { stateColors } from './states.ts';
import { COUNTED, OVER_ALL } from './theme.ts';

/** Runs of a kind in each account that ended: one series for each result, however many entities there are. */
const runsOf = ({ collector }: Kind): string =>
  inPlaces('aws_glue_exporter_runs_counted_total', `collector="${collector}"`);

export const endedJobRuns = (): PanelBuilder =>
  graph({
    ...COUNTED,
    ...OVER_ALL,
    title: 'Job runs that ended',
    description:
      'Runs of jobs in each interval of the graph, by the state they ended in. Retries are runs of their own.',
    width: 8,
    height: 8,
    overrides: stateColors(ENDED_JOB_STATES),
    queries: [{ expr: grownBy('result', runsOf(JOBS)), legend: '{{result}}' }],
  });

export const endedWorkflowRuns = (): PanelBuilder =>
  graph({
    ...COUNTED,
    ...OVER_ALL,
    title: 'Workflow runs that ended',
    description:
      'Runs of workflows in each interval of the graph, by what came of them. A run has failed when an action of it did, although AWS calls it COMPLETED.',
    width: 8,
    height: 8,
    overrides: stateColors(WORKFLOW_OUTCOMES),
    queries: [{ expr: grownBy('result', runsOf(WORKFLOWS)), legend: '{{result}}' }],
  });

export const activeJobRuns = (): PanelBuilder =>
  graph({
    ...OVER_ALL,
    title: 'Active job runs',
    description:
      'Runs of jobs that have not ended, by state. WAITING is queued for capacity. What is shorter than the interval of the polls may not be seen here.',
    unit: 'short',
    decimals: 0,
    width: 8,
    height: 8,
    look: 'steps',
    stacked: true,
    calcs: ['max', 'lastNotNull'],
    overrides: stateColors(ACTIVE_JOB_STATES),
    queries: [
      {
        // One value for each job first would cost ten times as much, and matters only while an exporter is replaced.
        expr: `sum by (state) (${inPlaces(JOBS.metric('active_runs'))})`,
        legend: '{{state}}',
      },
    ],
  });
