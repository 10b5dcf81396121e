import type { ConsoleLink } from '../glue/console.ts';
import type { Glue } from '../glue/glue.ts';
import type { Operation } from '../glue/operations.ts';
import type { Family, FamilyHeader } from '../metrics/family.ts';
import type { RunErrors, RunPage } from '../runs/history.ts';
import type { CountingRules, FollowedFacts, Ledger } from '../runs/ledger.ts';
import type { ShownOutcome } from '../runs/outcomes.ts';
import type { RunDescription } from '../runs/recent.ts';
import type { Run, Verdict } from '../runs/run.ts';
import type { Is } from '../runs/stored.ts';

/** What every collector keeps of a definition. */
export interface EntityDefinition {
  /** Filters, shards, the state and the status page know an entity by it; '' for the account as a whole. */
  readonly name: string;
  /** Values of the collector's labelNames; [name] unless given. */
  readonly labelValues?: readonly string[] | undefined;
  /** When it was created, epoch seconds; undefined where AWS does not say. */
  readonly createdAt?: number | undefined;
}

/** One entity as its families see it. */
export interface Listed<Definition> {
  readonly definition: Definition;
}

/** One entity with runs as its families see it. */
export interface Entity<Definition, Facts> extends Listed<Definition> {
  readonly ledger: Ledger<Facts>;
}

/** Tags that AWS must report; undefined for any. */
export type Tags = Readonly<Record<string, string>> | undefined;

/** How a run can end, as totals, queries and docs name it, and what that means. */
export interface RunResult {
  /** The value of the label for it: SUCCEEDED, nothing_ran. */
  readonly name: string;
  readonly verdict: Exclude<Verdict, 'undecided'>;
  /** As the status page shows it; by its name unless given. */
  readonly shown?: ShownOutcome | undefined;
}

/** What a collector of any shape says of itself. No state, no clock. */
export interface Kind<Shown> {
  /** As written in the config's `collectors`, and the key of its filter in a target: jobs, workflows. */
  readonly name: string;
  /** What people call one of its entities, and several. */
  readonly words: { readonly one: string; readonly many: string };
  /** Whether it is collected where the config names no collectors: false for new kinds, so that an upgrade needs no permission. */
  readonly isDefault: boolean;
  /** Labels that name an entity: [job_name]; none for the account as a whole. */
  readonly labelNames: readonly string[];
  /** What it always calls. Its permissions follow. */
  readonly operations: readonly Operation[];
  /** What it can do without, with more requests. */
  readonly optionalOperations?: readonly Operation[];
  /** What only a tag filter needs; undefined where AWS offers no tag filter. */
  readonly tagOperation?: Operation;
  readonly families: readonly Family<Shown>[];
  /** Where the AWS console shows it. */
  readonly consoleLink: ConsoleLink;
}

/** How runs are counted and described. */
export interface Counting<Definition, Facts> {
  readonly maxPageSize: number;
  /** Whether a stored value is what this version keeps of a run. */
  readonly isFacts: Is<Facts>;
  /** What a counted run adds to its entity's totals; of a provisional one what is certain. */
  tally(run: Run<Facts>): Iterable<readonly [key: string, amount: number]>;
  /** How runs can end, for the totals of an account and for queries. */
  readonly results: readonly RunResult[];
  /** The result whose runs a total counts; undefined where it counts something else. */
  resultOf(totalKey: string, definition: Definition): string | undefined;
  /** A provisional run as it is taken when AWS has said nothing more in time; as it is unless given. */
  settle?(run: Run<Facts>): Run<Facts>;
  /** What is kept of an active run; nothing unless given. */
  followed?(run: Run<Facts>): FollowedFacts;
  /**
   * For an entity whose runs are meant to run forever: the end state with which AWS restarts them, which is no failure. Undefined for
   * all others.
   */
  restartState?(definition: Definition): string | undefined;
  /** What people are shown of a run besides its state and times. */
  describe?(run: Run<Facts>): RunDescription;
}

/** The newest run of an entity as a listing shows it: by its id, or by its start where AWS gives no id (LastCrawl). */
export interface ListedRun {
  readonly id?: string | undefined;
  /** Epoch seconds. */
  readonly startedAt?: number | undefined;
  /** As the history names it, also where the listing has another word. */
  readonly state: string;
}

/** The newest run of an entity as a batch call shows it. */
export interface LatestRun extends ListedRun {
  readonly id: string;
}

/** A call that reads the newest runs of many entities. */
export interface Glance {
  /** Entities that one call takes. */
  readonly most: number;
  /** The newest runs by the entities' names; nothing of those that never ran. */
  read(glue: Glue, names: readonly string[]): Promise<ReadonlyMap<string, LatestRun>>;
}

/** Each listing contains everything that is exposed: triggers, integrations. It is listed with each poll. */
export interface Inventory<Definition extends EntityDefinition> extends Kind<Listed<Definition>> {
  /** Everything that exists and, with tags, carries them all. */
  list(glue: Glue, tags: Tags): Promise<readonly Definition[]>;
}

