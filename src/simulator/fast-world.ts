import { type JobPlan, jobArguments, simulateJob } from './job-runs.ts';
import type { KindName } from './kinds/index.ts';
import { pick, type Random, type Range, randomStreams } from './random.ts';
import { type HistoryTraits, historyTraitsOf, type Schedule } from './schedule.ts';
import { simulateWorkflow, type WorkflowPlan } from './workflow-runs.ts';
import type { RunOrders, SimulatedEntity, World } from './world.ts';

/** Besides the rest, how many entities of each kind. */
export interface HastyOptions extends HistoryTraits, Partial<Readonly<Record<KindName, number>>> {
  readonly seed: number | string;
  readonly accountId: string;
  readonly region: string;
  /** No run starts before this, epoch seconds. */
  readonly fromSeconds: number;
  readonly runOrders?: RunOrders;
  /** Seconds between two starts, those of the first and of the last entity; 0.4 to 12 unless given. */
  readonly startEvery?: Range;
  /** How many times as long everything about a run takes; 1 unless given. */
  readonly stretch?: number;
  /** No run starts after this, epoch seconds; runs start for ever unless given. */
  readonly untilSeconds?: number;
  /** The part of the workflow runs with actions that never run although none failed; 0 unless given. */
  readonly neverRunShare?: number;
}

/** From the least to the most between two starts, spread evenly over the orders of magnitude, jitter included. */
const scheduleOf = (index: number, count: number, options: HastyOptions): Schedule => {
  const { fromSeconds, untilSeconds, startEvery = [0.4, 12] } = options;
  const share = count < 2 ? 0 : index / (count - 1);
  const jitterShare = 0.2;
  // Two starts are at least (1 − share) and at most (1 + share) of a period apart.
  const least = startEvery[0] / (1 - jitterShare);
  const most = startEvery[1] / (1 + jitterShare);
  const periodSeconds = least * (most / least) ** share;
  const jitterSeconds = periodSeconds * jitterShare;
  const until = untilSeconds === undefined ? {} : { untilSeconds };
  return { anchorSeconds: fromSeconds, periodSeconds, jitterSeconds, firstIndex: 0, pinned: false, ...until };
};

const stretched = (options: HastyOptions, [least, most]: Range): Range => {
  const times = options.stretch ?? 1;
  return [least * times, most * times];
};

/** Some jobs stream. They report no DPU-seconds. */
const isStreaming = (index: number): boolean => index % 10 === 6 && index % 7 !== 0;

const jobPlan = (options: HastyOptions, random: Random, index: number, count: number): JobPlan => ({
  name: `hasty-job-${String(index).padStart(3, '0')}`,
  accountId: options.accountId,
  tags: { team: index % 2 === 0 ? 'even' : 'odd' },
  schedule: scheduleOf(index, count, options),
  traits: {
    command: isStreaming(index) ? 'gluestreaming' : 'glueetl',
    glueVersion: '5.1',
    workers: { type: 'G.1X', count: 2 },
    maxCapacity: 2,
    flex: index % 5 === 0,
    autoScaled: index % 7 === 0,
    timeoutMinutes: isStreaming(index) ? 0 : 1,
    maxRetries: isStreaming(index) ? 0 : pick(random, [0, 0, 1, 2]),
    maxConcurrentRuns: 50,
    queuing: true,
    arguments: jobArguments(random, options.accountId, options.region),
  },
  ...historyTraitsOf(options),
  // The longest phases of an end state add up to 14 s at most, the shortest to 0.05 s at least; times the stretch.
  habits: {
    waiting: stretched(options, [0.05, 2]),
    waitingShare: 0.2,
    starting: stretched(options, [0.05, 0.5]),
    running: stretched(options, random() < 0.5 ? [0.01, 1.5] : [0.01, 10]),
    stopping: stretched(options, [0.05, 1.5]),
    retryDelay: stretched(options, [0.05, 0.5]),
    ...(isStreaming(index) ? { restartAfter: stretched(options, [0.5, 2]) } : {}),
    outcomes: [
      ['SUCCEEDED', 70],
      ['FAILED', 12],
      ['STOPPED', 6],
      ['TIMEOUT', 5],
      ['ERROR', 4],
    ],
  },
});

const workflowPlan = (options: HastyOptions, index: number, count: number): WorkflowPlan => ({
  name: `hasty-workflow-${String(index).padStart(3, '0')}`,
  schedule: scheduleOf(index, count, options),
  ...historyTraitsOf(options),
  habits: {
    totalActions: [1, 9],
    running: stretched(options, [0.05, 12]),
    stopping: stretched(options, [0.05, 2]),
    outcomes: [
      ['COMPLETED', 80],
      ['STOPPED', 12],
      ['ERROR', 8],
    ],
    failureShare: 0.15,
    neverRunShare: options.neverRunShare ?? 0,
  },
  maxConcurrentRuns: 50,
});

/**
 * A region in a hurry, to hold counters against: runs last 0.05 to 14 s and follow each other every 0.4 to 12 s (retries come
 * on top), so that many overlap and many start and end between two polls. With the options it does so at leisure.
 */
export const hastyWorld = (options: HastyOptions): World => {
  const { accountId, region, jobs = 60, workflows = 12, runOrders = {} } = options;
  const seed = `${options.seed}/${accountId}/${region}`;
  const streams = randomStreams(`${seed}/hasty`);
  const many = (count: number, make: (index: number) => SimulatedEntity): readonly SimulatedEntity[] =>
    Array.from({ length: count }, (_, index) => make(index));
  const jobOf = (index: number): SimulatedEntity =>
    simulateJob(seed, jobPlan(options, streams(index), index, jobs), runOrders.jobs);
  const workflowOf = (index: number): SimulatedEntity =>
    simulateWorkflow(seed, workflowPlan(options, index, workflows), runOrders.workflows);
  return { accountId, region, entities: { jobs: many(jobs, jobOf), workflows: many(workflows, workflowOf) } };
};
