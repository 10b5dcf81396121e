import { describe, expect, test } from 'vitest';
import { KINDS } from '../../monitoring/source/kinds.ts';
import { ruleFiles } from '../../monitoring/source/rules/files.ts';
import { isAlert } from '../../monitoring/source/rules/rule.ts';
import { anywhere } from '../../monitoring/source/site.ts';
import { collectors } from '../../src/collectors/index.ts';
import { createTelemetry } from '../../src/metrics/telemetry.ts';
import { filesBelow, PAGES, read } from './pages.ts';

const families = [
  ...collectors.flatMap(collector => collector.families.map(({ name }) => name)),
  ...createTelemetry({ version: '', nodeVersion: '' }).headers.map(({ name }) => name),
];
const recorded = ruleFiles(anywhere).flatMap(({ groups }) =>
  groups.flatMap(({ rules }) => rules.flatMap(rule => (isAlert(rule) ? [] : [rule.record]))),
);
const known = new Set([...families, ...recorded]);

/** What another exporter calls its series: docs/migration.md tells of them. */
const OF_OTHERS = /^aws_glue_driver_aggregate_/;

const files = [
  ...new Set([
    ...PAGES,
    'CHANGELOG.md',
    'config.example.yaml',
    'src/commands/flags.ts',
    ...['docs', 'helm', 'monitoring', 'packaging'].flatMap(filesBelow),
  ]),
].filter(file => /\.(md|ya?ml|json|tpl|txt|ts|service)$/.test(file));

/** Names of metrics and of recorded series in a text; the beginnings of names that stand for many are left out. */
const namesIn = (text: string): readonly string[] => [
  ...new Set(
    (text.match(/\baws_glue[_:][a-z0-9_:]*[a-z0-9](?![a-z0-9_:]|\$\{)/g) ?? []).filter(name => !OF_OTHERS.test(name)),
  ),
];

describe('the metrics', () => {
  test('are each in docs/metrics.md, with what they mean', () => {
    const page = read('docs/metrics.md');
    expect(families.length).toBeGreaterThan(50);
    expect(families.filter(name => !page.includes(`| \`${name}\` | `))).toEqual([]);
  });

  test('that are named somewhere exist', () => {
    const unknown = files.flatMap(file =>
      namesIn(read(file)).flatMap(name => (known.has(name) ? [] : [`${file}: ${name}`])),
    );
    expect(unknown).toEqual([]);
  });

  test.each(KINDS)('of $collector that ended are selected by results that there are', kind => {
    const results = kind.resultsWith('success', 'failure', 'stopped', 'other');
    const selector = new RegExp(
      `${kind.metric('runs_total')}\\{[^}]*\\b${kind.resultLabel}[=!]~?\\\\?"([^"\\\\]*)`,
      'g',
    );
    const used = files.flatMap(file =>
      [...read(file).matchAll(selector)].flatMap(([, values = '']) =>
        values.split('|').map(value => `${file}: ${value}`),
      ),
    );
    expect(used.length).toBeGreaterThan(5);
    expect(used.filter(use => ![...results, '$stopped'].some(result => use.endsWith(`: ${result}`)))).toEqual([]);
  });

  test('are named in more than the reference', () => {
    const named = new Set(files.filter(file => file !== 'docs/metrics.md').flatMap(file => namesIn(read(file))));
    expect(named.size).toBeGreaterThan(30);
  });
});
