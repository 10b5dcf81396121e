import type { Target } from '../config/config.ts';
import { compileFilter, EVERYTHING, tagsOf } from '../config/filter.ts';
import { type Shard, takes } from '../shard.ts';

/** Which jobs or workflows of a target are collected. */
export interface EntityFilter {
  /** Whether the config's filter lets the name pass, and it is of this shard. */
  readonly admits: (identified: { readonly accountId: string; readonly region: string }, name: string) => boolean;
  /** Tags that AWS must report; undefined for any. */
  readonly tags: Readonly<Record<string, string>> | undefined;
}

/** The filter of one collector on a target. */
export const entityFilter = ({ filters }: Pick<Target, 'filters'>, collector: string, shard: Shard): EntityFilter => {
  const filter = filters[collector] ?? EVERYTHING;
  const matches = compileFilter(filter);
  return {
    admits: (identified, name) => matches(name) && takes(shard, identified, collector, name),
    tags: tagsOf(filter),
  };
};
