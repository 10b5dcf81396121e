import { expect, test } from 'vitest';
import { collectors } from '../../src/collectors/index.ts';
import { kinds } from '../../src/simulator/kinds/index.ts';
import { entityOf, isGlueCounter, labelNamesOf, truths } from './index.ts';

const names = collectors.map(({ name }) => name);

test('every collector is simulated, and has a truth to hold its runs against', () => {
  expect(kinds.map(({ name }) => name)).toEqual(names);
  const withRuns = collectors.filter(({ results }) => results.length > 0);
  expect(truths.map(({ name }) => name)).toEqual(withRuns.map(({ name }) => name));
});

test('a truth is about all families of its collector, and knows its counter of runs', () => {
  for (const { name, prefix, runs } of truths) {
    const families = collectors.filter(collector => collector.name === name).flatMap(collector => collector.families);
    expect(families.filter(family => !family.name.startsWith(prefix))).toEqual([]);
    expect(
      families.find(family => family.name === runs?.family || `${family.name}_total` === runs?.family),
    ).toMatchObject({
      labelNames: expect.arrayContaining([runs?.stateLabel]),
    });
  }
});

test('a series names its entity and says whether it is a counter of Glue', () => {
  for (const truth of truths) {
    const labels = Object.fromEntries(labelNamesOf(truth).map(label => [label, 'one']));
    // The account as a whole has no name.
    const name = labelNamesOf(truth).map(() => 'one');
    expect(entityOf({ aws_region: 'eu-west-1', ...labels })).toBe(name.join('/'));
    expect(isGlueCounter(`${truth.prefix}runs_total`)).toBe(true);
  }
  expect(isGlueCounter('aws_glue_exporter_polls_total')).toBe(false);
  expect(entityOf({ aws_region: 'eu-west-1' })).toBe('');
});
