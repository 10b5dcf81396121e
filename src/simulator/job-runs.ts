import { cutAtRestarts, drawShape, type JobEndState, type JobRunHabits, type JobRunShape } from './job-run-shapes.ts';
import { jobs } from './kinds/jobs.ts';
import { failureMessage, launchErrorMessage, queuedDetail, secretArguments, timeoutMessage } from './messages.ts';
import { between, pick, type Random, type Range, randomStreams } from './random.ts';
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

/** What Glue repeats in every run of a job. */
export interface JobTraits {
  readonly command: 'glueetl' | 'gluestreaming' | 'pythonshell' | 'glueray';
  readonly glueVersion: string;
  /** Absent for Python shell jobs. */
  readonly workers?: { readonly type: string; readonly count: number };
  /** DPUs. Absent for Ray jobs, which are measured in workers. */
  readonly maxCapacity?: number;
  readonly flex: boolean;
  /** Workers come and go: runs report DPUSeconds, as those of FLEX jobs do. */
  readonly autoScaled: boolean;
  /** Minutes, as on the wire. */
  readonly timeoutMinutes: number;
  readonly maxRetries: number;
  readonly maxConcurrentRuns: number;
  readonly queuing: boolean;
  readonly trigger?: string;
  readonly arguments: Readonly<Record<string, string>>;
}

export interface JobPlan extends HistoryTraits {
  readonly name: string;
  readonly accountId: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly traits: JobTraits;
  readonly schedule: Schedule;
  readonly habits: JobRunHabits;
  /** Run 0 and its retries, or restarts, if the world wants them so. */
  readonly pinned?: readonly JobRunShape[];
}

const errorMessage = (random: Random, endState: JobEndState): string | undefined => {
  switch (endState) {
    case 'FAILED':
      return failureMessage(random);
    case 'ERROR':
      return launchErrorMessage(random);
    case 'TIMEOUT':
      return timeoutMessage;
    default:
      return undefined;
  }
};

const logGroups: Readonly<Record<JobTraits['command'], string>> = {
  glueetl: '/aws-glue/jobs',
  gluestreaming: '/aws-glue/jobs',
  pythonshell: '/aws-glue/python-jobs',
  glueray: '/aws-glue/ray/jobs',
};

/** Auto Scaling is enabled by an argument: AWS Glue Developer Guide, "Using auto scaling for AWS Glue". */
const argumentsOf = (traits: JobTraits): JsonObject =>
  traits.autoScaled ? { ...traits.arguments, '--enable-auto-scaling': 'true' } : traits.arguments;

/** The fields that GetJobs and GetJobRuns both show. */
const capacityFields = (traits: JobTraits): JsonObject => ({
  AllocatedCapacity: Math.floor(traits.maxCapacity ?? 0),
  Timeout: traits.timeoutMinutes,
  MaxCapacity: traits.maxCapacity,
  WorkerType: traits.workers?.type,
  NumberOfWorkers: traits.workers?.count,
  GlueVersion: traits.glueVersion,
  ExecutionClass: traits.command === 'glueetl' ? (traits.flex ? 'FLEX' : 'STANDARD') : undefined,
  JobRunQueuingEnabled: traits.queuing,
});

interface Attempt {
  readonly id: string;
  /** The attempt that this one retries. */
  readonly previousId?: string;
  readonly number: number;
  readonly startedOn: number;
  readonly shape: JobRunShape;
  readonly random: Random;
}

const attemptId = (baseId: string, number: number): string => (number === 0 ? baseId : `${baseId}_attempt_${number}`);

