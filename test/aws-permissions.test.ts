// docs/aws-permissions.md: what it shows is compared with what the collectors need, and what it tells people to type is typed.
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { permissionsTable, withPermissions } from '../scripts/generate/permissions-table.ts';
import { collectors } from '../src/collectors/index.ts';
import { permissionsOf } from '../src/collectors/permissions.ts';
import { HELP } from '../src/commands/flags.ts';
import { parseConfig } from '../src/config/load.ts';
import { knownNames } from '../src/exporter/known-names.ts';
import { scriptedWorld } from '../src/simulator/scripted.ts';
import { cleanEnvironment, MAIN, run, temporaryFolder } from './daemon.ts';
import { simulate } from './e2e/account.ts';
import { built, describeWith, tool } from './tools.ts';

const read = (name: string): string => readFileSync(fileURLToPath(new URL(`../${name}`, import.meta.url)), 'utf8');
const page = read('docs/aws-permissions.md');

const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, body = '']) => body);

/** The policies are those of a configuration that names no collectors. */
const defaults = collectors.filter(({ isDefault }) => isDefault);
const actions = defaults.flatMap(collector => permissionsOf(collector, false).map(({ action }) => action));

/** All that a document holds under a key, at any depth. */
const under = (key: string, document: unknown): unknown[] => {
  if (typeof document !== 'object' || document === null) return [];
  return Object.entries(document).flatMap(([name, value]) => [...(name === key ? [value] : []), ...under(key, value)]);
};

const glueActionsIn = (document: unknown): unknown[] =>
  under('Action', document).filter(action => JSON.stringify(action).includes('glue:'));

const yaml = blocks('yaml');
const [config = ''] = yaml.filter(block => block.includes('targets:'));
const [template = ''] = yaml.filter(block => block.includes('AWSTemplateFormatVersion'));
const [values = ''] = yaml.filter(block => block.includes('serviceAccount:'));

