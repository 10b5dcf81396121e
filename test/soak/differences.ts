import type { World } from '../../src/simulator/world.ts';
import { type Account, toldBy, truthOf } from '../e2e/truth.ts';
import type { ExposedFamily } from '../exposition-parser.ts';

/** What counts up, and what is active. */
const COUNTERS = / (runs|execution|dpu|actions) /;
const ACTIVE = / active /;

/** How long after its end a run may be counted, simulated seconds: until all of it is final, and a little for a clock that is behind. */
const DEFERRED_SECONDS = 330;

const differing = (told: Account, truth: Account, compared: RegExp): readonly string[] =>
  Object.keys({ ...truth, ...told }).filter(key => compared.test(key) && told[key] !== truth[key]);

const amountOf = (value: number | string | undefined): number => (typeof value === 'number' ? value : Number.NaN);

/** What is wrong although everything is final: nothing has run for longer than anything is deferred. */
export const finalDifferences = (
  families: readonly ExposedFamily[],
  world: World,
  from: number,
  at: number,
): readonly string[] => {
  const told = toldBy(families, world);
  const truth = truthOf(world, from, at);
  const wrong = [...differing(told, truth, COUNTERS), ...differing(told, truth, ACTIVE)];
  return wrong.map(key => `${key}: ${told[key]} is told, ${truth[key]} is true`);
};

/** What is wrong in the middle: only runs that have just ended may not be counted yet; what is active is known at once. */
export const differencesMeanwhile = (
  families: readonly ExposedFamily[],
  world: World,
  from: number,
  at: number,
): readonly string[] => {
  const told = toldBy(families, world);
  const truth = truthOf(world, from, at);
  const least = truthOf(world, from, at - DEFERRED_SECONDS);
  const isBetween = (key: string): boolean =>
    amountOf(told[key]) >= amountOf(least[key]) && amountOf(told[key]) <= amountOf(truth[key]);
  const wrongCounters = differing(told, truth, COUNTERS).filter(key => !isBetween(key));
  return [
    ...wrongCounters.map(key => `${key}: ${told[key]} is told meanwhile, ${least[key]} to ${truth[key]} is true`),
    ...differing(told, truth, ACTIVE).map(key => `${key}: ${told[key]} is told meanwhile, ${truth[key]} is true`),
  ];
};
