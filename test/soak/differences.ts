import type { World } from '../../src/simulator/world.ts';
import { type Account, toldBy, truthOf } from '../e2e/truth.ts';
import type { ExposedFamily } from '../exposition-parser.ts';

/** How long after its end a run may be counted, simulated seconds: until all of it is final, and a little for a clock that is behind. */
const DEFERRED_SECONDS = 330;

const differing = (told: Account, truth: Account): readonly string[] =>
  Object.keys({ ...truth, ...told }).filter(key => told[key] !== truth[key]);

const amountOf = (value: number | string | undefined): number => (typeof value === 'number' ? value : Number.NaN);

/** What is wrong although everything is final: nothing has run for longer than anything is deferred. */
export const finalDifferences = (
  families: readonly ExposedFamily[],
  world: World,
  from: number,
  at: number,
): readonly string[] => {
  const told = toldBy(families, world, ['counters', 'active']);
  const truth = truthOf(world, from, at, ['counters', 'active']);
  return differing(told, truth).map(key => `${key}: ${told[key]} is exposed, ${truth[key]} is true`);
};

/** What is wrong in the middle: only runs that have just ended may not be counted yet; what is active is known at once. */
export const differencesMeanwhile = (
  families: readonly ExposedFamily[],
  world: World,
  from: number,
  at: number,
): readonly string[] => {
  const told = toldBy(families, world, ['counters']);
  const truth = truthOf(world, from, at, ['counters']);
  const least = truthOf(world, from, at - DEFERRED_SECONDS, ['counters']);
  const isBetween = (key: string): boolean =>
    amountOf(told[key]) >= amountOf(least[key]) && amountOf(told[key]) <= amountOf(truth[key]);
  const wrongCounters = differing(told, truth).filter(key => !isBetween(key));
  const toldActive = toldBy(families, world, ['active']);
  const active = truthOf(world, from, at, ['active']);
  return [
    ...wrongCounters.map(key => `${key}: ${told[key]} is exposed meanwhile, ${least[key]} to ${truth[key]} is true`),
    ...differing(toldActive, active).map(
      key => `${key}: ${toldActive[key]} is exposed meanwhile, ${active[key]} is true`,
    ),
  ];
};
