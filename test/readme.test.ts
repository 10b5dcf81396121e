import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { collectors } from '../src/collectors/index.ts';
import { actionOf, permissionsOf } from '../src/collectors/permissions.ts';
import { HELP } from '../src/commands/flags.ts';
import { parseConfig } from '../src/config/load.ts';
import { knownNames } from '../src/exporter/known-names.ts';
import { createTelemetry } from '../src/metrics/telemetry.ts';
import { platformWorld } from '../src/simulator/platform.ts';
import { cleanEnvironment, eventually, MAIN, run, temporaryFolder } from './daemon.ts';
import { NOON, place, simulate } from './e2e/account.ts';
import { built, describeWith } from './tools.ts';

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
    const defaults = collectors.filter(({ isDefault }) => isDefault);
    const actions = defaults.flatMap(collector => permissionsOf(collector, false).map(({ action }) => action));
    expect([...statements[0].Action].sort()).toEqual(actions.sort());
    const forTags = defaults.flatMap(({ tagOperation }) => (tagOperation === undefined ? [] : actionOf(tagOperation)));
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

describeWith(built(), 'the way to AWS in the README', () => {
  const [, section = ''] = /^## Run it on AWS\n(.*?)^## /ms.exec(readme) ?? [];
  const commands = [...section.matchAll(/^<!-- run by test\/readme\.test\.ts -->\n```sh\n(.*?)^```/gms)].flatMap(
    ([, body = '']) => body.trim().split('\n'),
  );

  test('calls the program in one way, with the file that it has made before', () => {
    expect(commands.slice(0, 2)).toEqual(['npm ci && npm run build', expect.stringMatching(/ > config\.yaml$/)]);
    const calls = commands.slice(2);
    expect(calls.length).toBeGreaterThan(3);
    expect(calls.filter(call => !/^node dist\/main\.js .*--config\.file=config\.yaml$/.test(call))).toEqual([]);
    // In text as well. Behind docker run it is the name of the image.
    expect(readme.match(/(?<=`)(?:npx )?aws-glue-exporter [a-z-]/g)).toBeNull();
  });

  test('does what it says, command by command', { timeout: 60_000 }, async () => {
    const world = platformWorld({ ...place, seed: 1, jobs: 5, workflows: 2, nowSeconds: NOON });
    const { endpoint } = await simulate([world]);
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'dist'));
    symlinkSync(MAIN, join(folder, 'dist/main.js'));
    const env = { ...cleanEnvironment(), AWS_ENDPOINT_URL: endpoint };
    for (const command of commands.slice(1)) {
      const serves = command === 'node dist/main.js --config.file=config.yaml';
      const onAnyPort = serves ? `exec ${command} --web.listen-address=127.0.0.1:0` : command;
      const running = run('sh', ['-ec', `cd ${folder}; ${onAnyPort}`], env);
      if (serves) {
        const isPolled = () => (running.written.stderr.includes('First poll complete') ? true : undefined);
        await Promise.race([eventually(command, isPolled), running.exit]);
        running.process.kill('SIGTERM');
      }
      const { code, stdout, stderr } = await running.exit;
      expect({ command, code }, stderr + stdout).toEqual({ command, code: 0 });
      if (command.includes(' once ')) expect(stdout).toContain('aws_glue_job_info{');
    }
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
  const files = [
    ...pages,
    'config.example.yaml',
    'web-config.example.yaml',
    `${chart}/values.yaml`,
    'src/commands/flags.ts',
  ];
  const missing = (paths: readonly string[]): string[] => paths.filter(path => !existsSync(pathOf(path)));

  test.each(pages)('the links of %s lead to files', page => {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)].map(([, link = '']) => link);
    expect(missing(links.map(link => join(dirname(page), link)))).toEqual([]);
  });

  test.each(files)('what %s names by its path is there', file => {
    const named = read(file).match(/(?<![\w./-])(?![\w./-]*<)(?:bench|docs|helm|scripts|src|test)\/[\w./-]*\w/g) ?? [];
    expect(missing(named)).toEqual([]);
  });
});