/** One attempt, with everything that is drawn drawn, so that its wire form depends on the time alone. */
const settle = (
  { name, traits }: JobPlan,
  { id, previousId, number, startedOn, shape, random }: Attempt,
): SimulatedRun => {
  const startingAt = toMillis(startedOn + shape.waiting);
  const runningAt = toMillis(startingAt + shape.starting);
  const stoppingAt = toMillis(runningAt + shape.running);
  const completedOn = Math.max(toMillis(stoppingAt + shape.stopping), toMillis(startedOn + 0.001));
  const usedShare = 0.35 + random() * 0.6;
  const follows = random() < 0.5 && traits.trigger !== undefined;
  const message = errorMessage(random, shape.endState);
  // "For either job runs with execution class FLEX or when Auto Scaling is enabled" (API reference, JobRun); not for streaming
  // jobs (AWS Glue Developer Guide, "AWS Glue streaming autoscaling"). Whether it is there before the end is not documented.
  const reportsDpuSeconds = (traits.flex || traits.autoScaled) && traits.command !== 'gluestreaming';

  const stateAt = (at: number): readonly [state: string, since: number] => {
    if (at >= completedOn) return [shape.endState, completedOn];
    if (at >= stoppingAt) return ['STOPPING', stoppingAt];
    // Glue touches a running run now and then, here every half minute.
    if (at >= runningAt) return ['RUNNING', toMillis(runningAt + Math.floor((at - runningAt) / 30) * 30)];
    if (at >= startingAt) return ['STARTING', startingAt];
    return ['WAITING', startedOn];
  };

  // Any other id will do: this one's halves, swapped.
  const predecessors = (): readonly JsonObject[] => [
    { JobName: `${name}-prepare`, RunId: `jr_${id.slice(35, 67)}${id.slice(3, 35)}` },
  ];

  const wire = (at: number): JsonObject => {
    const [state, lastModifiedOn] = stateAt(at);
    const ended = at >= completedOn;
    const executed = Math.max(0, Math.min(at, completedOn) - runningAt);
    return {
      Id: id,
      Attempt: number,
      PreviousRunId: previousId,
      TriggerName: traits.trigger,
      JobName: name,
      StartedOn: startedOn,
      LastModifiedOn: lastModifiedOn,
      CompletedOn: ended ? completedOn : undefined,
      JobRunState: state,
      Arguments: argumentsOf(traits),
      ErrorMessage: ended ? message : undefined,
      PredecessorRuns: follows ? predecessors() : [],
      ...capacityFields(traits),
      ExecutionTime: Math.floor(executed),
      LogGroupName: logGroups[traits.command],
      DPUSeconds:
        reportsDpuSeconds && executed > 0 ? toMillis((traits.maxCapacity ?? 1) * usedShare * executed) : undefined,
      StateDetail: state === 'WAITING' ? queuedDetail : undefined,
    };
  };
  return { id, startedOn, completedOn, endState: shape.endState, wire };
};

/** The runs of a number: the first attempt and, as Glue does, further ones while they fail and MaxRetries allows. */
const attemptsOf = (plan: JobPlan, streams: (index: number) => Random, index: number): readonly SimulatedRun[] => {
  const { schedule, traits, habits } = plan;
  const random = streams(index);
  const pinned = index === 0 ? plan.pinned : undefined;
  let startedOn = startOf(schedule, index, random);
  const start = startedOn;
  const room = () => startOf(schedule, index + 1, streams(index + 1)) - start;
  const baseId = `jr_${numberedId(random, index)}`;
  const attempts: SimulatedRun[] = [];
  for (let number = 0; number <= traits.maxRetries; number += 1) {
    const shape = pinned === undefined ? drawShape(random, plan, room) : pinned[number];
    if (shape === undefined) break;
    const id = attemptId(baseId, number);
    const retried = number === 0 ? {} : { previousId: attemptId(baseId, number - 1) };
    const run = settle(plan, { id, ...retried, number, startedOn, shape, random });
    attempts.push(run);
    if (shape.endState !== 'FAILED') break;
    startedOn = toMillis(run.completedOn + between(random, habits.retryDelay));
  }
  return attempts;
};

/** A run of a streaming job and those with which Glue continues it. How long each executes follows from the plan alone. */
const restartsOf = (
  plan: JobPlan,
  streams: (index: number) => Random,
  index: number,
  restartAfter: Range,
): readonly SimulatedRun[] => {
  const { schedule, habits } = plan;
  const random = streams(index);
  let startedOn = startOf(schedule, index, random);
  const start = startedOn;
  const room = () => startOf(schedule, index + 1, streams(index + 1)) - start;
  const baseId = `jr_${numberedId(random, index)}`;
  const pinned = index === 0 ? plan.pinned : undefined;
  const shapes = pinned ?? cutAtRestarts(random, drawShape(random, plan, room), restartAfter);
  return shapes.map((shape, number) => {
    const id = number === 0 ? baseId : `${baseId}_restart_${number}`;
    const run = settle(plan, { id, number: 0, startedOn, shape, random });
    startedOn = toMillis(run.completedOn + habits.retryDelay[0]);
    return run;
  });
};

