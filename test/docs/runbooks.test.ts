import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ruleFiles } from '../../monitoring/source/rules/files.ts';
import { isAlert } from '../../monitoring/source/rules/rule.ts';
import { anywhere, type Site, THRESHOLDS } from '../../monitoring/source/site.ts';
import { filesBelow, PAGES, pathOf, read } from './pages.ts';

const alertsAt = (site: Site) =>
  ruleFiles(site).flatMap(({ groups }) => groups.flatMap(({ rules }) => rules.filter(isAlert)));

const alerts = alertsAt(anywhere);
const runbookOf = (alert: string): string => `docs/runbooks/${alert}.md`;
const runbooks = filesBelow('docs/runbooks').filter(file => !file.endsWith('/README.md'));

/** The alerts with the names of their thresholds instead of the values. */
const namingThresholds = alertsAt({ ...anywhere, threshold: name => `<${name}>` });
const thresholdsOf = (alert: string): readonly string[] => {
  const found = namingThresholds.find(other => other.alert === alert);
  return [...`${found?.expr} ${found?.for}`.matchAll(/<(\w+)>/g)].map(([, name = '']) => name);
};

/** Sections by their titles. */
const sectionsOf = (page: string): ReadonlyMap<string, string> =>
  new Map(
    read(page)
      .split(/^## /m)
      .slice(1)
      .map(section => [section.slice(0, section.indexOf('\n')), section]),
  );

describe('the runbooks', () => {
  test('are one for each alert, and for nothing else', () => {
    expect(alerts.length).toBeGreaterThan(15);
    expect(runbooks).toEqual(alerts.map(({ alert }) => runbookOf(alert)).sort());
  });

  test('are listed in their index, with the severity of each alert', () => {
    const index = read('docs/runbooks/README.md');
    const rows = [...index.matchAll(/^\| \[(\w+)\]\((\w+)\.md\) \| (\w+) \|/gm)].map(row => row.slice(1));
    expect(rows).toEqual(expect.arrayContaining(alerts.map(({ alert, severity }) => [alert, alert, severity])));
    expect(rows).toHaveLength(alerts.length);
  });
});

describe.each(alerts)('the runbook of $alert', ({ alert, severity }) => {
  const page = runbookOf(alert);
  const sections = sectionsOf(page);
  const section = (title: string): string => sections.get(title) ?? '';

  test('says what it means, what it costs, how to find out more and what to do', () => {
    expect(read(page)).toMatch(new RegExp(`^# ${alert}\\n\\n\\*\\*${severity}\\*\\* · `));
    expect([...sections.keys()]).toEqual(['Meaning', 'Impact', 'Diagnosis', 'Mitigation']);
  });

  test('says when the alert resolves, and what it does not tell', () => {
    const meaning = section('Meaning').replaceAll(/\s+/g, ' ');
    expect(meaning).toMatch(/\bresolve/);
    expect(meaning).toMatch(/\b(does not|cannot|nothing of|nor|not seen|left out|not judged)\b/);
  });

  test('has queries and commands to find out more, none of which changes anything', () => {
    expect(section('Diagnosis')).toContain('```promql\n');
    expect(section('Diagnosis')).toContain('```sh\n');
    const changing =
      /^(aws \S+ (?!get|list|describe|lookup|assume)\S+|kubectl .*\b(delete|scale|apply|rollout)\b.*|curl .*-X POST.*|systemctl (?!status).*)/gm;
    expect(section('Diagnosis').match(changing) ?? []).toEqual([]);
  });

  test('names its thresholds, as they are', () => {
    const page = read(runbookOf(alert));
    const named = [...page.matchAll(/`(\w+)`(?: \(([^)]+)\))?/g)].filter(([, name = '']) => name in THRESHOLDS);
    expect(new Set(named.map(([, name]) => name))).toEqual(new Set(thresholdsOf(alert)));
    const values = section('Mitigation').matchAll(/`(\w+)` \(([\w.]+)\)/g);
    const stated = Object.fromEntries([...values].map(([, name, value]) => [name, value]));
    expect(stated).toEqual(
      Object.fromEntries(
        Object.entries(THRESHOLDS).flatMap(([name, value]) =>
          thresholdsOf(alert).includes(name) ? [[name, `${value}`]] : [],
        ),
      ),
    );
  });
});

describe('the links', () => {
  test.each(PAGES)('of %s lead to files and headings that are there', page => {
    const idOf = (heading: string): string =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w\- ]/g, '')
        .replaceAll(' ', '-');
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)];
    const broken = links.filter(([, path = '', id]) => {
      const file = path === '' ? page : join(dirname(page), path);
      if (!existsSync(pathOf(file))) return true;
      if (id === undefined) return false;
      return ![...read(file).matchAll(/^#+ (.*)$/gm)].some(([, heading = '']) => idOf(heading) === id);
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });
});
