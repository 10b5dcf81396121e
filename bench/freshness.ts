import { type Histories, histories } from '../src/collectors/collector.ts';
import type { Glue } from '../src/glue/glue.ts';
import { createLog } from '../src/log.ts';
import type { Exposition } from '../src/metrics/exposition.ts';
import { targetTelemetry } from '../src/metrics/target-telemetry.ts';
import { createTelemetry } from '../src/metrics/telemetry.ts';
import { createFailureBoard } from '../src/poll/failure-board.ts';
import { createTargetPoll } from '../src/poll/target-poll.ts';
import { createWatchdog } from '../src/poll/watchdog.ts';
import type { Run } from '../src/runs/run.ts';
import { memoryMap } from '../src/state/durable-map.ts';
import { createLedgerStore } from '../src/state/ledger-store.ts';
import { type BusyJob, busyAccount } from './busy-account.ts';

/*
 * How fresh the polls of an account are that has more jobs than its request budget can read with every poll: the poll itself, on a
 * clock of its own and without a network. A request takes what the budget makes it wait.
 */

export interface FreshnessOptions {
  readonly jobs: number;
  readonly requestsPerSecond: number;
  /** Of measuring, after an hour to find its feet. */
  readonly hours: number;
  readonly seed: number;
}

/** Seconds from when something happened in Glue until it was read. */
export interface Delays {
  readonly events: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly longest: number;
}

export interface Freshness {
  /** The part of the jobs that had an active run, on average. */
  readonly activeRatio: number;
  /** Starts of runs of jobs with a rhythm, and of those without. */
  readonly rhythmicStarts: Delays;
  readonly otherStarts: Delays;
  /** Ends of runs that were seen active before, and of all runs. */
  readonly endsOfActive: Delays;
  readonly ends: Delays;
  /** Seconds between two readings of a job, the longest one. */
  readonly oldest: number;
  /** Readings that came later than the limit that was told before; the limit is undefined for a plain sweep, which has none. */
  readonly beyondLimit: number;
  readonly limit: number | undefined;
}

export const INTERVAL_SECONDS = 60;
const TIMEOUT_SECONDS = 50;
const WARM_UP_SECONDS = 3_600;
/** Any time will do; not a full hour. */
const STARTED_AT = 1_700_000_123;

const nothing = (): never => {
  throw new Error('nothing is exposed here');
};

/** Nobody scrapes here, and refreshes take their time by the real clock. */
const NOWHERE: Exposition = {
  put: () => ({ isExposed: true }),
  hasRoom: () => true,
  suspend: () => {},
  remove: () => {},
  setLimit: () => {},
  refreshed: async () => {},
  plain: nothing,
  gzip: nothing,
  series: 0,
  shownSeries: 0,
};

/** The exporter's own poll. */
export const pollFreshness = async (options: FreshnessOptions): Promise<Freshness> => {
  const jobs = busyAccount(options, STARTED_AT, endOf(options));
  const readings = createReadings(jobs);
  let clock = STARTED_AT;
  let sent = 0;
  let limit = Number.POSITIVE_INFINITY;
  let longestLimit = 0;
  let beyondLimit = 0;

  const collector: Histories<{ readonly name: string }, null> = {
    name: 'jobs',
    words: { one: 'job', many: 'jobs' },
    isDefault: true,
    labelNames: ['job_name'],
    operations: [],
    maxPageSize: 200,
    families: [],
    list: async () => jobs,
    longestRunSeconds: () => 2 * 86_400,
    isFacts: (value): value is null => value === null,
    consoleLink: () => '',
    tally: () => [],
    results: [],
    resultOf: () => undefined,
    readRuns: async (_glue, { name }, size, token = '0') => {
      clock += 1 / options.requestsPerSecond;
      sent += 1;
      if (token === '0') {
        const age = readings.read(name, clock);
        if (clock > STARTED_AT + WARM_UP_SECONDS && age > limit) beyondLimit += 1;
      }
      const first = Number(token);
      const { runs, more } = pageOf(jobs[Number(name)], clock, first, size);
      return { runs, nextToken: more ? `${first + size}` : undefined };
    },
  };
  const glue: Glue = {
    call: () => Promise.reject(new Error('there is no network here')),
    now: () => clock,
    earliestNow: () => clock,
    isTimeConfirmed: () => true,
    observer: { requested: () => {}, failed: () => {}, unknownValue: () => {} },
    region: async () => 'eu-west-1',
    accountId: async () => '111122223333',
    close: () => {},
  };
  const any = histories(collector);
  const telemetry = targetTelemetry(
    createTelemetry({ version: '', nodeVersion: '' }),
    'eu-west-1',
    {},
    { collectors: ['jobs'], results: {} },
  );
  const uptime = () => clock - STARTED_AT;
  const target = createTargetPoll(
    {
      region: 'eu-west-1',
      labels: () => ({}),
      intervalSeconds: INTERVAL_SECONDS,
      discoveryIntervalSeconds: 300,
      timeoutSeconds: TIMEOUT_SECONDS,
      concurrency: 8,
      collectors: [
        {
          collector: any,
          settings: {
            admits: () => true,
            tags: undefined,
            staleAfterSeconds: 900,
            startGraceSeconds: 2 * INTERVAL_SECONDS,
          },
        },
      ],
    },
    {
      glue,
      store: createLedgerStore(memoryMap(), [collector]),
      exposition: NOWHERE,
      failures: createFailureBoard(),
      telemetry: {
        ...telemetry,
        ageLimit(_collector, _data, seconds = 0) {
          limit = seconds;
          if (clock > STARTED_AT + WARM_UP_SECONDS) longestLimit = Math.max(longestLimit, seconds);
        },
      },
      log: createLog({ level: 'error', format: 'logfmt', write: () => {} }),
      requests: () => ({ sent, perSecond: options.requestsPerSecond }),
      onSeriesDropped: () => {},
      claim: () => true,
      countingSince: 0,
      watchdog: createWatchdog(() => Number.POSITIVE_INFINITY, uptime),
      localNow: () => clock,
      uptime,
      signal: new AbortController().signal,
    },
  );
  while (clock < endOf(options)) {
    const startedAt = clock;
    await target.poll();
    if (!target.incomplete) clock = Math.max(clock, startedAt + INTERVAL_SECONDS);
  }
  return { ...assess(jobs, readings, options), beyondLimit, limit: longestLimit };
};

