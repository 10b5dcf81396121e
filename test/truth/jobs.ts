import { jobs } from '../../src/simulator/kinds/jobs.ts';
import { activeRuns, type JsonObject } from '../../src/simulator/world.ts';
import {
  byName,
  endedWires,
  type KindTruth,
  lastEnded,
  numberOrNone,
  numberOrZero,
  rounded,
  shownState,
  sum,
} from './kind-truth.ts';

const END_STATES = jobs.run?.endStates ?? [];
const ACTIVE_STATES = ['STARTING', 'RUNNING', 'STOPPING', 'WAITING'];
const STATES = [...ACTIVE_STATES, ...END_STATES, 'UNKNOWN'];

const executionOf = (runs: readonly JsonObject[]): number => sum(runs.map(run => numberOrZero(run.ExecutionTime)));

export const jobsTruth: KindTruth = {
  name: 'jobs',
  prefix: 'aws_glue_job_',
  runs: { family: 'aws_glue_job_runs_total', stateLabel: 'state', savedAs: ({ state }) => `runs/${state}` },
  truthOf: (job, from, to) => {
    const ended = endedWires(job, from, to);
    const inState = (state: string) => ended.filter(run => run.JobRunState === state);
    const reported = ended.filter(run => run.DPUSeconds !== undefined);
    const estimated = ended.filter(run => run.DPUSeconds === undefined);
    const active = activeRuns(job, to).map(run => run.wire(to));
    const newest = job.newest(to);
    const last = lastEnded(job, to);
    return {
      counters: {
        ...byName(
          END_STATES,
          state => `runs ${state}`,
          state => inState(state).length,
        ),
        ...byName(
          END_STATES,
          state => `execution ${state}`,
          state => rounded(executionOf(inState(state))),
        ),
        'dpu reported': rounded(sum(reported.map(run => numberOrZero(run.DPUSeconds)))),
        'dpu estimated': rounded(
          sum(estimated.map(run => numberOrZero(run.MaxCapacity) * numberOrZero(run.ExecutionTime))),
        ),
      },
      active: {
        ...byName(
          ACTIVE_STATES,
          state => `active ${state}`,
          state => active.filter(run => run.JobRunState === state).length,
        ),
        'oldest active started': numberOrNone(active.at(-1)?.StartedOn),
      },
      newest: {
        newest: `${newest?.JobRunState ?? 'none'}`,
        'newest started': numberOrNone(newest?.StartedOn),
        'newest execution': numberOrNone(newest?.ExecutionTime),
        'newest attempt': numberOrNone(newest?.Attempt),
        'last completed': numberOrNone(last?.CompletedOn),
        'last completed execution': numberOrNone(last?.ExecutionTime),
      },
    };
  },
  exposedBy: find => ({
    counters: {
      ...byName(
        END_STATES,
        state => `runs ${state}`,
        state => find('runs_total', { state }) ?? 'missing',
      ),
      ...byName(
        END_STATES,
        state => `execution ${state}`,
        state => rounded(find('execution_seconds_total', { state })),
      ),
      ...byName(
        ['reported', 'estimated'],
        source => `dpu ${source}`,
        source => rounded(find('dpu_seconds_total', { source })),
      ),
    },
    active: {
      ...byName(
        ACTIVE_STATES,
        state => `active ${state}`,
        state => find('active_runs', { state }) ?? 'missing',
      ),
      'oldest active started': numberOrNone(find('oldest_active_run_start_timestamp_seconds')),
    },
    newest: {
      newest: shownState(STATES, state => find('last_run_state', { state })),
      'newest started': numberOrNone(find('last_run_start_timestamp_seconds')),
      'newest execution': numberOrNone(find('last_run_execution_seconds')),
      'newest attempt': numberOrNone(find('last_run_attempt')),
      'last completed': numberOrNone(find('last_completed_run_completion_timestamp_seconds')),
      'last completed execution': numberOrNone(find('last_completed_run_execution_seconds')),
    },
  }),
};
