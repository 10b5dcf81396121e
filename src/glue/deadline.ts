import { performance } from 'node:perf_hooks';

/** The time that an attempt has for all the steps it waits for. What passes between the steps does not count. */
export interface Deadline {
  /** Whether time ran out. */
  readonly isPassed: boolean;
  /** The result of a step. Rejects when time runs out or the deadline is cancelled; the step itself may still be under way. */
  within<Value>(step: () => Promise<Value>): Promise<Value>;
  /** Call it when what the step waits for has arrived: from then on it cannot be late. */
  answered(): void;
  /** Ends waiting with this reason. */
  cancel(why: unknown): void;
}

/**
 * Calls `act` after so much time, plus that for which our own event loop was busy or late meanwhile: an answer that is here and was not
 * looked at yet is not late. That is as long again at most. Returns what stops it.
 */
export const startTimer = (milliseconds: number, act: () => void): (() => void) => {
  const startedAt = performance.now();
  const before = performance.eventLoopUtilization();
  // What has arrived by now is looked at before.
  const end = (): void => {
    immediate = setImmediate(act);
  };
  let immediate: NodeJS.Immediate | undefined;
  let timer = setTimeout(() => {
    const lateMs = Math.max(0, performance.now() - startedAt - milliseconds);
    const busyMs = performance.eventLoopUtilization(before).active;
    timer = setTimeout(end, Math.min(milliseconds, Math.max(lateMs, busyMs)));
  }, milliseconds);
  return () => {
    clearTimeout(timer);
    clearImmediate(immediate);
  };
};

/** `onEnd` is called when waiting ends before its step does. */
export const createDeadline = (milliseconds: number, onEnd: () => void): Deadline => {
  let leftMs = milliseconds;
  let isPassed = false;
  let cancel: (why: unknown) => void = () => {};
  let stopTimer = (): void => {};
  return {
    get isPassed() {
      return isPassed;
    },
    async within(step) {
      const startedAt = performance.now();
      const before = performance.eventLoopUtilization();
      try {
        return await new Promise((resolve, reject) => {
          cancel = why => {
            reject(why);
            onEnd();
          };
          stopTimer = startTimer(Math.max(0, leftMs), () => {
            isPassed = true;
            cancel(new Error('too late'));
          });
          step().then(resolve, reject);
        });
      } finally {
        stopTimer();
        cancel = () => {};
        // Nor does what the step took us.
        leftMs -= Math.max(0, performance.now() - startedAt - performance.eventLoopUtilization(before).active);
      }
    },
    answered: () => stopTimer(),
    cancel: why => cancel(why),
  };
};
