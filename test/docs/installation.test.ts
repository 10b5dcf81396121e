import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run, temporaryFolder } from '../daemon.ts';
import { built, describeWith } from '../tools.ts';
import { blocksIn, commandsOf, pathOf, read } from './pages.ts';

const [block] = blocksIn('sh').filter(
  ({ page, text }) => page === 'docs/installation.md' && text.startsWith('npm install'),
);
const [install = '', version = ''] = block === undefined ? [] : commandsOf(block);

describeWith(built(), 'docs/installation.md', () => {
  test('installs what is published, by npm, so that it runs', { timeout: 300_000 }, async () => {
    expect(install).toMatch(/^npm install .* aws-glue-exporter$/);
    const folder = temporaryFolder();
    const env = { ...process.env, npm_config_update_notifier: 'false' };
    // What is published is not there before it is: the package that would be is.
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
    const here = install.replace('/usr/local', folder).replace(/aws-glue-exporter$/, join(folder, packed));
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
  });
});
