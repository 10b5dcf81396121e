import { type JsonObject, type RunPage, runIdOf, type SimulatedEntity } from './world.ts';

/** Whether the history has lost a run at a time. */
export type IsGone = (runId: string, at: number) => boolean;

/**
 * The same entity, with runs that disappear from what Glue answers: deleted by hand, or by AWS. Pages that held them
 * are shorter. The truth about them stays: they did run.
 */
export const withVanishingRuns = (entity: SimulatedEntity, isGone: IsGone): SimulatedEntity => {
  const page = (at: number, cursor: string | undefined, limit: number): RunPage => {
    const whole = entity.page(at, cursor, limit);
    return { ...whole, runs: whole.runs.filter(run => !isGone(runIdOf(entity, run), at)) };
  };
  const run = (at: number, id: string): JsonObject | undefined => (isGone(id, at) ? undefined : entity.run(at, id));
  /** Asks for more and more, for the newest that is left may be far back. */
  const newest = (at: number): JsonObject | undefined => {
    for (let days = 1; days <= 128; days *= 2) {
      const left = entity.runs(at - days * 86_400, at).find(run => !isGone(run.id, at));
      if (left !== undefined) return left.wire(at);
    }
    return undefined;
  };
  return { ...entity, page, run, newest };
};
