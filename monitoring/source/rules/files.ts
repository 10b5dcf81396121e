import { Document, Scalar, visit } from 'yaml';
import { JOBS, KINDS } from '../kinds.ts';
import type { Site } from '../site.ts';
import { accountRules } from './accounts.ts';
import { exporterRules } from './exporter.ts';
import { failedRunRules } from './failed-runs.ts';
import { jobCapacityRules } from './job-capacity.ts';
import { kindRules } from './kind-rules.ts';
import { type Alert, type Group, isAlert, type Recording, type RuleFile } from './rule.ts';

/** All rules, as they read where they are used. */
export const ruleFiles = (site: Site): readonly RuleFile[] => [
  ...KINDS.map(kind => kindRules(site, kind, kind === JOBS ? [jobCapacityRules(site)] : [])),
  accountRules(site),
  exporterRules(site),
  failedRunRules(site),
];

/** A rule as Prometheus reads it. */
export const ruleOf = (site: Site, rule: Alert | Recording): object => {
  if (!isAlert(rule)) return { record: rule.record, expr: rule.expr };
  const { alert, expr, severity, summary, description } = rule;
  return {
    alert,
    expr,
    ...(rule.for === undefined ? {} : { for: rule.for }),
    labels: { severity: site.severity(alert, severity) },
    annotations: { summary, description, runbook_url: site.runbookUrl(alert) },
  };
};

const groupOf = (site: Site, { name, interval, rules }: Group): object => ({
  name,
  ...(interval === undefined ? {} : { interval }),
  rules: rules.map(rule => ruleOf(site, rule)),
});

/** YAML in which every expression is a block of its own, to be read and copied. */
export const yamlOf = (value: unknown): string => {
  const document = new Document(value);
  visit(document, {
    Pair(_key, pair) {
      const isExpression = pair.key instanceof Scalar && pair.key.value === 'expr';
      if (isExpression && pair.value instanceof Scalar) pair.value.type = Scalar.BLOCK_LITERAL;
    },
  });
  return document.toString({ lineWidth: 0 });
};

/** The rule files for any Prometheus, by name. */
export const ruleYaml = (site: Site): readonly (readonly [name: string, yaml: string])[] =>
  ruleFiles(site).map(({ name, groups }) => [name, yamlOf({ groups: groups.map(group => groupOf(site, group)) })]);
