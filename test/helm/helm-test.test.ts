import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import { type Exit, run as runProgram, startDaemon } from '../daemon.ts';
import { configFor, place, runsEvery10s, simulate } from '../e2e/account.ts';
import { built, describeWith, tool } from '../tools.ts';
import { at, createHelm, readChart, withExample } from './rendering.ts';

const SCRIPT = readChart('files/test.mjs');

describeWith(tool('helm'), 'helm test', helm => {
  const { render } = createHelm(helm);
  const pod = (...args: string[]): unknown => render(...args).get('Pod');
  const container = (...args: string[]): unknown => at(pod(...args), 'spec', 'containers', 0);

  test('is a pod that no service, policy or budget takes for the exporter', () => {
    const labels = Object(at(pod(), 'metadata', 'labels'));
    const selector = at(render().get('Service'), 'spec', 'selector');
    expect(Object.entries(Object(selector)).every(([key, value]) => labels[key] === value)).toBe(false);
    expect(at(pod(), 'metadata', 'annotations')).toEqual({
      'helm.sh/hook': 'test',
      'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded',
    });
  });

  test("runs the script with the exporter's own image, within the restricted pod security standard", () => {
    const deployment = at(render().get('Deployment'), 'spec', 'template', 'spec');
    expect(at(container(), 'image')).toBe(at(deployment, 'containers', 0, 'image'));
    expect(at(container(), 'command')).toEqual(['/nodejs/bin/node', '--input-type=module', '--eval']);
    expect(at(container(), 'args', 0)).toBe(SCRIPT);
    expect(at(pod(), 'spec', 'securityContext')).toEqual(at(deployment, 'securityContext'));
    expect(at(container(), 'securityContext')).toEqual(at(deployment, 'containers', 0, 'securityContext'));
    // Kubernetes would put a variable in the place of this.
    expect(SCRIPT).not.toContain('$(');
  });

  test('asks the service, or every shard', () => {
    expect(Object(at(container('--set', 'service.port=80'), 'args')).slice(1)).toEqual([
      'http://glue-aws-glue-exporter.monitoring.svc:80',
    ]);
    expect(Object(at(container('--set', 'shards=2'), 'args')).slice(1)).toEqual([
      'http://glue-aws-glue-exporter-0.glue-aws-glue-exporter-headless.monitoring.svc:14583',
      'http://glue-aws-glue-exporter-1.glue-aws-glue-exporter-headless.monitoring.svc:14583',
    ]);
    expect(Object(at(container(...withExample('web-config')), 'args')).slice(1)).toEqual([
      'https://glue-aws-glue-exporter.monitoring.svc:14583',
    ]);
    expect(Object(at(container(...withExample('mutual-tls')), 'args')).slice(1)).toEqual([
      'tcp://glue-aws-glue-exporter.monitoring.svc:14583',
    ]);
  });

  test('can be left out', () => {
    expect(render('--set', 'helmTest.enabled=false').has('Pod')).toBe(false);
  });
});

const runScript = (addresses: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Exit> =>
  runProgram(process.execPath, ['--input-type=module', '--eval', SCRIPT, ...addresses], {
    PATIENCE_SECONDS: '0',
    ...env,
  }).exit;

/** A server that answers every path with the same. */
const answering = async (status: number, text: string): Promise<string> => {
  const server = createServer((_request, response) => response.writeHead(status).end(text)).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise(resolve => server.once('listening', resolve));
  const address: AddressInfo | string | null = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
};

describeWith(built(), 'the script of helm test', () => {
  test('is content with an exporter, under any path, that is up or comes up in time', async () => {
    const config = configFor(await simulate([scriptedWorld({ ...place, jobs: { orders: runsEvery10s } })]));
    const daemon = await startDaemon({ config, args: ['--web.telemetry-path=/glue'] });
    const { code, stdout } = await runScript([daemon.url, daemon.url], { TELEMETRY_PATH: '/glue' });
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(new RegExp(`^(${daemon.url} is healthy and exposes [1-9]\\d* series\\n){2}$`)),
    });
    const { host } = new URL(daemon.url);
    await daemon.stop();
    const late = runScript([`http://${host}`], { PATIENCE_SECONDS: '60' });
    await startDaemon({ config, args: [`--web.listen-address=${host}`] });
    expect((await late).code).toBe(0);
  });

  test('fails, and says why, when one of them is not healthy, not there or something else', async () => {
    const unhealthy = await answering(503, 'a poll is stuck');
    expect(await runScript([unhealthy])).toMatchObject({
      code: 1,
      stdout: `${unhealthy} failed: 503 a poll is stuck\n`,
    });
    const other = await answering(200, 'up 1\n');
    expect(await runScript([other])).toMatchObject({
      code: 1,
      stdout: `${other} failed: its metrics are not those of aws-glue-exporter\n`,
    });
    const nobody = 'http://127.0.0.1:1';
    expect(await runScript([nobody])).toMatchObject({ code: 1, stdout: expect.stringContaining('ECONNREFUSED') });
    expect((await runScript([])).code).toBe(1);
  });
});
