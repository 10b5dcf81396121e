import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { collectors } from '../src/collectors/index.ts';
import { parseConfig } from '../src/config/load.ts';
import { knownNames } from '../src/exporter.ts';
import { HELP } from '../src/flags.ts';
import { createTelemetry } from '../src/metrics/telemetry.ts';

const pathOf = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const read = (name: string) => readFileSync(pathOf(name), 'utf8');

const readme = read('README.md');
const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, body = '']) => body);

const sharding = read('docs/sharding.md');

const metricNames = new Set([
  ...collectors.flatMap(({ families }) => families.map(({ name }) => name)),
  ...createTelemetry({ version: '', nodeVersion: '' }).headers.map(({ name }) => name),
]);

describe('the README', () => {
  test('has the two commands, and package.json has what they call', () => {
    expect(blocks('sh')).toEqual(expect.arrayContaining(['npm ci && npm run demo\n', 'npm ci && npm test\n']));
    expect(JSON.parse(read('package.json')).scripts).toMatchObject({
      demo: expect.any(String),
      test: expect.any(String),
    });
  });

  test('grants exactly the permissions that the collectors need', () => {
    const [policy = ''] = blocks('json');
    const { Statement: statements } = JSON.parse(policy);
    expect(statements).toHaveLength(1);
    const actions = collectors.flatMap(({ iamActions, optionalIamActions }) => [...iamActions, ...optionalIamActions]);
    expect([...statements[0].Action].sort()).toEqual(actions.sort());
    const forTags = collectors.flatMap(({ tagFilterIamAction }) => tagFilterIamAction ?? []);
    expect(forTags.every(action => readme.includes(`\`${action}\``))).toBe(true);
  });

  test('names only metrics that exist', () => {
    const named = [...readme.matchAll(/\baws_glue_\w+/g)]
      .map(([name]) => name)
      .filter(name => name !== 'aws_glue_exporter');
    expect(named.length).toBeGreaterThan(15);
    expect(named.filter(name => !metricNames.has(name))).toEqual([]);
  });

  test('names only flags that exist', () => {
    const flags = [...readme.matchAll(/--[a-z][\w.-]+/g)].map(([flag]) => flag);
    expect(flags.length).toBeGreaterThan(5);
    const ofOthers = ['--rm', '--enable-feature'];
    expect(flags.filter(flag => !HELP.includes(flag) && !ofOthers.includes(flag))).toEqual([]);
  });

  test('has YAML that is YAML', () => {
    for (const block of blocks('yaml')) expect(() => parse(block)).not.toThrow();
  });
});

describe('docs/sharding.md', () => {
  test('shows a configuration that is good, and names only metrics and flags that exist', () => {
    const [config = ''] = [...sharding.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, body]) => body);
    expect(parseConfig(config, 'docs/sharding.md', knownNames).targets).toHaveLength(12);
    const named = [...sharding.matchAll(/\baws_glue_\w+/g)].map(([name]) => name);
    expect(named.filter(name => !metricNames.has(name))).toEqual([]);
    const flags = [...sharding.matchAll(/--[a-z][\w.-]+/g)].map(([flag]) => flag);
    expect(flags.filter(flag => !HELP.includes(flag))).toEqual([]);
  });
});

describe('files that are named', () => {
  const chart = 'helm/aws-glue-exporter';
  const pages = [
    'README.md',
    'CONTRIBUTING.md',
    `${chart}/README.md`,
    ...readdirSync(pathOf('docs')).flatMap(name => (name.endsWith('.md') ? [`docs/${name}`] : [])),
  ];
  const files = [...pages, 'config.example.yaml', 'web-config.example.yaml', `${chart}/values.yaml`, 'src/flags.ts'];
  const missing = (paths: readonly string[]): string[] => paths.filter(path => !existsSync(pathOf(path)));

  test.each(pages)('the links of %s lead to files', page => {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)].map(([, link = '']) => link);
    expect(missing(links.map(link => join(dirname(page), link)))).toEqual([]);
  });

  test.each(files)('what %s names by its path is there', file => {
    const named = read(file).match(/(?<![\w./-])(?:bench|docs|helm|scripts|src|test)\/[\w./-]*\w/g) ?? [];
    expect(missing(named)).toEqual([]);
  });
});
