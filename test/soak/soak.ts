import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { faultKinds } from '../../src/simulator/faults.ts';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import type { World } from '../../src/simulator/world.ts';
import { endedIn } from '../e2e/truth.ts';
import { type ExposedFamily, samplesOf, sampleValue } from '../exposition-parser.ts';
import { afterCompletePoll } from './complete-poll.ts';
import { watchCounters } from './counter-watch.ts';
import { differencesMeanwhile, finalDifferences } from './differences.ts';
import { forgetting } from './forgetting.ts';
import { live } from './live.ts';
import { BEGIN, NOON, type Plan, type PlanOptions, planOf, worldOf } from './plan.ts';
import { readSaved } from './saved-state.ts';
import { scrape } from './scrape.ts';
import { type SimulatedTime, simulatedTime } from './simulated-time.ts';
import { overcounts } from './truth-ahead.ts';
import { unsaved } from './unsaved.ts';

export interface SoakOptions extends PlanOptions {
  /** Simulated seconds per second. */
  readonly speed: number;
}

export interface SoakResult {
  /** Runs that ended. */
  readonly runs: number;
  readonly kills: number;
  /** Kills that came at the very moment they were meant for. */
  readonly killsInTime: number;
  /** The kinds of the others. */
  readonly missedMoments: readonly string[];
  /** Requests that were hit by faults. */
  readonly faults: number;
  readonly neverMet: readonly string[];
  /** Everything that is wrong at the end: told and true. */
  readonly differences: readonly string[];
  readonly wentBack: readonly string[];
  readonly vanished: readonly string[];
  /** Counters that were ahead of the truth, lost runs, processes that ended by themselves. */
  readonly others: readonly string[];
  readonly scrapes: number;
  readonly polls: number;
  /** Requests that AWS received. */
  readonly requests: number;
  readonly rssBytesAtStart: number;
  readonly rssBytesAtEnd: number;
  /** Where the logs and the state are; undefined when everything is right, for then they are removed. */
  readonly folder: string | undefined;
}

const SCRAPE_EVERY_MS = 100;
/** One scrape of so many is held against what has been saved. */
const SAVED_EVERY = 2;

/** Changes the faults as planned; resolves after the last change. */
const weather = async (plan: Plan, time: SimulatedTime, simulator: Simulator): Promise<void> => {
  for (const { from, faults, paused } of plan.windows) {
    await time.until(BEGIN + from);
    simulator.setFaults(faults);
    if (paused) await simulator.pause();
    else await simulator.resume();
  }
};

const rssOf = (families: readonly ExposedFamily[] | undefined): number =>
  (families && sampleValue(families, 'process_resident_memory_bytes')) ?? Number.NaN;

/** Whether something is left out of the account at a time or was until a while ago. */
const isAbsent = (plan: Plan, entity: string, from: number, to: number): boolean => {
  const absence = plan.absences.get(entity);
  return absence !== undefined && absence.from < to && absence.to > from;
};

/** Lets an exporter live through a plan, and holds what it tells against the truth. */
export const soak = async (options: SoakOptions): Promise<SoakResult> => {
  const { seed, speed } = options;
  const plan = planOf(options);
  const world: World = worldOf(options, plan);
  const end = BEGIN + plan.seconds;
  const rest = end + plan.tailSeconds;
  const folder = mkdtempSync(join(tmpdir(), 'aws-glue-exporter-soak-'));
  const stateFolder = join(folder, 'state');
  mkdirSync(stateFolder);
  const journal = join(stateFolder, 'ledgers.journal');
  const memory = forgetting(world);
  const time = simulatedTime(NOON);
  const simulator = await startSimulator({ worlds: [memory.world], clock: time.now, seed });
  const watch = watchCounters();
  const overcounted = overcounts(world, NOON);
  const others: string[] = [];
  const lived = live({
    plan,
    time,
    simulator,
    folder,
    stateFolder,
    region: world.region,
    onTrouble: what => others.push(what),
  });
  let scrapes = 0;
  let stopped = false;
  let runsLost = 0;

  const look = async (): Promise<void> => {
    const { exporter, number } = lived;
    const families = exporter && (await scrape(exporter));
    if (families === undefined) return;
    scrapes += 1;
    const at = time.now();
    const since = at - speed * 10;
    watch.see(families, number, entity => lived.isLeftOut(entity) || isAbsent(plan, entity, since, at));
    others.push(...overcounted(families, at));
    const saved = scrapes % SAVED_EVERY === 0 ? await readSaved(journal, world) : undefined;
    if (saved !== undefined) {
      others.push(...unsaved(families, saved).map(what => `${what} in process ${number}`));
      memory.saved(saved);
    }
    const lost = samplesOf(families, 'aws_glue_exporter_runs_lost_total').reduce((sum, { value }) => sum + value, 0);
    if (lost > runsLost) others.push(`${lost} runs are told to be lost in process ${number}`);
    runsLost = Math.max(lost, runsLost);
  };
  const scraping = async (): Promise<void> => {
    while (!stopped) {
      const next = performance.now() + SCRAPE_EVERY_MS;
      await look().catch(error => others.push(`${error}`));
      await pause(Math.max(10, next - performance.now()));
    }
  };

  /** What is told after a complete poll; nothing when there is none, which is told itself. */
  const told = async (): Promise<readonly ExposedFamily[]> => {
    try {
      return await afterCompletePoll(() => lived.exporter);
    } catch (error) {
      others.push(`${error}`);
      return [];
    }
  };

  try {
    const scraped = scraping();
    simulator.setFaults(plan.firstFaults);
    await lived.prelude();
    const first = await told();
    time.run(BEGIN, end, speed);
    await Promise.all([weather(plan, time, simulator), lived.toTheEnd()]);
    await time.until(end);
    simulator.setFaults([]);
    await simulator.resume();
    const meanwhile = await told();
    // Nothing starts any more: the last runs end, and then everything about them becomes final.
    time.run(end, rest, speed);
    await time.until(rest);
    const last = await told();
    stopped = true;
    await scraped;
    const { polls } = lived;
    await lived.stop();
    const differences = [
      ...differencesMeanwhile(meanwhile, world, NOON, end),
      ...finalDifferences(last, world, NOON, rest),
    ];
    const { wentBack, vanished } = watch.findings;
    const isRight = [differences, wentBack, vanished, others].every(found => found.length === 0);
    if (isRight) rmSync(folder, { recursive: true });
    return {
      runs: endedIn(world, NOON, rest),
      kills: lived.kills,
      killsInTime: lived.killsInTime,
      missedMoments: lived.missed,
      faults: [...simulator.faultHits.values()].reduce((a, b) => a + b, 0),
      neverMet: (options.kinds ?? faultKinds).filter(kind => !simulator.faultHits.has(kind)),
      differences,
      wentBack,
      vanished,
      others,
      scrapes,
      polls,
      requests: [...simulator.requests.values()].reduce((a, b) => a + b, 0),
      rssBytesAtStart: rssOf(first),
      rssBytesAtEnd: rssOf(last),
      folder: isRight ? undefined : folder,
    };
  } finally {
    stopped = true;
    lived.kill();
    await simulator.close();
  }
};
