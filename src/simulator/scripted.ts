import { type KindName, kinds } from './kinds/index.ts';
import type { WireKind } from './kinds/kind.ts';
import {
  completedOnOf,
  type JsonObject,
  runIdOf,
  type SimulatedEntity,
  type SimulatedRun,
  startedOnOf,
  stateOf,
  type World,
} from './world.ts';

/** Wire objects in the order in which they are to be answered, or those at a time (epoch seconds). */
export type ScriptedRuns = readonly JsonObject[] | ((at: number) => readonly JsonObject[]);

/** Fields of a definition, or those at a time (epoch seconds): CreatedOn changes when a job is deleted and created again. */
export type ScriptedDefinition = JsonObject | ((at: number) => JsonObject);

/** 2019-01-01T00:00:00Z: definitions are older than any run of AWS's examples. */
const CREATED_ON = 1_546_300_800;

/** What is scripted of one kind, by the names of its entities. */
export interface ScriptedEntities {
  readonly runs: Readonly<Record<string, ScriptedRuns>>;
  /** Fields that take the place of those of a plain definition; undefined takes a field away. */
  readonly definitions?: Readonly<Record<string, ScriptedDefinition>> | undefined;
  readonly tags?: Readonly<Record<string, Readonly<Record<string, string>>>> | undefined;
}

/** Runs by the name of the kind and then of the entity; definitions and tags by the name of the entity, whatever its kind. */
export interface ScriptedOptions
  extends Partial<Readonly<Record<KindName, ScriptedEntities['runs']>>>,
    Omit<ScriptedEntities, 'runs'> {
  readonly accountId: string;
  readonly region: string;
  readonly externalId?: string;
}

const numberOr = (value: number, otherwise: number): number => (Number.isNaN(value) ? otherwise : value);

/** The truth, as far as the wire objects are good enough to tell it. */
const runOf = (kind: WireKind, wire: JsonObject): SimulatedRun => {
  const entity = { kind };
  return {
    id: runIdOf(entity, wire),
    startedOn: numberOr(startedOnOf(entity, wire), Number.NEGATIVE_INFINITY),
    completedOn: completedOnOf(entity, wire) ?? Number.POSITIVE_INFINITY,
    endState: stateOf(entity, wire),
    wire: () => wire,
  };
};

/** A plain definition with the scripted fields in place of its own. */
const definitionsOf = (
  plain: JsonObject,
  scripted: ScriptedDefinition = {},
): Pick<SimulatedEntity, 'definition' | 'definitionAt'> =>
  typeof scripted === 'function'
    ? { definition: plain, definitionAt: at => ({ ...plain, ...scripted(at) }) }
    : { definition: { ...plain, ...scripted } };

const entityOf = (
  kind: WireKind,
  name: string,
  definitions: Pick<SimulatedEntity, 'definition' | 'definitionAt'>,
  scripted: ScriptedRuns,
): SimulatedEntity => {
  const shown = typeof scripted === 'function' ? scripted : () => scripted;
  const runs = (from: number, to: number) =>
    shown(to)
      .map(wire => runOf(kind, wire))
      .filter(run => run.startedOn > from && run.startedOn <= to)
      .sort((a, b) => b.startedOn - a.startedOn);
  return {
    kind,
    name,
    ...definitions,
    longestSeconds: Number.POSITIVE_INFINITY,
    runs,
    // The only world whose cursor counts items: its order is nobody's business but the test's.
    page: (at, cursor = '0', limit) => {
      const first = Number(cursor);
      const all = shown(at);
      const page = all.slice(first, first + limit);
      return first + limit < all.length ? { runs: page, cursor: String(first + limit) } : { runs: page };
    },
    run: (at, id) => shown(at).find(wire => runIdOf({ kind }, wire) === id),
    newest: at => {
      const [first, ...others] = shown(at);
      const newer = (a: JsonObject, b: JsonObject) => (runOf(kind, b).startedOn > runOf(kind, a).startedOn ? b : a);
      return first === undefined ? undefined : others.reduce(newer, first);
    },
  };
};

/** The entities of one kind, with exactly the given runs. */
export const scriptedEntities = (
  kind: WireKind,
  { runs, definitions = {}, tags = {} }: ScriptedEntities,
): readonly SimulatedEntity[] =>
  Object.entries(runs).map(([name, ofEntity]) => {
    const definition = definitionsOf(kind.plainDefinition(name, CREATED_ON), definitions[name]);
    return { ...entityOf(kind, name, definition, ofEntity), tags: tags[name] ?? {} };
  });

/** A region that answers exactly the given runs: fixtures, emulators that answer oldest first, values that make no sense. */
export const scriptedWorld = (options: ScriptedOptions): World => {
  const { accountId, region, externalId, definitions, tags, ...runsByKind } = options;
  const runs: Partial<Record<string, ScriptedEntities['runs']>> = runsByKind;
  const entities = kinds.map(kind => [
    kind.name,
    scriptedEntities(kind, { runs: runs[kind.name] ?? {}, definitions, tags }),
  ]);
  return {
    accountId,
    region,
    entities: Object.fromEntries(entities),
    ...(externalId === undefined ? {} : { externalId }),
  };
};
