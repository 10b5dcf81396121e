import { describe, expect, test } from 'vitest';
import type { ShownKind } from '../../../src/status.ts';
import { capitalized, entityWords, joined, manyOf, oneOf } from '../../../src/web/status/kinds.ts';
import { collectorsInUse as collectors } from '../../truth/index.ts';

const kindOf = (name: string, one: string, many: string): ShownKind => ({
  name,
  words: { one, many },
  labelNames: [`${one}_name`],
  results: [{ name: 'SUCCEEDED', verdict: 'success' }],
});
const crawlers = kindOf('crawlers', 'crawler', 'crawlers');
const rulesets = kindOf('data_quality', 'ruleset', 'rulesets');
const triggers: ShownKind = { ...kindOf('triggers', 'trigger', 'triggers'), results: [] };

describe('the words for what is collected', () => {
  test.each<[string, readonly ShownKind[], readonly string[]]>([
    ['one kind', [crawlers], ['crawler', 'crawlers', 'crawlers']],
    ['jobs and workflows', collectors, ['job or workflow', 'jobs or workflows', 'jobs and workflows']],
    [
      'three kinds',
      [...collectors, crawlers],
      ['job, workflow or crawler', 'jobs, workflows or crawlers', 'jobs, workflows and crawlers'],
    ],
    ['kinds without runs left out', [crawlers, triggers], ['crawler', 'crawlers', 'crawlers']],
    ['more kinds than fit', [...collectors, crawlers, rulesets], ['entity', 'entities', 'entities']],
    ['no kind', [], ['entity', 'entities', 'entities']],
  ])('are, for %s, those of the collectors', (_, kinds, [one, any, all]) => {
    expect(entityWords(kinds)).toEqual({ one, any, all });
  });

  test('are found by the name of a collector, which stands for itself where it is not configured', () => {
    expect([oneOf([rulesets], 'data_quality'), manyOf([rulesets], 'data_quality')]).toEqual(['ruleset', 'rulesets']);
    expect([oneOf([], 'crawlers'), manyOf([], 'crawlers')]).toEqual(['crawlers', 'crawlers']);
  });

  test('are put together for people', () => {
    expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(words => joined(words, 'and'))).toEqual([
      '',
      'a',
      'a and b',
      'a, b and c',
    ]);
    expect(capitalized('jobs')).toBe('Jobs');
  });
});
