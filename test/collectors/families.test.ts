import { expect, test } from 'vitest';
import { collectors } from '../../src/collectors/index.ts';
import { gaugesOf } from '../../src/metrics/family.ts';

const families = collectors.flatMap(collector => collector.families);

test('help texts are short: more about a family is in its description', () => {
  expect(families.length).toBeGreaterThan(30);
  expect(families.filter(({ help }) => help.length > 200 || !help.endsWith('.')).map(({ name }) => name)).toEqual([]);
  expect(families.filter(({ description }) => description !== undefined).length).toBeGreaterThan(0);
});

test('names end with the unit', () => {
  const wrong = families.filter(
    ({ name, unit, type }) =>
      !name.endsWith(`${unit === undefined ? '' : `_${unit}`}${type === 'counter' ? '_total' : ''}`),
  );
  expect(wrong.map(({ name }) => name)).toEqual([]);
});

test('no two families have the same name', () => {
  expect(new Set(families.map(({ name }) => name)).size).toBe(families.length);
});

test('a gauge without labels is absent while its value is unknown, and exposed when it is 0', () => {
  const degrees = gaugesOf<{ readonly degrees: number | undefined }>()({
    name: 'wash_degrees',
    help: 'Temperature.',
    value: wash => wash.degrees,
  });
  expect(degrees).toMatchObject({ type: 'gauge', labelNames: [] });
  expect([degrees.samples({ degrees: 0 }), degrees.samples({ degrees: undefined })]).toEqual([
    [{ labels: [], value: 0 }],
    [],
  ]);
});
