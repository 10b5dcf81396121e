import type { JsonObject } from '../json.ts';

/** The members of a run's wire form that the simulator itself reads or bends, by their names on the wire. */
export interface WireRun {
  readonly id: string;
  readonly state: string;
  readonly startedOn: string;
  /** Absent until the end. */
  readonly completedOn: string;
  /** All that hold a time, those two among them. */
  readonly times: readonly string[];
  /** What AWS may add after the end. */
  readonly late: readonly string[];
  /** The states in which a run ends. */
  readonly endStates: readonly string[];
}

/** The newest run of an entity inside of its definition. */
export interface NewestRun {
  /** The member of the definition that holds it: LastRun. */
  readonly member: string;
  /** The run as it is shown there; as in the history unless given. */
  readonly shown?: (run: JsonObject) => JsonObject;
}

interface Named {
  /** GetJobRuns */
  readonly name: string;
  /** The member of the answer that holds what was asked for. */
  readonly answer: string;
}

interface Limited extends Named {
  /** The greatest MaxResults, or the most ids and names that one request takes. */
  readonly most: number;
}

/** Everything that there is, page by page: GetJobs, ListWorkflows. */
export interface EntityList extends Limited {
  readonly does: 'list entities';
  readonly shows: 'names' | 'definitions';
  /** The input member with tags that an entity must have. */
  readonly tags?: string;
  readonly newest?: NewestRun;
}

/** Definitions of the entities that the request names: BatchGetWorkflows. */
export interface EntityBatch extends Limited {
  readonly does: 'get entities';
  /** The input member that names them. */
  readonly of: string;
  /** The answer member with the names of those that do not exist. */
  readonly missing: string;
  readonly newest?: NewestRun;
}

/** A history, page by page: of one entity, or of the whole account. */
export interface RunList extends Limited {
  readonly does: 'list runs';
  /** The input member that names the entity; not given for a feed, which has the runs of all entities. */
  readonly of?: string;
  /** Whether AWS documents the order, newest first. */
  readonly promisesOrder: boolean;
  /** The path to the input member with a time after which listed runs started: ['Filter', 'StartedAfter']. For a feed. */
  readonly startedAfter?: readonly string[];
  /** The run as it is listed, where other operations show more of it. */
  readonly shown?: (run: JsonObject) => JsonObject;
}

/** One run of a named entity by its id: GetJobRun. */
export interface SingleRun extends Named {
  readonly does: 'get run';
  readonly of: string;
  /** The input member with the run's id. */
  readonly id: string;
}

/** Runs of any entities by their ids: BatchGetDataQualityResult. */
export interface RunBatch extends Limited {
  readonly does: 'get runs';
  readonly ids: string;
  /** The answer member with the ids of those that do not exist. */
  readonly missing: string;
}

export type WireOperation = EntityList | EntityBatch | RunList | SingleRun | RunBatch;

/**
 * How Glue speaks of one kind of entity: its operations, and what their answers call things. A kind without runs is an inventory,
 * and one whose runs are listed for the account as a whole is a feed.
 */
export interface WireKind {
  /** The key of its entities in a world: jobs. */
  readonly name: string;
  /** What errors call one of them: Job. */
  readonly one: string;
  readonly operations: readonly WireOperation[];
  /** Not given for an inventory. */
  readonly run?: WireRun;
  /** The members of a definition that hold the time of its creation; all that is newer holds it as well. */
  readonly createdOn: readonly string[];
  /** Members of definitions and runs with values that no SDK knows. */
  readonly unknownValues: JsonObject;
  /** The definition of an entity of which nothing else is known. */
  readonly plainDefinition: (name: string, createdOn: number) => JsonObject;
}
