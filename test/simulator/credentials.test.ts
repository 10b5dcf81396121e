import { ListJobsCommand } from '@aws-sdk/client-glue';
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { fromHttp, fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { describe, expect, it } from 'vitest';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import type { Simulator } from '../../src/simulator/server.ts';
import { glueClient, present, simulate, stsClient } from './clients.ts';

const worlds = [
  scriptedWorld({ accountId: '111111111111', region: 'eu-west-1', jobs: { one: [] } }),
  scriptedWorld({ accountId: '222222222222', region: 'eu-west-1', jobs: { two: [] } }),
];
const RoleArn = 'arn:aws:iam::222222222222:role/glue-exporter';
const RoleSessionName = 'exporter';

const withToken = (simulator: Simulator, WebIdentityToken: string, more: { RoleArn?: string } = {}) =>
  stsClient(simulator).send(
    new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName, WebIdentityToken, ...more }),
  );

type Answered = Awaited<ReturnType<typeof withToken>>['Credentials'];

const listedWith = async (simulator: Simulator, answered: Answered) => {
  const { AccessKeyId, SecretAccessKey, SessionToken } = present(answered);
  const credentials = {
    accessKeyId: present(AccessKeyId),
    secretAccessKey: present(SecretAccessKey),
    sessionToken: present(SessionToken),
  };
  return (await glueClient(simulator, { credentials }).send(new ListJobsCommand({}))).JobNames;
};

const secondsLeft = (expiration: Date | undefined) => (present(expiration).getTime() - Date.now()) / 1000;

describe('AssumeRoleWithWebIdentity', () => {
  it('is not signed, and opens a session of the role', async () => {
    const simulator = await simulate({ worlds, webIdentityTokens: ['token-1'] });
    const form = new URLSearchParams({
      Action: 'AssumeRoleWithWebIdentity',
      RoleArn,
      RoleSessionName,
      Version: '2011-06-15',
    });
    form.set('WebIdentityToken', 'token-1');
    const unsigned = await fetch(simulator.endpoint, { method: 'POST', body: form });
    expect(unsigned.status).toBe(200);
    const { Credentials, AssumedRoleUser, SubjectFromWebIdentityToken } = await withToken(simulator, 'token-1');
    expect(AssumedRoleUser?.Arn).toBe('arn:aws:sts::222222222222:assumed-role/glue-exporter/exporter');
    expect(SubjectFromWebIdentityToken).toBe('system:serviceaccount:monitoring:exporter');
    expect(await listedWith(simulator, Credentials)).toEqual(['two']);
    expect(simulator.requestsByAccount.get('222222222222')?.get('AssumeRoleWithWebIdentity')).toBe(2);
  });

  it('refuses a token that has been rotated away, and one that it never knew', async () => {
    const simulator = await simulate({ worlds, webIdentityTokens: ['token-1'] });
    await withToken(simulator, 'token-1');
    simulator.setWebIdentityTokens(['token-2']);
    const refusal = (name: string) => ({ name, $metadata: { httpStatusCode: 400 } });
    await expect(withToken(simulator, 'token-1')).rejects.toMatchObject(refusal('ExpiredTokenException'));
    await expect(withToken(simulator, 'stolen')).rejects.toMatchObject(refusal('InvalidIdentityTokenException'));
    expect((await withToken(simulator, 'token-2')).Credentials).toBeDefined();
    const stranger = withToken(simulator, 'token-2', { RoleArn: 'arn:aws:iam::999999999999:role/nobody' });
    await expect(stranger).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('999999999999'),
    });
  });

  it('takes any token when none have been set', async () => {
    expect((await withToken(await simulate({ worlds }), 'anything')).Credentials).toBeDefined();
  });
});

