/** A clock that shows AWS's time, so that a wrong local clock costs nothing. */
export interface AwsClock {
  /** Epoch seconds. The local clock until the first answer. */
  now(): number;
  /** Takes the Date header of an answer; undefined or nonsense changes nothing. */
  observe(dateHeader: string | undefined): void;
}

/** A Date header is cut to the second, and the answer took its time to get here. */
const TOLERANCE_SECONDS = 2;

/**
 * Follows the Date header of AWS's answers. While the local clock agrees with it within the header's own precision the local
 * clock is used, because it is finer.
 */
export const createAwsClock = (localNow: () => number = () => Date.now() / 1000): AwsClock => {
  let offset = 0;
  return {
    now: () => localNow() + offset,
    observe(dateHeader) {
      const date = dateHeader === undefined ? Number.NaN : Date.parse(dateHeader) / 1000;
      if (Number.isNaN(date)) return;
      const ahead = date - localNow();
      offset = ahead > -TOLERANCE_SECONDS && ahead < TOLERANCE_SECONDS ? 0 : ahead + 0.5;
    },
  };
};