/** Listed entities, each with a run history of its own: jobs, workflows, crawlers. */
export interface Histories<Definition extends EntityDefinition, Facts>
  extends Kind<Entity<Definition, Facts>>,
    Counting<Definition, Facts> {
  /** Everything that exists and, with tags, carries them all. */
  list(glue: Glue, tags: Tags): Promise<readonly Definition[]>;
  readRuns(glue: Glue, definition: Definition, maxResults: number, token: string | undefined): Promise<RunPage<Facts>>;
  /** One run by its id; rejects with the reason not_found when AWS does not know it. Not given where AWS has no such call. */
  readRun?(glue: Glue, definition: Definition, runId: string): Promise<RunPage<Facts>>;
  /** How long before counting began a run that was active then can have started, in seconds. */
  longestRunSeconds(definition: Definition): number;
  /**
   * Where listings show the newest run of each entity: that run, or undefined for an entity that never ran. It is listed with each
   * poll then, and histories are read only where the newest run has changed or is active.
   */
  latestRun?(definition: Definition): ListedRun | undefined;
  /** Where AWS has such a call. It shows which histories to read first; runs are counted from histories alone. */
  readonly glance?: Glance;
}

/** One run history of the whole account, whose runs name their entity: data quality results, sessions. */
export interface Feed<Definition extends EntityDefinition, Facts>
  extends Kind<Entity<Definition, Facts>>,
    Counting<Definition, Facts> {
  /**
   * Runs that started at or after `since`, epoch seconds, or all that AWS still has where it is undefined. Earlier ones do no harm:
   * where AWS cannot select by time, reading stops before them once their order is proven.
   */
  readFeed(
    glue: Glue,
    since: number | undefined,
    maxResults: number,
    token: string | undefined,
  ): Promise<FeedPage<Definition, Facts>>;
  /** As for a history. */
  readonly longestRunSeconds: number;
  /** Entities that exist without a run: the account for sessions, none for data quality. */
  readonly always: readonly Definition[];
  /** Entities without a run for so long are forgotten, because nothing lists them. */
  readonly forgetAfterSeconds: number;
  /**
   * The entity of a name that the state has a ledger for, so that its series are there after a restart, before its next run. Undefined
   * where no entity is named so.
   */
  definitionOf(name: string): Definition | undefined;
}

/** A page of a feed, in the order AWS gave. */
export interface FeedPage<Definition, Facts> {
  readonly runs: readonly { readonly of: Definition; readonly run: Run<Facts> }[];
  readonly nextToken: string | undefined;
  readonly errors?: RunErrors;
  /** The time that the answer itself gives: of its own dates none can be later. */
  readonly answeredAt?: number | undefined;
}

/** What poll/ and check/ do with a collector, by its shape. */
export interface ByShape<Result> {
  inventory<Definition extends EntityDefinition>(collector: Inventory<Definition>): Result;
  histories<Definition extends EntityDefinition, Facts>(collector: Histories<Definition, Facts>): Result;
  feed<Definition extends EntityDefinition, Facts>(collector: Feed<Definition, Facts>): Result;
}

/** A collector whose types nobody outside needs to know: `open` passes it to the function for its shape. */
export interface AnyCollector extends Omit<Kind<never>, 'families'> {
  readonly families: readonly FamilyHeader[];
  /** Empty for inventories, which have no runs. */
  readonly results: readonly RunResult[];
  /** Undefined for inventories, which need no state. */
  readonly isFacts: Is<unknown> | undefined;
  open<Result>(by: ByShape<Result>): Result;
  /** The same collector with each family as `map` leaves it. */
  withFamilies(map: <Shown>(family: Family<Shown>) => Family<Shown>): AnyCollector;
}

/** A collector of what is listed. */
export const inventory = <Definition extends EntityDefinition>(collector: Inventory<Definition>): AnyCollector => ({
  ...collector,
  results: [],
  isFacts: undefined,
  open: by => by.inventory(collector),
  withFamilies: map => inventory({ ...collector, families: collector.families.map(family => map(family)) }),
});

/** A collector of entities with a run history each. */
export const histories = <Definition extends EntityDefinition, Facts>(
  collector: Histories<Definition, Facts>,
): AnyCollector => ({
  ...collector,
  open: by => by.histories(collector),
  withFamilies: map => histories({ ...collector, families: collector.families.map(family => map(family)) }),
});

/** A collector of one history of the whole account. */
export const feed = <Definition extends EntityDefinition, Facts>(collector: Feed<Definition, Facts>): AnyCollector => ({
  ...collector,
  open: by => by.feed(collector),
  withFamilies: map => feed({ ...collector, families: collector.families.map(family => map(family)) }),
});

/** The collectors that count runs, as their state is read. */
export const statefulCollectors = (
  collectors: readonly AnyCollector[],
): readonly { readonly name: string; readonly isFacts: Is<unknown> }[] =>
  collectors.flatMap(({ name, isFacts }) => (isFacts === undefined ? [] : [{ name, isFacts }]));

/** Whether the account as a whole is the only entity: it has no name, and nothing to filter by. */
export const isOfAccount = ({ labelNames }: Pick<AnyCollector, 'labelNames'>): boolean => labelNames.length === 0;

/** The labels of an entity's series, besides those of its target. */
export const entityLabels = (
  { labelNames }: Pick<AnyCollector, 'labelNames'>,
  { name, labelValues = [name] }: EntityDefinition,
): Readonly<Record<string, string>> =>
  Object.fromEntries(labelNames.map((label, index) => [label, labelValues[index] ?? '']));

/** The rules by which the runs of an entity are counted. */
export const rulesOf = <Definition extends EntityDefinition, Facts>(
  { tally, settle = run => run, followed, restartState }: Counting<Definition, Facts>,
  definition: Definition,
  settings: Pick<CountingRules<Facts>, 'epoch' | 'stoppedIsFailure'>,
): CountingRules<Facts> => {
  const restart = restartState?.(definition);
  return {
    ...settings,
    createdAt: definition.createdAt,
    tally,
    settle,
    ...(followed === undefined ? {} : { followed }),
    ...(restart === undefined ? {} : { harmlessStates: new Set([restart]) }),
  };
};
