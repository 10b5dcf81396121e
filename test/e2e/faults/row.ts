// What the rows of the fault matrix have in common. A row is a test whose title is that of a row in docs/reliability.md: it
// says what an operator sees of a fault, in the metrics and in the log, and that everything comes right again by itself.
import { expect } from 'vitest';
import { hastyWorld } from '../../../src/simulator/fast-world.ts';
import type { Fault } from '../../../src/simulator/faults.ts';
import type { Simulator, SimulatorOptions } from '../../../src/simulator/server.ts';
import type { World } from '../../../src/simulator/world.ts';
import { type Daemon, eventually, type LogLine, startDaemon } from '../../daemon.ts';
import { type ExposedFamily, samplesOf, sampleValue } from '../../exposition-parser.ts';
import { configFor, NOON, place, type StageClock, simulate, stageClock } from '../account.ts';
import { type Account, expectSameAccount, toldBy, truthOf } from '../truth.ts';

/** When the first runs of a stage's world start: it is empty when the exporter sees it first. */
export const BEGIN = NOON + 60;

/** Four jobs and two workflows, with a run every 1 to 5 s. Few, so that a poll is short. */
export const smallWorld = (seed: string, more: Partial<Parameters<typeof hastyWorld>[0]> = {}): World =>
  hastyWorld({ ...place, seed, jobs: 4, workflows: 2, fromSeconds: BEGIN, startEvery: [1, 5], ...more });

/** A failure shows at once: nothing is tried again within a poll. */
export const impatient = { max_attempts: 1 };

/** And where answers do not come, they are not waited for long. */
export const hurried = { ...impatient, request_timeout: '600ms' };

export interface StageOptions {
  readonly worlds?: readonly [World, ...World[]];
  /** What the exporter finds when it starts. */
  readonly faults?: readonly Fault[];
  readonly simulator?: Omit<SimulatorOptions, 'worlds' | 'clock'>;
  readonly config?: (simulator: Simulator) => object;
  readonly env?: (simulator: Simulator) => Readonly<Record<string, string>>;
  readonly startAt?: number;
}

/** An exporter that polls a simulated AWS every second, and its truth. */
export interface Stage {
  readonly world: World;
  readonly clock: StageClock;
  readonly simulator: Simulator;
  readonly daemon: Daemon;
  /** The value of the one series of the exporter's own with these labels. */
  own(name: string, labels?: Readonly<Record<string, string>>): Promise<number | undefined>;
  /** Why requests failed so far, every reason once. */
  failureReasons(): Promise<readonly string[]>;
  /** Fails unless what is told is what happened up to a time: every run that ended counted once, none twice. */
  expectTruth(at: number, worlds?: readonly World[]): Promise<void>;
  /** The first line, past or to come, with these fields; an expression matches a part of one. */
  line(fields: Readonly<Record<string, string | RegExp>>): Promise<LogLine>;
}

/** Starts a simulated AWS and an exporter that polls it, and waits until it is ready: it has polled once, well or badly. */
export const stage = async (options: StageOptions = {}): Promise<Stage> => {
  const worlds = options.worlds ?? [smallWorld('matrix')];
  const [world] = worlds;
  const clock = stageClock(options.startAt);
  const from = clock.now();
  const simulator = await simulate(worlds, { ...options.simulator, clock: clock.now });
  simulator.setFaults(options.faults ?? []);
  const config = options.config?.(simulator) ?? configFor(simulator, { aws: impatient });
  const daemon = await startDaemon({ config, env: options.env?.(simulator) ?? {} });
  await daemon.ready();
  return {
    world,
    clock,
    simulator,
    daemon,
    own: async (name, labels) => sampleValue(await daemon.scrape(), `aws_glue_exporter_${name}`, labels),
    async failureReasons() {
      const failures = samplesOf(await daemon.scrape(), 'aws_glue_exporter_api_failures_total');
      return [...new Set(failures.filter(({ value }) => value > 0).map(({ labels }) => `${labels.reason}`))].sort();
    },
    async expectTruth(at, told = [world]) {
      const exposition = await daemon.scrape();
      for (const one of told) expectSameAccount(toldBy(exposition, one), truthOf(one, from, at));
    },
    line: fields => lineOf(daemon, fields),
  };
};

const matches = (value: string | undefined, wanted: string | RegExp): boolean =>
  typeof wanted === 'string' ? value === wanted : wanted.test(value ?? '');

