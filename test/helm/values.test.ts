import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { BEGIN, END, readChartValues, withChartValues } from '../../scripts/generate/chart-values.ts';
import { at, chart, examples, leaves, readChart } from './rendering.ts';

const values: unknown = parse(readChart('values.yaml'));
// Explained as a whole.
const WHOLE =
  /^(dashboards\.labels|podSecurityContext|securityContext|resources|startupProbe|livenessProbe|readinessProbe)\..*/;
const paths = [...new Set(leaves(values).map(path => path.replace(WHOLE, '$1')))];

describe('the values of the chart', () => {
  test('are all in the tables of its README, each with its default', () => {
    const rows = [...readChart('README.md').matchAll(/^\| `([\w.]+)` \| (?:`(.*?)`)? \| (.+) \|$/gm)];
    const defaults = new Map(rows.map(([, path = '', value = '']) => [path, parse(value.replaceAll('\\|', '|'))]));
    expect(paths.length).toBeGreaterThan(100);
    expect(paths.filter(path => !defaults.has(path))).toEqual([]);
    for (const path of paths) expect(defaults.get(path), path).toEqual(at(values, ...path.split('.')));
  });

  test('are what the schema knows, no more and no less', () => {
    const schema: unknown = JSON.parse(readChart('values.schema.json'));
    const definitionOf = (of: unknown): unknown => {
      const ref = at(of, '$ref');
      return ref === undefined ? of : definitionOf(at(schema, ...String(ref).slice(2).split('/')));
    };
    /** The keys of each object that allows no others. */
    const known = (of: unknown, path: readonly string[]): readonly string[] => {
      const definition = definitionOf(of);
      // Labels and annotations of alerts have names of the user's choice; so have the keys for YAML anchors, which are no values.
      const patterns = Object.keys(Object(at(definition, 'patternProperties'))).filter(pattern => pattern !== '^x-');
      const isClosed = at(definition, 'additionalProperties') === false && patterns.length === 0;
      if (!isClosed) return [path.join('.')];
      return Object.entries(Object(at(definition, 'properties'))).flatMap(([key, inner]) =>
        known(inner, [...path, key]),
      );
    };
    const isPart = (path: string): boolean =>
      /^(enabled$|(global|resources|lifecycle|prometheusRule\.severities|\w+Probe|\w+\.persistentVolumeClaimRetentionPolicy)\b)/.test(
        path,
      );
    expect(
      known(schema, [])
        .filter(path => !isPart(path))
        .sort(),
    ).toEqual(paths.filter(path => !isPart(path)).sort());
  });

  test('are all used by the example with everything', () => {
    const example: unknown = parse(readFileSync(join(chart, 'ci', 'everything-values.yaml'), 'utf8'));
    // Given instead of these: another one; the schemas on npm are of an older Prometheus Operator.
    const others = ['webConfig.content', 'serviceMonitor.scrapeProtocols', 'podMonitor.scrapeProtocols'];
    const missing = paths.filter(path => at(example, ...path.split('.')) === undefined);
    expect(missing.sort()).toEqual(others.sort());
  });

  test('have examples, all of which the README names', () => {
    const readme = readChart('README.md');
    expect(examples.filter(({ name }) => !readme.includes(`| \`ci/${name}-values.yaml\` |`))).toEqual([]);
  });
});

describe('the tables of values', () => {
  const yaml = `# About the file.

## First

# Explains a.
# In two lines.
a: ""
  # an: example
# Explains b | or not.
b: [x, "y: z"]

## Second

c:
  # Explains d.
  d: 1
    # - example
  e:
    # Explains f.
    f: null
# Explains g as a whole.
g:
  h: { i: true }
  j: k
# Explains l, too.
l:
  # Explains m.
  m: {}
`;

  test('have a row for each value, from its comment', () => {
    expect(readChartValues(yaml)).toEqual([
      {
        title: 'First',
        values: [
          { path: 'a', defaultValue: '""', meaning: 'Explains a. In two lines.' },
          { path: 'b', defaultValue: '[ x, "y: z" ]', meaning: 'Explains b | or not.' },
        ],
      },
      {
        title: 'Second',
        values: [
          { path: 'c.d', defaultValue: '1', meaning: 'Explains d.' },
          { path: 'c.e.f', defaultValue: 'null', meaning: 'Explains f.' },
          { path: 'g', defaultValue: '{ h: { i: true }, j: k }', meaning: 'Explains g as a whole.' },
          { path: 'l', defaultValue: '', meaning: 'Explains l, too.' },
          { path: 'l.m', defaultValue: '{}', meaning: 'Explains m.' },
        ],
      },
    ]);
  });

  test('are refused where a value is not explained, with the names of all these', () => {
    const bare = yaml
      .replace('  # Explains d.\n', '')
      .replace('    # Explains f.\n', '')
      .replace(/# Explains b.*\n/, '');
    expect(() => readChartValues(bare)).toThrow('values.yaml does not explain b, c.d, c.e.f');
    expect(() => readChartValues('## Title\n\na:\n  # Explains b.\n  b: 1\n  c: 2\n')).toThrow('does not explain a.c');
  });

  test('take the place between the marks, and nothing else is touched', () => {
    const written = withChartValues(`# Ours\n\n${BEGIN}\nold\n${END}\n\nours\n`, yaml);
    expect(written).toContain('| `b` | `[ x, "y: z" ]` | Explains b \\| or not. |');
    expect(written.split(BEGIN)[0]).toBe('# Ours\n\n');
    expect(written.split(END)[1]).toBe('\n\nours\n');
    expect(written).not.toContain('old');
    expect(withChartValues(written, yaml)).toBe(written);
    expect(() => withChartValues('# Ours\n', yaml)).toThrow("the chart's README needs one");
  });
});