/** What it is measured against: every job in turn, over and over, at the full rate. */
export const sweepFreshness = (options: FreshnessOptions): Freshness => {
  const jobs = busyAccount(options, STARTED_AT, endOf(options));
  const readings = createReadings(jobs);
  let clock = STARTED_AT;
  for (let turn = 0; clock < endOf(options); turn += 1) {
    clock += 1 / options.requestsPerSecond;
    readings.read(`${turn % jobs.length}`, clock);
  }
  return { ...assess(jobs, readings, options), beyondLimit: 0, limit: undefined };
};

const endOf = ({ hours }: FreshnessOptions): number => STARTED_AT + WARM_UP_SECONDS + hours * 3_600;

const pageOf = (job: BusyJob | undefined, at: number, first: number, size: number) => {
  const known = job?.runs.filter(run => run.startedAt <= at) ?? [];
  const newestFirst = known.toReversed().slice(first, first + size);
  const runs = newestFirst.map(({ startedAt, endedAt }): Run<null> => {
    const ended = endedAt <= at;
    return {
      id: `${startedAt}`,
      state: ended ? 'SUCCEEDED' : 'RUNNING',
      ended,
      verdict: ended ? 'success' : 'other',
      startedAt,
      modifiedAt: undefined,
      completedAt: ended ? endedAt : undefined,
      facts: null,
    };
  });
  return { runs, more: first + size < known.length };
};

/** When each job was read. */
const createReadings = (jobs: readonly BusyJob[]) => {
  const times = jobs.map((): number[] => []);
  return {
    /** Notes a reading; the seconds since the one before. */
    read(name: string, at: number): number {
      const ofJob = times[Number(name)] ?? [];
      const age = at - (ofJob.at(-1) ?? at);
      ofJob.push(at);
      return age;
    },
    of: (index: number): readonly number[] => times[index] ?? [],
  };
};

const assess = (
  jobs: readonly BusyJob[],
  readings: ReturnType<typeof createReadings>,
  options: FreshnessOptions,
): Omit<Freshness, 'beyondLimit' | 'limit'> => {
  const from = STARTED_AT + WARM_UP_SECONDS;
  const until = endOf(options);
  const delays = { rhythmic: [], other: [], active: [], all: [] } satisfies Record<string, number[]>;
  const into: Record<keyof typeof delays, number[]> = delays;
  let oldest = 0;
  let activeSeconds = 0;
  for (const [index, job] of jobs.entries()) {
    const times = readings.of(index);
    for (const [place, time] of times.entries()) {
      if (time > from) oldest = Math.max(oldest, time - (times[place - 1] ?? time));
    }
    const seenAt = (event: number): number => times[firstAtOrAfter(times, event)] ?? until;
    for (const { startedAt, endedAt } of job.runs) {
      activeSeconds += Math.max(0, Math.min(endedAt, until) - Math.max(startedAt, from));
      if (startedAt >= from && startedAt < until) {
        into[job.rhythm ? 'rhythmic' : 'other'].push(seenAt(startedAt) - startedAt);
      }
      if (endedAt < from || endedAt >= until) continue;
      into.all.push(seenAt(endedAt) - endedAt);
      if (seenAt(startedAt) < endedAt) into.active.push(seenAt(endedAt) - endedAt);
    }
  }
  return {
    activeRatio: activeSeconds / (until - from) / jobs.length,
    rhythmicStarts: delaysOf(into.rhythmic),
    otherStarts: delaysOf(into.other),
    endsOfActive: delaysOf(into.active),
    ends: delaysOf(into.all),
    oldest,
  };
};

const firstAtOrAfter = (times: readonly number[], event: number): number => {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < event) low = middle + 1;
    else high = middle;
  }
  return low;
};

const delaysOf = (seconds: number[]): Delays => {
  const sorted = seconds.sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { events: sorted.length, p50: at(0.5), p90: at(0.9), p95: at(0.95), longest: at(1) };
};
