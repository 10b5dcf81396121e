import { expect, test } from 'vitest';
import { cleanEnvironment, run } from '../daemon.ts';
import { describeWith, tool } from '../tools.ts';
import { blocksIn, commandsOf, pathOf, placeOf } from './pages.ts';

/** Commands that install or upgrade the chart: there is no cluster here, but what they would send to one is rendered. */
const commands = blocksIn('sh').flatMap(block =>
  commandsOf(block).flatMap(command =>
    /^helm (install|upgrade) /.test(command) ? [{ where: placeOf(block), command }] : [],
  ),
);

/** The same for `helm template`, with the chart of this checkout. */
const rendering = (command: string, helm: string): string =>
  command
    .replace(/^helm (?:install|upgrade)/, () => `${helm} template`)
    .replace(/(?<= )(?:oci:\/\/\S+|helm\/aws-glue-exporter)(?= )/, pathOf('helm/aws-glue-exporter'))
    .replaceAll(/ --(?:version \S+|create-namespace|reuse-values|install|wait)/g, '');

describeWith(tool('helm'), 'the helm commands in the documentation', helm => {
  test.each(commands)('$where: $command', async ({ command }) => {
    const { code, stdout, stderr } = await run('sh', ['-ec', rendering(command, helm)], cleanEnvironment()).exit;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('kind: Service');
    for (const [, value = ''] of command.matchAll(/--set image\.repository=(\S+)/g)) expect(stdout).toContain(value);
  });

  test('are some', () => {
    expect(commands.length).toBeGreaterThan(1);
  });
});
