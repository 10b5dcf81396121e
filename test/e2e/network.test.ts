import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import { type Daemon, eventually, runExporter, startDaemon, temporaryFolder } from '../daemon.ts';
import { sampleValue } from '../exposition-parser.ts';
import { describeWith, tool } from '../tools.ts';
import { ACCOUNT_ID, configFor, place, REGION, runsEvery10s, simulate, targetOf } from './account.ts';
import { certificateFor, startProxy, startTls } from './proxy.ts';

const GLUE = 'glue.eu-west-1.amazonaws.com';
/** Of another region than the target's. */
const STS = 'sts.us-east-1.amazonaws.com';
const SSO = 'portal.sso.eu-north-1.amazonaws.com';
const ROLE = `arn:aws:iam::${ACCOUNT_ID}:role/glue-exporter`;

const world = scriptedWorld({ ...place, jobs: { orders: runsEvery10s } });

const up = async ({ scrape, poll }: Daemon): Promise<number | undefined> => {
  await poll();
  return sampleValue(await scrape(), 'aws_glue_exporter_target_up', {});
};

/** Environment variables for credentials by a web identity token, as EKS sets them, and for none of the usual keys. */
const webIdentity = (): Record<string, string> => {
  const file = join(temporaryFolder(), 'token');
  writeFileSync(file, 'token-of-the-pod');
  return {
    AWS_ACCESS_KEY_ID: '',
    AWS_SECRET_ACCESS_KEY: '',
    AWS_ROLE_ARN: `arn:aws:iam::${ACCOUNT_ID}:role/pod`,
    AWS_WEB_IDENTITY_TOKEN_FILE: file,
  };
};

/** A simulated AWS behind TLS, which only the proxy knows the way to. */
const privateAws = async (hosts: readonly string[], user?: string) => {
  const simulator = await simulate([world], { stsRegion: 'us-east-1' });
  const { authority, server } = certificateFor(hosts);
  const port = await startTls(simulator, server);
  const proxy = await startProxy({ hosts, ...(user === undefined ? {} : { user }) });
  const endpoints = { endpoint: `https://${GLUE}:${port}`, sts_endpoint: `https://${STS}:${port}` };
  return { simulator, proxy, port, endpoints, authority: authority.certFile };
};

