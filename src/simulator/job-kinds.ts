import type { JobEndState, JobRunHabits } from './job-run-shapes.ts';
import type { JobTraits } from './job-runs.ts';
import { pick, type Random, type Range } from './random.ts';

/** A sort of job that data platforms have many of, and how often and how long such jobs run. */
export interface JobKind {
  readonly prefix: string;
  readonly suffix: string;
  /** Its part of the jobs of a platform. */
  readonly weight: number;
  readonly periodSeconds: number;
  readonly historyDays: number;
  readonly habits: JobRunHabits;
  readonly traits: (random: Random) => Omit<JobTraits, 'arguments'>;
}

const mostlyFine: readonly (readonly [JobEndState, number])[] = [
  ['SUCCEEDED', 920],
  ['FAILED', 50],
  ['TIMEOUT', 10],
  ['STOPPED', 10],
  ['ERROR', 6],
];

const habits = (running: Range, more: Partial<JobRunHabits> = {}): JobRunHabits => ({
  waiting: [20, 240],
  waitingShare: 0.1,
  starting: [8, 60],
  running,
  stopping: [15, 90],
  retryDelay: [5, 45],
  outcomes: mostlyFine,
  exactTimeout: true,
  ...more,
});

/** DPUs of one worker. */
const workerDpus = { 'G.1X': 1, 'G.2X': 2, 'G.4X': 4, 'G.8X': 8, 'R.1X': 1, 'R.2X': 2 } as const;

const spark = (random: Random, timeoutMinutes: number, more: Partial<JobTraits> = {}): Omit<JobTraits, 'arguments'> => {
  const base = {
    command: 'glueetl',
    flex: false,
    autoScaled: random() < 0.2,
    timeoutMinutes,
    maxRetries: pick(random, [0, 0, 1, 2]),
    maxConcurrentRuns: pick(random, [1, 1, 2, 5]),
    queuing: random() < 0.5,
    ...(random() < 0.6 ? { trigger: pick(random, ['every-hour', 'on-landing', 'after-ingest', 'nightly']) } : {}),
  } as const;
  const type = pick(random, ['G.1X', 'G.1X', 'G.2X', 'G.4X', 'G.8X', 'R.1X', 'R.2X']);
  const count = pick(random, [2, 5, 10, 20, 40]);
  // Jobs that were created without a version have 5.1.
  const glueVersion = pick(random, ['3.0', '4.0', '5.0', '5.1', '5.1', '6.0']);
  return { ...base, glueVersion, workers: { type, count }, maxCapacity: count * workerDpus[type], ...more };
};

const pythonShell = (random: Random, timeoutMinutes: number): Omit<JobTraits, 'arguments'> => ({
  command: 'pythonshell',
  glueVersion: '3.0',
  maxCapacity: pick(random, [0.0625, 0.0625, 1]),
  flex: false,
  autoScaled: false,
  timeoutMinutes,
  maxRetries: pick(random, [0, 0, 1]),
  maxConcurrentRuns: 3,
  queuing: false,
});

const ray = (random: Random, timeoutMinutes: number): Omit<JobTraits, 'arguments'> => ({
  command: 'glueray',
  glueVersion: '4.0',
  workers: { type: 'Z.2X', count: pick(random, [2, 5, 10]) },
  flex: false,
  autoScaled: false,
  timeoutMinutes,
  maxRetries: 0,
  maxConcurrentRuns: 1,
  queuing: false,
});

const hour = 3600;
const day = 24 * hour;

export const jobKinds = {
  hourly: {
    prefix: 'etl',
    suffix: 'hourly',
    weight: 34,
    periodSeconds: hour,
    historyDays: 90,
    habits: habits([180, 1500]),
    traits: random => spark(random, 60),
  },
  nightly: {
    prefix: 'nightly',
    suffix: 'load',
    weight: 30,
    periodSeconds: day,
    historyDays: 90,
    habits: habits([1200, 9000], { waiting: [60, 1800] }),
    traits: random => spark(random, 240),
  },
  quarterly: {
    prefix: 'ingest',
    suffix: '15min',
    weight: 12,
    periodSeconds: 900,
    historyDays: 90,
    habits: habits([120, 600]),
    traits: random => spark(random, 20),
  },
  overlapping: {
    prefix: 'ingest',
    suffix: '5min',
    weight: 4,
    periodSeconds: 300,
    historyDays: 30,
    habits: habits([540, 1100]),
    traits: random => spark(random, 20, { maxRetries: 0, maxConcurrentRuns: 5, queuing: true }),
  },
  flex: {
    prefix: 'flex',
    suffix: 'backfill',
    weight: 8,
    periodSeconds: 4 * hour,
    historyDays: 90,
    habits: habits([600, 3600], { waiting: [60, 900], waitingShare: 0.8 }),
    traits: random => spark(random, 180, { flex: true, glueVersion: '4.0', queuing: true }),
  },
  pythonShell: {
    prefix: 'pyshell',
    suffix: 'export',
    weight: 8,
    periodSeconds: 1800,
    historyDays: 90,
    habits: habits([10, 180], { starting: [5, 25] }),
    traits: random => pythonShell(random, 15),
  },
  ray: {
    prefix: 'ray',
    suffix: 'training',
    weight: 2,
    periodSeconds: 6 * hour,
    historyDays: 60,
    habits: habits([900, 5400], { starting: [30, 120] }),
    traits: random => ray(random, 240),
  },
  streaming: {
    prefix: 'stream',
    suffix: 'events',
    weight: 2,
    // Deployed again in the third week.
    periodSeconds: 17 * day,
    historyDays: 90,
    habits: habits([hour, 17 * day], {
      continuous: true,
      restartAfter: [7 * day, 7 * day],
      retryDelay: [1, 20],
      waitingShare: 0,
      starting: [30, 90],
      exactTimeout: false,
      outcomes: [
        ['FAILED', 6],
        ['STOPPED', 3],
        ['TIMEOUT', 1],
      ],
    }),
    traits: random =>
      spark(random, 10_080, { command: 'gluestreaming', maxRetries: 0, maxConcurrentRuns: 1, queuing: false }),
  },
  /** Runs all the time, so that people who watch see something happen. Its history is short: it is long enough in runs. */
  heartbeat: {
    prefix: 'pyshell',
    suffix: 'heartbeat',
    weight: 0,
    periodSeconds: 40,
    historyDays: 1,
    habits: habits([5, 55], {
      waiting: [3, 12],
      waitingShare: 0.3,
      starting: [2, 8],
      stopping: [3, 10],
      retryDelay: [1, 5],
      outcomes: [
        ['SUCCEEDED', 80],
        ['FAILED', 12],
        ['STOPPED', 8],
        ['TIMEOUT', 2],
        ['ERROR', 2],
      ],
      exactTimeout: false,
    }),
    traits: random => ({ ...pythonShell(random, 1), queuing: true, maxRetries: 1 }),
  },
} as const satisfies Readonly<Record<string, JobKind>>;

export const domains = [
  'orders',
  'payments',
  'inventory',
  'customers',
  'clickstream',
  'marketing',
  'shipping',
  'returns',
  'pricing',
  'catalog',
  'fraud',
  'finance',
  'ledger',
  'support',
  'loyalty',
  'search',
  'recommendations',
  'suppliers',
  'warehouse',
  'telemetry',
] as const;

export const teams = ['data-platform', 'commerce', 'finance', 'growth', 'logistics'] as const;
