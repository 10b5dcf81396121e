/** The time that an attempt has for all the steps it waits for. What passes between the steps does not count. */
export interface Deadline {
  /** Whether time ran out. */
  readonly isPassed: boolean;
  /** The result of a step. Rejects when time runs out or the deadline is cancelled; the step itself may still be under way. */
  within<Value>(step: () => Promise<Value>): Promise<Value>;
  /** Ends waiting with this reason. */
  cancel(why: unknown): void;
}

/** `onEnd` is called when waiting ends before its step does. */
export const createDeadline = (milliseconds: number, onEnd: () => void): Deadline => {
  let leftMs = milliseconds;
  let isPassed = false;
  let cancel: (why: unknown) => void = () => {};
  return {
    get isPassed() {
      return isPassed;
    },
    async within(step) {
      const startedAt = performance.now();
      let timer: NodeJS.Timeout | undefined;
      try {
        return await new Promise((resolve, reject) => {
          cancel = why => {
            reject(why);
            onEnd();
          };
          timer = setTimeout(() => {
            isPassed = true;
            cancel(new Error('too late'));
          }, leftMs);
          step().then(resolve, reject);
        });
      } finally {
        clearTimeout(timer);
        cancel = () => {};
        leftMs -= performance.now() - startedAt;
      }
    },
    cancel: why => cancel(why),
  };
};
