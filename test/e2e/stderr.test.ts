import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import { MAIN, runExporter, startDaemon, writeConfig } from '../daemon.ts';
import { configFor, place, runsEvery10s, simulate, targetOf } from './account.ts';

const world = scriptedWorld({ ...place, jobs: { orders: runsEvery10s } });

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** Every line, which must be a JSON object. */
const linesOf = (stderr: string): Record<string, unknown>[] =>
  stderr
    .split('\n')
    .slice(0, -1)
    .map(line => {
      const fields: unknown = JSON.parse(line);
      if (typeof fields !== 'object' || fields === null) throw new Error(`not an object: ${line}`);
      return { ...fields };
    });

describe('with --log.format=json', () => {
  const json = '--log.format=json';
  const valid = {
    targets: [{ region: 'eu-west-1', endpoint: 'http://127.0.0.1:1', sts_endpoint: 'http://127.0.0.1:1' }],
  };

  it.each<
    [string, args: string[], config: object | undefined, env: Record<string, string>, code: number, words: RegExp]
  >([
    ['an unknown flag', [json, '--polls'], undefined, {}, 2, /Unknown option '--polls'/],
    ['the format in a word of its own', ['--log.format', 'json', 'sreve'], undefined, {}, 2, /unknown command .*sreve/],
    ['mistakes in the config', [json], { targets: [{ regoin: 'x' }], poll: 3 }, {}, 2, /targets\[0\]\.regoin/],
    ['a config check', [json, '--config.check'], { poll: 3 }, {}, 2, /poll: is 3/],
    ['a config that is missing', [json, '--config.file=/missing.yaml'], undefined, {}, 2, /missing\.yaml/],
    ['no region', [json, 'once'], undefined, {}, 2, /no AWS region is known/],
    ['a malformed region', [json], undefined, { AWS_REGION: 'eu-west-1 ' }, 2, /AWS_REGION is .*remove the blank/],
    ['a bundle that is missing', [json], valid, { AWS_CA_BUNDLE: '/missing.pem' }, 2, /AWS_CA_BUNDLE: \/missing\.pem/],
    [
      'a proxy that is none',
      [json],
      valid,
      { HTTPS_PROXY: 'ftp://proxy' },
      2,
      /HTTPS_PROXY is a proxy of the kind ftp/,
    ],
    ['a port that is taken', [json, '--web.listen-address=192.0.2.1:1'], valid, {}, 1, /EADDRNOTAVAIL|192\.0\.2\.1/],
    ['AWS that is out of reach', [json, 'once'], valid, {}, 1, /ECONNREFUSED/],
  ])('every line on stderr is JSON: %s', async (_what, args, config, env, code, words) => {
    const exit = await runExporter({ args, env, ...(config === undefined ? {} : { config }) }).exit;
    const lines = linesOf(exit.stderr);
    expect(exit.code).toBe(code);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(line).toMatchObject({ time: expect.any(String), msg: expect.any(String) });
    expect(JSON.stringify(lines)).toMatch(words);
  });

  it.each([
    ['a warning of Node', "process.emitWarning('beware', 'TestWarning')", 'WARN', 'Warning of Node.js'],
    ['a library that writes to the console', "console.error('first\\nsecond')", 'WARN', 'Message of a library'],
    ['an error that nobody catches', "throw new Error('a bug')", 'ERROR', 'Unexpected error'],
    ['a promise that nobody catches', "Promise.reject(new Error('a bug'))", 'ERROR', 'Unexpected error'],
  ])('so is %s', async (_what, code, level, msg) => {
    const simulator = await simulate([world]);
    const folder = mkdtempSync(join(tmpdir(), 'aws-glue-exporter-stderr-'));
    folders.push(folder);
    const module = join(folder, 'on-signal.mjs');
    writeFileSync(module, `process.on('SIGUSR2', () => { ${code}; });\n`);
    const daemon = await startDaemon({
      config: configFor(simulator),
      args: [json],
      env: { NODE_OPTIONS: `--import=${module}` },
    });
    daemon.process.kill('SIGUSR2');
    await daemon.log(msg, line => (line.msg === msg ? true : undefined));
    const { code: exitCode, stderr } = level === 'WARN' ? await daemon.stop() : await daemon.exit;
    expect(exitCode).toBe(level === 'WARN' ? 0 : 1);
    const line = linesOf(stderr).find(found => found.msg === msg);
    expect(line?.level).toBe(level);
    expect(JSON.stringify(line)).toMatch(/beware|first.*second|a bug/);
  });

  it('so is what the SDK says of two sources of credentials', async () => {
    const simulator = await simulate([world]);
    const profile = join(mkdtempSync(join(tmpdir(), 'aws-glue-exporter-stderr-')), 'config');
    folders.push(join(profile, '..'));
    writeFileSync(profile, '[profile both]\naws_access_key_id = AKIA1\naws_secret_access_key = x\n');
    const { code, stderr } = await runExporter({
      config: configFor(simulator),
      args: [json, 'once'],
      env: { AWS_PROFILE: 'both', AWS_CONFIG_FILE: profile },
    }).exit;
    expect(code).toBe(0);
    const said = linesOf(stderr).find(({ msg }) => msg === 'Message of a library');
    expect(said).toMatchObject({
      level: 'WARN',
      text: expect.stringContaining('Multiple credential sources detected'),
    });
  });
});

