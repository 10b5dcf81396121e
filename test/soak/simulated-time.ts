import { setTimeout as pause } from 'node:timers/promises';
import { acceleratedClock, type Clock } from '../../src/simulator/clock.ts';

/** A time that stands still, runs from one moment to another, and stands still again. */
export interface SimulatedTime {
  readonly now: Clock;
  run(fromSeconds: number, toSeconds: number, speed: number): void;
  /** Resolves when a time has come, or at once when it has passed. */
  until(seconds: number): Promise<void>;
}

const LONGEST_STEP_MS = 50;

export const simulatedTime = (startSeconds: number): SimulatedTime => {
  let now: Clock = () => startSeconds;
  return {
    now: () => now(),
    run(fromSeconds, toSeconds, speed) {
      const running = acceleratedClock({ startSeconds: fromSeconds, speed });
      now = () => Math.min(toSeconds, running());
    },
    async until(seconds) {
      while (now() < seconds) await pause(LONGEST_STEP_MS / 2);
    },
  };
};
