import type { ShownKind } from '../../status.ts';

/** What people call the entities of a page together. */
export interface EntityWords {
  /** job or workflow */
  readonly one: string;
  /** jobs or workflows */
  readonly any: string;
  /** jobs and workflows */
  readonly all: string;
}

/** More would not fit into the head of a column. */
const MOST_NAMED = 3;

/** The words for entities of these kinds, as far as they have runs; neutral ones where there are many kinds. */
export const entityWords = (kinds: readonly ShownKind[]): EntityWords => {
  const words = kinds.filter(({ results }) => results.length > 0).map(kind => kind.words);
  if (words.length === 0 || words.length > MOST_NAMED) return { one: 'entity', any: 'entities', all: 'entities' };
  const many = words.map(word => word.many);
  return {
    one: joined(
      words.map(word => word.one),
      'or',
    ),
    any: joined(many, 'or'),
    all: joined(many, 'and'),
  };
};

/** Such as: jobs, workflows and crawlers. */
export const joined = (words: readonly string[], conjunction: 'and' | 'or'): string =>
  [words.slice(0, -1).join(', '), ...words.slice(-1)].filter(part => part !== '').join(` ${conjunction} `);

/** For the start of a line. */
export const capitalized = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;

/** What people call one entity of a collector. */
export const oneOf = (kinds: readonly ShownKind[], collector: string): string =>
  kinds.find(({ name }) => name === collector)?.words.one ?? collector;

/** Whether the only entity of a collector is the account as a whole, which is nothing to count or to search by name. */
export const isOfAccount = (kinds: readonly ShownKind[], collector: string): boolean =>
  kinds.find(({ name }) => name === collector)?.labelNames.length === 0;

/** Whether a collector has entities with runs: the tables of the page show no others. */
export const hasRuns = (kinds: readonly ShownKind[], collector: string): boolean =>
  kinds.find(({ name }) => name === collector)?.results.length !== 0;

/** What people call entities of a collector. */
export const manyOf = (kinds: readonly ShownKind[], collector: string): string =>
  kinds.find(({ name }) => name === collector)?.words.many ?? collector;
