import type { IdentifiedTarget } from './identified-target.ts';

/** The listing of one collector on one target: a task whose price is the time that it takes from others. Times are uptimes. */
export interface Listing {
  /** Whether each poll lists: the listing is the data, or shows the newest runs. All others are listed every discovery interval. */
  readonly isOfEachPoll: boolean;
  /** How long the last one took, whether it failed or not; undefined before the first. */
  readonly seconds: number | undefined;
  readonly lastSuccessAt: number | undefined;
  /** Failures since the last success, and when the first of them was. */
  readonly failures: number;
  readonly failingSince: number | undefined;
  /** Why the last one failed; undefined where it did not. */
  readonly error: unknown;
  /** Lists. Rejects, with nothing changed but what is said above, when that failed. */
  run(target: IdentifiedTarget): Promise<void>;
}

/** The listing that `list` does. `uptime` is in seconds, on a clock that only runs forward. */
export const createListing = (
  isOfEachPoll: boolean,
  uptime: () => number,
  list: (target: IdentifiedTarget) => Promise<void>,
): Listing => {
  let seconds: number | undefined;
  let lastSuccessAt: number | undefined;
  let failures = 0;
  let failingSince: number | undefined;
  let error: unknown;
  return {
    isOfEachPoll,
    get seconds() {
      return seconds;
    },
    get lastSuccessAt() {
      return lastSuccessAt;
    },
    get failures() {
      return failures;
    },
    get failingSince() {
      return failingSince;
    },
    get error() {
      return error;
    },
    async run(target) {
      const startedAt = uptime();
      try {
        await list(target);
        lastSuccessAt = uptime();
        failures = 0;
        failingSince = undefined;
        error = undefined;
      } catch (cause) {
        failures += 1;
        failingSince ??= startedAt;
        error = cause;
        throw cause;
      } finally {
        seconds = uptime() - startedAt;
      }
    },
  };
};
