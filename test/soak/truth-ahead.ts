import { tallyOf } from '../../src/simulator/tally.ts';
import { entitiesOf, type World } from '../../src/simulator/world.ts';
import { type ExposedFamily, samplesOf } from '../exposition-parser.ts';

/** Says which counters of runs tell more than had ended at a time, which must not go back. */
export const overcounts = (world: World, from: number) => {
  const tally = tallyOf(world, from);
  const entities = new Map(entitiesOf(world).map(entity => [entity.name, entity]));
  const told = new Set<string>();

  return (families: readonly ExposedFamily[], at: number): readonly string[] => {
    const tallies = tally.upTo(at);
    const counts = new Map<string, { readonly name: string; readonly state: string; value: number }>();
    for (const { labels, value } of [
      ...samplesOf(families, 'aws_glue_job_runs_total'),
      ...samplesOf(families, 'aws_glue_workflow_runs_total'),
    ]) {
      const name = labels.job_name ?? labels.workflow_name ?? '';
      const state = labels.state ?? labels.status ?? '';
      const count = counts.get(`${name} ${state}`) ?? { name, state, value: 0 };
      count.value += value;
      counts.set(`${name} ${state}`, count);
    }
    return [...counts].flatMap(([key, { name, state, value }]) => {
      const entity = entities.get(name);
      const truth = (entity && tallies.get(entity)?.runs.get(state)) ?? 0;
      if (value <= truth || told.has(key)) return [];
      told.add(key);
      return [`${key}: ${value} runs are told, ${truth} had ended`];
    });
  };
};
