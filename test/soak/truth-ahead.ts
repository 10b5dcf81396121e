import { tallyOf } from '../../src/simulator/tally.ts';
import { entitiesOf, type SimulatedEntity, type World } from '../../src/simulator/world.ts';
import { type ExposedFamily, samplesOf } from '../exposition-parser.ts';
import { entityOf, truths } from '../truth/index.ts';

/** Says which counters of runs tell more than had ended at a time, which must not go back. */
export const overcounts = (world: World, from: number) => {
  const tally = tallyOf(world, from);
  const told = new Set<string>();

  return (families: readonly ExposedFamily[], at: number): readonly string[] => {
    const tallies = tally.upTo(at);
    const counts = new Map<
      string,
      { readonly entity: SimulatedEntity | undefined; readonly state: string; value: number }
    >();
    for (const kind of truths) {
      const entities = new Map(entitiesOf(world, kind.name).map(entity => [entity.name, entity]));
      for (const { labels, value } of kind.runs === undefined ? [] : samplesOf(families, kind.runs.family)) {
        const name = entityOf(labels);
        const state = labels[kind.runs?.stateLabel ?? ''] ?? '';
        const key = `${name} ${state}`;
        const count = counts.get(key) ?? { entity: entities.get(name), state, value: 0 };
        count.value += value;
        counts.set(key, count);
      }
    }
    return [...counts].flatMap(([key, { entity, state, value }]) => {
      const truth = (entity && tallies.get(entity)?.runs.get(state)) ?? 0;
      if (value <= truth || told.has(key)) return [];
      told.add(key);
      return [`${key}: ${value} runs are told, ${truth} had ended`];
    });
  };
};
