import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { collectors } from '../../src/collectors/index.ts';
import { permissionsOf } from '../../src/collectors/permissions.ts';
import { printIamPolicy } from '../../src/commands/iam-policy.ts';
import type { Config } from '../../src/config/config.ts';
import { parseConfig } from '../../src/config/load.ts';
import { knownNames } from '../../src/exporter/known-names.ts';
import { type PolicyDocument, policiesFor, UNKNOWN_PRINCIPAL } from '../../src/iam/policy.ts';

const config = (yaml: string): Config => parseConfig(yaml, 'config.yaml', knownNames);
const policies = (yaml: string, principal?: string) => policiesFor(config(yaml), collectors, principal);

const JOBS = ['glue:GetJobs', 'glue:GetJobRuns', 'glue:GetJobRun'];
const WORKFLOWS = ['glue:ListWorkflows', 'glue:BatchGetWorkflows', 'glue:GetWorkflowRuns', 'glue:GetWorkflowRun'];
const allow = (actions: readonly string[], regions?: readonly string[]) => ({
  Effect: 'Allow',
  Action: actions,
  Resource: '*',
  ...(regions === undefined ? {} : { Condition: { StringEquals: { 'aws:RequestedRegion': regions } } }),
});

const role = (account: string, name = 'glue-exporter') => `arn:aws:iam::${account}:role/${name}`;
const EXPORTER = role('999988887777', 'aws-glue-exporter');

describe('the policy of the exporter’s own identity', () => {
  test('has what all collectors need, anywhere, without a config', () => {
    expect(policies('').exporter).toEqual({ Version: '2012-10-17', Statement: [allow([...JOBS, ...WORKFLOWS])] });
    expect(policies('').roles).toEqual({});
  });

  test('has nothing for collectors that are not in use', () => {
    expect(policies('collectors: [jobs]').exporter.Statement).toEqual([allow(JOBS)]);
    expect(policies('collectors: [workflows]').exporter.Statement).toEqual([allow(WORKFLOWS)]);
  });

  test('is good in the regions of the targets only, when all of them say theirs', () => {
    const two = 'targets: [{ region: us-east-1 }, { region: eu-west-1 }]\ncollectors: [jobs]';
    expect(policies(two).exporter.Statement).toEqual([allow(JOBS, ['eu-west-1', 'us-east-1'])]);
    const oneAnywhere = 'targets: [{ region: us-east-1 }, { account_id: "111122223333" }]\ncollectors: [jobs]';
    expect(policies(oneAnywhere).exporter.Statement).toEqual([allow(JOBS)]);
  });

  test('has glue:ListJobs only where a target filters jobs by tags', () => {
    const tagged = `
      targets:
        - { region: us-east-1 }
        - { region: eu-west-1, jobs: { tags: { team: data } } }`;
    expect(policies(tagged).exporter.Statement).toEqual([
      allow([...JOBS, ...WORKFLOWS], ['eu-west-1', 'us-east-1']),
      allow(['glue:ListJobs'], ['eu-west-1']),
    ]);
    expect(JSON.stringify(policies('targets: [{ jobs: { tags: {} } }]'))).not.toContain('ListJobs');
    const notCollected = 'targets: [{ jobs: { tags: { team: data } } }]\ncollectors: [workflows]';
    expect(JSON.stringify(policies(notCollected))).not.toContain('ListJobs');
  });

  test('may assume exactly the roles, and read Glue only where a target has none', () => {
    const yaml = `
      defaults: { role_arn: "arn:aws:iam::{account_id}:role/glue-exporter", regions: [eu-west-1] }
      targets: [{ account_ids: ["222222222222", "111111111111"] }, { role_arn: none, region: us-east-1 }]
      collectors: [jobs]`;
    expect(policies(yaml).exporter.Statement).toEqual([
      allow(JOBS, ['us-east-1']),
      { Effect: 'Allow', Action: ['sts:AssumeRole'], Resource: [role('111111111111'), role('222222222222')] },
    ]);
    const onlyRoles = `targets: [{ region: eu-west-1, role_arn: "${role('111111111111')}" }]`;
    expect(policies(onlyRoles).exporter.Statement).toEqual([
      { Effect: 'Allow', Action: ['sts:AssumeRole'], Resource: [role('111111111111')] },
    ]);
  });

  test('follows from the collectors alone, so that a new one needs no edit here', () => {
    const other = {
      name: 'jobs',
      operations: ['ListWorkflows'],
      optionalOperations: ['GetWorkflowRun'],
      tagOperation: 'ListJobs',
    } as const;
    const { exporter } = policiesFor(config('targets: [{ jobs: { tags: { a: b } } }]'), [other], undefined);
    expect(exporter.Statement).toEqual([allow(['glue:ListWorkflows', 'glue:GetWorkflowRun', 'glue:ListJobs'])]);
  });
});

