import type { Glue } from '../glue/glue.ts';
import { GlueError } from '../glue/reason.ts';

/** How the calls of one operation went. */
export interface Outcome {
  readonly answered: number;
  readonly failures: readonly GlueError[];
}

/** A Glue that records its calls. */
export interface RecordedCalls {
  readonly glue: Glue;
  /** By operation; nothing of those that were not called. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** Calls so far; a call that was tried again is one. */
  readonly calls: number;
}

/** Records calls. What is not found counts as answered: it can have been deleted a moment ago. */
export const recordCalls = (glue: Glue): RecordedCalls => {
  const outcomes = new Map<string, Outcome>();
  let calls = 0;
  const enter = (operation: string, failure: GlueError | undefined): void => {
    const { answered, failures } = outcomes.get(operation) ?? { answered: 0, failures: [] };
    const next =
      failure === undefined ? { answered: answered + 1, failures } : { answered, failures: [...failures, failure] };
    outcomes.set(operation, next);
  };
  return {
    outcomes,
    get calls() {
      return calls;
    },
    glue: {
      ...glue,
      async call(operation, input, read) {
        calls += 1;
        try {
          const answer = await glue.call(operation, input, read);
          enter(operation, undefined);
          return answer;
        } catch (error) {
          if (error instanceof GlueError) enter(operation, error.reason === 'not_found' ? undefined : error);
          throw error;
        }
      },
    },
  };
};