describeWith(tool('squid'), 'behind a proxy', () => {
  it('Glue, STS and web identities are reached through it, with a password and an authority of its own', async () => {
    const { simulator, proxy, port, endpoints, authority } = await privateAws([GLUE, STS], 'exporter:pass@word');
    const config = configFor(simulator, { targets: [{ region: REGION, role_arn: ROLE, ...endpoints }] });
    const daemon = await startDaemon({
      config,
      args: ['--log.format=json'],
      env: {
        ...webIdentity(),
        HTTPS_PROXY: `http://exporter:${encodeURIComponent('pass@word')}@${proxy.address}`,
        AWS_CA_BUNDLE: authority,
      },
    });
    expect(await up(daemon)).toBe(1);
    for (const operation of ['AssumeRoleWithWebIdentity', 'AssumeRole', 'GetJobs']) {
      expect(simulator.requests.get(operation), operation).toBeGreaterThan(0);
    }
    expect(daemon.logged().find(({ msg }) => msg === 'AWS is reached through a proxy')?.https_proxy).toBe(
      `http://${proxy.address}`,
    );
    const shown = [
      daemon.written.stderr,
      ...(await Promise.all(['/', '/config', '/metrics'].map(async path => `${(await daemon.get(path)).body}`))),
    ];
    expect(shown.join('\n')).not.toMatch(/pass(@|%40)word|OnBhc3NAd29yZ/);
    expect((await daemon.stop()).code).toBe(0);
    const tunnels = await eventually('the log of the proxy', () => {
      const found = new Set(proxy.log());
      return found.size === 2 ? found : undefined;
    });
    expect(tunnels).toEqual(new Set([`CONNECT ${GLUE}:${port} 200`, `CONNECT ${STS}:${port} 200`]));
  });

  it('check shows it, and what is not right about it', async () => {
    const { simulator, proxy, endpoints, authority } = await privateAws([GLUE, STS], 'exporter:secret');
    const config = configFor(simulator, { targets: [{ region: REGION, ...endpoints }] });
    const check = (env: Record<string, string>) => runExporter({ config, args: ['check'], env }).exit;

    const good = await check({ https_proxy: `exporter:secret@${proxy.address}`, AWS_CA_BUNDLE: authority });
    expect(good.stdout).toContain(`  proxy        http://${proxy.address} for ${STS}, ${GLUE}\n`);
    expect(good).toMatchObject({ code: 0, stderr: '' });

    const before = proxy.log().length;
    const denied = await check({ https_proxy: `exporter:wrong@${proxy.address}`, AWS_CA_BUNDLE: authority });
    expect(denied.stdout).toMatch(/GetCallerIdentity: proxy http:\/\/127\.0\.0\.1:\d+: status 407 for sts\./);
    expect(denied.stdout).toContain('→ the proxy asks for a user and password');
    expect(`${denied.stdout}${denied.stderr}`).not.toContain('wrong');
    // Once for each operation: a password that is wrong is not tried again.
    expect(proxy.log().length - before).toBe(3);

    const untrusted = await check({ https_proxy: `exporter:secret@${proxy.address}` });
    expect(untrusted.stdout).toContain('the TLS certificate is not trusted: give its authority in AWS_CA_BUNDLE');
  });

  it('what NO_PROXY names is reached without it, and so is a plain endpoint without HTTP_PROXY', async () => {
    const simulator = await simulate([world]);
    const proxy = await startProxy();
    const once = (env: Record<string, string>) =>
      runExporter({ config: configFor(simulator), args: ['once'], env }).exit;
    const HTTP_PROXY = `http://${proxy.address}`;
    expect((await once({ HTTP_PROXY, NO_PROXY: '10.0.0.0/8,127.0.0.0/8' })).code).toBe(0);
    expect((await once({ HTTPS_PROXY: HTTP_PROXY })).code).toBe(0);
    expect(proxy.log()).toEqual([]);
    expect((await once({ HTTP_PROXY })).code).toBe(0);
    expect(new Set(proxy.log())).toEqual(new Set([`POST ${simulator.endpoint}/ 200`]));
  });

  it('instances and containers are asked for credentials without it', async () => {
    const simulator = await simulate([world]);
    const proxy = await startProxy();
    const keys = { AccessKeyId: 'ASIA1', SecretAccessKey: 'x', Token: 'x', Expiration: new Date(Date.now() + 3.6e6) };
    const asked: (string | undefined)[] = [];
    const metadata = createServer((request, response) => {
      asked.push(request.url);
      const isRole = request.url?.endsWith('/security-credentials/') ?? false;
      const isToken = request.url === '/latest/api/token';
      response.end(isToken ? 'token' : isRole ? 'instance' : JSON.stringify({ Code: 'Success', ...keys }));
    }).listen(0, '127.0.0.1');
    const { port }: { port: number } = JSON.parse(
      await new Promise(resolve => metadata.once('listening', () => resolve(JSON.stringify(metadata.address())))),
    );
    const noKeys = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', HTTP_PROXY: `http://${proxy.address}` };
    for (const env of [
      { AWS_CONTAINER_CREDENTIALS_FULL_URI: simulator.credentialsUri },
      { AWS_EC2_METADATA_DISABLED: 'false', AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://127.0.0.1:${port}` },
    ]) {
      const { code, stderr } = await runExporter({
        config: configFor(simulator),
        args: ['once', '--log.level=warn'],
        env: { ...noKeys, NODE_USE_ENV_PROXY: '1', ...env },
      }).exit;
      expect(`${code} ${stderr}`).toBe('0 ');
    }
    metadata.close();
    expect(asked).toContain('/latest/meta-data/iam/security-credentials/instance');
    expect(new Set(proxy.log())).toEqual(new Set([`POST ${simulator.endpoint}/ 200`]));
  });

  it('single sign-on is reached through it, and the profile names the authority', async () => {
    const { simulator, proxy, port, endpoints, authority } = await privateAws([GLUE, STS, SSO]);
    const keys = { accessKeyId: 'ASIASSO', secretAccessKey: 'x', sessionToken: 'x', expiration: Date.now() + 3.6e6 };
    const portal = createServer((request, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ roleCredentials: { ...keys, asked: request.url } }));
    }).listen(0, '127.0.0.1');
    await new Promise(resolve => portal.once('listening', resolve));
    const { authority: own, server } = certificateFor([SSO]);
    const address: { port: number } = JSON.parse(JSON.stringify(portal.address()));
    const ssoPort = await startTls({ ...simulator, endpoint: `http://127.0.0.1:${address.port}` }, server);

    const home = temporaryFolder();
    mkdirSync(join(home, '.aws/sso/cache'), { recursive: true });
    const start = 'https://example.awsapps.com/start';
    const bundle = join(home, 'bundle.pem');
    writeFileSync(bundle, readFileSync(authority, 'utf8') + own.cert);
    writeFileSync(
      join(home, '.aws/config'),
      `[profile people]\nsso_start_url = ${start}\nsso_region = eu-north-1\nsso_account_id = ${ACCOUNT_ID}\nsso_role_name = reader\nca_bundle = ${bundle}\n`,
    );
    writeFileSync(
      join(home, `.aws/sso/cache/${createHash('sha1').update(start).digest('hex')}.json`),
      JSON.stringify({ accessToken: 'token', expiresAt: new Date(Date.now() + 3.6e6).toISOString() }),
    );
    const { code, stderr } = await runExporter({
      config: configFor(simulator, { targets: [{ region: REGION, profile: 'people', ...endpoints }] }),
      args: ['once', '--log.level=warn'],
      env: {
        AWS_ACCESS_KEY_ID: '',
        AWS_SECRET_ACCESS_KEY: '',
        HOME: home,
        HTTPS_PROXY: proxy.address,
        AWS_ENDPOINT_URL_SSO: `https://${SSO}:${ssoPort}`,
      },
    }).exit;
    portal.close();
    expect(`${code} ${stderr}`).toBe('0 ');
    for (const tunnel of [`CONNECT ${SSO}:${ssoPort} 200`, `CONNECT ${GLUE}:${port} 200`]) {
      await eventually(tunnel, () => (proxy.log().includes(tunnel) ? true : undefined));
    }
  });
});

