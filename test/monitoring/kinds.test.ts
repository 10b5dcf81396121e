import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ofAllKinds } from '../../monitoring/source/dashboards/entities.ts';
import { judged, ofOne, succeeded } from '../../monitoring/source/dashboards/scope.ts';
import { activeStart, identity, JOBS, KINDS, type Kind, kindOf, lastDuration } from '../../monitoring/source/kinds.ts';
import { named } from '../../monitoring/source/rules/entities.ts';
import { yamlOf } from '../../monitoring/source/rules/files.ts';
import { kindRules } from '../../monitoring/source/rules/kind-rules.ts';
import { isAlert } from '../../monitoring/source/rules/rule.ts';
import { anywhere } from '../../monitoring/source/site.ts';
import type { AnyCollector } from '../../src/collectors/collector.ts';
import { collectors } from '../../src/collectors/index.ts';
import { temporaryFolder } from '../daemon.ts';
import { describeWith, tool } from '../tools.ts';

/** A collector of something else, with metrics like those of workflows. */
const ofScans = (): AnyCollector => {
  const [like] = collectors.filter(({ name }) => name === 'workflows');
  if (like === undefined) throw new Error('there are no workflows');
  return {
    ...like,
    name: 'table_scans',
    words: { one: 'table scan', many: 'table scans' },
    labelNames: ['database_name', 'table_name'],
    families: like.families.map(family => ({
      ...family,
      name: family.name.replace('aws_glue_workflow_', 'aws_glue_table_scan_'),
    })),
    results: [
      { name: 'CLEAN', verdict: 'success' },
      { name: 'DIRTY', verdict: 'failure' },
      { name: 'BROKEN', verdict: 'failure' },
      { name: 'HALTED', verdict: 'stopped' },
      { name: 'SKIPPED', verdict: 'other' },
    ],
  };
};
const scans = kindOf(ofScans());

describe('a kind as rules and dashboards see it', () => {
  test.each(KINDS)('of $collector has what its collector says', kind => {
    const collector = collectors.find(({ name }) => name === kind.collector);
    expect(kind).toMatchObject({ words: collector?.words, labelNames: collector?.labelNames });
    const families = collector?.families.map(({ name }) => name);
    for (const metric of [kind.metric('runs_total'), activeStart(kind), lastDuration(kind)]) {
      expect(families).toContain(metric);
    }
    expect(kind.resultsWith('success', 'failure', 'stopped', 'other')).toHaveLength(collector?.results.length ?? 0);
    expect(kind.resultsWith('success')).not.toEqual([]);
    expect(kind.resultsWith('failure')).not.toEqual([]);
  });

  test('has only metrics that its collector has', () => {
    expect(JOBS.has('timeout_seconds')).toBe(true);
    expect(JOBS.has('timeout')).toBe(false);
    expect(() => JOBS.metric('timeout')).toThrow('jobs has no metric aws_glue_job_timeout');
  });

  test('is not made of a collector without failures, or without results', () => {
    expect(() => kindOf({ ...ofScans(), families: [] })).toThrow('table_scans has no metric');
    const families = ofScans().families.filter(({ name }) => !name.endsWith('_runs_total'));
    expect(() => kindOf({ ...ofScans(), families })).toThrow('no label that says how a run ended');
  });

  test('that is new has names, labels and results of its own', () => {
    expect(scans.title).toBe('TableScan');
    expect(scans.recorded('x:y')).toBe('aws_glue:table_scan_x:y');
    expect(identity(scans)).toBe('aws_account_id, aws_region, database_name, table_name');
    expect(named(scans)).toBe('table scan {{ $labels.database_name }}/{{ $labels.table_name }}');
    expect(succeeded(scans, 'result')).toBe('result="CLEAN"');
    expect(judged(scans, 'result')).toBe('result=~"CLEAN|DIRTY|BROKEN|$stopped"');
    expect(ofOne(scans)('x')).toBe(
      'x{aws_account_id="$account", aws_region="$region", database_name="$database", table_name="$table"}',
    );
  });
});

describe('the rules of a kind that is new', () => {
  const { name, groups } = kindRules(anywhere, scans, []);
  const rules = groups.flatMap(group => group.rules);

  test('are those that every kind has, about its own metrics', () => {
    expect(name).toBe('table_scans');
    expect(rules.filter(isAlert).map(({ alert }) => alert)).toEqual([
      'GlueTableScanFailing',
      'GlueTableScanNoSuccess',
      'GlueTableScanRunSlow',
    ]);
    const text = JSON.stringify(rules);
    expect(text).toContain('aws_glue_table_scan_last_failure_timestamp_seconds');
    expect(text).toContain('collector=\\"table_scans\\"');
    expect(text).not.toMatch(/job_|workflow|COMPLETED|streaming|active_retries/);
  });

  describeWith(tool('promtool'), 'promtool', promtool => {
    test('finds nothing wrong with them', () => {
      const file = join(temporaryFolder(), 'rules.yaml');
      const ofGroup = rules.map(rule => (isAlert(rule) ? { alert: rule.alert, expr: rule.expr } : rule));
      writeFileSync(file, yamlOf({ groups: [{ name: 'scans', rules: ofGroup }] }));
      const { status, stdout, stderr } = spawnSync(promtool, ['check', 'rules', file], { encoding: 'utf8' });
      expect(status, stdout + stderr).toBe(0);
    });
  });
});

test('a list of all kinds names each entity and its kind', () => {
  const runs = (kind: Kind) => kind.metric('runs_total');
  const list = ofAllKinds(runs);
  for (const { words, labelNames } of KINDS) {
    expect(list).toContain(`"kind", "${words.one}"`);
    for (const label of labelNames) expect(list).toContain(`"name", "$1", "${label}"`);
  }
  expect(ofAllKinds(runs, [scans]).replaceAll(/\s+/g, ' ')).toContain(
    'label_join( aws_glue_table_scan_runs_total, "name", "/", "database_name", "table_name" ), "kind", "table scan"',
  );
});
