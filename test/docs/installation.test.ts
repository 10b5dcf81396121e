import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { platformWorld } from '../../src/simulator/platform.ts';
import { cleanEnvironment, run, temporaryFolder, writeConfig } from '../daemon.ts';
import { NOON, place, REGION, simulate } from '../e2e/account.ts';
import { built, describeWith } from '../tools.ts';
import { blocksIn, commandsOf, pathOf, read } from './pages.ts';

const [block] = blocksIn('sh').filter(
  ({ page, text }) => page === 'docs/installation.md' && text.includes('npm install --global'),
);
const [build = '', install = '', version = ''] = block === undefined ? [] : commandsOf(block);
const PACK = '"$(npm pack --silent --ignore-scripts)"';

describeWith(built(), 'docs/installation.md', () => {
  test('installs what the sources build, by npm, so that it polls without a package of the SDK', {
    timeout: 300_000,
  }, async () => {
    expect(build).toBe('npm ci && npm run build');
    expect(install).toMatch(/^npm install /);
    expect(install).toContain(PACK);
    const folder = temporaryFolder();
    const env = { ...process.env, npm_config_update_notifier: 'false' };
    const packing = await run(
      'npm',
      ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder, pathOf('')],
      env,
    ).exit;
    const packed = packing.stdout.trim();
    expect({ code: packing.code, packed }).toEqual({
      code: 0,
      packed: expect.stringMatching(/^aws-glue-exporter-.*\.tgz$/),
    });
    const here = install.replace('/usr/local', folder).replace(PACK, join(folder, packed));
    const { code, stderr } = await run(
      'sh',
      ['-ec', `cd ${folder}; ${here} --no-audit --no-fund --prefer-offline`],
      env,
    ).exit;
    expect(code, stderr).toBe(0);
    const { stdout } = await run('sh', ['-ec', `${folder}/bin/${version}`], env).exit;
    const { version: expected }: { readonly version: string } = JSON.parse(read('package.json'));
    expect(stdout).toContain(`aws-glue-exporter, version ${expected} `);
    const installed = join(folder, 'lib/node_modules/aws-glue-exporter');
    for (const file of [
      'packaging/aws-glue-exporter.service',
      'monitoring/alerts/jobs.yaml',
      'docs/runbooks/README.md',
      'SECURITY.md',
    ]) {
      expect(readFileSync(join(installed, file), 'utf8')).toBe(read(file));
    }
    expect(existsSync(join(installed, 'node_modules/zod'))).toBe(true);
    expect(existsSync(join(installed, 'node_modules/@aws-sdk'))).toBe(false);
    const { endpoint } = await simulate([
      platformWorld({ ...place, seed: 1, jobs: 5, workflows: 2, nowSeconds: NOON }),
    ]);
    const config = join(folder, 'config.yaml');
    writeConfig({ targets: [{ region: REGION, endpoint, sts_endpoint: endpoint }] }, config);
    const once = await run(
      join(folder, 'bin/aws-glue-exporter'),
      ['once', `--config.file=${config}`],
      cleanEnvironment(),
    ).exit;
    expect(once.code, once.stderr).toBe(0);
    expect(once.stdout).toContain('aws_glue_job_info{');
  });
});
