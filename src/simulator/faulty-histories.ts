import type { Fault, FaultKind } from './faults.ts';
import { hashText } from './random.ts';
import { completedOnOf, type JsonObject, type RunPage, runIdOf, type SimulatedEntity } from './world.ts';

/** How a fault shows runs. */
export interface FaultyHistory {
  readonly of: (entity: SimulatedEntity) => SimulatedEntity;
  /** How far apart the starts of two runs can be that change places; 0 for none. */
  readonly inversionSeconds: number;
}

const INVERSION_SECONDS = 5;
const LATE_SECONDS = 60;
const STALE_SECONDS = 120;

/** A little before a time, so that it comes after everything else that happened before. */
const HAIR_SECONDS = 0.0005;

/** Ended runs whose fields are complete only a while after the end: absent until then, or as they stood just before it. */
const withLateFields = (entity: SimulatedEntity, fault: Fault): SimulatedEntity => {
  const { fields = entity.kind.run?.late ?? [], lateSeconds = LATE_SECONDS, lateAs } = fault;
  const early =
    (at: number) =>
    (run: JsonObject): JsonObject => {
      const completedOn = completedOnOf(entity, run);
      if (completedOn === undefined || at < completedOn || at >= completedOn + lateSeconds) return run;
      const id = runIdOf(entity, run);
      const before = entity.run(completedOn - HAIR_SECONDS, id);
      const isStale = (lateAs ?? (hashText(id) % 2 === 0 ? 'stale' : 'absent')) === 'stale';
      // Where the runs of a scripted history do not depend on the time, there is nothing before the end.
      const values = isStale && before !== undefined && completedOnOf(entity, before) === undefined ? before : {};
      const present = fields.filter(name => run[name] !== undefined);
      return { ...run, ...Object.fromEntries(present.map(name => [name, values[name]])) };
    };
  const page = (at: number, cursor: string | undefined, limit: number): RunPage => {
    const whole = entity.page(at, cursor, limit);
    return { ...whole, runs: whole.runs.map(early(at)) };
  };
  const changed = (at: number, run: JsonObject | undefined) => (run === undefined ? undefined : early(at)(run));
  return {
    ...entity,
    page,
    run: (at: number, id: string) => changed(at, entity.run(at, id)),
    newest: (at: number) => changed(at, entity.newest(at)),
  };
};

/** The runs as they stood a while ago. AWS documents no consistency of its listings at all. */
const asItStood = (entity: SimulatedEntity, { staleSeconds = STALE_SECONDS }: Fault): SimulatedEntity => ({
  ...entity,
  exists: (at: number) => entity.exists?.(at - staleSeconds) ?? true,
  page: (at: number, cursor: string | undefined, limit: number) => entity.page(at - staleSeconds, cursor, limit),
  run: (at: number, id: string) => entity.run(at - staleSeconds, id),
  newest: (at: number) => entity.newest(at - staleSeconds),
});

const kinds: readonly FaultKind[] = ['inverted_pairs', 'late_fields', 'stale_answer'];

/** Whether a kind shows histories otherwise than they are. */
export const bendsHistories = (kind: FaultKind): boolean => kinds.includes(kind);

/** How a fault shows histories; those of other entities than it is meant for stay as they are. */
export const faultyHistory = (fault: Fault): FaultyHistory => ({
  of: entity => {
    if (fault.entity !== undefined && fault.entity !== entity.name) return entity;
    if (fault.kind === 'late_fields') return withLateFields(entity, fault);
    return fault.kind === 'stale_answer' ? asItStood(entity, fault) : entity;
  },
  inversionSeconds: fault.kind === 'inverted_pairs' ? (fault.inversionSeconds ?? INVERSION_SECONDS) : 0,
});
