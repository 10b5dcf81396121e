import { ListJobsCommand } from '@aws-sdk/client-glue';
import { AssumeRoleCommand, GetCallerIdentityCommand, GetSessionTokenCommand } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import type { Simulator } from '../../src/simulator/server.ts';
import { glueClient, present, simulate, stsClient } from './clients.ts';

const worldOf = (accountId: string, region: string, job: string, externalId?: string) =>
  scriptedWorld({ accountId, region, jobs: { [job]: [] }, ...(externalId === undefined ? {} : { externalId }) });

const worlds = [
  worldOf('111111111111', 'eu-west-1', 'one-west'),
  worldOf('111111111111', 'eu-central-1', 'one-central'),
  worldOf('222222222222', 'eu-west-1', 'two-west', 'example <&> "id"'),
];

const roleArn = 'arn:aws:iam::222222222222:role/teams/glue-exporter';
const assume = (simulator: Simulator, more: { ExternalId?: string; RoleArn?: string; RoleSessionName?: string } = {}) =>
  stsClient(simulator).send(
    new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'exporter', ExternalId: 'example <&> "id"', ...more }),
  );

describe('several accounts and regions', () => {
  it('answers from the region that the request is signed for', async () => {
    const simulator = await simulate({ worlds });
    const listed = async (region: string) =>
      (await glueClient(simulator, { region }).send(new ListJobsCommand({}))).JobNames;
    expect(await listed('eu-west-1')).toEqual(['one-west']);
    expect(await listed('eu-central-1')).toEqual(['one-central']);
    expect(await listed('us-east-1')).toEqual([]);
  });

  it('tells who is calling', async () => {
    const simulator = await simulate({ worlds });
    expect(await stsClient(simulator).send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: '111111111111',
      Arn: 'arn:aws:iam::111111111111:user/simulator',
    });
    expect(simulator.requests.get('GetCallerIdentity')).toBe(1);
  });

  it('lets a role be assumed and answers its session from the role’s account', async () => {
    const simulator = await simulate({ worlds });
    const { Credentials, AssumedRoleUser } = await assume(simulator);
    expect(AssumedRoleUser?.Arn).toBe('arn:aws:sts::222222222222:assumed-role/glue-exporter/exporter');
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = present(Credentials);
    expect(AccessKeyId).toMatch(/^ASIA\w{16}$/);
    // Real time, because the SDK compares it with the machine's clock.
    expect(present(Expiration).getTime()).toBeGreaterThan(Date.now() + 3_500_000);
    const credentials = {
      accessKeyId: present(AccessKeyId),
      secretAccessKey: present(SecretAccessKey),
      sessionToken: present(SessionToken),
    };
    const client = glueClient(simulator, { credentials });
    expect((await client.send(new ListJobsCommand({}))).JobNames).toEqual(['two-west']);
  });

  it('asks for the external id, and knows its accounts', async () => {
    const simulator = await simulate({ worlds });
    const named = { name: 'AccessDenied', message: expect.stringContaining('sts:AssumeRole on resource') };
    await expect(assume(simulator, { ExternalId: 'wrong' })).rejects.toMatchObject(named);
    const stranger = 'arn:aws:iam::999999999999:role/nobody';
    await expect(assume(simulator, { RoleArn: stranger })).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(assume(simulator, { RoleArn: 'arn:aws:s3:::no-role-at-all' })).rejects.toMatchObject({
      name: 'ValidationError',
    });
    await expect(assume(simulator, { RoleSessionName: '<&>' })).rejects.toMatchObject({ name: 'ValidationError' });
    const own = await assume(simulator, { RoleArn: 'arn:aws:iam::111111111111:role/open', ExternalId: 'anything' });
    expect(own.Credentials).toBeDefined();
  });

  it('knows no other operation', async () => {
    const simulator = await simulate({ worlds });
    const sent = stsClient(simulator).send(new GetSessionTokenCommand({}));
    await expect(sent).rejects.toMatchObject({ name: 'InvalidAction' });
  });
});
