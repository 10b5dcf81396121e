import { afterEach } from 'vitest';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../src/simulator/server.ts';
import type { JsonObject, World } from '../../src/simulator/world.ts';

export const ACCOUNT_ID = '111122223333';
export const REGION = 'eu-west-1';
/** Account and region of a world. */
export const place = { accountId: ACCOUNT_ID, region: REGION };

/** 2026-03-01T12:00:00Z, where the simulated time of these tests stands until it is let go. */
export const NOON = 1_772_366_400;

/** A job or workflow whose runs take a second each and start every 10 s from noon on: at noon + 35 s three have ended. */
export const runsEvery10s = (at: number): JsonObject[] =>
  Array.from({ length: Math.max(0, Math.floor((at - NOON) / 10)) }, (_, index) => {
    const StartedOn = NOON + 10 * index;
    const id = String(index).padStart(4, '0');
    return {
      Id: `jr_${id}`,
      WorkflowRunId: `wr_${id}`,
      StartedOn,
      CompletedOn: StartedOn + 1,
      JobRunState: 'SUCCEEDED',
      Status: 'COMPLETED',
      ExecutionTime: 1,
      Statistics: { TotalActions: 1, SucceededActions: 1 },
    };
  }).reverse();

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A simulated AWS that ends with the test. Its time stands at noon unless it is given a clock. */
export const simulate = async (
  worlds: readonly World[],
  options: Omit<SimulatorOptions, 'worlds'> = {},
): Promise<Simulator> => {
  const simulator = await startSimulator({ clock: () => NOON, ...options, worlds });
  cleanups.push(() => simulator.close());
  return simulator;
};

/** A simulated time that stands still, runs from one chosen moment to another, and stands still again. */
export interface StageClock {
  readonly now: () => number;
  /** Jumps to a time, and runs from there to another one. */
  run(fromSeconds: number, toSeconds: number, speed?: number): void;
  /** Resolves when it has come to the end of its run. */
  finished(): Promise<void>;
  /** Jumps to a time and stands there. */
  set(seconds: number): void;
}

export const stageClock = (startSeconds = NOON): StageClock => {
  let now = () => startSeconds;
  let finishedAt = 0;
  return {
    now: () => now(),
    run(fromSeconds, toSeconds, speed = 1) {
      const startedAt = performance.now();
      finishedAt = startedAt + ((toSeconds - fromSeconds) / speed) * 1000;
      now = () => Math.min(toSeconds, fromSeconds + ((performance.now() - startedAt) / 1000) * speed);
    },
    async finished() {
      while (performance.now() < finishedAt) {
        await new Promise(resolve => setTimeout(resolve, finishedAt - performance.now()));
      }
    },
    set(seconds) {
      now = () => seconds;
    },
  };
};

/** A target's address in a simulator. */
export const targetOf = (simulator: Simulator, more: object = {}): object => ({
  region: REGION,
  endpoint: simulator.endpoint,
  sts_endpoint: simulator.endpoint,
  ...more,
});

/** A config that polls a simulator every second, as fast as it can. */
export const configFor = (
  simulator: Simulator,
  more: {
    readonly targets?: readonly object[];
    readonly poll?: object;
    readonly aws?: object;
    readonly series?: object;
    readonly state?: object;
  } = {},
): object => ({
  targets: more.targets ?? [targetOf(simulator)],
  poll: { interval: '1s', ...more.poll },
  aws: { requests_per_second: 500, ...more.aws },
  series: { ...more.series },
  state: { ...more.state },
});

/** All requests that a simulator has received. */
export const requestsTo = (simulator: Simulator): number => [...simulator.requests.values()].reduce((a, b) => a + b, 0);
