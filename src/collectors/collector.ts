import type { Glue } from '../glue/client.ts';
import type { ConsoleLink } from '../glue/console.ts';
import type { Family, FamilyHeader } from '../metrics/family.ts';
import type { RunPage } from '../runs/history.ts';
import type { CountingRules, FollowedFacts, Ledger } from '../runs/ledger.ts';
import type { RunDescription } from '../runs/recent.ts';
import type { Run } from '../runs/run.ts';
import type { Is } from '../runs/stored.ts';

/** One job or workflow as its families see it. */
export interface Entity<Definition, Facts> {
  readonly definition: Definition;
  readonly ledger: Ledger<Facts>;
}

/** The newest run of an entity, as far as a glance tells. */
export interface LatestRun {
  readonly id: string;
  readonly state: string;
}

/** A call that tells the newest run of many entities at once. */
export interface Glance {
  /** Entities that one call takes. */
  readonly most: number;
  /** The newest runs by the entities' names; nothing of those that never ran. */
  read(glue: Glue, names: readonly string[]): Promise<ReadonlyMap<string, LatestRun>>;
}

/** What every collector keeps of a definition. */
export interface EntityDefinition {
  readonly name: string;
  /** When it was created, epoch seconds; undefined where AWS does not say. */
  readonly createdAt?: number | undefined;
}

/** One kind of thing in Glue: what to ask for, how to count it, and what it exposes. No state, no clock. */
export interface Collector<Definition extends EntityDefinition, Facts> {
  /** As written in the config's `collectors`, and the key of its filter in a target: jobs, workflows. */
  readonly name: string;
  /** The label that names an entity: job_name, workflow_name. */
  readonly entityLabel: string;
  /** Permissions it always needs; the operations behind them are those it calls. */
  readonly iamActions: readonly string[];
  /** Permissions without which it works all the same, with more requests. */
  readonly optionalIamActions: readonly string[];
  /** The permission that a tag filter needs beside them; undefined where AWS offers no tag filter. */
  readonly tagFilterIamAction?: string;
  readonly families: readonly Family<Entity<Definition, Facts>>[];
  readonly maxPageSize: number;
  /** Everything that exists and, with tags, carries them all. */
  discover(glue: Glue, tags: Readonly<Record<string, string>> | undefined): Promise<readonly Definition[]>;
  /** Where AWS has such a call. It tells where to look first; what is counted is read by readRuns. */
  readonly glance?: Glance;
  readRuns(glue: Glue, definition: Definition, maxResults: number, token: string | undefined): Promise<RunPage<Facts>>;
  /** One run by its id; rejects with the reason not_found when AWS does not know it. */
  readRun(glue: Glue, definition: Definition, runId: string): Promise<RunPage<Facts>>;
  /** How long before counting began a run that was active then can have started, in seconds. */
  longestRunSeconds(definition: Definition): number;
  /** Whether a stored value is what this version keeps of a run. */
  readonly isFacts: Is<Facts>;
  /** Where the AWS console shows it. */
  readonly consoleLink: ConsoleLink;
  /** What a counted run adds to its entity's totals; of a provisional one what is certain. */
  tally(run: Run<Facts>): Iterable<readonly [key: string, amount: number]>;
  /** How runs can end, for the totals of an account: states of jobs and RESTARTED, outcomes of workflows. */
  readonly results: readonly string[];
  /** The result whose runs a total counts; undefined where it counts something else. */
  resultOf(totalKey: string, definition: Definition): string | undefined;
  /** A provisional run as it is taken when AWS has said nothing more in time. */
  settle(run: Run<Facts>): Run<Facts>;
  /** What is kept of an active run; nothing unless given. */
  followed?(run: Run<Facts>): FollowedFacts;
  /** End states that are no failure of this one, although they are of others; none unless given. */
  harmlessStates?(definition: Definition): ReadonlySet<string>;
  /** Whether its runs are meant to go on forever, and never succeed; none are unless given. */
  runsForever?(definition: Definition): boolean;
  /** What people are shown of a run besides its state and times. */
  describe?(run: Run<Facts>): RunDescription;
}

/** A collector whose types nobody outside needs to know: `open` hands it to a function that takes any. */
export interface AnyCollector {
  readonly name: string;
  readonly entityLabel: string;
  readonly iamActions: readonly string[];
  readonly optionalIamActions: readonly string[];
  readonly tagFilterIamAction?: string;
  readonly families: readonly FamilyHeader[];
  readonly results: readonly string[];
  readonly isFacts: Is<unknown>;
  readonly consoleLink: ConsoleLink;
  open<Result>(
    use: <Definition extends EntityDefinition, Facts>(collector: Collector<Definition, Facts>) => Result,
  ): Result;
}

/** Hides a collector's types. */
export const anyCollector = <Definition extends EntityDefinition, Facts>(
  collector: Collector<Definition, Facts>,
): AnyCollector => ({ ...collector, open: use => use(collector) });

/** The rules by which the runs of a job or workflow are counted. */
export const rulesOf = <Definition extends EntityDefinition, Facts>(
  collector: Collector<Definition, Facts>,
  definition: Definition,
  settings: Pick<CountingRules<Facts>, 'epoch' | 'stoppedIsFailure'>,
): CountingRules<Facts> => {
  const { tally, settle, followed, harmlessStates } = collector;
  return {
    ...settings,
    createdAt: definition.createdAt,
    tally,
    settle,
    ...(followed === undefined ? {} : { followed }),
    ...(harmlessStates === undefined ? {} : { harmlessStates: harmlessStates(definition) }),
  };
};
