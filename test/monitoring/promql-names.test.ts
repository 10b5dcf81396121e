import { describe, expect, test } from 'vitest';
import { promqlNames } from './promql-names.ts';

const metricsIn = (expr: string): readonly string[] => promqlNames(expr).selectors.map(({ metric }) => metric);

describe('the names in an expression', () => {
  test('are those of metrics, not of functions, aggregations and labels', () => {
    expect(
      metricsIn('sum by (state) (rate(runs_total{state=~"A|B"}[5m])) / ignoring (state) group_left () up'),
    ).toEqual(['runs_total', 'up']);
    expect(metricsIn('max_over_time((a - b offset 5m)[1h:5m]) > time() - 3600 or vector(0)')).toEqual(['a', 'b']);
    expect(metricsIn('job:spend:rate5m unless on (job_name) {__name__="x"}')).toEqual(['job:spend:rate5m', '']);
  });

  test('are those of labels in matchers, and in what is grouped or matched by', () => {
    const { selectors, grouping } = promqlNames(
      'sum without (pod) (a{x="by (y)", z!~"1"}) * on (x) group_left (w) max by (x, v) (b)',
    );
    expect(selectors).toEqual([
      { metric: 'a', labels: ['x', 'z'] },
      { metric: 'b', labels: [] },
    ]);
    expect(grouping).toEqual(['pod', 'x', 'w', 'x', 'v']);
  });

  test('are those of labels that are made', () => {
    expect(promqlNames('label_replace(label_join(a, "new", "-", "x"), "other", "$1", "x", "(.*)")').made).toEqual([
      'other',
      'new',
    ]);
    expect(promqlNames('count_values by (x) ("shard", a)').made).toEqual(['shard']);
    expect(promqlNames('absent(a{x="y"})').made).toEqual([]);
  });

  test('are not read from what is no PromQL', () => {
    expect(() => promqlNames('sum(a')).toThrow(/no PromQL/);
    expect(() => promqlNames('rate(a[$__rate_interval])')).toThrow(/no PromQL/);
    expect(() => promqlNames('')).toThrow(/no PromQL/);
  });
});
