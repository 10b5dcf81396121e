import { ListJobsCommand } from '@aws-sdk/client-glue';
import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import { glueClient, simulate, stsClient } from './clients.ts';

const worlds = [scriptedWorld({ accountId: '111111111111', region: 'eu-west-1', jobs: { one: [] } })];
const realSeconds = () => Date.now() / 1000;

describe('the time of a signature', () => {
  it.each([
    [3600, /^Signature expired: \d{8}T\d{6}Z is now earlier than .* - 5 min\.\)$/],
    [-3600, /^Signature not yet current: \d{8}T\d{6}Z is still later than .* \+ 5 min\.\)$/],
  ])('that is %i seconds behind is refused, and the SDK learns the time from the refusal', async (ahead, message) => {
    const simulator = await simulate({ worlds, clock: () => realSeconds() + ahead, signatureToleranceSeconds: 300 });
    const glue = glueClient(simulator);
    await expect(glue.send(new ListJobsCommand({}))).rejects.toMatchObject({
      name: 'InvalidSignatureException',
      message: expect.stringMatching(message),
      $metadata: { httpStatusCode: 400, clockSkewCorrected: true },
    });
    expect((await glue.send(new ListJobsCommand({}))).JobNames).toEqual(['one']);
    const sts = stsClient(simulator);
    await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
      $metadata: { httpStatusCode: 403 },
    });
    expect((await sts.send(new GetCallerIdentityCommand({}))).Account).toBe('111111111111');
  });

  it('may be a few minutes off, and matters only where something is signed', async () => {
    const near = await simulate({ worlds, clock: () => realSeconds() + 290, signatureToleranceSeconds: 300 });
    expect((await glueClient(near).send(new ListJobsCommand({}))).JobNames).toEqual(['one']);
    const far = await simulate({ worlds, clock: () => realSeconds() + 3600, signatureToleranceSeconds: 300 });
    const unsigned = new AssumeRoleWithWebIdentityCommand({
      RoleArn: 'arn:aws:iam::111111111111:role/glue-exporter',
      RoleSessionName: 'exporter',
      WebIdentityToken: 'token',
    });
    expect((await stsClient(far).send(unsigned)).Credentials).toBeDefined();
    expect((await fetch(far.credentialsUri)).status).toBe(200);
  });

  it('does not matter unless that is asked for', async () => {
    const simulator = await simulate({ worlds });
    expect((await glueClient(simulator).send(new ListJobsCommand({}))).JobNames).toEqual(['one']);
  });
});