describe('sessions', () => {
  const assume = (simulator: Simulator) =>
    stsClient(simulator).send(new AssumeRoleCommand({ RoleArn, RoleSessionName }));

  it('last as long as the option says, and Glue and STS refuse them from then on', async () => {
    const simulator = await simulate({ worlds, sessions: { seconds: 0.4 } });
    const { Credentials } = await assume(simulator);
    expect(secondsLeft(Credentials?.Expiration)).toBeLessThan(0.5);
    expect(await listedWith(simulator, Credentials)).toEqual(['two']);
    await new Promise(resolve => setTimeout(resolve, 450));
    await expect(listedWith(simulator, Credentials)).rejects.toMatchObject({
      name: 'ExpiredTokenException',
      $metadata: { httpStatusCode: 400 },
    });
    const { AccessKeyId, SecretAccessKey, SessionToken } = present(Credentials);
    const sts = new STSClient({
      endpoint: simulator.endpoint,
      region: 'eu-west-1',
      credentials: {
        accessKeyId: present(AccessKeyId),
        secretAccessKey: present(SecretAccessKey),
        sessionToken: present(SessionToken),
      },
    });
    const refusal = { name: 'ExpiredToken', $metadata: { httpStatusCode: 403 } };
    await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject(refusal);
    sts.destroy();
  });

  it('can be refused long before they say so, by a simulator that never saw them, too', async () => {
    const sessions = { seconds: 3600, refusedAfterSeconds: 0 };
    const { Credentials } = await assume(await simulate({ worlds, sessions }));
    expect(secondsLeft(Credentials?.Expiration)).toBeGreaterThan(3500);
    const another = await simulate({ worlds });
    await expect(listedWith(another, Credentials)).rejects.toMatchObject({ name: 'ExpiredTokenException' });
  });

  it('are renewed by the SDK before they end', async () => {
    // The SDK asks anew 5 minutes ahead.
    const simulator = await simulate({ worlds, sessions: { seconds: 301 } });
    const credentials = fromTemporaryCredentials({
      params: { RoleArn, RoleSessionName },
      masterCredentials: { accessKeyId: 'AKIA1', secretAccessKey: 'secret' },
      clientConfig: { endpoint: simulator.endpoint, region: 'eu-west-1' },
    });
    const client = glueClient(simulator, { credentials });
    await client.send(new ListJobsCommand({}));
    expect(simulator.requests.get('AssumeRole')).toBe(1);
    await new Promise(resolve => setTimeout(resolve, 1100));
    await client.send(new ListJobsCommand({}));
    expect(simulator.requests.get('AssumeRole')).toBe(2);
  });
});

describe('faults of STS', () => {
  it('hit the operation and the role that they are meant for', async () => {
    const simulator = await simulate({ worlds });
    const sts = stsClient(simulator);
    simulator.setFaults([{ kind: 'access_denied', rate: 1, operations: ['AssumeRole'], entity: RoleArn }]);
    await expect(sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining(`sts:AssumeRole on resource: ${RoleArn}`),
    });
    const other = { RoleArn: 'arn:aws:iam::111111111111:role/other', RoleSessionName };
    expect((await sts.send(new AssumeRoleCommand(other))).Credentials).toBeDefined();
    expect((await sts.send(new GetCallerIdentityCommand({}))).Account).toBe('111111111111');
    simulator.setFaults([
      { kind: 'throttle', rate: 1, operations: ['AssumeRoleWithWebIdentity'], account: '222222222222' },
    ]);
    await expect(withToken(simulator, 'token')).rejects.toMatchObject({ name: 'ThrottlingException' });
    expect((await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName }))).Credentials).toBeDefined();
  });
});

describe('container credentials', () => {
  const provider = (simulator: Simulator, token?: string) =>
    fromHttp({
      awsContainerCredentialsFullUri: simulator.credentialsUri,
      maxRetries: 1,
      ...(token === undefined ? {} : { awsContainerAuthorizationToken: token }),
    });

  it('are those of the first account, and expire', async () => {
    const simulator = await simulate({ worlds, sessions: { seconds: 1000, refusedAfterSeconds: 0.3 } });
    const credentials = await provider(simulator)();
    expect(secondsLeft(credentials.expiration)).toBeGreaterThan(900);
    expect(secondsLeft(credentials.expiration)).toBeLessThanOrEqual(1000);
    const client = glueClient(simulator, { credentials });
    expect((await client.send(new ListJobsCommand({}))).JobNames).toEqual(['one']);
    await new Promise(resolve => setTimeout(resolve, 350));
    await expect(client.send(new ListJobsCommand({}))).rejects.toMatchObject({ name: 'ExpiredTokenException' });
    expect(simulator.requests.get('GetContainerCredentials')).toBe(1);
  });

  it('ask for the authorization token of the day', async () => {
    const simulator = await simulate({ worlds, containerAuthorization: 'monday' });
    expect((await provider(simulator, 'monday')()).accessKeyId).toMatch(/^ASIA/);
    await expect(provider(simulator)()).rejects.toThrow();
    simulator.setContainerAuthorization('tuesday');
    await expect(provider(simulator, 'monday')()).rejects.toThrow();
    expect((await provider(simulator, 'tuesday')()).accessKeyId).toMatch(/^ASIA/);
    expect((await fetch(simulator.credentialsUri)).status).toBe(401);
  });

  it('can be hit by faults', async () => {
    const simulator = await simulate({ worlds });
    simulator.setFaults([{ kind: 'server_error', rate: 1, times: 1, operations: ['GetContainerCredentials'] }]);
    const answer = await fetch(simulator.credentialsUri);
    expect([answer.status, await answer.json()]).toMatchObject([500, { Code: 'InternalServiceException' }]);
    expect((await fetch(simulator.credentialsUri)).status).toBe(200);
    simulator.setFaults([{ kind: 'truncate', rate: 1, operations: ['GetContainerCredentials'] }]);
    await expect(provider(simulator)()).rejects.toThrow();
  });
});
