import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { platformWorld } from '../../src/simulator/platform.ts';
import { entitiesOf } from '../../src/simulator/world.ts';
import { cleanEnvironment, run } from '../daemon.ts';
import { NOON, place, REGION, simulate } from '../e2e/account.ts';
import { describeWith, tool } from '../tools.ts';
import { blocksIn, commandsOf, placeOf } from './pages.ts';

const commands = blocksIn('sh')
  .filter(({ mark }) => mark === undefined)
  .flatMap(block => commandsOf(block).map(command => ({ where: placeOf(block), command })))
  .filter(({ command }) => command.startsWith('aws '));

/** What the simulated account answers; everything else has an answer in which there is nothing. */
const SIMULATED = /^aws (?:sts|glue (?:get-jobs|get-job-runs|list-jobs|list-workflows|get-workflow-runs))\b/;

/** Any service of AWS with a JSON protocol: it has nothing. */
const nothing = async (): Promise<{ readonly endpoint: string; close(): void }> => {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'Content-Type': 'application/x-amz-json-1.1' }).end('{}');
  });
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address: AddressInfo | string | null = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return { endpoint: `http://127.0.0.1:${port}`, close: () => server.close() };
};

describeWith(tool('aws'), 'the commands of the AWS CLI in the documentation', aws => {
  const world = platformWorld({ ...place, seed: 1, jobs: 5, workflows: 2, nowSeconds: NOON });

  test('are some', () => {
    expect(commands.length).toBeGreaterThan(25);
    expect(commands.filter(({ command }) => SIMULATED.test(command)).length).toBeGreaterThan(10);
  });

  test('are taken by it as they stand', { timeout: 300_000 }, async () => {
    const simulator = await simulate([world]);
    const stub = await nothing();
    const env = {
      ...cleanEnvironment(),
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      AWS_PAGER: '',
      JOB: entitiesOf(world, 'jobs')[0]?.name ?? '',
      WORKFLOW: entitiesOf(world, 'workflows')[0]?.name ?? '',
      RUN: 'jr_0123',
      NODE: 'wnode_0123',
      TRIGGER: 'nightly',
      QUOTA_CODE: 'L-0123',
    };
    const complaints: string[] = [];
    const left = [...commands];
    const runSome = async (): Promise<void> => {
      for (let next = left.pop(); next !== undefined; next = left.pop()) {
        const { where, command } = next;
        const endpoint = SIMULATED.test(command) ? simulator.endpoint : stub.endpoint;
        const directed = `${command.replace(/^aws/, () => aws)} --endpoint-url ${endpoint}`;
        const { code, stderr } = await run('sh', ['-ec', directed], env).exit;
        if (code !== 0 || stderr !== '') complaints.push(`${where}: ${command}\n${stderr}`);
      }
    };
    // Python takes a second to start.
    await Promise.all([runSome(), runSome(), runSome()]);
    stub.close();
    expect(complaints).toEqual([]);
  });
});
