import { domains } from './job-kinds.ts';
import type { PlatformFrame } from './platform-jobs.ts';
import { pick, type Random, randomStreams } from './random.ts';
import type { WorkflowPlan, WorkflowRunHabits, WorkflowRunShape } from './workflow-runs.ts';

const day = 86_400;

const habits: WorkflowRunHabits = {
  totalActions: [4, 18],
  running: [900, 5400],
  stopping: [20, 120],
  outcomes: [
    ['COMPLETED', 90],
    ['STOPPED', 6],
    ['ERROR', 4],
  ],
  failureShare: 0.05,
};

const lively: WorkflowRunHabits = {
  ...habits,
  totalActions: [3, 6],
  running: [25, 150],
  stopping: [4, 12],
  failureShare: 0.12,
};

const actions = (succeeded: number, failed = 0): WorkflowRunShape['actions'] => [
  ...Array.from({ length: succeeded }, () => 'Succeeded' as const),
  ...Array.from({ length: failed }, () => 'Failed' as const),
];

const shape = (more: Partial<WorkflowRunShape>): WorkflowRunShape => ({
  running: 2400,
  stopping: 0,
  endStatus: 'COMPLETED',
  totalActions: 8,
  actions: actions(8),
  ...more,
});

/** The first workflows of every platform, arranged around nowSeconds so that each status is some newest run's. */
const showcases: readonly {
  readonly name: string;
  readonly agoSeconds: number;
  readonly periodSeconds: number;
  readonly pinned: WorkflowRunShape;
}[] = [
  { name: 'orders-daily', agoSeconds: 1200, periodSeconds: day, pinned: shape({ running: 3000 }) },
  // As a user posted it: COMPLETED, and more jobs failed than succeeded, and six never ran.
  {
    name: 'finance-closing',
    agoSeconds: 8000,
    periodSeconds: day,
    pinned: shape({ totalActions: 15, actions: actions(3, 6) }),
  },
  // As in AWS's documentation: COMPLETED with 9 of 11 succeeded and none failed.
  {
    name: 'customers-360',
    agoSeconds: 7200,
    periodSeconds: day,
    pinned: shape({ totalActions: 11, actions: actions(9) }),
  },
  {
    name: 'inventory-refresh',
    agoSeconds: 1500,
    periodSeconds: day / 4,
    pinned: shape({ running: 1490, stopping: 170, endStatus: 'STOPPED' }),
  },
  {
    name: 'marketing-attribution',
    agoSeconds: 6000,
    periodSeconds: day,
    pinned: shape({ running: 1700, stopping: 60, endStatus: 'STOPPED' }),
  },
  // Its first trigger was not activated: COMPLETED, and nothing ran.
  {
    name: 'suppliers-onboarding',
    agoSeconds: 4000,
    periodSeconds: day,
    pinned: shape({ running: 30, totalActions: 5, actions: [] }),
  },
  {
    name: 'fraud-scoring',
    agoSeconds: 5000,
    periodSeconds: day / 2,
    pinned: shape({ running: 900, endStatus: 'ERROR' }),
  },
];

const planOf = (
  name: string,
  random: Random,
  frame: PlatformFrame,
  run: {
    readonly agoSeconds: number;
    readonly periodSeconds: number;
    readonly pinned?: WorkflowRunShape;
    readonly days?: number;
  },
): WorkflowPlan => ({
  name,
  schedule: {
    anchorSeconds: frame.nowSeconds - run.agoSeconds,
    periodSeconds: run.periodSeconds,
    jitterSeconds: run.periodSeconds * 0.04,
    firstIndex: -Math.floor((Math.min(frame.historyDays, run.days ?? 90) * day) / run.periodSeconds),
    pinned: run.pinned !== undefined,
  },
  habits: run.days === undefined ? habits : lively,
  // The lively ones show in the demo what there is to show.
  ...(random() < 0.6 || run.days !== undefined ? { maxConcurrentRuns: pick(random, [1, 2, 5]) } : {}),
  ...(run.pinned === undefined ? {} : { pinned: run.pinned }),
});

/** Plans for a number of workflows: the arranged ones, one that never ran, a few lively ones, and the usual mix. */
export const platformWorkflowPlans = (frame: PlatformFrame, count: number): readonly WorkflowPlan[] => {
  const streams = randomStreams(`${frame.seed}/${frame.accountId}/${frame.region}/workflows`);
  const plans = showcases.map((showcase, index) => planOf(showcase.name, streams(index), frame, showcase));
  const unused = planOf('adhoc-backfill', streams(-1), frame, { agoSeconds: 0, periodSeconds: day });
  plans.push({ ...unused, schedule: { ...unused.schedule, firstIndex: Number.POSITIVE_INFINITY } });
  const livelyOnes = plans.length + 2;
  for (let index = plans.length; index < count; index += 1) {
    const random = streams(index);
    const beats = index < livelyOnes;
    const periodSeconds = beats ? 70 + random() * 50 : pick(random, [3600, 4 * 3600, day]);
    const domain = domains[index % domains.length] ?? domains[0];
    const name = `${domain}-${beats ? 'microbatch' : 'pipeline'}-${index}`;
    const agoSeconds = random() * periodSeconds;
    plans.push(planOf(name, random, frame, { agoSeconds, periodSeconds, ...(beats ? { days: 1 } : {}) }));
  }
  return plans.slice(0, count);
};
