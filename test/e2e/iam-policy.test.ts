import { describe, expect, it } from 'vitest';
import { permissionsOf } from '../../src/collectors/permissions.ts';
import { runExporter } from '../daemon.ts';
import { collectorsInUse as collectors } from '../truth/index.ts';

const iamPolicy = (config: string | object | undefined, args: readonly string[] = []) =>
  runExporter({ ...(config === undefined ? {} : { config }), args: ['iam-policy', ...args] }).exit;

describe('iam-policy', () => {
  it('prints a policy document and nothing else, without credentials, a region or a network', async () => {
    const { code, stdout, stderr } = await iamPolicy(undefined);
    expect([code, stderr]).toEqual([0, '']);
    const { Version, Statement } = JSON.parse(stdout);
    expect(Version).toBe('2012-10-17');
    const actions = collectors.flatMap(collector => permissionsOf(collector, false).map(({ action }) => action));
    expect(Statement).toEqual([{ Effect: 'Allow', Action: actions, Resource: '*' }]);
  });

  it('prints the policies of the exporter and of the roles, and what is missing to use them', async () => {
    const role = 'arn:aws:iam::111122223333:role/glue-exporter';
    const config = { targets: [{ region: 'eu-west-1', role_arn: role, external_id: 'example' }] };
    const { code, stdout, stderr } = await iamPolicy(config);
    expect([code, Object.keys(JSON.parse(stdout))]).toEqual([0, ['exporter', 'roles']]);
    expect(stderr).toMatch(/^The trust policies name a placeholder .*\n$/);
    const principal = 'arn:aws:iam::999988887777:role/aws-glue-exporter';
    const whole = await iamPolicy(config, [`--iam.principal=${principal}`]);
    expect(whole.stderr).toBe('');
    expect(JSON.parse(whole.stdout).roles[role].trust.Statement[0]).toMatchObject({ Principal: { AWS: principal } });
  });

  it('ends with 2 for a config that is no good, and prints nothing that could be taken for a policy', async () => {
    const { code, stdout, stderr } = await iamPolicy('collectors: [jobs, boats]');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('collectors[1]');
  });

  it('leaves --config.check its meaning', async () => {
    const { code, stdout } = await iamPolicy('collectors: [jobs]', ['--config.check']);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/is valid\n$/)]);
  });
});
