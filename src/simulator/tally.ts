import { isObject } from './json.ts';
import { endedRuns, entitiesOf, type SimulatedEntity, type SimulatedRun, type World } from './world.ts';

/** What the ended runs of one entity add up to. */
export interface EntityTally {
  /** How many, by end state. */
  readonly runs: ReadonlyMap<string, number>;
  /** Their numbers added up, by end state and name: ExecutionTime, DPUSeconds and the like, and those inside of members like Statistics. */
  readonly sums: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

export interface Tally {
  /** All that ended after the beginning and up to a time, which must not go back. By entity. */
  readonly upTo: (at: number) => ReadonlyMap<SimulatedEntity, EntityTally>;
  /** The number of all runs in it. */
  readonly total: () => number;
}

interface Growing {
  readonly runs: Map<string, number>;
  readonly sums: Map<string, Map<string, number>>;
}

const add = (counts: Map<string, number>, key: string, amount: number): void => {
  counts.set(key, (counts.get(key) ?? 0) + amount);
};

const addRun = (tally: Growing, run: SimulatedRun): void => {
  add(tally.runs, run.endState, 1);
  const sums = tally.sums.get(run.endState) ?? new Map<string, number>();
  tally.sums.set(run.endState, sums);
  const wire = run.wire(run.completedOn);
  const inner = Object.values(wire).filter(isObject);
  for (const [name, value] of [wire, ...inner].flatMap(members => Object.entries(members))) {
    if (typeof value === 'number') add(sums, name, value);
  }
};

/** Adds up what ends in a world from a time on. Each question reads only what ended since the one before. */
export const tallyOf = (world: World, from: number): Tally => {
  const tallies = new Map<SimulatedEntity, Growing>(
    entitiesOf(world).map(entity => [entity, { runs: new Map(), sums: new Map() }]),
  );
  let done = from;
  let total = 0;
  return {
    total: () => total,
    upTo: at => {
      for (const [entity, tally] of tallies) {
        const ended = endedRuns(entity, done, at);
        for (const run of ended) addRun(tally, run);
        total += ended.length;
      }
      done = Math.max(done, at);
      return tallies;
    },
  };
};
