import { isObject } from '../../src/simulator/json.ts';
import { workflows } from '../../src/simulator/kinds/workflows.ts';
import { activeRuns, type JsonObject } from '../../src/simulator/world.ts';
import {
  byName,
  endedWires,
  isEnded,
  type KindTruth,
  lastEnded,
  numberOrNone,
  numberOrZero,
  shownState,
  sum,
} from './kind-truth.ts';

const ENDS = [
  ['COMPLETED', 'succeeded'],
  ['COMPLETED', 'failed'],
  ['COMPLETED', 'stopped'],
  ['COMPLETED', 'nothing_ran'],
  ['COMPLETED', 'no_statistics'],
  ['STOPPED', 'stopped'],
  ['STOPPED', 'failed'],
  ['ERROR', 'failed'],
] as const;
const ACTIVE_STATUSES = ['RUNNING', 'STOPPING'];
const STATUSES = [...ACTIVE_STATUSES, ...(workflows.run?.endStates ?? []), 'UNKNOWN'];
const OUTCOMES = ['running', 'succeeded', 'failed', 'stopped', 'nothing_ran', 'no_statistics'];
const ACTION_FIELDS = {
  succeeded: 'SucceededActions',
  failed: 'FailedActions',
  errored: 'ErroredActions',
  timeout: 'TimeoutActions',
  stopped: 'StoppedActions',
  running: 'RunningActions',
  waiting: 'WaitingActions',
} as const;

const statisticsOf = ({ Statistics }: JsonObject): JsonObject => (isObject(Statistics) ? Statistics : {});

const notRun = (run: JsonObject): number => {
  const statistics = statisticsOf(run);
  const others = sum(Object.values(ACTION_FIELDS).map(field => numberOrZero(statistics[field])));
  return Math.max(0, numberOrZero(statistics.TotalActions) - others);
};

/** A run's outcome in the words of the metric's documentation. */
const outcomeOf = (run: JsonObject): string => {
  if (!isEnded({ kind: workflows }, run)) return 'running';
  const statistics = statisticsOf(run);
  const failed = ['FailedActions', 'TimeoutActions', 'ErroredActions'].some(
    field => numberOrZero(statistics[field]) > 0,
  );
  if (run.Status === 'ERROR' || failed) return 'failed';
  if (run.Status === 'STOPPED' || numberOrZero(statistics.StoppedActions) > 0) return 'stopped';
  if (numberOrZero(statistics.SucceededActions) > 0) return 'succeeded';
  return statistics.TotalActions === undefined ? 'no_statistics' : 'nothing_ran';
};

export const workflowsTruth: KindTruth = {
  name: 'workflows',
  prefix: 'aws_glue_workflow_',
  runs: {
    family: 'aws_glue_workflow_runs_total',
    stateLabel: 'status',
    savedAs: ({ status, outcome }) => `runs/${status}/${outcome}`,
  },
  truthOf: (workflow, from, to) => {
    const ended = endedWires(workflow, from, to);
    const active = activeRuns(workflow, to).map(run => run.wire(to));
    const newest = workflow.newest(to);
    const runs = ENDS.map(([status, outcome]) => [
      `runs ${status} ${outcome}`,
      ended.filter(run => run.Status === status && outcomeOf(run) === outcome).length,
    ]);
    const actions = Object.entries(ACTION_FIELDS).map(([action, field]) => [
      `actions ${action}`,
      sum(ended.map(run => numberOrZero(statisticsOf(run)[field]))),
    ]);
    return {
      counters: {
        ...Object.fromEntries([...runs, ...actions]),
        'actions not_run': sum(ended.map(notRun)),
      },
      active: {
        ...byName(
          ACTIVE_STATUSES,
          status => `active ${status}`,
          status => active.filter(run => run.Status === status).length,
        ),
        'oldest active started': numberOrNone(active.at(-1)?.StartedOn),
      },
      newest: {
        newest: `${newest?.Status ?? 'none'}`,
        'newest outcome': newest === undefined ? 'none' : outcomeOf(newest),
        'newest started': numberOrNone(newest?.StartedOn),
        'newest actions': numberOrNone(newest && statisticsOf(newest).TotalActions),
        'last completed': numberOrNone(lastEnded(workflow, to)?.CompletedOn),
      },
    };
  },
  exposedBy: find => ({
    counters: {
      ...Object.fromEntries(
        ENDS.map(([status, outcome]) => [
          `runs ${status} ${outcome}`,
          find('runs_total', { status, outcome }) ?? 'missing',
        ]),
      ),
      ...byName(
        [...Object.keys(ACTION_FIELDS), 'not_run'],
        state => `actions ${state}`,
        state => find('actions_total', { state }) ?? 'missing',
      ),
    },
    active: {
      ...byName(
        ACTIVE_STATUSES,
        status => `active ${status}`,
        status => find('active_runs', { status }) ?? 'missing',
      ),
      'oldest active started': numberOrNone(find('oldest_active_run_start_timestamp_seconds')),
    },
    newest: {
      newest: shownState(STATUSES, status => find('last_run_status', { status })),
      'newest outcome': shownState(OUTCOMES, outcome => find('last_run_outcome', { outcome })),
      'newest started': numberOrNone(find('last_run_start_timestamp_seconds')),
      'newest actions': numberOrNone(find('last_run_total_actions')),
      'last completed': numberOrNone(find('last_completed_run_completion_timestamp_seconds')),
    },
  }),
};
