import { RE2JS } from 're2js';

/** Which jobs or workflows of a target are collected. Patterns match anywhere in a name unless they are anchored. */
export interface Filter {
  /** A name must match one of these; none means every name. */
  readonly include: readonly string[];
  /** A name must match none of these. */
  readonly exclude: readonly string[];
  /** Tags that AWS must report, where it can filter by tags. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

/** A filter as it is written: what it leaves out is inherited. */
export type GivenFilter = { readonly [Key in keyof Filter]?: Filter[Key] | undefined };

/** The filter of a target that sets none. */
export const EVERYTHING: Filter = Object.freeze({ include: [], exclude: [] });

/** The tags to ask AWS for; undefined for none, which an empty map stands for, too. */
export const tagsOf = ({ tags = {} }: Filter): Readonly<Record<string, string>> | undefined =>
  Object.keys(tags).length === 0 ? undefined : tags;

/**
 * A test of names. RE2's syntax and linear time: no pattern, however odd, can hang the daemon.
 * Throws RE2JS's syntax error for what is no pattern.
 */
export const compileFilter = (filter: Filter): ((name: string) => boolean) => {
  const include = filter.include.map(compilePattern);
  const exclude = filter.exclude.map(compilePattern);
  return name =>
    (include.length === 0 || include.some(matches => matches(name))) && !exclude.some(matches => matches(name));
};

/** A test whether a pattern matches anywhere in a text. */
export const compilePattern = (pattern: string): ((text: string) => boolean) => {
  const compiled = RE2JS.compile(pattern);
  return text => compiled.matcher(text).find();
};
