import type { Histories } from '../collectors/collector.ts';
import type { Log } from '../log.ts';
import type { RunErrors } from '../runs/history.ts';
import { activeRuns, type Ledger } from '../runs/ledger.ts';
import { type Run, WAITING } from '../runs/run.ts';

/** Why the active runs of a ledger wait, by their ids, as far as AWS says. */
export const reasonsOf = (ledger: Ledger<unknown>, messages: RunErrors): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(activeRuns(ledger)).flatMap(([id, { state }]) => {
      const reason = state === WAITING ? messages.get(id)?.() : undefined;
      return reason === undefined ? [] : [[id, reason] as const];
    }),
  );

/** The name of an entity for the log; the account as a whole has none. */
export const loggedName = (name: string): string | undefined => (name === '' ? undefined : name);

/** What a reading has brought that is worth a line in the log. */
export interface LoggedRuns<Facts> {
  readonly failed: readonly Run<Facts>[];
  /** Runs that are neither a success nor a failure. */
  readonly others: readonly Run<Facts>[];
  readonly errors: RunErrors;
  /** Why runs wait, by their ids, and why they waited before. */
  readonly waiting: Readonly<Record<string, string>>;
  readonly before: Readonly<Record<string, string>>;
}

/** Logs failures, what the collector has to say of runs that are neither a success nor a failure, and why runs wait. */
export const logRuns = <Facts>(
  log: Log,
  name: string | undefined,
  { failed, others, errors, waiting, before }: LoggedRuns<Facts>,
  { describe }: Pick<Histories<never, Facts>, 'describe'>,
): void => {
  for (const { id, state, verdict } of failed) {
    const message = verdict === 'stopped' ? 'Run stopped, counted as failed' : 'Run failed';
    log.warn(message, { name, run: id, state, error: errors.get(id)?.() });
  }
  for (const run of others) {
    const line = describe?.(run).log;
    if (line !== undefined) log[line.level](line.message, { name, run: run.id, state: run.state });
  }
  for (const [id, reason] of Object.entries(waiting)) {
    // Once: the reason can change with each answer.
    if (!Object.hasOwn(before, id)) log.info('Run is waiting', { name, run: id, reason });
  }
};
