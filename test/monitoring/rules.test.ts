import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { ruleFiles } from '../../monitoring/source/rules/files.ts';
import { isAlert } from '../../monitoring/source/rules/rule.ts';
import { anywhere } from '../../monitoring/source/site.ts';
import { describeWith, tool } from '../tools.ts';

const pathOf = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));

const rules = ruleFiles(anywhere).flatMap(({ groups }) => groups.flatMap(group => group.rules));
const alerts = rules.filter(isAlert);

/** As far as is looked at here what promtool reads; it checks the rest itself. */
const unitTests = z.object({
  tests: z.array(
    z.object({ alert_rule_test: z.array(z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()) })) }),
  ),
});

describe('the alerts', () => {
  test('are there', () => {
    expect(alerts.length).toBeGreaterThan(15);
  });

  test.each(alerts)(
    '$alert says what it is about, and names the job or workflow',
    ({ alert, summary, description }) => {
      const named = /^Glue(Job|Workflow)/.exec(alert)?.[1]?.toLowerCase();
      if (named === undefined) return;
      expect(summary).toContain(`{{ $labels.${named}_name }}`);
      expect(description).toContain(`{{ $labels.${named}_name }}`);
      expect(description).toContain('{{ $labels.aws_account_id }}, {{ $labels.aws_region }}');
    },
  );

  test.each(alerts)('$alert has a runbook', ({ alert }) => {
    expect(existsSync(pathOf(`docs/runbooks/${alert}.md`))).toBe(true);
  });

  test.each(alerts)('$alert has a unit test in which it fires, and one in which it is quiet', ({ alert }) => {
    const { tests } = unitTests.parse(parse(readFileSync(pathOf(`monitoring/tests/${alert}.yaml`), 'utf8')));
    const cases = tests
      .flatMap(({ alert_rule_test }) => alert_rule_test)
      .filter(({ alertname }) => alertname === alert);
    expect(cases.filter(({ exp_alerts }) => exp_alerts.length > 0)).not.toEqual([]);
    expect(cases.filter(({ exp_alerts }) => exp_alerts.length === 0)).not.toEqual([]);
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