/** The first line, past or to come, with these fields. */
export const lineOf = (daemon: Daemon, fields: Readonly<Record<string, string | RegExp>>): Promise<LogLine> =>
  daemon.log(`a line with ${Object.entries(fields).map(entry => entry.join('='))}`, line =>
    Object.entries(fields).every(([name, wanted]) => matches(line[name], wanted)) ? line : undefined,
  );

/** What to expect of a fault that hits a whole target. */
export interface Outage {
  readonly begin: (on: Stage) => Promise<void> | void;
  readonly end: (on: Stage) => Promise<void> | void;
  /** As in api_failures_total: these and no others. */
  readonly reasons: readonly string[];
  /** The error of the line "Poll failed". */
  readonly error: RegExp;
}

/** A fault of the simulator that hits every request. */
export const everyRequest = (kind: Fault['kind']): Pick<Outage, 'begin' | 'end'> => ({
  begin: ({ simulator }) => simulator.setFaults([{ kind, rate: 1 }]),
  end: ({ simulator }) => simulator.setFaults([]),
});

/** A fault of one operation, every time. */
export const down = (operation: string, kind: Fault['kind'] = 'server_error'): Fault => ({
  kind,
  rate: 1,
  operations: [operation],
});

/**
 * An outage of a target from its begin to its end: it is told with the first poll, nothing is told that is not so, and what
 * happened meanwhile is told after it.
 */
export const expectOutage = async (on: Stage, { begin, end, reasons, error }: Outage): Promise<void> => {
  const { clock, daemon, own, expectTruth, line, failureReasons } = on;
  expect(await own('target_up')).toBe(1);
  expect(await failureReasons()).toEqual([]);

  await begin(on);
  clock.set(BEGIN + 20);
  expect((await daemon.poll()).up).toBe(false);
  expect(await own('target_up')).toBe(0);
  expect(await failureReasons()).toEqual(reasons);
  for (const collector of ['jobs', 'workflows']) await line({ level: 'ERROR', msg: 'Poll failed', collector, error });
  // What is shown is as old as target_up says: all series are there, and no run is in them yet.
  await expectTruth(NOON);

  await end(on);
  await expectRecovery(on, BEGIN + 20);
};

/** Everything is well again, without a restart, with every run counted once; and it stays so. */
export const expectRecovery = async (
  { clock, daemon, own, expectTruth, line }: Stage,
  at: number,
  worlds?: readonly World[],
): Promise<void> => {
  expect((await daemon.poll()).up).toBe(true);
  expect(await own('target_up')).toBe(1);
  await expectTruth(at, worlds);
  for (const collector of ['jobs', 'workflows']) await line({ level: 'INFO', msg: 'Poll recovered', collector });
  clock.set(BEGIN + 60);
  expect((await daemon.poll()).up).toBe(true);
  await expectTruth(BEGIN + 60, worlds);
};

/** The entries of an account whose names contain one of these. */
export const entriesAbout = (account: Account, ...parts: readonly string[]): Account =>
  Object.fromEntries(Object.entries(account).filter(([name]) => parts.some(part => name.includes(part))));

/** Resolves when a counter of the exporter's own has come to at least this much. */
export const untilAtLeast = async (
  on: Stage,
  least: number,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number> =>
  eventually(`${name} of ${least}`, async () => {
    const value = (await on.own(name, labels)) ?? 0;
    return value >= least ? value : undefined;
  });

/** Names of the jobs that are told of. */
export const toldJobs = (exposition: readonly ExposedFamily[]): readonly string[] =>
  samplesOf(exposition, 'aws_glue_job_info')
    .map(({ labels }) => `${labels.job_name}`)
    .sort();

/** The environment of a daemon into which a file of this folder is loaded before its own code. */
export const preloaded = (file: string): Readonly<Record<string, string>> => ({
  NODE_OPTIONS: `--import=${new URL(file, import.meta.url)}`,
});

/** Without the fault everything is told, also what its victims were asked for meanwhile; and it stays so. */
export const expectTruthAgain = async ({ clock, simulator, daemon, expectTruth }: Stage): Promise<void> => {
  simulator.setFaults([]);
  for (const at of [BEGIN + 60, BEGIN + 80]) {
    clock.set(at);
    expect((await daemon.poll()).up).toBe(true);
    await expectTruth(at);
  }
};
