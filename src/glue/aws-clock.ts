/** A clock that shows AWS's time, so that a wrong local clock costs nothing. */
export interface AwsClock {
  /** Epoch seconds. The local time at which the process started, run on, until the first answer. */
  now(): number;
  /** Takes the Date header of an answer; undefined or nonsense changes nothing. */
  observe(dateHeader: string | undefined): void;
}

/** A Date header is cut to the second, and the answer took its time to get here. */
const TOLERANCE_SECONDS = 2;

/** Local epoch seconds as they were at the start, and only ever forward from there: somebody may set the clock meanwhile. */
const steadyNow = (): number => (performance.timeOrigin + performance.now()) / 1000;

/**
 * Follows the Date header of AWS's answers. While the clock agrees with it within the header's own precision it is left alone,
 * because it is finer.
 */
export const createAwsClock = (localNow: () => number = steadyNow): AwsClock => {
  let offset = 0;
  const now = (): number => localNow() + offset;
  return {
    now,
    observe(dateHeader) {
      const date = dateHeader === undefined ? Number.NaN : Date.parse(dateHeader) / 1000;
      if (Number.isNaN(date)) return;
      const ahead = date - now();
      if (ahead <= -TOLERANCE_SECONDS || ahead >= TOLERANCE_SECONDS) offset += ahead + 0.5;
    },
  };
};
