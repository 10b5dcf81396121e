import { domains, type JobKind, jobKinds, teams } from './job-kinds.ts';
import type { JobRunShape } from './job-run-shapes.ts';
import { type JobPlan, jobArguments } from './job-runs.ts';
import { pick, pickWeighted, type Random, randomStreams } from './random.ts';

/** A place in a platform's time: every plan is arranged around nowSeconds. */
export interface PlatformFrame {
  readonly seed: string;
  readonly accountId: string;
  readonly region: string;
  readonly nowSeconds: number;
  readonly historyDays: number;
}

interface Showcase {
  readonly name: string;
  readonly kind: JobKind;
  /** How long before nowSeconds run 0 was submitted. */
  readonly agoSeconds: number;
  readonly pinned: readonly JobRunShape[];
  readonly periodSeconds?: number;
}

const shape = (endState: JobRunShape['endState'], phases: Partial<JobRunShape>): JobRunShape => ({
  waiting: 0,
  starting: 30,
  running: 1200,
  stopping: 0,
  ...phases,
  endState,
});

const { hourly, nightly, overlapping, flex, pythonShell, ray, streaming, heartbeat } = jobKinds;
const day = 86_400;

/**
 * The first jobs of every platform: at nowSeconds, and for more than a minute after it, the newest run of one of them is in
 * each state that Glue knows, EXPIRED excepted: the run that follows a restart is newer.
 */
const showcases: readonly Showcase[] = [
  {
    name: 'etl-orders-hourly',
    kind: hourly,
    agoSeconds: 15,
    pinned: [shape('SUCCEEDED', { starting: 140, running: 900 })],
  },
  {
    name: 'stream-clickstream-events',
    kind: streaming,
    agoSeconds: 9.4 * day,
    // Restarted after a week.
    pinned: [shape('EXPIRED', { running: 7 * day }), shape('FAILED', { running: 4.5 * day })],
  },
  {
    name: 'nightly-inventory-snapshot',
    kind: nightly,
    agoSeconds: 1500,
    pinned: [shape('STOPPED', { running: 1455, stopping: 165 })],
  },
  {
    name: 'flex-marketing-attribution',
    kind: flex,
    agoSeconds: 45,
    pinned: [shape('SUCCEEDED', { waiting: 190, starting: 60, running: 900 })],
  },
  {
    name: 'nightly-suppliers-reconcile',
    kind: nightly,
    agoSeconds: 7000,
    pinned: [shape('STOPPED', { stopping: 40 })],
  },
  // Takes more than twice as long as usual: at nowSeconds nobody knows yet that it will time out.
  {
    name: 'nightly-finance-ledger',
    kind: nightly,
    agoSeconds: 12_600,
    pinned: [shape('TIMEOUT', { running: 14_400 })],
  },
  {
    name: 'nightly-customers-dedupe',
    kind: nightly,
    agoSeconds: 6100,
    pinned: [shape('FAILED', { running: 700 }), shape('FAILED', { running: 640 }), shape('FAILED', { running: 660 })],
  },
  {
    name: 'ray-recommendations-training',
    kind: ray,
    agoSeconds: 14_900,
    periodSeconds: day,
    pinned: [shape('TIMEOUT', { running: 14_400 })],
  },
  {
    name: 'etl-payments-settlement',
    kind: hourly,
    agoSeconds: 1300,
    pinned: [shape('ERROR', { starting: 25, running: 0 })],
  },
  {
    name: 'flex-telemetry-compaction',
    kind: flex,
    agoSeconds: 5100,
    // Longer in the queue than at work.
    pinned: [shape('SUCCEEDED', { waiting: 3600, starting: 60, running: 900 })],
  },
  {
    name: 'etl-returns-hourly',
    kind: hourly,
    agoSeconds: 1000,
    pinned: [
      shape('FAILED', { running: 400 }),
      shape('FAILED', { running: 350 }),
      shape('SUCCEEDED', { running: 1500 }),
    ],
  },
  { name: 'ingest-shipping-5min', kind: overlapping, agoSeconds: 240, pinned: [shape('SUCCEEDED', { running: 700 })] },
  { name: 'pyshell-pricing-export', kind: pythonShell, agoSeconds: 900, pinned: [shape('SUCCEEDED', { running: 40 })] },
];

