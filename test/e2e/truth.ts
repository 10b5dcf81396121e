import { expect } from 'vitest';
import {
  activeRuns,
  endedRuns,
  entitiesOf,
  type JsonObject,
  type SimulatedEntity,
  type World,
} from '../../src/simulator/world.ts';
import { type ExposedFamily, sampleValue } from '../exposition-parser.ts';

/** Series by readable names, so that a difference between two accounts names the job and the state. */
export type Account = Readonly<Record<string, number | string>>;

const JOB_END_STATES = ['STOPPED', 'SUCCEEDED', 'FAILED', 'TIMEOUT', 'ERROR', 'EXPIRED'];
const JOB_ACTIVE_STATES = ['STARTING', 'RUNNING', 'STOPPING', 'WAITING'];
const JOB_STATES = [...JOB_ACTIVE_STATES, ...JOB_END_STATES, 'UNKNOWN'];
const WORKFLOW_ENDS = [
  ['COMPLETED', 'succeeded'],
  ['COMPLETED', 'failed'],
  ['COMPLETED', 'stopped'],
  ['COMPLETED', 'nothing_ran'],
  ['COMPLETED', 'no_statistics'],
  ['STOPPED', 'stopped'],
  ['STOPPED', 'failed'],
  ['ERROR', 'failed'],
] as const;
const WORKFLOW_ACTIVE_STATUSES = ['RUNNING', 'STOPPING'];
const WORKFLOW_STATUSES = [...WORKFLOW_ACTIVE_STATUSES, 'COMPLETED', 'STOPPED', 'ERROR', 'UNKNOWN'];
const ACTION_FIELDS = {
  succeeded: 'SucceededActions',
  failed: 'FailedActions',
  errored: 'ErroredActions',
  timeout: 'TimeoutActions',
  stopped: 'StoppedActions',
  running: 'RunningActions',
  waiting: 'WaitingActions',
} as const;
const OUTCOMES = ['running', 'succeeded', 'failed', 'stopped', 'nothing_ran', 'no_statistics'];

/** What a simulated account did after one time and up to another, and how it stands then: what an exporter must tell. */
export const truthOf = (world: World, from: number, to: number): Account => {
  const account: Record<string, number | string> = {};
  for (const job of entitiesOf(world, 'jobs')) {
    const ended = wiresOf(job, from, to);
    for (const state of JOB_END_STATES) {
      const ofState = ended.filter(run => run.JobRunState === state);
      account[`${job.name} runs ${state}`] = ofState.length;
      account[`${job.name} execution ${state}`] = rounded(sum(ofState.map(run => numberOf(run.ExecutionTime))));
    }
    const reported = ended.filter(run => run.DPUSeconds !== undefined);
    const estimated = ended.filter(run => run.DPUSeconds === undefined);
    account[`${job.name} dpu reported`] = rounded(sum(reported.map(run => numberOf(run.DPUSeconds))));
    account[`${job.name} dpu estimated`] = rounded(
      sum(estimated.map(run => numberOf(run.MaxCapacity) * numberOf(run.ExecutionTime))),
    );
    const active = activeRuns(job, to).map(run => run.wire(to));
    for (const state of JOB_ACTIVE_STATES) {
      account[`${job.name} active ${state}`] = active.filter(run => run.JobRunState === state).length;
    }
    const newest = job.newest(to);
    account[`${job.name} newest`] = `${newest?.JobRunState ?? 'none'}`;
    account[`${job.name} newest started`] = numberOr(newest?.StartedOn);
    account[`${job.name} newest execution`] = numberOr(newest?.ExecutionTime);
    account[`${job.name} newest attempt`] = numberOr(newest?.Attempt);
    account[`${job.name} oldest active started`] = numberOr(active.at(-1)?.StartedOn);
    account[`${job.name} last completed`] = numberOr(lastEnded(job, to)?.CompletedOn);
    account[`${job.name} last completed execution`] = numberOr(lastEnded(job, to)?.ExecutionTime);
  }
  for (const workflow of entitiesOf(world, 'workflows')) {
    const ended = wiresOf(workflow, from, to);
    for (const [status, outcome] of WORKFLOW_ENDS) {
      account[`${workflow.name} runs ${status} ${outcome}`] = ended.filter(
        run => run.Status === status && outcomeOf(run) === outcome,
      ).length;
    }
    for (const [action, field] of Object.entries(ACTION_FIELDS)) {
      account[`${workflow.name} actions ${action}`] = sum(ended.map(run => numberOf(statisticsOf(run)[field])));
    }
    account[`${workflow.name} actions not_run`] = sum(ended.map(notRun));
    const active = activeRuns(workflow, to).map(run => run.wire(to));
    for (const status of WORKFLOW_ACTIVE_STATUSES) {
      account[`${workflow.name} active ${status}`] = active.filter(run => run.Status === status).length;
    }
    const newest = workflow.newest(to);
    account[`${workflow.name} newest`] = `${newest?.Status ?? 'none'}`;
    account[`${workflow.name} newest outcome`] = newest === undefined ? 'none' : outcomeOf(newest);
    account[`${workflow.name} newest started`] = numberOr(newest?.StartedOn);
    account[`${workflow.name} newest actions`] = numberOr(newest && statisticsOf(newest).TotalActions);
    account[`${workflow.name} oldest active started`] = numberOr(active.at(-1)?.StartedOn);
    account[`${workflow.name} last completed`] = numberOr(lastEnded(workflow, to)?.CompletedOn);
  }
  return account;
};

