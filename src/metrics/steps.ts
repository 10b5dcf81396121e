/** Work that may pause wherever it yields; at its end is its result. */
export type Steps<Result> = Generator<undefined, Result, undefined>;

/** Does all of it without a pause. */
export const atOnce = <Result>(steps: Steps<Result>): Result => {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
};
