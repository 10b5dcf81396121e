import { errorMessage, messageExcerpt } from '../glue/error-message.ts';
import type { WireObject } from '../glue/fields.ts';
import type { RunErrors } from '../runs/history.ts';
import { type Run, WAITING } from '../runs/run.ts';

/** Fields of a run in AWS's answer that explain its state. */
export interface ReasonFields {
  /** Why the run failed or was stopped: ErrorMessage. */
  readonly errorMessage: string;
  /** Why it is WAITING, where AWS says so: StateDetail. */
  readonly waitReason?: string;
}

/**
 * Why runs failed, were stopped or wait, by their ids: AWS's message, else what `otherwise` makes of the run. `wires` are the objects
 * that the runs were read from, in the same order. A malformed message counts as none: a run must not be lost because of it.
 */
export const errorsOf = <Facts>(
  fields: ReasonFields,
  runs: readonly Run<Facts>[],
  wires: readonly WireObject[],
  otherwise: (run: Run<Facts>) => string | undefined = () => undefined,
): RunErrors => {
  const errors = new Map<string, () => string | undefined>();
  for (const [index, run] of runs.entries()) {
    const reason = reasonOf(fields, run, wires[index] ?? {});
    if (reason === undefined && !hasEndedBadly(run)) continue;
    const text = reason === undefined ? '' : messageExcerpt(reason);
    errors.set(run.id, () => errorMessage(text) || otherwise(run));
  }
  return errors;
};

const reasonOf = (
  { errorMessage: message, waitReason }: ReasonFields,
  run: Run<unknown>,
  wire: WireObject,
): string | undefined => {
  const isWaiting = !run.ended && run.state === WAITING && waitReason !== undefined;
  const value = hasEndedBadly(run) ? wire[message] : isWaiting ? wire[waitReason] : undefined;
  return typeof value === 'string' ? value : undefined;
};

const hasEndedBadly = ({ ended, verdict }: Run<unknown>): boolean =>
  ended && (verdict === 'failure' || verdict === 'stopped');
