import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { THRESHOLDS } from '../../monitoring/source/site.ts';
import { describeWith, tool } from '../tools.ts';
import { at, createHelm, readChart, withExample } from './rendering.ts';

const alertsFolder = fileURLToPath(new URL('../../monitoring/alerts/', import.meta.url));
const groupsOf = (file: string): readonly unknown[] => {
  const groups = at(parse(readFileSync(join(alertsFolder, file), 'utf8')), 'groups');
  return Array.isArray(groups) ? groups : [];
};
const OPTIONAL = 'failed-runs.yaml';
const groupsOfFiles = readdirSync(alertsFolder)
  .filter(file => file !== OPTIONAL)
  .flatMap(groupsOf);
const byName = (groups: unknown): ReadonlyMap<unknown, unknown> =>
  new Map(Array.isArray(groups) ? groups.map(group => [at(group, 'name'), group]) : []);
const rulesOf = (groups: unknown): readonly unknown[] =>
  [...byName(groups).values()].flatMap(group => {
    const rules = at(group, 'rules');
    return Array.isArray(rules) ? rules : [];
  });
const alertsOf = (groups: unknown): readonly unknown[] =>
  rulesOf(groups).filter(rule => at(rule, 'alert') !== undefined);

test("the chart's thresholds are those of the rules, by name and default", () => {
  expect(at(parse(readChart('values.yaml')), 'prometheusRule', 'thresholds')).toEqual(THRESHOLDS);
});

