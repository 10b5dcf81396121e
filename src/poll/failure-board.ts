import { type FailureRules, isFailure } from '../runs/failure-rules.ts';
import {
  type EntityId,
  FAILURE_SECONDS,
  type FailedRun,
  type Failure,
  isOf,
  withFailures,
  withMessage,
} from '../runs/failures.ts';
import type { RunErrors } from '../runs/history.ts';
import { placeInHistory, type Run } from '../runs/run.ts';

/** The failures of the last day, of all targets together. */
export interface FailureBoard {
  /** Adds those of a reading; `now` in AWS's time. */
  read(entity: EntityId, runs: readonly Run<unknown>[], errors: RunErrors, now: number, rules?: FailureRules): void;
  /** Removes those of a job or workflow that was deleted. */
  forget(entity: EntityId): void;
  /** Newest first. `now` in epoch seconds. */
  newest(now: number): readonly Failure[];
}

/** Nothing has failed yet. */
export const createFailureBoard = (): FailureBoard => {
  let failures: readonly Failure[] = [];
  return {
    read(entity, runs, errors, now, rules = {}) {
      const since = now - FAILURE_SECONDS;
      const failed: FailedRun[] = [];
      for (const run of runs) {
        if (!isFailure(run, rules)) continue;
        const endedAt = run.completedAt ?? run.modifiedAt ?? placeInHistory(run);
        if (endedAt >= since) failed.push({ id: run.id, state: run.state, endedAt });
      }
      if (failed.length === 0) return;
      const errorOf = (id: string) => errors.get(id)?.();
      failures = withFailures(failures, entity, failed, errorOf, since);
      for (const { id } of failed) failures = withMessage(failures, entity, id, errorOf);
    },
    forget(entity) {
      failures = failures.filter(failure => !isOf(entity, failure));
    },
    newest: now => failures.filter(({ endedAt }) => endedAt >= now - FAILURE_SECONDS),
  };
};
