import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Simulator } from '../../src/simulator/server.ts';
import { badConfigText, type ConfigName, configText, isLeftOut } from './configs.ts';
import { type ExporterProcess, startExporter } from './exporter-process.ts';
import { type Disturbance, type End, isShort, type Life } from './lives.ts';
import { momentOf } from './moment.ts';
import { BEGIN, type Plan } from './plan.ts';
import { eventually } from './scrape.ts';
import type { SimulatedTime } from './simulated-time.ts';

export interface LiveOptions {
  readonly plan: Plan;
  readonly time: SimulatedTime;
  readonly simulator: Simulator;
  readonly folder: string;
  readonly stateFolder: string;
  readonly region: string;
  /** Told what an exporter must not do. */
  readonly onTrouble: (what: string) => void;
}

/** The processes of a plan, one after the other. */
export interface Lived {
  /** The one that runs. */
  readonly exporter: ExporterProcess | undefined;
  /** Its number. */
  readonly number: number;
  readonly kills: number;
  readonly killsInTime: number;
  /** The kinds of the others. */
  readonly missed: readonly string[];
  /** Polls that have ended. */
  readonly polls: number;
  /** Whether one of its configs leaves out an entity. */
  isLeftOut(entity: string): boolean;
  /** The kills before time runs, and the start of the first process that goes on. */
  prelude(): Promise<void>;
  /** Everything up to the last life, which goes on. */
  toTheEnd(): Promise<void>;
  stop(): Promise<void>;
  kill(): void;
}

/** How long to wait for a moment in which to kill: longer than anything takes that it may be. */
const PATIENCE_MS = 4_000;
/** How long a start may take on a machine that is busy with other tests. */
const SERVES_WITHIN_MS = 20_000;
const STOPS_WITHIN_MS = 10_000;

const SLOW_DISK = fileURLToPath(new URL('./slow-disk.mjs', import.meta.url));

const patience = (): Promise<void> => pause(PATIENCE_MS, undefined, { ref: false });

export const live = (options: LiveOptions): Lived => {
  const { plan, time, simulator, folder, stateFolder, region, onTrouble } = options;
  const configFile = join(folder, 'config.yaml');
  const journal = join(stateFolder, 'ledgers.journal');
  let exporter: ExporterProcess | undefined;
  let number = 0;
  let kills = 0;
  let killsInTime = 0;
  let polls = 0;
  const missed: string[] = [];
  let configs: ConfigName[] = [];

  const write = (name: ConfigName): void => {
    configs.push(name);
    writeFileSync(configFile, configText(name, { endpoint: simulator.endpoint, region, statePath: stateFolder }));
  };

  const start = (config: ConfigName, syncMs = 0): ExporterProcess => {
    configs = [];
    write(config);
    number += 1;
    const started = startExporter({
      configFile,
      logFile: join(folder, 'log'),
      home: folder,
      logLevel: 'debug',
      ...(syncMs > 0 ? { nodeArgs: ['--import', SLOW_DISK], env: { SYNC_MS: `${syncMs}` } } : {}),
    });
    exporter = started;
    return started;
  };

  /** Before it serves, a signal is the end of it, as of any process, and its state is still being opened. */
  const serving = (running: ExporterProcess): Promise<unknown> =>
    eventually(
      'an exporter that serves',
      SERVES_WITHIN_MS,
      async () => running.url() ?? (running.hasEnded() || undefined),
    );

  const stop = async (running: ExporterProcess): Promise<void> => {
    await serving(running);
    const isLate = pause(STOPS_WITHIN_MS, true, { ref: false });
    running.process.kill('SIGTERM');
    if (await Promise.race([running.ended.then(() => false), isLate])) {
      onTrouble(`process ${number} does not stop within ${STOPS_WITHIN_MS / 1000}s`);
      running.process.kill('SIGKILL');
    }
    const { code } = await running.ended;
    if (code !== 0) onTrouble(`process ${number} stopped with ${code}`);
  };

  const end = async (running: ExporterProcess, how: End, giveUp = patience()): Promise<void> => {
    const requests = () => [...simulator.requests.values()].reduce((a, b) => a + b, 0);
    const isInTime = await momentOf(how, { exporter: running, journal, requests, giveUp });
    if (running.hasEnded()) {
      const { code, signal } = await running.ended;
      onTrouble(`process ${number} ended by itself: ${code ?? signal}`);
    }
    if (how.kind === 'stopped') await stop(running);
    else {
      running.process.kill('SIGKILL');
      await running.ended;
      kills += 1;
      if (isInTime) killsInTime += 1;
      else missed.push(how.kind);
    }
    polls += running.polls();
    exporter = undefined;
  };

  const disturb = async (running: ExporterProcess, what: Disturbance): Promise<void> => {
    switch (what.kind) {
      case 'reload':
        write(what.config);
        running.process.kill('SIGHUP');
        return;
      case 'bad reload':
        writeFileSync(configFile, badConfigText);
        running.process.kill('SIGHUP');
        return;
      case 'freeze':
        running.process.kill('SIGSTOP');
        await pause(what.forMs);
        running.process.kill('SIGCONT');
    }
  };

  const disturbAll = async (running: ExporterProcess, { disturbances }: Life): Promise<void> => {
    for (const what of disturbances) {
      await time.until(BEGIN + what.at);
      if (running.url() !== undefined && !running.hasEnded()) await disturb(running, what);
    }
  };

  const spend = async (life: Life): Promise<void> => {
    await time.until(BEGIN + life.startAt);
    const running = exporter ?? start(life.config, life.syncMs);
    await disturbAll(running, life);
    if (life === plan.lives.at(-1)) return;
    const due = time.until(BEGIN + life.endAt);
    if (life.end.kind === 'rewriting') {
      await serving(running);
      return end(running, life.end, due);
    }
    if (!isShort(life.end)) await due;
    await end(running, life.end);
  };

  return {
    get exporter() {
      return exporter;
    },
    get number() {
      return number;
    },
    get kills() {
      return kills;
    },
    get killsInTime() {
      return killsInTime;
    },
    missed,
    get polls() {
      return polls + (exporter?.polls() ?? 0);
    },
    isLeftOut: entity => configs.some(config => isLeftOut(config, entity)),
    async prelude() {
      for (const how of plan.prelude) await end(start('plain'), how);
      start('plain');
    },
    async toTheEnd() {
      for (const life of plan.lives) await spend(life);
    },
    async stop() {
      if (exporter !== undefined) await stop(exporter);
      exporter = undefined;
    },
    kill() {
      exporter?.process.kill('SIGKILL');
    },
  };
};