const planOf = (
  frame: PlatformFrame,
  random: Random,
  kind: JobKind,
  name: string,
  run: { readonly anchorSeconds: number; readonly periodSeconds?: number; readonly pinned?: readonly JobRunShape[] },
): JobPlan => {
  const periodSeconds = run.periodSeconds ?? kind.periodSeconds;
  const historySeconds = Math.min(kind.historyDays, frame.historyDays) * day;
  const drawn = kind.traits(random);
  const isRestarted = kind.habits.restartAfter !== undefined;
  const traits = { ...drawn, arguments: jobArguments(random, frame.accountId, frame.region) };
  return {
    name,
    accountId: frame.accountId,
    tags: { team: pick(random, teams), env: random() < 0.85 ? 'prod' : 'dev' },
    // An arranged job has no retries beyond those arranged: one of an earlier run must not be newer than run 0.
    traits: run.pinned === undefined ? traits : { ...traits, maxRetries: isRestarted ? 0 : run.pinned.length - 1 },
    schedule: {
      anchorSeconds: run.anchorSeconds,
      periodSeconds,
      jitterSeconds: periodSeconds * 0.04,
      firstIndex: -Math.floor(historySeconds / periodSeconds),
      pinned: run.pinned !== undefined,
    },
    habits: kind.habits,
    ...(run.pinned === undefined ? {} : { pinned: run.pinned }),
  };
};

const neverRun = (plan: JobPlan): JobPlan => ({
  ...plan,
  schedule: { ...plan.schedule, firstIndex: Number.POSITIVE_INFINITY },
});

type KindName = keyof typeof jobKinds;
const weights: readonly (readonly [KindName, number])[] = [
  ['hourly', hourly.weight],
  ['nightly', nightly.weight],
  ['quarterly', jobKinds.quarterly.weight],
  ['overlapping', overlapping.weight],
  ['flex', flex.weight],
  ['pythonShell', pythonShell.weight],
  ['ray', ray.weight],
  ['streaming', streaming.weight],
];

/** A name nobody has taken: with more jobs than domains, those of a kind are numbered. */
const freeName = (taken: Map<string, number>, random: Random, { prefix, suffix }: JobKind): string => {
  const name = `${prefix}-${pick(random, domains)}-${suffix}`;
  const number = (taken.get(name) ?? 0) + 1;
  taken.set(name, number);
  return number === 1 ? name : `${name}-${number}`;
};

/** Plans for a number of jobs: the arranged ones first, then heartbeats (up to 8), then a platform's usual mix. */
export const platformJobPlans = (frame: PlatformFrame, count: number): readonly JobPlan[] => {
  const streams = randomStreams(`${frame.seed}/${frame.accountId}/${frame.region}/jobs`);
  const taken = new Map<string, number>(showcases.map(showcase => [showcase.name, 1]));
  const arranged = showcases.map((showcase, index) =>
    planOf(frame, streams(index), showcase.kind, showcase.name, {
      ...showcase,
      anchorSeconds: frame.nowSeconds - showcase.agoSeconds,
    }),
  );
  const unused = planOf(frame, streams(-1), nightly, 'adhoc-schema-migration', { anchorSeconds: frame.nowSeconds });
  const plans = [...arranged, neverRun(unused)];
  const heartbeats = Math.min(8, Math.floor(count / 6));
  for (let index = plans.length; index < count; index += 1) {
    const random = streams(index);
    const beats = index < arranged.length + 1 + heartbeats;
    const kind: JobKind = beats ? heartbeat : jobKinds[pickWeighted(random, weights, 'hourly')];
    // Each heartbeat has a period of its own, 30 to 90 s, so that they do not beat together.
    const periodSeconds = beats ? 30 + random() * 60 : kind.periodSeconds;
    const name = freeName(taken, random, kind);
    plans.push(
      planOf(frame, random, kind, name, { anchorSeconds: frame.nowSeconds - random() * periodSeconds, periodSeconds }),
    );
  }
  return plans.slice(0, count);
};