/** The same account as an exporter tells it. A series that is missing is a difference, never a 0. */
export const toldBy = (exposition: readonly ExposedFamily[], world: World): Account => {
  const account: Record<string, number | string> = {};
  const finder = (kind: string, labels: Readonly<Record<string, string>>) => {
    const families = exposition
      .filter(family => family.name.startsWith(`aws_glue_${kind}_`))
      .map(family => ({ ...family, samples: family.samples.filter(({ labels: own }) => contains(own, labels)) }));
    return (name: string, more: Readonly<Record<string, string>> = {}) =>
      sampleValue(families, `aws_glue_${kind}_${name}`, more);
  };
  for (const { name } of entitiesOf(world, 'jobs')) {
    const find = finder('job', { job_name: name, aws_account_id: world.accountId, aws_region: world.region });
    for (const state of JOB_END_STATES) {
      account[`${name} runs ${state}`] = find('runs_total', { state }) ?? 'missing';
      account[`${name} execution ${state}`] = rounded(find('execution_seconds_total', { state }));
    }
    for (const source of ['reported', 'estimated']) {
      account[`${name} dpu ${source}`] = rounded(find('dpu_seconds_total', { source }));
    }
    for (const state of JOB_ACTIVE_STATES)
      account[`${name} active ${state}`] = find('active_runs', { state }) ?? 'missing';
    account[`${name} newest`] = stateOf(JOB_STATES, state => find('last_run_state', { state }));
    account[`${name} newest started`] = numberOr(find('last_run_start_timestamp_seconds'));
    account[`${name} newest execution`] = numberOr(find('last_run_execution_seconds'));
    account[`${name} newest attempt`] = numberOr(find('last_run_attempt'));
    account[`${name} oldest active started`] = numberOr(find('oldest_active_run_start_timestamp_seconds'));
    account[`${name} last completed`] = numberOr(find('last_completed_run_completion_timestamp_seconds'));
    account[`${name} last completed execution`] = numberOr(find('last_completed_run_execution_seconds'));
  }
  for (const { name } of entitiesOf(world, 'workflows')) {
    const find = finder('workflow', { workflow_name: name, aws_account_id: world.accountId, aws_region: world.region });
    for (const [status, outcome] of WORKFLOW_ENDS) {
      account[`${name} runs ${status} ${outcome}`] = find('runs_total', { status, outcome }) ?? 'missing';
    }
    for (const state of [...Object.keys(ACTION_FIELDS), 'not_run']) {
      account[`${name} actions ${state}`] = find('actions_total', { state }) ?? 'missing';
    }
    for (const status of WORKFLOW_ACTIVE_STATUSES) {
      account[`${name} active ${status}`] = find('active_runs', { status }) ?? 'missing';
    }
    account[`${name} newest`] = stateOf(WORKFLOW_STATUSES, status => find('last_run_status', { status }));
    account[`${name} newest outcome`] = stateOf(OUTCOMES, outcome => find('last_run_outcome', { outcome }));
    account[`${name} newest started`] = numberOr(find('last_run_start_timestamp_seconds'));
    account[`${name} newest actions`] = numberOr(find('last_run_total_actions'));
    account[`${name} oldest active started`] = numberOr(find('oldest_active_run_start_timestamp_seconds'));
    account[`${name} last completed`] = numberOr(find('last_completed_run_completion_timestamp_seconds'));
  }
  return account;
};

