export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
/** An object as it goes over the wire; members that are undefined are left out. */
export interface JsonObject {
  readonly [member: string]: Json | undefined;
}

/**
 * A run of a job or of a workflow, past, present or future: everything about it is settled in advance, and what Glue says of
 * it depends on the time of the question alone. Times are epoch seconds with milliseconds.
 */
export interface SimulatedRun {
  readonly id: string;
  /** Submission: queueing and starting up come after it. */
  readonly startedOn: number;
  readonly completedOn: number;
  /** The state (of a workflow run: the status) from completedOn on. */
  readonly endState: string;
  /** The run as Glue would show it at a time; the time must not be before startedOn. */
  readonly wire: (at: number) => JsonObject;
}

export interface RunPage {
  readonly runs: readonly JsonObject[];
  /** Names the place after the last run of this page; absent on the last page. */
  readonly cursor?: string;
}

/** What jobs and workflows have in common. */
export interface SimulatedEntity {
  readonly name: string;
  /** The wire form that GetJobs or BatchGetWorkflows answers. AWS gives CreatedOn in both. */
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

export interface SimulatedJob extends SimulatedEntity {
  readonly tags: Readonly<Record<string, string>>;
}

export type SimulatedWorkflow = SimulatedEntity;

/** One region of one account. */
export interface World {
  readonly accountId: string;
  readonly region: string;
  readonly jobs: readonly SimulatedJob[];
  readonly workflows: readonly SimulatedWorkflow[];
  /** Roles of the account can be assumed only with this external id. */
  readonly externalId?: string;
}

/**
 * How the history of runs is paged through. "GetJobRuns returns the job runs in chronological order, with the newest jobs
 * returned first" (API reference); that of GetWorkflowRuns promises no order. In nearly_newest_first, runs that started
 * within some seconds of each other may be in the wrong order, always the same.
 */
export type RunOrder = 'newest_first' | 'nearly_newest_first' | 'oldest_first' | 'shuffled';

/** The id of a job's or workflow's run; empty when it has none. */
export const runIdOf = ({ Id, WorkflowRunId }: JsonObject): string => {
  const id = Id ?? WorkflowRunId;
  return typeof id === 'string' ? id : '';
};

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
