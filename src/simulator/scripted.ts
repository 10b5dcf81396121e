import {
  type JsonObject,
  runIdOf,
  type SimulatedEntity,
  type SimulatedJob,
  type SimulatedRun,
  type World,
} from './world.ts';

/** Wire objects in the order in which they are to be answered, or those at a time (epoch seconds). */
export type ScriptedRuns = readonly JsonObject[] | ((at: number) => readonly JsonObject[]);

/** Fields of a definition, or those at a time (epoch seconds): CreatedOn changes when a job is deleted and created again. */
export type ScriptedDefinition = JsonObject | ((at: number) => JsonObject);

/** 2019-01-01T00:00:00Z: definitions are older than any run of AWS's examples. */
const CREATED_ON = 1_546_300_800;

export interface ScriptedOptions {
  readonly accountId: string;
  readonly region: string;
  readonly jobs?: Readonly<Record<string, ScriptedRuns>>;
  readonly workflows?: Readonly<Record<string, ScriptedRuns>>;
  /** Fields that take the place of those of a job's plain definition; undefined takes a field away. */
  readonly definitions?: Readonly<Record<string, ScriptedDefinition>>;
  readonly workflowDefinitions?: Readonly<Record<string, ScriptedDefinition>>;
  readonly tags?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly externalId?: string;
}

const numberOr = (value: unknown, otherwise: number): number => (typeof value === 'number' ? value : otherwise);
const textOr = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise);

/** The truth, as far as the wire objects are good enough to tell it. */
const runOf = (wire: JsonObject): SimulatedRun => ({
  id: runIdOf(wire),
  startedOn: numberOr(wire.StartedOn, Number.NEGATIVE_INFINITY),
  completedOn: numberOr(wire.CompletedOn, Number.POSITIVE_INFINITY),
  endState: textOr(wire.JobRunState ?? wire.Status, ''),
  wire: () => wire,
});

/** A plain definition with the scripted fields in place of its own. */
const definitionsOf = (
  plain: JsonObject,
  scripted: ScriptedDefinition = {},
): Pick<SimulatedEntity, 'definition' | 'definitionAt'> =>
  typeof scripted === 'function'
    ? { definition: plain, definitionAt: at => ({ ...plain, ...scripted(at) }) }
    : { definition: { ...plain, ...scripted } };

const entityOf = (
  name: string,
  definitions: Pick<SimulatedEntity, 'definition' | 'definitionAt'>,
  scripted: ScriptedRuns,
): SimulatedEntity => {
  const shown = typeof scripted === 'function' ? scripted : () => scripted;
  const runs = (from: number, to: number) =>
    shown(to)
      .map(runOf)
      .filter(run => run.startedOn > from && run.startedOn <= to)
      .sort((a, b) => b.startedOn - a.startedOn);
  return {
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
    run: (at, id) => shown(at).find(wire => runIdOf(wire) === id),
    newest: at => {
      const [first, ...others] = shown(at);
      const newer = (a: JsonObject, b: JsonObject) => (runOf(b).startedOn > runOf(a).startedOn ? b : a);
      return first === undefined ? undefined : others.reduce(newer, first);
    },
  };
};

/** A region that answers exactly the given runs: fixtures, emulators that answer oldest first, values that make no sense. */
export const scriptedWorld = (options: ScriptedOptions): World => {
  const { accountId, region, jobs = {}, workflows = {}, externalId } = options;
  return {
    accountId,
    region,
    jobs: Object.entries(jobs).map(([name, runs]): SimulatedJob => {
      const definition: JsonObject = {
        Name: name,
        CreatedOn: CREATED_ON,
        LastModifiedOn: CREATED_ON,
        Command: { Name: 'glueetl', ScriptLocation: `s3://scripts/${name}.py`, PythonVersion: '3' },
        ExecutionProperty: { MaxConcurrentRuns: 1 },
        MaxRetries: 0,
        Timeout: 2880,
        GlueVersion: '5.1',
        WorkerType: 'G.1X',
        NumberOfWorkers: 2,
        MaxCapacity: 2,
      };
      const definitions = definitionsOf(definition, options.definitions?.[name]);
      return { ...entityOf(name, definitions, runs), tags: options.tags?.[name] ?? {} };
    }),
    workflows: Object.entries(workflows).map(([name, runs]) => {
      const definition: JsonObject = { Name: name, CreatedOn: CREATED_ON, LastModifiedOn: CREATED_ON };
      return entityOf(name, definitionsOf(definition, options.workflowDefinitions?.[name]), runs);
    }),
    ...(externalId === undefined ? {} : { externalId }),
  };
};
