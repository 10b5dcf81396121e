/** One value of a family, with the values of the family's labels in their order. */
export interface Sample<LabelNames extends readonly string[] = readonly string[]> {
  readonly labels: { readonly [Index in keyof LabelNames]: string };
  readonly value: number;
  readonly exemplar?: Exemplar | undefined;
}

/** An example of what a counter counted, for OpenMetrics. */
export interface Exemplar {
  readonly labels: Readonly<Record<string, string>>;
  /** What it added to the counter. */
  readonly value: number;
  /** Epoch seconds. */
  readonly timestamp: number;
}

/** What users see of a family: its name and documentation. */
export interface FamilyHeader {
  /** Full name with its unit, as exposed. */
  readonly name: string;
  /** What it says, its unit and when it is absent, in at most 200 characters. */
  readonly help: string;
  /** More about it for docs/metrics.md, which shows it after the help. */
  readonly description?: string;
  readonly type: 'gauge' | 'counter';
  /** Labels in addition to those of the entity itself. */
  readonly labelNames: readonly string[];
  /** The unit as OpenMetrics shows it: what the name ends with, `_total` aside. */
  readonly unit?: 'seconds' | 'dpu_seconds';
  /** How many samples one entity can have; 1 unless given. series.limit keeps room for them. */
  readonly mostSamples?: number;
  /** Whether samples can have exemplars. */
  readonly exemplars?: true;
  /** Whether the preset `lean` keeps it: the families that alerts and the overview dashboard use, at most 15 series a job. */
  readonly isLean?: true;
}

/** A metric: its header and a pure function from an entity to its samples. */
export interface Family<Entity> extends FamilyHeader {
  readonly samples: (entity: Entity) => readonly Sample[];
}

interface FamilyDefinition<Entity, LabelNames extends readonly string[]> extends Omit<FamilyHeader, 'labelNames'> {
  readonly labelNames: LabelNames;
  readonly samples: (entity: Entity) => readonly Sample<LabelNames>[];
}

/** Defines families of one kind of entity; the compiler holds samples to the number of label names. */
export const familiesOf =
  <Entity>() =>
  <const LabelNames extends readonly string[]>(definition: FamilyDefinition<Entity, LabelNames>): Family<Entity> =>
    definition;

/** Defines gauges without labels of their own. An undefined value is unknown, and absent: never 0. */
export const gaugesOf =
  <Entity>() =>
  ({
    value,
    ...header
  }: Omit<FamilyHeader, 'type' | 'labelNames' | 'mostSamples' | 'exemplars'> & {
    readonly value: (entity: Entity) => number | undefined;
  }): Family<Entity> => ({ ...header, type: 'gauge', labelNames: [], samples: entity => known(value(entity)) });

/** A sample of a family without labels of its own, or none when the value is unknown: unknown is absent, never 0. */
export const known = (value: number | undefined): readonly Sample<readonly []>[] =>
  value === undefined ? [] : [{ labels: [], value }];

/** A state set: 1 for the state that holds, 0 for the others; none while no state is known. */
export const stateSet = (
  states: readonly string[],
  current: string | undefined,
): readonly Sample<readonly [string]>[] =>
  current === undefined ? [] : states.map(state => ({ labels: [state], value: state === current ? 1 : 0 }));
