import { workflows } from './kinds/workflows.ts';
import { secretRunProperties } from './messages.ts';
import {
  between,
  betweenByMagnitude,
  hashText,
  hexId,
  pickWeighted,
  type Random,
  type Range,
  randomStreams,
  wholeBetween,
} from './random.ts';
import { numberedId, numberOfId } from './run-ids.ts';
import {
  type HistoryTraits,
  historyOf,
  historyTraitsOf,
  type RunPlan,
  type Schedule,
  startOf,
  toMillis,
} from './schedule.ts';
import type { JsonObject, RunOrder, SimulatedEntity, SimulatedRun } from './world.ts';

export type WorkflowEndStatus = 'COMPLETED' | 'STOPPED' | 'ERROR';
type ActionEnd = 'Succeeded' | 'Failed' | 'Timeout' | 'Stopped' | 'Errored';

export interface WorkflowRunShape {
  /** Until the last action ends or, for STOPPED and ERROR, until the run is cut off. Seconds. */
  readonly running: number;
  /** Only for STOPPED. Seconds. */
  readonly stopping: number;
  readonly endStatus: WorkflowEndStatus;
  /** All actions of the graph, also those that never run. */
  readonly totalActions: number;
  /** How the actions end that do run, in the order in which they start. */
  readonly actions: readonly ActionEnd[];
}

export interface WorkflowRunHabits {
  readonly totalActions: Range;
  readonly running: Range;
  readonly stopping: Range;
  readonly outcomes: readonly (readonly [WorkflowEndStatus, number])[];
  /** The part of the actions that fail; those after them are skipped half of the time. */
  readonly failureShare: number;
  /** The part of the runs with actions that never run although none failed: conditions of triggers. 0 unless given. */
  readonly neverRunShare?: number;
}

export interface WorkflowPlan extends HistoryTraits {
  readonly name: string;
  readonly schedule: Schedule;
  readonly habits: WorkflowRunHabits;
  readonly maxConcurrentRuns?: number;
  /** Run 0, if the world wants it so. */
  readonly pinned?: WorkflowRunShape;
}

interface Action {
  readonly queuedOn: number;
  readonly startedOn: number;
  readonly endedOn: number;
  readonly end: ActionEnd;
}

const drawShape = (random: Random, { habits }: WorkflowPlan): WorkflowRunShape => {
  const endStatus = pickWeighted(random, habits.outcomes, 'COMPLETED');
  const totalActions = wholeBetween(random, habits.totalActions);
  const actions: ActionEnd[] = [];
  let skipped = 0;
  while (actions.length + skipped < totalActions) {
    const failed = random() < habits.failureShare;
    actions.push(
      failed
        ? pickWeighted(
            random,
            [
              ['Failed', 8],
              ['Timeout', 1],
              ['Errored', 1],
            ],
            'Failed',
          )
        : 'Succeeded',
    );
    if (failed && random() < 0.5) skipped += 1;
  }
  const running = betweenByMagnitude(random, habits.running);
  return { running, stopping: between(random, habits.stopping), endStatus, totalActions, actions };
};

/**
 * AWS's own example of GetWorkflowRun (AWS Glue Developer Guide) is COMPLETED with 9 of 11 actions succeeded and none failed.
 * Which runs are like that follows from the id, so that whatever else is drawn for a run stays as it is.
 */
const withNeverRun = ({ habits }: WorkflowPlan, id: string, shape: WorkflowRunShape): WorkflowRunShape => {
  const hash = hashText(id);
  if (hash / 2 ** 32 >= (habits.neverRunShare ?? 0)) return shape;
  return { ...shape, totalActions: shape.totalActions + 1 + (hash % 2) };
};

/** Lays the actions out in stages of a few in parallel; the last one ends when the run does. */
const layOut = (
  random: Random,
  startedOn: number,
  cutOn: number,
  completedOn: number,
  shape: WorkflowRunShape,
): Action[] => {
  const lanes = Math.max(1, Math.round(Math.sqrt(shape.actions.length)));
  // What is cut off would have gone on for as long again.
  const planned = shape.endStatus === 'COMPLETED' ? shape.running : shape.running * 2;
  const stage = planned / Math.ceil(shape.actions.length / lanes);
  const laidOut = shape.actions.map((end, index): Action => {
    const queuedOn = startedOn + Math.floor(index / lanes) * stage;
    const last = index === shape.actions.length - 1;
    const waits = random() * 0.15;
    const length = last ? 1 : 0.6 + random() * 0.4;
    return { queuedOn, startedOn: queuedOn + waits * stage, endedOn: queuedOn + length * stage, end };
  });
  if (shape.endStatus === 'COMPLETED') return laidOut;
  const cutEnd: ActionEnd = shape.endStatus === 'STOPPED' ? 'Stopped' : 'Errored';
  return laidOut
    .filter(action => action.startedOn < cutOn)
    .map(action => (action.endedOn <= cutOn ? action : { ...action, endedOn: completedOn, end: cutEnd }));
};

