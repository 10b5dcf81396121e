import { definitionOf, type JsonObject, type RunPage, type SimulatedEntity, startedOnOf } from './world.ts';

/** Times are epoch seconds. */
export interface Recreation {
  /** It does not exist from then on. */
  readonly deletedOn: number;
  /** It exists again under the same name, and this is the time of its creation. Not before `deletedOn`. */
  readonly createdOn: number;
  /** Whether its history shows the runs of its predecessor; false unless given. */
  readonly showsOldRuns?: boolean;
}

/**
 * The same entity, deleted and created again under the same name. The API reference does not say what becomes of the runs of a deleted job, so the history shows only those since the creation, or all of
 * them. Between the two times no run starts; runs that are active at the deletion end when they would have.
 */
export const recreated = (entity: SimulatedEntity, recreation: Recreation): SimulatedEntity => {
  const { deletedOn, createdOn, showsOldRuns = false } = recreation;
  const isShown = (startedOn: number, at: number): boolean =>
    startedOn >= createdOn || (startedOn < deletedOn && (at < createdOn || showsOldRuns));
  const isShownAt =
    (at: number) =>
    (run: JsonObject): boolean =>
      isShown(startedOnOf(entity, run), at);

  const runs = (from: number, to: number) =>
    entity.runs(from, to).filter(({ startedOn }) => startedOn < deletedOn || startedOn >= createdOn);
  /** Pages are as full as those of a history that has no other runs. */
  const page = (at: number, cursor: string | undefined, limit: number): RunPage => {
    const shown: JsonObject[] = [];
    let next = cursor;
    do {
      const part = entity.page(at, next, limit - shown.length);
      shown.push(...part.runs.filter(isShownAt(at)));
      next = part.cursor;
    } while (next !== undefined && shown.length < limit);
    return next === undefined ? { runs: shown } : { runs: shown, cursor: next };
  };
  const run = (at: number, id: string): JsonObject | undefined => {
    const found = entity.run(at, id);
    return found !== undefined && isShownAt(at)(found) ? found : undefined;
  };
  const newest = (at: number): JsonObject | undefined => {
    const found = entity.newest(at);
    if (found === undefined || isShownAt(at)(found)) return found;
    return runs(Number.NEGATIVE_INFINITY, at)
      .find(({ startedOn }) => isShown(startedOn, at))
      ?.wire(at);
  };
  const exists = (at: number): boolean => (entity.exists?.(at) ?? true) && (at < deletedOn || at >= createdOn);
  const created = Object.fromEntries(entity.kind.createdOn.map(member => [member, createdOn]));
  const definitionAt = (at: number): JsonObject => {
    const definition = definitionOf(entity, at);
    return at < createdOn ? definition : { ...definition, ...created };
  };
  return { ...entity, runs, page, run, newest, exists, definitionAt };
};