it('profile and use_fips_endpoint are those of each target', async () => {
  const folder = temporaryFolder();
  const files = { AWS_CONFIG_FILE: join(folder, 'config'), AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none') };
  const keys = 'aws_access_key_id = AKIA1\naws_secret_access_key = x\n';
  writeFileSync(
    files.AWS_CONFIG_FILE,
    `[profile a]\nregion = eu-west-3\nuse_fips_endpoint = true\n${keys}[profile b]\nregion = ap-south-1\n${keys}`,
  );
  const config = {
    targets: [{ profile: 'a' }, { profile: 'b' }, { profile: 'b', region: 'us-east-1', use_fips_endpoint: true }],
    aws: { max_attempts: 1 },
  };
  // Nobody listens there; the name of each host is in the report.
  const { stdout } = await runExporter({
    config,
    args: ['check'],
    env: { ...files, AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', HTTPS_PROXY: 'http://127.0.0.1:1' },
  }).exit;
  expect(stdout.match(/(?<=for )sts.*$/gm)).toEqual([
    'sts-fips.eu-west-3.amazonaws.com, glue-fips.eu-west-3.amazonaws.com',
    'sts.ap-south-1.amazonaws.com, glue.ap-south-1.amazonaws.com',
    'sts-fips.us-east-1.amazonaws.com, glue-fips.us-east-1.amazonaws.com',
  ]);
});

describeWith(tool('openssl'), 'requests to STS', () => {
  it.each([
    ['the region that is set', 'eu-central-1', { sts_region: 'eu-central-1' }, 0],
    ['the region of the target', REGION, {}, 0],
    ['no other region', 'us-east-1', {}, 1],
  ])('are signed for %s', async (_what, stsRegion, more, code) => {
    const simulator = await simulate([world], { stsRegion });
    const config = configFor(simulator, { targets: [targetOf(simulator, { role_arn: ROLE, ...more })] });
    const exit = await runExporter({ config, args: ['once'] }).exit;
    expect(exit.code).toBe(code);
    expect(exit.stderr.includes('SignatureDoesNotMatch')).toBe(code === 1);
  });
});