const settle = (
  plan: WorkflowPlan,
  id: string,
  startedOn: number,
  shape: WorkflowRunShape,
  random: Random,
): SimulatedRun => {
  const cutOn = toMillis(startedOn + shape.running);
  const stops = shape.endStatus === 'STOPPED';
  const completedOn = Math.max(toMillis(cutOn + (stops ? shape.stopping : 0)), toMillis(startedOn + 0.001));
  const actions = layOut(random, startedOn, cutOn, completedOn, shape);
  // Glue leaves these two out of some answers when they are 0, its own documentation's example among them.
  const tellsErrored = random() < 0.7;
  const tellsWaiting = random() < 0.5;
  const uniqueId = hexId(random).slice(0, 12);
  const hasSecret = random() < 0.2;

  const wire = (at: number): JsonObject => {
    const ended = at >= completedOn;
    const status = ended ? shape.endStatus : stops && at >= cutOn ? 'STOPPING' : 'RUNNING';
    const count = (end: ActionEnd) =>
      actions.filter(action => (ended || action.endedOn <= at) && action.end === end).length;
    const errored = count('Errored');
    const running = actions.filter(action => !ended && action.startedOn <= at && at < action.endedOn).length;
    const waiting = actions.filter(action => !ended && action.queuedOn <= at && at < action.startedOn).length;
    return {
      Name: plan.name,
      WorkflowRunId: id,
      WorkflowRunProperties: { run_state: status, unique_id: uniqueId, ...(hasSecret ? secretRunProperties : {}) },
      StartedOn: startedOn,
      CompletedOn: ended ? completedOn : undefined,
      Status: status,
      ErrorMessage:
        ended && shape.endStatus === 'ERROR'
          ? 'Workflow run failed to start its next node:\n ConcurrentRunsExceededException: the quota of the account is reached.'
          : undefined,
      Statistics: {
        TotalActions: shape.totalActions,
        TimeoutActions: count('Timeout'),
        FailedActions: count('Failed'),
        StoppedActions: count('Stopped'),
        SucceededActions: count('Succeeded'),
        RunningActions: running,
        ErroredActions: tellsErrored || errored > 0 ? errored : undefined,
        WaitingActions: tellsWaiting || waiting > 0 ? waiting : undefined,
      },
    };
  };
  return { id, startedOn, completedOn, endState: shape.endStatus, wire };
};

/** A workflow from its plan. The seed and the workflow's name settle every one of its runs. */
export const simulateWorkflow = (
  seed: string,
  plan: WorkflowPlan,
  order: RunOrder = 'newest_first',
): SimulatedEntity => {
  const streams = randomStreams(`${seed}/workflow/${plan.name}`);
  const { schedule, habits, pinned } = plan;
  const runPlan: RunPlan = {
    schedule,
    runsOf: index => {
      const random = streams(index);
      const startedOn = startOf(schedule, index, random);
      const id = `wr_${numberedId(random, index)}`;
      const shape = (index === 0 ? pinned : undefined) ?? withNeverRun(plan, id, drawShape(random, plan));
      return [settle(plan, id, startedOn, shape, random)];
    },
    indexOf: numberOfId,
    retriesSeconds: 0,
    longestSeconds: Math.max(
      habits.running[1] + habits.stopping[1],
      pinned === undefined ? 0 : pinned.running + pinned.stopping,
    ),
    ...historyTraitsOf(plan),
  };
  const firstIndex = Number.isFinite(schedule.firstIndex) ? schedule.firstIndex : 0;
  const createdOn = toMillis(schedule.anchorSeconds + firstIndex * schedule.periodSeconds - 3600);
  const definition: JsonObject = {
    Name: plan.name,
    Description: 'Made by the simulator',
    DefaultRunProperties: {},
    CreatedOn: createdOn,
    LastModifiedOn: createdOn,
    MaxConcurrentRuns: plan.maxConcurrentRuns,
  };
  return { kind: workflows, name: plan.name, definition, ...historyOf(runPlan, order) };
};
