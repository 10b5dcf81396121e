import { afterEach, describe, expect, test } from 'vitest';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { entitiesOf, type JsonObject, type World, withEntities } from '../../src/simulator/world.ts';
import { memoryMap } from '../../src/state/durable-map.ts';
import { type PolledTarget, type PolledTargetOptions, pollSimulator } from './polled-target.ts';

const NOW = 1_700_000_000;

const ran = (id: string, JobRunState: string, at: number, ErrorMessage?: string): JsonObject => ({
  Id: id,
  JobRunState,
  StartedOn: at - 10,
  CompletedOn: at,
  ErrorMessage,
});
const hourly = (count: number): JsonObject[] =>
  Array.from({ length: count }, (_, index) =>
    ran(`jr_${index}`, index === 3 ? 'FAILED' : 'SUCCEEDED', NOW - 60 - index * 3_600),
  );

const opened: { simulator?: Simulator; polled: PolledTarget[] } = { polled: [] };
afterEach(async () => {
  for (const polled of opened.polled.splice(0)) polled.stop();
  await opened.simulator?.close();
});

/** An account with one job, and the sizes of the pages that were asked for. */
const simulate = async (runs: (at: number) => readonly JsonObject[]) => {
  const scripted = scriptedWorld({ accountId: '111122223333', region: 'eu-west-1', jobs: { etl: runs } });
  const sizes: number[] = [];
  const jobs = entitiesOf(scripted, 'jobs').map(job => ({
    ...job,
    page: (at: number, cursor: string | undefined, limit: number) => {
      sizes.push(limit);
      return job.page(at, cursor, limit);
    },
  }));
  const world: World = withEntities(scripted, { jobs });
  let uptime = 0;
  const simulator = await startSimulator({ worlds: [world], clock: () => NOW + uptime });
  opened.simulator = simulator;
  const poll = (options: PolledTargetOptions = {}) => {
    const polled = pollSimulator(simulator, options);
    opened.polled.push(polled);
    return {
      polled,
      async at(seconds: number) {
        uptime = seconds;
        polled.uptime = seconds;
        await polled.target.poll();
        return polled.target.describe().find(({ name }) => name === 'etl');
      },
    };
  };
  return { poll, sizes };
};

describe('what people see of a target', () => {
  test('is there after a restart, for twenty runs once, and for no more than is needed from then on', async () => {
    const { poll, sizes } = await simulate(() => hourly(300));
    const state = memoryMap();
    const first = poll({ state });
    expect(first.polled.target.describe()).toEqual([]);
    expect((await first.at(0))?.recent.outcomes).toBe('SSSSSSSSSSSSSSSSFSSS');
    await first.at(60);
    expect(sizes).toEqual([200, 3]);
    const second = poll({ state });
    expect((await second.at(120))?.recent.outcomes).toBe('SSSSSSSSSSSSSSSSFSSS');
    await second.at(180);
    expect(sizes.slice(2)).toEqual([20, 3]);
  });

  test('has what failed in the last day, with its message, and once more after a restart', async () => {
    const runs = [
      ran('b', 'FAILED', NOW - 60, 'KeyError'),
      ran('a', 'FAILED', NOW - 86_401),
      ran('c', 'STOPPED', NOW - 90_000),
    ];
    const { poll } = await simulate(() => runs);
    const state = memoryMap();
    for (const { polled, at } of [poll({ state }), poll({ state })]) {
      const etl = await at(0);
      expect(etl).toMatchObject({
        accountId: '111122223333',
        region: 'eu-west-1',
        collector: 'jobs',
        lastFailureAt: NOW - 60,
      });
      expect(etl?.recent.outcomes).toBe('PFF');
      const failure = { id: 'b', state: 'FAILED', endedAt: NOW - 60, error: 'KeyError', name: 'etl' };
      expect(polled.failures.newest(NOW)).toEqual([expect.objectContaining(failure)]);
      expect(polled.failures.newest(NOW - 60 + 86_401)).toEqual([]);
      // It had failed before anything was counted.
      expect(polled.lines.join('')).not.toContain('Run failed');
      expect([polled.target.has('jobs', 'etl'), polled.target.has('workflows', 'etl')]).toEqual([true, false]);
    }
  });

  test('has an active run until it has ended, and tells its failure once', async () => {
    const { poll } = await simulate(at => {
      const end =
        at < NOW + 100
          ? { JobRunState: 'RUNNING' }
          : { JobRunState: 'TIMEOUT', CompletedOn: NOW + 90, ErrorMessage: 'too\nlong' };
      return [{ Id: 'a', StartedOn: NOW - 10, ...end }];
    });
    const { polled, at } = poll();
    const before = await at(0);
    expect(before?.active).toMatchObject({ a: { state: 'RUNNING', startedAt: NOW - 10 } });
    expect(before?.recent.outcomes).toBe('R');
    const after = await at(120);
    await at(180);
    expect(after?.active).toEqual({});
    expect(after?.recent).toMatchObject({ outcomes: 'T', seconds: [100] });
    const told = polled.lines.filter(line => line.includes('Run failed'));
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/level=WARN .*collector=jobs name=etl run=a state=TIMEOUT error="too long"/);
  });

  test('has no run any more that has vanished', async () => {
    const { poll } = await simulate(at =>
      at < NOW + 10 ? [{ Id: 'a', JobRunState: 'RUNNING', StartedOn: NOW - 10 }] : [],
    );
    const { at } = poll();
    expect((await at(0))?.recent.outcomes).toBe('R');
    for (const seconds of [90, 180, 270, 360]) await at(seconds);
    expect(await at(450)).toMatchObject({ active: {}, recent: { outcomes: '' } });
  });

  test('has the age of its oldest reading, and how old that may get', async () => {
    const { poll } = await simulate(() => []);
    const { polled, at } = poll();
    expect(polled.target.status()).toMatchObject({ oldestReadAt: undefined, readAgeLimitSeconds: undefined });
    await at(60);
    polled.uptime = 75;
    expect(polled.target.status().oldestReadAt).toBe(NOW + 60);
    const limit = await polled.value('aws_glue_exporter_read_age_limit_seconds', { data: 'runs' });
    expect(limit).toBeGreaterThan(0);
    expect(polled.target.status().readAgeLimitSeconds).toBe(limit);
  });
});
