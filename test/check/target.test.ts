import { expect, test, vi } from 'vitest';
import { hasProblem } from '../../src/check/report.ts';
import { checkTarget } from '../../src/check/target.ts';
import { collectors } from '../../src/collectors/index.ts';
import { parseConfig } from '../../src/config/load.ts';
import { knownNames } from '../../src/exporter/known-names.ts';
import { WHOLE } from '../../src/shard.ts';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import { place, simulate } from '../glue/connect.ts';

const check = async (endpoint: string, deadlineSeconds: number) => {
  vi.stubEnv('AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED', 'true');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIATESTTESTTESTTEST');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  const yaml = `targets: [{ region: ${place.region}, endpoint: "${endpoint}", sts_endpoint: "${endpoint}" }]`;
  const [target] = parseConfig(yaml, 'config.yaml', knownNames).targets;
  if (target === undefined) throw new Error('there is a target');
  return checkTarget(target, {
    collectors,
    shard: WHOLE,
    claim: () => true,
    variables: {},
    localNow: () => Date.now() / 1000,
    deadlineSeconds,
  });
};

const world = scriptedWorld({ ...place, jobs: { orders: [] } });

test.each(['GetCallerIdentity', 'GetJobs', 'GetJobRuns', 'GetWorkflowRuns'])(
  'a check that is not done in time is given up, whatever it waits for: %s',
  async operation => {
    const simulator = await simulate({ worlds: [world], clock: () => Date.now() / 1000 });
    simulator.setFaults([{ kind: 'stall', rate: 1, operations: [operation] }]);
    const startedAt = performance.now();
    const finding = await check(simulator.endpoint, 0.6);
    expect((performance.now() - startedAt) / 1000).toBeLessThan(5);
    expect(finding.problems.map(({ text }) => text)).toEqual(['The check was not done within 1s and was given up']);
    expect(hasProblem(finding)).toBe(true);
  },
);

test('a check that is done in time is not', async () => {
  const simulator = await simulate({ worlds: [world], clock: () => Date.now() / 1000 });
  expect(hasProblem(await check(simulator.endpoint, 30))).toBe(false);
});
