import { ENDED_JOB_STATES } from '../../../src/collectors/jobs/states.ts';
import { JOBS } from '../kinds.ts';
import { gaugeOf, SMALL } from './ends.ts';
import { graph, type PanelBuilder, stat } from './panels.ts';
import { grownBy, ofOne } from './scope.ts';
import { stateColors } from './states.ts';
import { COUNTED } from './theme.ts';

/* What one job takes. */

const ofJob = ofOne(JOBS);
const DPU_SECONDS = ofJob('aws_glue_job_dpu_seconds_total');
const DPU_HOURS = `sum(increase(${DPU_SECONDS}[$__range])) / 3600`;

export const cost = (): PanelBuilder =>
  stat({
    ...SMALL,
    title: 'Cost',
    description:
      'DPU-hours of the runs that ended in the time range, times the price on top of the dashboard. FLEX runs and memory-optimised workers (R, Z) have other prices.',
    unit: 'currencyUSD',
    decimals: 2,
    noValue: 'unknown',
    overrides: [{ name: 'DPU-hours', properties: [{ id: 'unit', value: 'short' }] }],
    queries: [
      { expr: `${DPU_HOURS} * $price`, legend: 'cost' },
      { expr: DPU_HOURS, legend: 'DPU-hours' },
    ],
  });

export const dpuSeconds = (): PanelBuilder =>
  graph({
    title: 'DPU-seconds of the last run that ended',
    description:
      'As AWS reports them (FLEX and auto-scaled runs), else capacity times execution time. Absent where the worker type is unknown.',
    unit: 'suffix:DPU-s',
    width: 12,
    height: 8,
    look: 'steps',
    queries: [{ expr: gaugeOf(JOBS, 'last_completed_run_dpu_seconds'), legend: 'the run that ended last' }],
  });

export const spent = (): PanelBuilder =>
  graph({
    ...COUNTED,
    unit: 'suffix:DPU-s',
    title: 'DPU-seconds of runs that ended',
    description:
      'In each interval of the graph; a run counts as a whole when it ends. Reported are those of FLEX and auto-scaled runs, others are estimated as capacity times execution time.',
    width: 12,
    height: 8,
    queries: [{ expr: grownBy('source', DPU_SECONDS), legend: '{{source}}' }],
  });

export const worked = (): PanelBuilder =>
  graph({
    ...COUNTED,
    unit: 's',
    title: 'Execution time of runs that ended',
    description:
      'In each interval of the graph, by the state that the runs ended in: how much of the time was for nothing.',
    width: 12,
    height: 8,
    overrides: stateColors(ENDED_JOB_STATES),
    queries: [
      {
        expr: grownBy('state', ofJob('aws_glue_job_execution_seconds_total')),
        legend: '{{state}}',
      },
    ],
  });
