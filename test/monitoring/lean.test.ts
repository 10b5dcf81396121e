import { describe, expect, test } from 'vitest';
import { ruleFiles } from '../../monitoring/source/rules/files.ts';
import { anywhere } from '../../monitoring/source/site.ts';
import { collectors } from '../../src/collectors/index.ts';
import { collectorsWith } from '../../src/collectors/selection.ts';
import { mostSeries } from '../../src/metrics/rendered.ts';
import { anyValues, panelsOf, readDashboards } from './dashboard-json.ts';
import { questionOf } from './grafana.ts';
import { promqlNames } from './promql-names.ts';

const headers = collectors.flatMap(collector => collector.families);
const families = headers.map(({ name }) => name);
const lean = headers.filter(({ isLean }) => isLean).map(({ name }) => name);

const alertExpressions = ruleFiles(anywhere).flatMap(({ groups }) =>
  groups.flatMap(({ rules }) => rules.map(({ expr }) => expr)),
);

const anything = anyValues();
const overviewExpressions = readDashboards()
  .filter(({ uid }) => uid === 'aws-glue-overview')
  .flatMap(dashboard =>
    panelsOf(dashboard).flatMap(panel =>
      panel.targets.map(target => questionOf(panel, target, anything, { seconds: 300, scrapeSeconds: 1 }).expr),
    ),
  );

/** Families of collectors in these expressions. */
const usedIn = (expressions: readonly string[]): readonly string[] => {
  const metrics = new Set(expressions.flatMap(expr => promqlNames(expr).selectors.map(({ metric }) => metric)));
  return families.filter(family => metrics.has(family));
};

describe('the preset lean', () => {
  test('has every family that an alert or the overview dashboard uses, and no other', () => {
    expect(usedIn(alertExpressions).length).toBeGreaterThan(5);
    expect(usedIn(overviewExpressions).length).toBeGreaterThan(5);
    expect(usedIn([...alertExpressions, ...overviewExpressions])).toEqual(lean);
  });

  test.each(collectorsWith(lean))('has at most 15 series of each of the $name', ({ families: selected }) => {
    // A state that this version does not know adds a sample for as long as a run is in it.
    const unknownStates = selected.filter(({ name, isLean }) => isLean && /_active_runs$/.test(name)).length;
    const most = mostSeries(selected) - unknownStates;
    // A kind without alerts has none.
    expect(most > 3).toBe(selected.some(({ isLean }) => isLean));
    expect(most).toBeLessThanOrEqual(15);
  });
});
