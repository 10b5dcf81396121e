import type { Call, Glue } from '../glue/glue.ts';
import type { IdentifiedTarget } from './identified-target.ts';

/** The listing of one collector on one target: a task of its own, with a price. Times are uptimes. */
export interface Listing {
  /** Whether each poll lists: the listing is the data, or shows the newest runs. All others are listed every discovery interval. */
  readonly isOfEachPoll: boolean;
  /** Requests that the last one took; undefined before the first. */
  readonly requests: number | undefined;
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

/** The listing that `list` does with the client that it is given. `uptime` is in seconds, on a clock that only runs forward. */
export const createListing = (
  isOfEachPoll: boolean,
  glue: Glue,
  uptime: () => number,
  list: (target: IdentifiedTarget, glue: Glue) => Promise<void>,
): Listing => {
  let requests: number | undefined;
  let seconds: number | undefined;
  let lastSuccessAt: number | undefined;
  let failures = 0;
  let failingSince: number | undefined;
  let error: unknown;
  return {
    isOfEachPoll,
    get requests() {
      return requests;
    },
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
      const counted = countCalls(glue);
      try {
        await list(target, counted.glue);
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
        requests = counted.calls();
        seconds = uptime() - startedAt;
      }
    },
  };
};

/** A client that counts its calls. */
const countCalls = (glue: Glue): { readonly glue: Glue; readonly calls: () => number } => {
  let calls = 0;
  const call: Call = (operation, input, read) => {
    calls += 1;
    return glue.call(operation, input, read);
  };
  return { glue: { ...glue, call }, calls: () => calls };
};
