import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Simulator } from '../../../src/simulator/server.ts';
import { temporaryFolder } from '../../daemon.ts';
import { ACCOUNT_ID, configFor, NOON, targetOf } from '../account.ts';
import { BEGIN, down, expectOutage, expectRecovery, hurried, impatient, stage } from './row.ts';

const ROLE = `arn:aws:iam::${ACCOUNT_ID}:role/glue-exporter`;

/** A target whose account is known, so that all it asks for is credentials. */
const withAccount =
  (aws: object = impatient) =>
  (simulator: Simulator): object =>
    configFor(simulator, { targets: [targetOf(simulator, { account_id: ACCOUNT_ID })], aws });

/** The SDK renews credentials in the last 5 minutes before their end: these ones always. */
const shortSessions = { sessions: { seconds: 299 } };

const noKeys = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' };

describe('Credentials cannot be had', () => {
  /** A service account of Kubernetes: a token in a file, and the role it is good for. */
  const webIdentity = (token: string) => {
    const file = join(temporaryFolder(), 'token');
    const rotate = (next: string) => writeFileSync(file, next);
    rotate(token);
    const env = (simulator: Simulator) => ({
      ...noKeys,
      AWS_WEB_IDENTITY_TOKEN_FILE: file,
      AWS_ROLE_ARN: ROLE,
      AWS_ENDPOINT_URL_STS: simulator.endpoint,
    });
    return { rotate, remove: () => rmSync(file), env };
  };

  it('a web identity token that is replaced too late', async () => {
    const { rotate, env } = webIdentity('monday');
    const sessions = { seconds: 299, refusedAfterSeconds: 3 };
    const on = await stage({ config: withAccount(), env, simulator: { sessions, webIdentityTokens: ['monday'] } });
    await expectOutage(on, {
      begin: async ({ simulator, line }) => {
        simulator.setWebIdentityTokens(['tuesday']);
        await line({ level: 'ERROR', msg: 'Poll failed', collector: 'jobs' });
      },
      end: async ({ line }) => {
        sessions.refusedAfterSeconds = 299;
        rotate('tuesday');
        await line({ level: 'INFO', msg: 'Poll recovered', collector: 'jobs' });
      },
      reasons: ['expired_credentials'],
      error: /^Get(Job|Workflow)Runs: ExpiredTokenException$/,
    });
  });

  it('a web identity token that is missing', async () => {
    const { remove, rotate, env } = webIdentity('monday');
    const sessions = { seconds: 299, refusedAfterSeconds: 3 };
    const on = await stage({ config: withAccount(), env, simulator: { sessions, webIdentityTokens: ['monday'] } });
    await expectOutage(on, {
      begin: async ({ line }) => {
        remove();
        await line({ level: 'ERROR', msg: 'Poll failed', collector: 'jobs' });
      },
      end: async ({ line }) => {
        sessions.refusedAfterSeconds = 299;
        rotate('monday');
        await line({ level: 'INFO', msg: 'Poll recovered', collector: 'jobs' });
      },
      reasons: ['expired_credentials'],
      error: /^Get(Job|Workflow)Runs: ENOENT: /,
    });
  });

  it('STS that does not answer AssumeRoleWithWebIdentity', async () => {
    const { env } = webIdentity('monday');
    const on = await stage({ config: withAccount(hurried), env, faults: [down('AssumeRoleWithWebIdentity', 'stall')] });
    expect(await on.own('target_up')).toBe(0);
    expect(await on.failureReasons()).toEqual(['timeout']);
    await on.line({ level: 'ERROR', msg: 'Poll failed', error: 'GetJobs: no complete answer within 0.6s' });
    on.simulator.setFaults([]);
    await on.line({ level: 'INFO', msg: 'Poll recovered', collector: 'workflows' });
    await expectRecovery(on, NOON);
  });

  const container = (token: string) => {
    const file = join(temporaryFolder(), 'token');
    const rotate = (next: string) => writeFileSync(file, next);
    rotate(token);
    const env = (simulator: Simulator) => ({
      ...noKeys,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: simulator.credentialsUri,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file,
    });
    return { rotate, env };
  };

  it('the credentials endpoint of the container fails', async () => {
    const { rotate, env } = container('monday');
    const faults = [down('GetContainerCredentials')];
    const on = await stage({
      config: withAccount(hurried),
      env,
      faults,
      simulator: { containerAuthorization: 'monday' },
    });
    on.simulator.setContainerAuthorization('tuesday');
    rotate('tuesday');
    expect(await on.own('target_up')).toBe(0);
    await on.line({ level: 'ERROR', msg: 'Poll failed' });
    on.simulator.setFaults([]);
    await on.line({ level: 'INFO', msg: 'Poll recovered', collector: 'workflows' });
    await expectRecovery(on, NOON);
  });

  it('the credentials endpoint of the container does not answer', async () => {
    const { env } = container('monday');
    const on = await stage({ config: withAccount(hurried), env, faults: [down('GetContainerCredentials', 'stall')] });
    expect(await on.own('target_up')).toBe(0);
    await on.line({ level: 'ERROR', msg: 'Poll failed' });
    on.simulator.setFaults([]);
    await on.line({ level: 'INFO', msg: 'Poll recovered', collector: 'workflows' });
    await expectRecovery(on, NOON);
  });

  it('container credentials that cannot be renewed in time', async () => {
    const { env } = container('monday');
    const on = await stage({ config: withAccount(), env, simulator: shortSessions });
    on.simulator.setFaults([down('GetContainerCredentials')]);
    on.clock.set(BEGIN + 20);
    expect((await on.daemon.poll()).up).toBe(true);
    await on.expectTruth(BEGIN + 20);
  });

  /** A profile whose credentials come from a script of the shell. */
  const credentialProcess = (script: (folder: string) => string) => {
    const folder = temporaryFolder();
    const file = (name: string, content: string): string => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    file('credentials.json', JSON.stringify({ Version: 1, AccessKeyId: 'AKIAPROCESS', SecretAccessKey: 'secret' }));
    const path = file('credentials.sh', script(folder));
    const config = file('config', `[profile slow]\ncredential_process = sh ${path}\n`);
    file('hang', '');
    const goOn = () => rmSync(join(folder, 'hang'));
    return { goOn, env: () => ({ ...noKeys, AWS_CONFIG_FILE: config, AWS_PROFILE: 'slow' }) };
  };

  it('a credential_process that hangs', async () => {
    const { goOn, env } = credentialProcess(
      folder => `cd ${folder}; while [ -e hang ]; do sleep 0.1; done; cat credentials.json`,
    );
    const on = await stage({ config: withAccount(hurried), env });
    expect(await on.own('target_up')).toBe(0);
    await on.line({ level: 'ERROR', msg: 'Poll failed', error: 'GetJobs: no complete answer within 0.6s' });
    goOn();
    await on.line({ level: 'INFO', msg: 'Poll recovered', collector: 'workflows' });
    await expectRecovery(on, NOON);
  });

  it('a credential_process that hangs for ever, once', async () => {
    const { goOn, env } = credentialProcess(
      folder => `cd ${folder}; if [ -e hang ]; then exec sleep 30; fi; cat credentials.json`,
    );
    const on = await stage({ config: withAccount(hurried), env });
    expect(await on.own('target_up')).toBe(0);
    goOn();
    await on.line({ level: 'INFO', msg: 'Poll recovered', collector: 'workflows' });
    await expectRecovery(on, NOON);
  });
});
