import type { Json, JsonObject } from './json.ts';
import type { WireKind } from './kinds/kind.ts';

export type { Json, JsonObject } from './json.ts';

/**
 * A run of an entity, past, present or future: everything about it is settled in advance, and what Glue says of
 * it depends on the time of the question alone. Times are epoch seconds with milliseconds.
 */
export interface SimulatedRun {
  readonly id: string;
  /** Submission: queueing and starting up come after it. */
  readonly startedOn: number;
  readonly completedOn: number;
  /** The state from completedOn on. */
  readonly endState: string;
  /** The run as Glue would show it at a time; the time must not be before startedOn. */
  readonly wire: (at: number) => JsonObject;
}

export interface RunPage {
  readonly runs: readonly JsonObject[];
  /** Names the place after the last run of this page; absent on the last page. */
  readonly cursor?: string;
}

/** A job, a workflow or whatever else Glue lists. One of a kind without runs never has any. */
export interface SimulatedEntity {
  readonly kind: WireKind;
  readonly name: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** The wire form that its listing or batch operation answers. */
  readonly definition: JsonObject;
  /** The same at a time, for one that changes; it takes the place of `definition`. */
  readonly definitionAt?: (at: number) => JsonObject;
  /** No run takes longer than this from submission to completion. */
  readonly longestSeconds: number;
  /** The runs with from < startedOn <= to, newest first; the future is allowed, and -Infinity. */
  readonly runs: (from: number, to: number) => readonly SimulatedRun[];
  /** What the history of runs shows at a time, in the order of the API, after a cursor. */
  readonly page: (at: number, cursor: string | undefined, limit: number) => RunPage;
  /** The run of an id as the history shows it at a time; undefined for one that it does not show, no longer or not yet. */
  readonly run: (at: number, id: string) => JsonObject | undefined;
  /** The newest run by submission at a time. */
  readonly newest: (at: number) => JsonObject | undefined;
  /** Whether it exists at a time; always, unless given. */
  readonly exists?: (at: number) => boolean;
}

/** The entities of a world by the names of their kinds. */
export type Entities = Readonly<Record<string, readonly SimulatedEntity[]>>;

/** One region of one account. */
export interface World {
  readonly accountId: string;
  readonly region: string;
  readonly entities: Entities;
  /** Roles of the account can be assumed only with this external id. */
  readonly externalId?: string;
}

/**
 * How the history of runs is paged through. "GetJobRuns returns the job runs in chronological order, with the newest jobs
 * returned first" (API reference); that of GetWorkflowRuns promises no order. In nearly_newest_first, runs that started
 * within some seconds of each other may be in the wrong order, always the same.
 */
export type RunOrder = 'newest_first' | 'nearly_newest_first' | 'oldest_first' | 'shuffled';

/** The order of the histories of each kind; newest_first unless given. */
export type RunOrders = Readonly<Partial<Record<string, RunOrder>>>;

/** All entities of a world, or those of one kind. */
export const entitiesOf = ({ entities }: World, kind?: string): readonly SimulatedEntity[] =>
  kind === undefined ? Object.values(entities).flat() : (entities[kind] ?? []);

/** The same world with other entities of some kinds. */
export const withEntities = (world: World, entities: Entities): World => ({
  ...world,
  entities: { ...world.entities, ...entities },
});

/** The same world with each of its entities as `change` leaves it. */
export const mapEntities = (world: World, change: (entity: SimulatedEntity) => SimulatedEntity): World => ({
  ...world,
  entities: Object.fromEntries(Object.entries(world.entities).map(([kind, all]) => [kind, all.map(change)])),
});

/** What an entity has in common with all others that never run. */
export const withoutRuns: Pick<SimulatedEntity, 'longestSeconds' | 'runs' | 'page' | 'run' | 'newest'> = {
  longestSeconds: 0,
  runs: () => [],
  page: () => ({ runs: [] }),
  run: () => undefined,
  newest: () => undefined,
};

type RunMember = 'id' | 'state' | 'startedOn' | 'completedOn';

const memberOf = ({ kind }: Pick<SimulatedEntity, 'kind'>, run: JsonObject, member: RunMember): Json | undefined =>
  kind.run === undefined ? undefined : run[kind.run[member]];

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

const numberOf = (value: Json | undefined): number | undefined => (typeof value === 'number' ? value : undefined);

/** The id of an entity's run; empty when it has none. */
export const runIdOf = (entity: Pick<SimulatedEntity, 'kind'>, run: JsonObject): string =>
  textOf(memberOf(entity, run, 'id'));

/** The state that the wire form of a run shows; empty when it shows none. */
export const stateOf = (entity: Pick<SimulatedEntity, 'kind'>, run: JsonObject): string =>
  textOf(memberOf(entity, run, 'state'));

/** When the wire form of a run says that it started, epoch seconds; NaN when it does not. */
export const startedOnOf = (entity: Pick<SimulatedEntity, 'kind'>, run: JsonObject): number =>
  numberOf(memberOf(entity, run, 'startedOn')) ?? Number.NaN;

/** When the wire form of a run says that it ended, epoch seconds; undefined when it does not. */
export const completedOnOf = (entity: Pick<SimulatedEntity, 'kind'>, run: JsonObject): number | undefined =>
  numberOf(memberOf(entity, run, 'completedOn'));

/** The definition as it is at a time. */
export const definitionOf = (entity: SimulatedEntity, at: number): JsonObject =>
  entity.definitionAt?.(at) ?? entity.definition;

/** The truth to hold an exporter against: the runs with from < completedOn <= to, in the order of their completion. */
export const endedRuns = (entity: SimulatedEntity, from: number, to: number): readonly SimulatedRun[] =>
  entity
    .runs(from - entity.longestSeconds - 1, to)
    .filter(run => run.completedOn > from && run.completedOn <= to)
    .sort((a, b) => a.completedOn - b.completedOn || (a.id < b.id ? -1 : 1));

/** The runs that have been submitted and have not ended at a time, newest first. */
export const activeRuns = (entity: SimulatedEntity, at: number): readonly SimulatedRun[] =>
  entity.runs(at - entity.longestSeconds - 1, at).filter(run => run.completedOn > at);

/** The run that was the last to end at a time, without reading the whole history. */
export const lastEndedRun = (entity: SimulatedEntity, at: number): SimulatedRun | undefined => {
  for (let seconds = 60; seconds < 400 * 86_400; seconds *= 4) {
    const last = endedRuns(entity, at - seconds, at).at(-1);
    if (last !== undefined) return last;
  }
  return endedRuns(entity, Number.NEGATIVE_INFINITY, at).at(-1);
};