describeWith(tool('helm'), "the chart's rules", helm => {
  const { render, refusal } = createHelm(helm);
  const folder = mkdtempSync(join(tmpdir(), 'chart-rules-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const rule = (...args: string[]): unknown =>
    render('--set', 'prometheusRule.enabled=true', ...args).get('PrometheusRule');
  const groups = (...args: string[]): unknown => at(rule(...args), 'spec', 'groups');
  /** Options of helm with values that --set could spoil. */
  const withRules = (prometheusRule: object): string[] => {
    const file = join(folder, 'values.json');
    writeFileSync(file, JSON.stringify({ prometheusRule: { enabled: true, ...prometheusRule } }));
    return ['--values', file];
  };
  const exprOf = (alert: string, ...args: string[]): unknown =>
    at(
      alertsOf(groups(...args)).find(found => at(found, 'alert') === alert),
      'expr',
    );

  test('are there only when asked for, where and as Prometheus looks for them', () => {
    expect(render().has('PrometheusRule')).toBe(false);
    expect(at(rule(), 'metadata')).toMatchObject({ name: 'glue-aws-glue-exporter', namespace: 'monitoring' });
    const set = ['--set', 'prometheusRule.namespace=rules,prometheusRule.labels.release=stack'];
    expect(at(rule(...set), 'metadata')).toMatchObject({ namespace: 'rules', labels: { release: 'stack' } });
  });

  test('are the files of monitoring/alerts, by default and with nothing selected', () => {
    expect(groupsOfFiles.length).toBeGreaterThan(3);
    expect(byName(groups())).toEqual(byName(groupsOfFiles));
  });

  test('alert on every failed run only when asked to', () => {
    const all = groups('--set', 'prometheusRule.everyFailedRun=true');
    expect(byName(all)).toEqual(byName([...groupsOfFiles, ...groupsOf(OPTIONAL)]));
    const added = alertsOf(all).length - alertsOf(groups()).length;
    expect(added).toBe(2);
  });

  test('distinguish installations by the labels of the values', () => {
    expect(exprOf('GlueExporterShardMissing')).toContain('count by (cluster, namespace, service, job)');
    const { GlueExporterDown, GlueExporterShardMissing } = Object.fromEntries(
      ['GlueExporterDown', 'GlueExporterShardMissing'].map(alert => [
        alert,
        String(exprOf(alert, ...withRules({ installationLabels: ['site', 'tenant'] }))),
      ]),
    );
    expect(GlueExporterShardMissing).toContain('count by (site, tenant)');
    expect(GlueExporterDown).toContain('unless on (site, tenant) up');
    expect(JSON.stringify(groups(...withRules({ installationLabels: ['site', 'tenant'] })))).not.toContain('cluster');
    expect(refusal(...withRules({ installationLabels: ['a-b'] }))).toMatch(/installationLabels/);
    expect(refusal(...withRules({ installationLabels: [] }))).toMatch(/installationLabels/);
  });

  describe('are about', () => {
    const monitor = ['--set', 'serviceMonitor.enabled=true'];
    const query = 'aws_glue_exporter_config_last_reload_successful';
    const alert = 'GlueExporterConfigReloadFailed';

    test('everything, when the chart does not say what is scraped', () => {
      expect(exprOf(alert)).toBe(`${query} == 0`);
    });

    test("this release, by the job, namespace and service that the ServiceMonitor's targets get", () => {
      const own = 'job="aws-glue-exporter", namespace="monitoring", service="glue-aws-glue-exporter"';
      expect(exprOf(alert, ...monitor)).toBe(`${query}{${own}} == 0`);
      expect(exprOf('GlueJobRunQueued', ...monitor)).toContain(`aws_glue_job_active_runs{state="WAITING", ${own}}`);
      // Otherwise another release of the namespace would hide that this one was never there.
      expect(exprOf('GlueExporterDown', ...monitor)).toContain(
        `absent_over_time(aws_glue_exporter_build_info{${own}}[1d])`,
      );
    });

    test('the service that the ServiceMonitor finds', () => {
      const manifests = render('--set', 'prometheusRule.enabled=true', ...monitor);
      const service = at(manifests.get('Service'), 'metadata', 'name');
      expect(exprOf(alert, ...monitor)).toContain(`service="${service}"`);
    });

    test.each([
      ['nameOverride=glue', 'glue'],
      ['serviceMonitor.jobLabel=app.kubernetes.io/instance', 'glue'],
      ['serviceMonitor.jobLabel=team,service.labels.team=data', 'data'],
      ['serviceMonitor.jobLabel=team,commonLabels.team=data', 'data'],
      ['serviceMonitor.jobLabel=team', 'glue-aws-glue-exporter'],
    ])('the job that follows from %s', (set, job) => {
      expect(exprOf(alert, ...monitor, '--set', set)).toContain(
        `${query}{job="${job}", namespace="monitoring", service=`,
      );
    });

    test('what the selector says, whatever is in it', () => {
      const selector = 'job=~"glue|{{ x }}", cluster="a\\"b\\\\c", stage!="#: \'"';
      expect(exprOf(alert, ...monitor, ...withRules({ selector }))).toBe(`${query}{${selector}} == 0`);
    });
  });

  test('every metric in them is selected', () => {
    const marked = groups(...withRules({ selector: 'mark="1"', everyFailedRun: true }));
    // `up` and ALERTS are matched with the exporter's own series.
    const metrics = rulesOf(marked).flatMap(found =>
      [...String(at(found, 'expr')).matchAll(/\baws_glue[\w:]+(\{[^}]*\})?/g)].map(([text]) => text),
    );
    expect(metrics.length).toBeGreaterThan(20);
    expect(metrics.filter(text => !text.includes('mark="1"'))).toEqual([]);
  });

  test('compare with the thresholds of the values, 0 included', () => {
    const odd = {
      ...Object.fromEntries(
        Object.entries(THRESHOLDS).map(([name, value], index) => [
          name,
          typeof value === 'number' ? 7_000_001 + index : `${70 + index}m`,
        ]),
      ),
      noSuccessSlackSeconds: 0,
    };
    const text = JSON.stringify(groups(...withRules({ thresholds: odd })));
    for (const [name, value] of Object.entries(odd)) {
      // Helm writes large numbers as 7.000001e+06, which is a number of PromQL as well.
      const written = typeof value === 'number' && value > 0 ? `${value / 1e6}e+06` : `${value}`;
      expect(text, name).toContain(written);
    }
    expect(exprOf('GlueJobNoSuccess', ...withRules({ thresholds: odd }))).toMatch(/\+ 0\b/);
  });

  test('have the severities, labels, annotations and runbooks of the values', () => {
    const severities = { GlueJobFailing: 'on', GlueTargetDown: 'P1: now' };
    const odd = {
      severities,
      alertLabels: { team: 'data', shift: '7' },
      alertAnnotations: { dashboard: 'https://example.com/?job={{ $labels.job_name }}' },
      runbookUrl: 'https://wiki.example.com/runbooks/',
    };
    const alerts = alertsOf(groups(...withRules(odd)));
    const usual = new Map(alertsOf(groupsOfFiles).map(alert => [at(alert, 'alert'), alert]));
    expect(alerts).toHaveLength(usual.size);
    for (const alert of alerts) {
      const name = String(at(alert, 'alert'));
      const severity = at(severities, name) ?? at(usual.get(name), 'labels', 'severity');
      expect(at(alert, 'labels')).toEqual({ severity, team: 'data', shift: '7' });
      expect(at(alert, 'annotations')).toEqual({
        ...Object(at(usual.get(name), 'annotations')),
        dashboard: 'https://example.com/?job={{ $labels.job_name }}',
        runbook_url: `https://wiki.example.com/runbooks/${name}.md`,
      });
    }
  });

  test('lack the alerts that are disabled, and groups that would be empty', () => {
    const disabled = alertsOf(groupsOfFiles).map(found => String(at(found, 'alert')));
    expect(alertsOf(groups('--set', 'prometheusRule.disabled={GlueDpuSpendUp,GlueJobRunSlow}'))).toHaveLength(
      disabled.length - 2,
    );
    const left = groups(...withRules({ disabled }));
    const recordings = rulesOf(groupsOfFiles).filter(found => at(found, 'alert') === undefined);
    expect(new Set(rulesOf(left))).toEqual(new Set(recordings));
    expect([...byName(left).values()].every(group => Array.isArray(at(group, 'rules')))).toBe(true);
  });

  test('have those of the values beside them, as they are', () => {
    const additionalGroups = [
      { name: 'ours', rules: [{ alert: 'Ours', expr: 'up == 0', annotations: { a: '{{ $value }}' } }] },
    ];
    expect(byName(groups(...withRules({ additionalGroups }))).get('ours')).toEqual(additionalGroups[0]);
  });

  test.each(['{job="x"}', 'job=x', 'job="x" or up', 'job="x",\njob="y"', 'job="x",,'])(
    'the selector %j is refused',
    selector => {
      expect(refusal(...withRules({ selector }))).toMatch(/prometheusRule.*selector/s);
    },
  );

  describeWith(tool('promtool'), 'in promtool', promtool => {
    test.each([
      ['by default', () => []],
      ['with a selector', () => withRules({ selector: 'job=~"a.b|c{2}", cluster="a\\"b"' })],
      ['of one release', () => ['--set', 'serviceMonitor.enabled=true']],
      ['of the example with everything', () => withExample('everything')],
      ['of the example beside kube-prometheus-stack', () => withExample('monitoring')],
    ])('are good: %s', (_what, args) => {
      const file = join(folder, 'rules.yaml');
      writeFileSync(file, stringify({ groups: groups(...args()) }));
      const { status, stdout, stderr } = spawnSync(promtool, ['check', 'rules', file], { encoding: 'utf8' });
      expect(status, stdout + stderr).toBe(0);
    });
  });
});