describe('without HOME and an entry in /etc/passwd', () => {
  const NOBODY = 54_321;
  const isRoot = process.getuid?.() === 0;
  if (!isRoot)
    process.stderr.write(
      'SKIPPED without HOME and an entry in /etc/passwd: only root can start a process as another user\n',
    );

  it.skipIf(!isRoot)('targets are polled with the keys of the environment', async () => {
    const simulator = await simulate([world]);
    const config = writeConfig(configFor(simulator));
    // Read by another user.
    chmodSync(dirname(config), 0o755);
    const poll = (env: Record<string, string>) =>
      new Promise<{ code: number | null; text: string }>(resolve => {
        const args = [MAIN, 'once', `--config.file=${config}`];
        const child = spawn(process.execPath, args, { uid: NOBODY, gid: NOBODY, env, cwd: '/' });
        let text = '';
        for (const stream of [child.stdout, child.stderr])
          stream.on('data', (part: Buffer) => {
            text += part;
          });
        child.on('close', code => resolve({ code, text }));
      });
    const keys = { AWS_ACCESS_KEY_ID: 'AKIATEST', AWS_SECRET_ACCESS_KEY: 'secret' };
    const polled = await poll(keys);
    expect(polled.text).toContain('aws_glue_job_runs_total{');
    expect(polled.code).toBe(0);
    const withoutKeys = await poll({ AWS_EC2_METADATA_DISABLED: 'true' });
    expect(withoutKeys.text).toContain('Could not load credentials from any providers');
    expect(withoutKeys.text).not.toContain('reason="network"} 1');
  });
});

describe('an error names its cause', () => {
  it.each([
    [
      'a profile that is missing',
      { profile: 'prdo' },
      {},
      /the profile \\?"prdo\\?" is not in \S+\.aws\/config \(no such file\) or \S+\/credentials/,
    ],
    ['AWS_PROFILE that is missing', {}, { AWS_PROFILE: 'prdo' }, /the profile \\?"prdo\\?" is not in/],
    [
      'a token that is missing',
      {},
      {
        AWS_ACCESS_KEY_ID: '',
        AWS_ROLE_ARN: 'arn:aws:iam::111122223333:role/pod',
        AWS_WEB_IDENTITY_TOKEN_FILE: '/missing',
      },
      /ENOENT: no such file or directory, open '\/missing'/,
    ],
  ])('%s, and is one of credentials', async (_what, target, env, words) => {
    const simulator = await simulate([world]);
    const config = configFor(simulator, { targets: [targetOf(simulator, target)] });
    const { stderr, stdout } = await runExporter({ config, args: ['once'], env }).exit;
    expect(stderr).toMatch(words);
    expect(stdout).toMatch(/api_failures_total\{[^}]*reason="expired_credentials"\} [1-9]/);
    expect(stdout).not.toMatch(/api_failures_total\{[^}]*reason="network"\} [1-9]/);
  });
});
