/** A clock that shows AWS's time, so that a wrong local clock costs nothing. */
export interface AwsClock {
  /** Epoch seconds. The local time at which the process started, run on, until answers of AWS agree on another. */
  now(): number;
  /**
   * The latest time, epoch seconds, that is not ahead of any answer now() rests on: a Date header is cut to the second, and now()
   * may be up to two seconds off it.
   */
  earliestNow(): number;
  /**
   * Takes the Date header of a genuine answer of AWS, whose headers came so many seconds ago; undefined or nonsense changes nothing.
   */
  observe(dateHeader: string | undefined, secondsAgo?: number): void;
  /**
   * Whether two independent witnesses agree on now(): answers of AWS, or one of them and the local clock. Stays true. Nothing lasting
   * may be derived from now() before.
   */
  isConfirmed(): boolean;
}

/** How far witnesses that agree may differ: a Date header is cut to the second, and the answer took its time to get here. */
const TOLERANCE_SECONDS = 2;

/** A header cut to the second stands for the middle of that second. */
const HALF_SECOND = 0.5;

/** So many of the latest answers are asked. An odd number: three of five decide, so that no two can. */
const WITNESSES = 5;

/** The epoch seconds of a Date header; undefined where it is missing, or none. */
export const parseDate = (header: string | undefined): number | undefined => {
  const milliseconds = header === undefined ? Number.NaN : Date.parse(header);
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000;
};

/** Local epoch seconds as they were at the start, and only ever forward from there: somebody may set the clock meanwhile. */
const steadyNow = (): number => (performance.timeOrigin + performance.now()) / 1000;

/**
 * Follows the Date headers of AWS's answers: not one of them, but the median of the last five, and only where most of them agree
 * with it. The local clock is the first witness. So one wrong header moves nothing, however wrong it is, and a real change is
 * followed three answers later. While the clock agrees with the headers within their own precision it is left alone, because it is finer.
 */
export const createAwsClock = (localNow: () => number = steadyNow): AwsClock => {
  let offset = 0;
  let isConfirmed = false;
  /** Seconds by which each witness is ahead of the local clock, the latest last. */
  let witnesses: readonly number[] = [0];

  const agreeing = (ahead: number): readonly number[] =>
    witnesses.filter(other => Math.abs(other - ahead) < TOLERANCE_SECONDS);

  return {
    now: () => localNow() + offset,
    earliestNow: () => localNow() + Math.min(offset, ...agreeing(offset).map(ahead => ahead + HALF_SECOND)),
    observe(dateHeader, secondsAgo = 0) {
      const date = parseDate(dateHeader);
      if (date === undefined) return;
      witnesses = [...witnesses, date + HALF_SECOND - (localNow() - secondsAgo)].slice(-WITNESSES);
      const median = witnesses.toSorted((a, b) => a - b)[(witnesses.length - 1) >> 1] ?? offset;
      if (agreeing(median).length * 2 <= witnesses.length) return;
      isConfirmed = true;
      if (Math.abs(median - offset) >= TOLERANCE_SECONDS) offset = median;
    },
    isConfirmed: () => isConfirmed,
  };
};