/** Fails with what differs, and with nothing else: the accounts have thousands of entries. */
export const expectSameAccount = (told: Account, truth: Account): void => {
  const differing = Object.keys({ ...truth, ...told }).filter(key => told[key] !== truth[key]);
  const part = (account: Account) => Object.fromEntries(differing.map(key => [key, account[key]]));
  expect(part(told)).toEqual(part(truth));
};

/** All runs of all entities that the truth holds. */
export const endedIn = (world: World, from: number, to: number): number =>
  sum(entitiesOf(world).map(entity => endedRuns(entity, from, to).length));

const wiresOf = (entity: SimulatedEntity, from: number, to: number): readonly JsonObject[] =>
  endedRuns(entity, from, to).map(run => run.wire(to));

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** Sums of fractions depend on their order in the last digits; the amounts themselves have three. */
const rounded = (amount: number | undefined): number | string =>
  amount === undefined ? 'missing' : Math.round(amount * 1e6) / 1e6;

/** The run of the whole history that was the last to end; of several in the same moment the one with the greatest id. */
const lastEnded = (entity: SimulatedEntity, at: number): JsonObject | undefined =>
  entity
    .runs(Number.NEGATIVE_INFINITY, at)
    .filter(run => run.completedOn <= at)
    .toSorted((a, b) => a.completedOn - b.completedOn || (a.id < b.id ? -1 : 1))
    .at(-1)
    ?.wire(at);

/** What is unknown is absent. */
const numberOr = (value: unknown): number | string => (typeof value === 'number' ? value : 'none');

const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0);

const statisticsOf = (run: JsonObject): Readonly<Record<string, unknown>> =>
  typeof run.Statistics === 'object' && run.Statistics !== null ? { ...run.Statistics } : {};

const notRun = (run: JsonObject): number => {
  const statistics = statisticsOf(run);
  const others = sum(Object.values(ACTION_FIELDS).map(field => numberOf(statistics[field])));
  return Math.max(0, numberOf(statistics.TotalActions) - others);
};

/** A workflow run's outcome in the words of the metric's documentation. */
const outcomeOf = (run: JsonObject): string => {
  if (run.CompletedOn === undefined) return 'running';
  const statistics = statisticsOf(run);
  const failed = ['FailedActions', 'TimeoutActions', 'ErroredActions'].some(field => numberOf(statistics[field]) > 0);
  if (run.Status === 'ERROR' || failed) return 'failed';
  if (run.Status === 'STOPPED' || numberOf(statistics.StoppedActions) > 0) return 'stopped';
  if (numberOf(statistics.SucceededActions) > 0) return 'succeeded';
  return statistics.TotalActions === undefined ? 'no_statistics' : 'nothing_ran';
};

const stateOf = (states: readonly string[], find: (state: string) => number | undefined): string => {
  const values = states.map(find);
  if (values.every(value => value === undefined)) return 'none';
  const holding = states.filter((_, index) => values[index] === 1);
  const others = values.filter(value => value === 0).length;
  return holding.length === 1 && others === states.length - 1 ? `${holding}` : `no state set: ${values}`;
};

const contains = (labels: Readonly<Record<string, string>>, part: Readonly<Record<string, string>>): boolean =>
  Object.entries(part).every(([name, value]) => labels[name] === value);
