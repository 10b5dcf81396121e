import type { EntityDefinition } from '../collectors/collector.ts';
import { createYield } from '../yield.ts';
import type { CollectorSettings } from './collector-poll.ts';
import type { IdentifiedTarget } from './identified-target.ts';

/** The definitions that are collected here, by name. Filters are not free, and there can be ten thousand names: it yields. */
export const admitted = async <Definition extends EntityDefinition>(
  { admits }: Pick<CollectorSettings, 'admits'>,
  target: IdentifiedTarget,
  definitions: readonly Definition[],
): Promise<ReadonlyMap<string, Definition>> => {
  const found = new Map<string, Definition>();
  const yieldIfDue = createYield();
  for (const definition of definitions) {
    if (admits(target, definition.name)) found.set(definition.name, definition);
    await yieldIfDue();
  }
  return found;
};
