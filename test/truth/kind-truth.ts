import {
  completedOnOf,
  endedRuns,
  type Json,
  type JsonObject,
  type SimulatedEntity,
} from '../../src/simulator/world.ts';

/** Values by readable names. */
export type Account = Readonly<Record<string, number | string>>;

export const parts = ['counters', 'active', 'newest'] as const;
/** What counts up, what is active, and what is known of the newest runs and of everything else. */
export type Part = (typeof parts)[number];

/** What is true or exposed of one entity. */
export type EntityValues = Readonly<Record<Part, Account>>;

/** The value of an entity's series, by the family's name after the kind's prefix and by the family's own labels. */
export type Find = (name: string, labels?: Readonly<Record<string, string>>) => number | undefined;

type Labels = Readonly<Record<string, string>>;

/** What an exporter must expose of the entities of one kind, described once for all tests. */
export interface KindTruth {
  /** The name of the collector, and of the kind in simulated worlds. */
  readonly name: string;
  /** What the names of its families begin with. */
  readonly prefix: string;
  /** The values of the labels that name an entity; its name unless given. */
  readonly labelValues?: (entity: SimulatedEntity) => readonly string[];
  /** What an entity did after one time and up to another, and how it stands then. */
  readonly truthOf: (entity: SimulatedEntity, from: number, to: number) => EntityValues;
  /** The same as it is exposed, under the same names. A series that is missing is a difference, never a 0. */
  readonly exposedBy: (find: Find) => EntityValues;
  /** The counter of runs; undefined for kinds without runs. */
  readonly runs?: {
    readonly family: string;
    /** The label with the state in which the runs ended. */
    readonly stateLabel: string;
    /** The key under which the ledger saves a series. */
    readonly savedAs: (labels: Labels) => string;
  };
}

/** The runs that ended after one time and up to another, as they are shown at the latter. */
export const endedWires = (entity: SimulatedEntity, from: number, to: number): readonly JsonObject[] =>
  endedRuns(entity, from, to).map(run => run.wire(to));

/** The run of the whole history that was the last to end; of several in the same moment the one with the greatest id. */
export const lastEnded = (entity: SimulatedEntity, at: number): JsonObject | undefined =>
  entity
    .runs(Number.NEGATIVE_INFINITY, at)
    .filter(run => run.completedOn <= at)
    .toSorted((a, b) => a.completedOn - b.completedOn || (a.id < b.id ? -1 : 1))
    .at(-1)
    ?.wire(at);

export const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** Sums of fractions depend on their order in the last digits; the amounts themselves have three. */
export const rounded = (amount: number | undefined): number | string =>
  amount === undefined ? 'missing' : Math.round(amount * 1e6) / 1e6;

/** What is unknown is absent. */
export const numberOrNone = (value: Json | undefined): number | string => (typeof value === 'number' ? value : 'none');

export const numberOrZero = (value: Json | undefined): number => (typeof value === 'number' ? value : 0);

export const isEnded = (entity: Pick<SimulatedEntity, 'kind'>, run: JsonObject): boolean =>
  completedOnOf(entity, run) !== undefined;

/** The state that a state set shows; 'none' where it is absent. */
export const shownState = (states: readonly string[], find: (state: string) => number | undefined): string => {
  const values = states.map(find);
  if (values.every(value => value === undefined)) return 'none';
  const holding = states.filter((_, index) => values[index] === 1);
  const others = values.filter(value => value === 0).length;
  return holding.length === 1 && others === states.length - 1 ? `${holding}` : `no state set: ${values}`;
};

/** A value for each name. */
export const byName = (
  names: readonly string[],
  key: (name: string) => string,
  value: (name: string) => number | string,
): Account => Object.fromEntries(names.map(name => [key(name), value(name)]));
