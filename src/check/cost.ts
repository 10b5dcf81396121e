import type { AnyCollector } from '../collectors/collector.ts';
import type { Permission } from '../collectors/permissions.ts';
import { OPERATIONS } from '../glue/aws.ts';

/** What does not work without a permission. */
export const costOf = (
  { name, words, families }: Pick<AnyCollector, 'name' | 'words' | 'families'>,
  { operation, isForTags, isOptional }: Pick<Permission, 'operation' | 'isForTags' | 'isOptional'>,
): string => {
  if (isOptional) return `more requests for ${OPERATIONS[operation].purpose}`;
  const metrics = `all metrics of ${words.many} (${commonPrefix(families.map(family => family.name))}*)`;
  return isForTags ? `the filter by tags and, as long as ${name} has tags in the config, ${metrics}` : metrics;
};

/** What all names begin with, up to a whole word. */
const commonPrefix = (names: readonly string[]): string => {
  const [first = '', ...others] = names;
  let length = first.length;
  for (const name of others) {
    while (!name.startsWith(first.slice(0, length))) length -= 1;
  }
  return first.slice(0, first.lastIndexOf('_', length) + 1);
};
