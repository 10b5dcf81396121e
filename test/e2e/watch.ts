import { expect } from 'vitest';
import { type HastyOptions, hastyWorld } from '../../src/simulator/fast-world.ts';
import type { Fault } from '../../src/simulator/faults.ts';
import type { SimulatorOptions } from '../../src/simulator/server.ts';
import { type Daemon, eventually, startDaemon } from '../daemon.ts';
import { type ExposedFamily, samplesOf } from '../exposition-parser.ts';
import { collectorsInUse } from '../truth/index.ts';
import { configFor, NOON, place, simulate, stageClock } from './account.ts';
import { type Account, endedIn, expectSameAccount, toldBy, truthOf } from './truth.ts';

const BEGIN = NOON + 60;

export interface Scene extends Pick<HastyOptions, 'seed' | 'runOrders'>, Pick<SimulatorOptions, 'shortPages'> {
  /** How many simulated seconds the world lasts. */
  readonly seconds?: number;
  /** Simulated seconds per second. */
  readonly speed?: number;
  /** From the world's begin to its end. */
  readonly faults?: readonly Fault[];
  /** Settings of the exporter beside those of these tests. */
  readonly config?: Omit<Parameters<typeof configFor>[1], 'targets'>;
}

export interface Watched {
  readonly told: Account;
  readonly truth: Account;
  readonly exposition: readonly ExposedFamily[];
  /** Runs that ended. */
  readonly ended: number;
}

/**
 * Lets an exporter watch a hasty world of 60 jobs and 12 workflows from begin to end, polling every second. The world begins
 * when the exporter has seen it empty, and stands still at the end while one more poll is made: what is told then is exact,
 * and no boundary is a matter of luck.
 */
export const watch = async ({
  seconds = 20,
  speed = 1,
  faults = [],
  shortPages = false,
  config = {},
  ...hasty
}: Scene): Promise<Watched> => {
  const end = BEGIN + seconds;
  const world = hastyWorld({ ...place, ...hasty, fromSeconds: BEGIN });
  const clock = stageClock();
  const simulator = await simulate([world], { clock: clock.now, shortPages });
  const daemon = await startDaemon({ config: configFor(simulator, config) });
  await daemon.ready();
  expectSameAccount(toldBy(await daemon.scrape(), world), truthOf(world, NOON, NOON));

  simulator.setFaults(faults);
  clock.run(BEGIN, end, speed);
  await clock.finished();
  simulator.setFaults([]);
  const stoppedAt = Date.now() / 1000;
  const exposition = await eventually('polls that read everything', () => completePoll(daemon, stoppedAt));
  expect(total(exposition, 'runs_lost_total')).toBe(0);
  if (!shortPages) expect(total(exposition, 'history_truncated_total')).toBe(0);
  return {
    told: toldBy(exposition, world),
    truth: truthOf(world, NOON, end),
    exposition,
    ended: endedIn(world, NOON, end),
  };
};

/**
 * What is told after one more poll. Undefined while something has not been read since a time, and when a history was cut short in
 * it: where pages can be empty, two empty ones in a row have the same token, which the exporter takes for the end, until the
 * next poll.
 */
const completePoll = async (daemon: Daemon, since: number): Promise<readonly ExposedFamily[] | undefined> => {
  const before = total(await daemon.scrape(), 'history_truncated_total');
  const { up } = await daemon.poll();
  expect(up).toBe(true);
  const exposition = await daemon.scrape();
  const oldestReads = samplesOf(exposition, 'aws_glue_exporter_oldest_read_timestamp_seconds', { data: 'runs' });
  const isAllRead = oldestReads.length === runCounting.length && oldestReads.every(({ value }) => value > since);
  return isAllRead && total(exposition, 'history_truncated_total') === before ? exposition : undefined;
};

const runCounting = collectorsInUse.filter(({ isFacts }) => isFacts !== undefined);

/** The sum over all collectors that count runs. */
const total = (exposition: readonly ExposedFamily[], name: string): number => {
  const samples = samplesOf(exposition, `aws_glue_exporter_${name}`);
  expect(samples).toHaveLength(runCounting.length);
  return samples.reduce((sum, { value }) => sum + value, 0);
};
