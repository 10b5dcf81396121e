import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { KINDS } from '../../monitoring/source/kinds.ts';
import { ruleFiles } from '../../monitoring/source/rules/files.ts';
import { isAlert } from '../../monitoring/source/rules/rule.ts';
import { anywhere } from '../../monitoring/source/site.ts';
import { describeWith, tool } from '../tools.ts';

const pathOf = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));

const rules = ruleFiles(anywhere).flatMap(({ groups }) => groups.flatMap(group => group.rules));
const alerts = rules.filter(isAlert);

/** As far as is looked at here what promtool reads; it checks the rest itself. */
const unitTests = z.object({
  rule_files: z.array(z.string()),
  group_eval_order: z.array(z.string()).optional(),
  tests: z.array(
    z.object({
      interval: z.string(),
      alert_rule_test: z.array(z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()) })),
    }),
  ),
});

const readUnitTests = (file: string) =>
  unitTests.parse(parse(readFileSync(pathOf(`monitoring/tests/${file}`), 'utf8')));

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** The seconds of each range selector in a text, subqueries left out; or of a duration such as 5m. */
const secondsIn = (text: string, pattern = /\[(\d+)([smhd])\]/g): readonly number[] =>
  [...text.matchAll(pattern)].map(([, count, unit = '']) => Number(count) * (UNIT_SECONDS[unit] ?? Number.NaN));

describe('the alerts', () => {
  test('are there', () => {
    expect(alerts.length).toBeGreaterThan(15);
  });

  const ofKinds = alerts.flatMap(alert =>
    KINDS.filter(({ title }) => alert.alert.startsWith(`Glue${title}`)).map(kind => ({ ...alert, kind })),
  );

  test.each(ofKinds)('$alert says what it is about, and names it', ({ summary, description, kind }) => {
    for (const label of kind.labelNames) {
      expect(summary).toContain(`{{ $labels.${label} }}`);
      expect(description).toContain(`{{ $labels.${label} }}`);
    }
    expect(description).toContain('{{ $labels.aws_account_id }}, {{ $labels.aws_region }}');
  });

  test.each(KINDS)('are there for failing, overdue, slow and failed runs of $collector', ({ title }) => {
    const names = ofKinds.map(({ alert }) => alert);
    for (const about of ['Failing', 'NoSuccess', 'RunSlow', 'RunFailed'])
      expect(names).toContain(`Glue${title}${about}`);
  });

  test.each(alerts)('$alert has a runbook', ({ alert }) => {
    expect(existsSync(pathOf(`docs/runbooks/${alert}.md`))).toBe(true);
  });

  test.each(alerts)('$alert has a unit test in which it fires, and one in which it is quiet', ({ alert }) => {
    const { tests } = readUnitTests(`${alert}.yaml`);
    const cases = tests
      .flatMap(({ alert_rule_test }) => alert_rule_test)
      .filter(({ alertname }) => alertname === alert);
    expect(cases.filter(({ exp_alerts }) => exp_alerts.length > 0)).not.toEqual([]);
    expect(cases.filter(({ exp_alerts }) => exp_alerts.length === 0)).not.toEqual([]);
  });
});

describe('the unit tests of the alerts have the same result with every version of promtool', () => {
  test.each(readdirSync(pathOf('monitoring/tests')))('%s', file => {
    const { rule_files, group_eval_order, tests } = readUnitTests(file);
    const tested = ruleFiles(anywhere).filter(({ name }) => rule_files.includes(`../alerts/${name}.yaml`));
    const groups = tested.flatMap(each => each.groups);
    // Otherwise promtool evaluates groups in random order, and some of them use what others record.
    if (groups.length > 1) expect(group_eval_order).toEqual(groups.map(({ name }) => name));
    // Other alerts are not looked at.
    const isLookedAt = (rule: object): boolean => !('alert' in rule) || `${rule.alert}.yaml` === file;
    const rules = groups.flatMap(group => group.rules.filter(isLookedAt));
    const ranges = secondsIn(rules.map(({ expr }) => expr).join('\n'));
    // Since Prometheus 3 a range leaves out the sample at its start: of 5m with a sample every 5m, one is left.
    for (const { interval } of tests) {
      const [intervalSeconds = Number.NaN] = secondsIn(interval, /^(\d+)([smhd])$/g);
      expect(2 * intervalSeconds).toBeLessThanOrEqual(Math.min(...ranges));
    }
  });
});

describeWith(tool('promtool'), 'promtool', promtool => {
  const succeed = (...args: readonly string[]): void => {
    const { status, stdout, stderr } = spawnSync(promtool, args, { encoding: 'utf8' });
    expect(status, stdout + stderr).toBe(0);
  };

  test.each(readdirSync(pathOf('monitoring/alerts')))('finds nothing wrong with %s', file => {
    succeed('check', 'rules', '--lint=all', '--lint-fatal', pathOf(`monitoring/alerts/${file}`));
  });

  test.each(readdirSync(pathOf('monitoring/tests')))('passes the unit tests of %s', file => {
    succeed('test', 'rules', pathOf(`monitoring/tests/${file}`));
  });
});