describe('the policies of a role', () => {
  const yaml = `
    targets:
      - { region: eu-west-1, role_arn: "${role('111111111111')}", external_id: example }
      - { region: us-east-1, role_arn: "${role('111111111111')}", external_id: example, jobs: { tags: { team: data } } }
      - { region: eu-west-1, role_arn: "${role('222222222222')}" }
    collectors: [jobs]`;

  test('have what its own targets need, in their regions', () => {
    const { roles } = policies(yaml);
    expect(Object.keys(roles)).toEqual([role('111111111111'), role('222222222222')]);
    expect(roles[role('111111111111')]?.policy.Statement).toEqual([
      allow(JOBS, ['eu-west-1', 'us-east-1']),
      allow(['glue:ListJobs'], ['us-east-1']),
    ]);
    expect(roles[role('222222222222')]?.policy.Statement).toEqual([allow(JOBS, ['eu-west-1'])]);
  });

  test('trust the exporter, who has to tell the external id where targets have one', () => {
    const { roles } = policies(yaml, EXPORTER);
    const trust = { Effect: 'Allow', Principal: { AWS: EXPORTER }, Action: ['sts:AssumeRole'] };
    expect(roles[role('111111111111')]?.trust).toEqual({
      Version: '2012-10-17',
      Statement: [{ ...trust, Condition: { StringEquals: { 'sts:ExternalId': ['example'] } } }],
    });
    expect(roles[role('222222222222')]?.trust.Statement).toEqual([trust]);
  });

  test('ask for no external id that a target of theirs does not send', () => {
    const mixed = `
      targets:
        - { region: eu-west-1, role_arn: "${role('111111111111')}", external_id: example }
        - { region: us-east-1, role_arn: "${role('111111111111')}" }`;
    expect(JSON.stringify(policies(mixed))).not.toContain('ExternalId');
    const two = mixed.replace('" }', '", external_id: other }');
    const condition = policies(two).roles[role('111111111111')]?.trust.Statement[0]?.Condition;
    expect(condition).toEqual({ StringEquals: { 'sts:ExternalId': ['example', 'other'] } });
  });

  test('trust nobody by mistake when the exporter’s identity is not told', () => {
    expect(JSON.stringify(policies(yaml))).toContain(UNKNOWN_PRINCIPAL);
    expect(UNKNOWN_PRINCIPAL).not.toMatch(/^arn:aws[a-z-]*:iam::(\d{12}|\*)/);
  });
});

describe('any config', () => {
  /** What IAM makes of such a document. */
  const allows = ({ Statement }: PolicyDocument, action: string, region: string): boolean =>
    Statement.some(
      ({ Action, Condition }) =>
        Action.includes(action) &&
        (Condition?.StringEquals?.['aws:RequestedRegion']?.includes(region) ?? Condition === undefined),
    );

  const regions = ['eu-west-1', 'us-east-1', 'ap-southeast-2'];
  const target = fc.record({
    region: fc.option(fc.constantFrom(...regions), { nil: undefined }),
    role: fc.option(fc.constantFrom('111111111111', '222222222222'), { nil: undefined }),
    isTagged: fc.boolean(),
  });

  test('is allowed what its targets need where they are, and nothing else', () => {
    fc.assert(
      fc.property(
        fc.array(target, { minLength: 1, maxLength: 6 }),
        fc.subarray(['jobs', 'workflows'], { minLength: 1 }),
        (targets, names) => {
          const [whole] = config('').targets;
          if (whole === undefined) throw new Error('the default config has a target');
          const made = targets.map(({ region, role: account, isTagged }) => ({
            ...whole,
            region,
            roleArn: account === undefined ? undefined : role(account),
            filters: isTagged ? { jobs: { include: [], exclude: [], tags: { team: 'data' } } } : {},
          }));
          const { exporter, roles } = policiesFor({ targets: made, collectors: names }, collectors, EXPORTER);
          for (const owner of [undefined, role('111111111111'), role('222222222222')]) {
            const own = made.filter(({ roleArn }) => roleArn === owner);
            const policy = owner === undefined ? exporter : roles[owner]?.policy;
            if (policy === undefined) expect(own).toEqual([]);
            else {
              for (const collector of collectors) {
                for (const { action, isForTags } of permissionsOf(collector, true)) {
                  for (const region of regions) {
                    const isNeeded = own.some(
                      one =>
                        names.includes(collector.name) &&
                        (one.region ?? region) === region &&
                        (!isForTags || one.filters.jobs !== undefined),
                    );
                    // A target of an unknown region may be anywhere.
                    expect([action, region, allows(policy, action, region)]).toEqual([action, region, isNeeded]);
                  }
                }
              }
            }
          }
        },
      ),
    );
  });
});

describe('what is printed', () => {
  const printed = (yaml: string, principal?: string) => {
    let text = '';
    const remarks: string[] = [];
    printIamPolicy(config(yaml), {
      principal,
      print: more => {
        text += more;
      },
      remark: remark => remarks.push(remark),
    });
    return { json: JSON.parse(text), remarks };
  };

  test('is the bare policy without roles, and both kinds by their owners with roles', () => {
    expect(printed('')).toEqual({ json: policies('').exporter, remarks: [] });
    const yaml = `targets: [{ role_arn: "${role('111111111111')}" }]`;
    expect(printed(yaml, EXPORTER)).toEqual({ json: policies(yaml, EXPORTER), remarks: [] });
  });

  test('is told to be incomplete when the exporter’s identity is not told', () => {
    expect(printed(`targets: [{ role_arn: "${role('111111111111')}" }]`).remarks).toEqual([
      expect.stringContaining('--iam.principal=ARN'),
    ]);
  });

  test('is told to be too large for a managed policy, or impossible across partitions', () => {
    const accounts = Array.from({ length: 150 }, (_, index) => `"${100_000_000_000 + index}"`);
    const many = `targets: [{ account_ids: [${accounts}], role_arn: "arn:aws:iam::{account_id}:role/glue-exporter" }]`;
    expect(printed(many, EXPORTER).remarks).toEqual([expect.stringMatching(/has \d{4} characters.*6144/)]);
    const china = `targets: [{ role_arn: "${role('111111111111')}" }, { role_arn: "arn:aws-cn:iam::222222222222:role/x" }]`;
    expect(printed(china, EXPORTER).remarks).toEqual([expect.stringContaining('aws, aws-cn')]);
  });
});
