import {
  type JsonObject,
  mapEntities,
  type SimulatedEntity,
  startedOnOf,
  type World,
} from '../../src/simulator/world.ts';
import type { SavedLedger } from './saved-state.ts';

/** How much longer the history shows what the exporter has settled, simulated seconds. */
const LATER_SECONDS = 1200;

export interface Forgetting {
  /** The same world, with histories that begin where they must. */
  readonly world: World;
  /** Told what the exporter has saved. */
  saved(ledgers: ReadonlyMap<string, SavedLedger>): void;
}

/**
 * AWS forgets a run soon after the exporter has saved that it is settled, and never before: what the exporter forgets as well
 * can be counted from nowhere any more, and what it has not seen yet is not lost, however long it was down.
 */
export const forgetting = (world: World): Forgetting => {
  const beginnings = new Map<string, number>();
  const forgetful = (entity: SimulatedEntity): SimulatedEntity => {
    const isKept = (run: JsonObject): boolean =>
      startedOnOf(entity, run) >= (beginnings.get(entity.name) ?? Number.NEGATIVE_INFINITY);
    return {
      ...entity,
      page: (at: number, cursor: string | undefined, limit: number) => {
        const page = entity.page(at, cursor, limit);
        return { ...page, runs: page.runs.filter(isKept) };
      },
      run: (at: number, id: string) => {
        const run = entity.run(at, id);
        return run !== undefined && isKept(run) ? run : undefined;
      },
    };
  };
  return {
    world: mapEntities(world, forgetful),
    saved(ledgers) {
      for (const [path, { settledBefore }] of ledgers) {
        const name = path.slice(path.indexOf('/') + 1);
        const known = beginnings.get(name) ?? Number.NEGATIVE_INFINITY;
        beginnings.set(name, Math.max(known, settledBefore - LATER_SECONDS));
      }
    },
  };
};