/** The last run that continues one starts no later than this after it. */
const restartsSeconds = (longestSeconds: number, { restartAfter = [1, 1], retryDelay }: JobRunHabits): number =>
  longestSeconds + (longestSeconds / restartAfter[0]) * retryDelay[0];

const longestRun = ({ habits, schedule, traits, pinned = [] }: JobPlan): number => {
  const running = habits.continuous ? schedule.periodSeconds + schedule.jitterSeconds : habits.running[1];
  const timeout = habits.exactTimeout ? traits.timeoutMinutes * 60 : 0;
  const drawn = habits.waiting[1] + habits.starting[1] + Math.max(running, timeout) + habits.stopping[1];
  return Math.max(drawn, ...pinned.map(shape => shape.waiting + shape.starting + shape.running + shape.stopping));
};

/** The definition as GetJobs shows it. */
const jobDefinition = ({ name, accountId, traits, schedule, tags }: JobPlan): JsonObject => {
  const firstIndex = Number.isFinite(schedule.firstIndex) ? schedule.firstIndex : 0;
  const createdOn = toMillis(schedule.anchorSeconds + firstIndex * schedule.periodSeconds - 3600);
  return {
    Name: name,
    JobMode: 'SCRIPT',
    Description: `Owned by ${tags.team ?? 'nobody'}`,
    Role: `arn:aws:iam::${accountId}:role/glue-jobs`,
    CreatedOn: createdOn,
    LastModifiedOn: createdOn,
    ExecutionProperty: { MaxConcurrentRuns: traits.maxConcurrentRuns },
    Command: {
      Name: traits.command,
      ScriptLocation: `s3://aws-glue-assets-${accountId}/scripts/${name}.py`,
      PythonVersion: traits.command === 'pythonshell' ? '3.9' : '3',
      Runtime: traits.command === 'glueray' ? 'Ray2.4' : undefined,
    },
    DefaultArguments: argumentsOf(traits),
    MaxRetries: traits.maxRetries,
    ...capacityFields(traits),
  };
};

/** A job from its plan. The seed and the job's name settle every one of its runs. */
export const simulateJob = (seed: string, plan: JobPlan, order: RunOrder = 'newest_first'): SimulatedEntity => {
  const streams = randomStreams(`${seed}/job/${plan.name}`);
  const longestSeconds = longestRun(plan);
  const { restartAfter, retryDelay } = plan.habits;
  const runPlan: RunPlan = {
    schedule: plan.schedule,
    runsOf: index =>
      restartAfter === undefined ? attemptsOf(plan, streams, index) : restartsOf(plan, streams, index, restartAfter),
    indexOf: numberOfId,
    retriesSeconds:
      restartAfter === undefined
        ? plan.traits.maxRetries * (longestSeconds + retryDelay[1])
        : restartsSeconds(longestSeconds, plan.habits),
    longestSeconds,
    ...historyTraitsOf(plan),
  };
  return {
    kind: jobs,
    name: plan.name,
    tags: plan.tags,
    definition: jobDefinition(plan),
    ...historyOf(runPlan, order),
  };
};

/** Arguments as Glue Studio writes them, in every third job with something in them that should not be there. */
export const jobArguments = (random: Random, accountId: string, region: string): Readonly<Record<string, string>> => ({
  '--enable-continuous-cloudwatch-log': 'true',
  '--enable-metrics': '',
  '--enable-spark-ui': 'true',
  '--job-bookmark-option': 'job-bookmark-enable',
  '--spark-event-logs-path': `s3://aws-glue-assets-${accountId}-${region}/sparkHistoryLogs/`,
  ...(random() < 1 / 3 ? pick(random, secretArguments) : {}),
});
