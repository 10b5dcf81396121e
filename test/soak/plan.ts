import { hastyWorld } from '../../src/simulator/fast-world.ts';
import { type Fault, type FaultKind, faultKinds } from '../../src/simulator/faults.ts';
import { kinds as wireKinds } from '../../src/simulator/kinds/index.ts';
import type { WireKind } from '../../src/simulator/kinds/kind.ts';
import { between, randomStreams } from '../../src/simulator/random.ts';
import { entitiesOf, mapEntities, type RunOrder, type SimulatedEntity, type World } from '../../src/simulator/world.ts';
import { type FaultWindow, faultWindowsOf, firstFaultsOf } from './fault-plan.ts';
import { type Lives, livesOf } from './lives.ts';

/** 2026-03-01T12:00:00Z, where time stands until the exporter has seen the empty account. */
export const NOON = 1_772_366_400;
/** The first run starts after it. */
export const BEGIN = NOON + 60;

export interface PlanOptions {
  readonly seed: string;
  /** Simulated hours. */
  readonly hours: number;
  /** How often the daemon is killed. */
  readonly kills: number;
  /** The kinds of faults that there are; all unless given. */
  readonly kinds?: readonly FaultKind[];
}

/** When an entity does not exist, simulated epoch seconds. */
export interface Absence {
  readonly from: number;
  readonly to: number;
}

/** All that is decided in advance. It follows from the options alone; times are simulated seconds from the beginning. */
export interface Plan extends Lives {
  readonly seconds: number;
  /** How long it takes after that until all runs have ended and everything about them is final. */
  readonly tailSeconds: number;
  /** Before time begins to run. */
  readonly firstFaults: readonly Fault[];
  readonly windows: readonly FaultWindow[];
  readonly absences: ReadonlyMap<string, Absence>;
}

const place = { accountId: '111122223333', region: 'eu-west-1' };

/**
 * How long the history shows a run at most: much longer than the exporter can be without a successful poll of a job, also on a
 * machine that is slow. Only in order not to make a whole day for every page.
 */
const retentionSecondsFor = (seconds: number): number => Math.max(12 * 3600, seconds * 0.8);

const orders: readonly RunOrder[] = ['newest_first', 'oldest_first', 'shuffled', 'nearly_newest_first'];

/** How far apart runs start that a nearly ordered history lists in the wrong order, simulated seconds. */
const INVERSION_SECONDS = 60;

/** The part of the workflow runs with actions that never ran although none failed. */
const NEVER_RUN_SHARE = 0.05;

/** AWS may complete a run for less than 300 s after its end; the exporter needs a poll after that. */
const FINAL_AFTER_SECONDS = 400;

/**
 * A day has some 63,000 runs. GetJobRuns promises an order and GetWorkflowRuns none; emulators heed neither. Some histories
 * are nearly ordered, unless there are to be no inverted pairs.
 */
const plainWorldOf = ({ seed, kinds = faultKinds }: PlanOptions, seconds: number): World => {
  const span = { fromSeconds: BEGIN, untilSeconds: BEGIN + seconds, retentionSeconds: retentionSecondsFor(seconds) };
  const traits = { inversionSeconds: INVERSION_SECONDS, neverRunShare: NEVER_RUN_SHARE };
  const common = { ...place, ...span, ...traits, seed, stretch: 50 };
  const worlds = orders
    .filter(order => order !== 'nearly_newest_first' || kinds.includes('inverted_pairs'))
    .map(order => {
      const runOrders = Object.fromEntries(wireKinds.map(({ name }) => [name, order]));
      return hastyWorld({ ...common, startEvery: [30, 600], runOrders });
    });
  const [first, oldestFirst, , nearly] = worlds;
  /** Where AWS promises an order, most histories have it. */
  const ordered = (index: number) => (index % 20 === 7 ? oldestFirst : index % 10 === 3 ? nearly : first);
  const inTurn = (index: number) => worlds[index % worlds.length];
  const entities = wireKinds.map(kind => {
    const sourceOf = promisesOrder(kind) ? ordered : inTurn;
    const all = entitiesOf(first ?? NO_WORLD, kind.name);
    return [kind.name, all.map((entity, index) => entitiesOf(sourceOf(index) ?? NO_WORLD, kind.name)[index] ?? entity)];
  });
  return { ...place, entities: Object.fromEntries(entities) };
};

const NO_WORLD: World = { ...place, entities: {} };

const promisesOrder = ({ operations }: WireKind): boolean =>
  operations.some(operation => operation.does === 'list runs' && operation.promisesOrder);

/** Every tenth is missing for a while, and comes back as it was; another tenth is not there in the beginning. */
const absencesOf = (seed: string, seconds: number, entities: readonly SimulatedEntity[]) => {
  const random = randomStreams(`${seed}/absences`)(0);
  const absent = entities.filter((_, index) => index % 10 === 6);
  const late = entities.filter((_, index) => index % 10 === 2);
  return new Map([
    ...absent.map(({ name }): [string, Absence] => {
      const from = BEGIN + seconds * between(random, [0.1, 0.7]);
      return [name, { from, to: from + seconds * between(random, [0.02, 0.15]) }];
    }),
    ...late.map(({ name }): [string, Absence] => {
      const to = BEGIN + seconds * between(random, [0.05, 0.6]);
      return [name, { from: Number.NEGATIVE_INFINITY, to }];
    }),
  ]);
};

const withAbsence = (absences: ReadonlyMap<string, Absence>, entity: SimulatedEntity): SimulatedEntity => {
  const absence = absences.get(entity.name);
  if (absence === undefined) return entity;
  return { ...entity, exists: (at: number) => at < absence.from || at >= absence.to };
};

export const planOf = (options: PlanOptions): Plan => {
  const { seed, hours, kills, kinds = faultKinds } = options;
  const seconds = hours * 3600;
  const entities = entitiesOf(plainWorldOf(options, seconds));
  return {
    seconds,
    tailSeconds: Math.max(...entities.map(({ longestSeconds }) => longestSeconds)) + FINAL_AFTER_SECONDS,
    ...livesOf(seed, seconds, kills),
    firstFaults: firstFaultsOf(seed, kinds),
    windows: faultWindowsOf(
      seed,
      seconds,
      entities.map(({ name }) => name),
      kinds,
    ),
    absences: absencesOf(seed, seconds, entities),
  };
};

/** The account of a seed, whose every run follows from it. */
export const worldOf = (options: PlanOptions, { absences, seconds }: Plan): World =>
  mapEntities(plainWorldOf(options, seconds), entity => withAbsence(absences, entity));