describe('docs/aws-permissions.md', () => {
  test('names every permission in its table, and no other', () => {
    const [, table = ''] = /^\| permission \|.*?\n\|[-|]+\|\n(.*?)\n\n/ms.exec(page) ?? [];
    const named = table.split('\n').map(row => /^\| `([^`]+)` \|/.exec(row)?.[1]);
    const all = collectors.flatMap(collector => permissionsOf(collector, true).map(({ action }) => action));
    expect(named.toSorted()).toEqual([...all, 'sts:AssumeRole'].sort());
  });

  test('says in its table what each permission is for, who needs it, and what a policy can narrow it to', () => {
    const crawlers = {
      name: 'crawlers',
      operations: ['GetJobRuns'],
      optionalOperations: ['GetWorkflowRun'],
      tagOperation: 'ListJobs',
    } as const;
    const [, , ...rows] = permissionsTable([crawlers]).split('\n');
    expect(rows).toEqual([
      '| `glue:GetJobRuns` | the runs of each job | with the collector `crawlers` | yes, `job/NAME` |',
      '| `glue:GetWorkflowRun` | long runs that are hidden behind newer ones; optional: without it, more requests | with the collector `crawlers` | yes, `workflow/NAME` |',
      '| `glue:ListJobs` | which jobs carry the tags of a filter | with `crawlers.tags` in a target | no |',
      expect.stringMatching(/^\| `sts:AssumeRole` \|/),
    ]);
    expect(() => withPermissions('a page without a place for it', [crawlers])).toThrow('needs one');
  });

  test('has policies with exactly what the collectors need', () => {
    const [policy = '', narrowed = '', ...trusts] = blocks('json');
    expect(glueActionsIn(JSON.parse(policy))).toEqual([actions]);
    expect(actions).toEqual(expect.arrayContaining(JSON.parse(narrowed).Action));
    expect(trusts).toHaveLength(2);
    for (const trust of trusts) expect(JSON.stringify(JSON.parse(trust))).toContain('"sts:AssumeRole');
  });

  test('has a CloudFormation template of one role, with exactly what the collectors need', () => {
    const { Parameters: parameters, Conditions: conditions, Resources: resources } = parse(template);
    expect(Object.values(resources)).toEqual([expect.objectContaining({ Type: 'AWS::IAM::Role' })]);
    expect(glueActionsIn(resources)).toEqual([actions]);
    const known = [...Object.keys(parameters), 'AWS::NoValue'];
    expect(under('Ref', { resources, conditions }).filter(name => !known.includes(`${name}`))).toEqual([]);
    expect(under('Fn::If', resources).flat()[0]).toBe(Object.keys(conditions)[0]);
  });

  test('has Terraform with exactly what the collectors need', () => {
    const hcl = blocks('hcl').join('\n');
    const lists = [...hcl.matchAll(/actions\s*=\s*\[([^\]]*)\]/g)].map(([, list = '']) =>
      [...list.matchAll(/"([^"]+)"/g)].map(([, action]) => action),
    );
    const ofGlue = lists.filter(list => list.some(action => action?.startsWith('glue:')));
    expect(ofGlue).toEqual([actions, actions]);
    for (const [open, close] of ['{}', '[]', '()'].map(pair => pair.split(''))) {
      expect(hcl.split(open ?? '').length).toBe(hcl.split(close ?? '').length);
    }
    const documents = [...hcl.matchAll(/^data "aws_iam_policy_document" "(\w+)"/gm)].map(([, name]) => name);
    const used = [...hcl.matchAll(/data\.aws_iam_policy_document\.(\w+)\.json/g)].map(([, name]) => name);
    expect(used.toSorted()).toEqual(documents.toSorted());
  });

  test('has a configuration and values that are good', () => {
    expect(parseConfig(config, 'config.yaml', knownNames).targets).toHaveLength(5);
    const { serviceAccount } = parse(read('helm/aws-glue-exporter/values.yaml'));
    expect(Object.keys(serviceAccount)).toEqual(expect.arrayContaining(Object.keys(parse(values).serviceAccount)));
  });

  test('names only flags that exist', () => {
    const flags = page.match(/--(?:config|iam|web|log|shard)\b[\w.-]*/g) ?? [];
    expect(flags.length).toBeGreaterThan(3);
    expect(flags.filter(flag => !HELP.includes(flag))).toEqual([]);
  });
});

/** The blocks of commands, but those of which the line before says why they are not run. */
const commands = [...page.matchAll(/^([^\n]*)\n```sh\n(.*?)^```/gms)].flatMap(([, before = '', body = '']) =>
  /^<!-- not run: .+ -->$/.test(before) ? [] : [body],
);

describeWith(built(), 'what docs/aws-permissions.md tells people to type', () => {
  describeWith(tool('jq'), 'with jq', () => {
    test('does what it says', async () => {
      const worlds = [
        { accountId: '999988887777', region: 'eu-west-1' },
        ...['111122223333', '444455556666'].flatMap(accountId =>
          ['eu-west-1', 'us-east-1'].map(region => ({ accountId, region, externalId: 'example' })),
        ),
      ].map(place => scriptedWorld({ ...place, jobs: { orders: [] } }));
      const simulator = await simulate(worlds, { clock: () => Date.now() / 1000 });
      const folder = temporaryFolder();
      const file = (name: string) => join(folder, name);
      writeFileSync(file('config.yaml'), config);
      writeFileSync(file('aws-glue-exporter'), `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`);
      chmodSync(file('aws-glue-exporter'), 0o755);
      const clean = cleanEnvironment();
      const env = {
        ...clean,
        PATH: `${folder}${delimiter}${clean.PATH}`,
        AWS_ENDPOINT_URL: simulator.endpoint,
      };
      expect(commands).toHaveLength(4);
      const printed: string[] = [];
      for (const body of commands) {
        const { code, stdout, stderr } = await run('sh', ['-ec', `cd ${folder}\n${body}`], env).exit;
        expect([body, code, stderr]).toEqual([body, 0, '']);
        printed.push(stdout);
      }
      expect(JSON.parse(printed[0] ?? '')).toEqual(JSON.parse(blocks('json')[0] ?? ''));
      expect(printed[1]).toContain('5 targets, and no problem');
      const written = (name: string): unknown => JSON.parse(readFileSync(file(name), 'utf8'));
      expect(written('policy.json')).toEqual(JSON.parse(printed[0] ?? ''));
      expect(glueActionsIn(written('role-policy.json'))).toEqual([actions]);
      expect(under('sts:ExternalId', written('role-trust.json'))).toEqual([['example']]);
      expect(under('Principal', written('role-trust.json'))).toEqual([
        { AWS: 'arn:aws:iam::999988887777:role/aws-glue-exporter' },
      ]);
      expect(under('Resource', written('exporter-policy.json')).at(-1)).toHaveLength(2);
    });
  });
});
