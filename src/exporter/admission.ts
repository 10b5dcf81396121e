import type { Target } from '../config/config.ts';
import { compileFilter, EVERYTHING, tagsOf } from '../config/filter.ts';
import { type Shard, takes } from '../shard.ts';

/** Which jobs or workflows of a target are collected. */
export interface Admission {
  /** The filter lets the name pass, and it is of this shard. */
  readonly admits: (identified: { readonly accountId: string; readonly region: string }, name: string) => boolean;
  /** Tags that AWS must report; undefined for any. */
  readonly tags: Readonly<Record<string, string>> | undefined;
}

export const admissionTo = ({ filters }: Pick<Target, 'filters'>, collector: string, shard: Shard): Admission => {
  const filter = filters[collector] ?? EVERYTHING;
  const matches = compileFilter(filter);
  return {
    admits: (identified, name) => matches(name) && takes(shard, identified, collector, name),
    tags: tagsOf(filter),
  };
};
