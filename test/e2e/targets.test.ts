import { describe, expect, it } from 'vitest';
import { type ScriptedRuns, scriptedWorld } from '../../src/simulator/scripted.ts';
import type { Simulator } from '../../src/simulator/server.ts';
import { mapEntities, type World } from '../../src/simulator/world.ts';
import { type Daemon, eventually, startDaemon } from '../daemon.ts';
import { samplesOf, sampleValue } from '../exposition-parser.ts';
import { ACCOUNT_ID, configFor, NOON, place, REGION, runsEvery10s, simulate, stageClock, targetOf } from './account.ts';

const HOME = { aws_account_id: ACCOUNT_ID, aws_region: REGION };
const ABROAD = { aws_account_id: '444455556666', aws_region: 'us-east-1' };
const roleIn = (accountId: string) => `arn:aws:iam::${accountId}:role/glue-exporter`;

const home = scriptedWorld({ ...place, jobs: { orders: runsEvery10s }, workflows: { nightly: runsEvery10s } });
const abroad = (externalId: string): World =>
  scriptedWorld({
    accountId: ABROAD.aws_account_id,
    region: ABROAD.aws_region,
    jobs: { sales: runsEvery10s },
    externalId,
  });

const up = async ({ scrape }: Daemon, labels: Readonly<Record<string, string>> = {}): Promise<number | undefined> =>
  sampleValue(await scrape(), 'aws_glue_exporter_target_up', labels);

const succeeded = async ({ scrape }: Daemon, job: string): Promise<number | undefined> =>
  sampleValue(await scrape(), 'aws_glue_job_runs_total', { job_name: job, state: 'SUCCEEDED' });

const fail = (simulator: Simulator): void => simulator.setFaults([{ kind: 'server_error', rate: 1 }]);
const heal = (simulator: Simulator): void => simulator.setFaults([]);

/** Failures show at once: nothing is tried again within a poll. */
const impatient = { aws: { max_attempts: 1, request_timeout: '1s' } };

describe('readiness', () => {
  it('comes with the first complete poll', async () => {
    const simulator = await simulate([home], { latencySeconds: 0.5 });
    const daemon = await startDaemon({ config: configFor(simulator) });
    const statuses: number[] = [];
    await eventually('/-/ready', async () => {
      statuses.push((await daemon.get('/-/ready')).status);
      return statuses.at(-1) === 200 ? true : undefined;
    });
    expect(statuses[0]).toBe(503);
    expect(new Set(statuses)).toEqual(new Set([503, 200]));
    expect(await succeeded(daemon, 'orders')).toBe(0);
    expect(samplesOf(await daemon.scrape(), 'aws_glue_workflow_active_runs')).toHaveLength(2);
  });

  it('is there after the first poll when one of two targets cannot answer', async () => {
    const simulator = await simulate([home]);
    const silent = { region: 'us-east-1', account_id: '444455556666', endpoint: 'http://127.0.0.1:1' };
    const daemon = await startDaemon({
      config: configFor(simulator, { ...impatient, targets: [targetOf(simulator), silent] }),
    });
    await daemon.ready();
    expect(await up(daemon, HOME)).toBe(1);
    expect(await up(daemon, ABROAD)).toBe(0);
  });
});

describe('two targets', () => {
  const targets = (simulator: Simulator, externalId: string) => [
    targetOf(simulator, { role_arn: roleIn(ACCOUNT_ID), labels: { team: 'home' } }),
    targetOf(simulator, {
      region: ABROAD.aws_region,
      role_arn: roleIn(ABROAD.aws_account_id),
      external_id: externalId,
      labels: { team: 'abroad' },
    }),
  ];

  it('are each polled with the role of their account, and told apart by their labels', async () => {
    const clock = stageClock();
    const simulator = await simulate([home, abroad('our-little-secret')], { clock: clock.now });
    const daemon = await startDaemon({
      config: configFor(simulator, { targets: targets(simulator, 'our-little-secret') }),
    });
    await daemon.ready();
    clock.set(NOON + 35);
    await daemon.poll({ region: HOME.aws_region });
    await daemon.poll({ region: ABROAD.aws_region });

    const exposition = await daemon.scrape();
    const told = samplesOf(exposition, 'aws_glue_job_runs_total', { state: 'SUCCEEDED' });
    const byJob = told.toSorted((a, b) => `${a.labels.job_name}`.localeCompare(`${b.labels.job_name}`));
    expect(byJob.map(({ labels, value }) => ({ ...labels, value }))).toEqual([
      { ...HOME, team: 'home', job_name: 'orders', state: 'SUCCEEDED', value: 3 },
      { ...ABROAD, team: 'abroad', job_name: 'sales', state: 'SUCCEEDED', value: 3 },
    ]);
    for (const labels of [HOME, ABROAD]) expect(await up(daemon, labels)).toBe(1);
    expect(simulator.requests.get('AssumeRole')).toBe(2);
  });

  it('do not suffer from each other: a wrong external id is one target’s problem', async () => {
    const clock = stageClock();
    const simulator = await simulate([home, abroad('our-little-secret')], { clock: clock.now });
    const config = configFor(simulator, { ...impatient, targets: targets(simulator, 'a-guess') });
    const daemon = await startDaemon({ config });
    await daemon.ready();
    clock.set(NOON + 35);
    expect((await daemon.poll({ region: HOME.aws_region })).up).toBe(true);
    expect((await daemon.poll({ region: ABROAD.aws_region })).up).toBe(false);

    expect([await up(daemon, HOME), await up(daemon, ABROAD)]).toEqual([1, 0]);
    expect(await succeeded(daemon, 'orders')).toBe(3);
    expect(await succeeded(daemon, 'sales')).toBeUndefined();
    expect(`${(await daemon.get('/')).body}`).toContain('AccessDenied');
    const failures = samplesOf(await daemon.scrape(), 'aws_glue_exporter_api_failures_total', ABROAD);
    expect(failures.filter(({ value }) => value > 0).map(({ labels }) => labels.reason)).toContain('access_denied');
  });
});

describe('a target that fails', () => {
  it('in one operation goes on with the other collector', async () => {
    // More workflows than it takes to give the others up, and one call at a time.
    const workflows = Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`nightly-${index}`, runsEvery10s]));
    const world = scriptedWorld({ ...place, jobs: { orders: runsEvery10s, sales: runsEvery10s }, workflows });
    const clock = stageClock();
    const simulator = await simulate([world], { clock: clock.now });
    const daemon = await startDaemon({ config: configFor(simulator, { ...impatient, poll: { concurrency: 1 } }) });
    await daemon.ready();
    simulator.setFaults([{ kind: 'access_denied', rate: 1, operations: ['GetWorkflowRuns'] }]);
    for (const [at, ended] of [
      [NOON + 35, 3],
      [NOON + 55, 5],
    ] as const) {
      clock.set(at);
      expect((await daemon.poll()).up).toBe(false);
      expect([await succeeded(daemon, 'orders'), await succeeded(daemon, 'sales')]).toEqual([ended, ended]);
    }

    const exposition = await daemon.scrape();
    expect(sampleValue(exposition, 'aws_glue_exporter_target_up')).toBe(1);
    expect(sampleValue(exposition, 'aws_glue_exporter_collector_up', { collector: 'workflows' })).toBe(0);
    const completed = { status: 'COMPLETED', outcome: 'succeeded' };
    const told = samplesOf(exposition, 'aws_glue_workflow_runs_total', completed);
    expect(told.map(({ value }) => value)).toEqual(Array.from({ length: 25 }, () => 0));
    const denied = { operation: 'GetWorkflowRuns', reason: 'access_denied' };
    expect(sampleValue(exposition, 'aws_glue_exporter_api_failures_total', denied)).toBeGreaterThan(0);
    const polledAt = (collector: string) =>
      sampleValue(exposition, 'aws_glue_exporter_last_successful_poll_timestamp_seconds', { collector }) ?? 0;
    expect(polledAt('jobs')).toBeGreaterThan(polledAt('workflows'));
    expect(`${(await daemon.get('/')).body}`).toContain('GetWorkflowRuns: AccessDeniedException');

    heal(simulator);
    expect((await daemon.poll()).up).toBe(true);
    const healed = samplesOf(await daemon.scrape(), 'aws_glue_workflow_runs_total', completed);
    expect(healed.map(({ value }) => value)).toEqual(Array.from({ length: 25 }, () => 5));
  });

  it.each(['server_error', 'reset', 'stall', 'empty', 'html_200', 'expired_token'] as const)(
    'with %s shows it at once, keeps its series, and recovers by itself with every run counted',
    async kind => {
      const clock = stageClock();
      const simulator = await simulate([home], { clock: clock.now });
      const daemon = await startDaemon({ config: configFor(simulator, impatient) });
      await daemon.ready();
      clock.set(NOON + 35);
      await daemon.poll();
      simulator.setFaults([{ kind, rate: 1 }]);
      clock.set(NOON + 55);
      const failed = await daemon.poll();
      expect([failed.up, await up(daemon), await succeeded(daemon, 'orders')]).toEqual([false, 0, 3]);
      heal(simulator);
      await daemon.poll();
      expect([await up(daemon), await succeeded(daemon, 'orders')]).toEqual([1, 5]);
    },
  );

  it('at the first discovery is discovered later', async () => {
    const simulator = await simulate([home]);
    fail(simulator);
    const daemon = await startDaemon({ config: configFor(simulator, impatient) });
    await daemon.ready();
    expect(samplesOf(await daemon.scrape(), 'aws_glue_job_info')).toEqual([]);
    heal(simulator);
    await daemon.poll();
    expect(samplesOf(await daemon.scrape(), 'aws_glue_job_info')).toHaveLength(1);
  });

  it('for longer than series.stale_after loses its series, and has them back with their totals', async () => {
    const clock = stageClock();
    const listed = { from: NOON };
    const forgetful: ScriptedRuns = at => runsEvery10s(at).filter(({ StartedOn }) => Number(StartedOn) >= listed.from);
    const world = scriptedWorld({ ...place, jobs: { orders: forgetful }, workflows: { nightly: forgetful } });
    const simulator = await simulate([world], { clock: clock.now });
    const daemon = await startDaemon({ config: configFor(simulator, { ...impatient, series: { stale_after: '2s' } }) });
    await daemon.ready();
    clock.set(NOON + 35);
    await daemon.poll();
    expect(await succeeded(daemon, 'orders')).toBe(3);

    fail(simulator);
    const down = await daemon.poll();
    expect([down.up, await succeeded(daemon, 'orders')]).toEqual([false, 3]);
    for (const collector of ['jobs', 'workflows']) {
      await daemon.log(`the drop of ${collector}`, line =>
        line.msg?.startsWith('Series dropped') && line.collector === collector ? true : undefined,
      );
    }
    const exposition = await daemon.scrape();
    const names = exposition.map(({ name }) => name);
    expect(names.filter(name => /^aws_glue_(job|workflow)_/.test(name))).toEqual([]);
    expect(sampleValue(exposition, 'aws_glue_exporter_target_up')).toBe(0);

    // Its totals come from what was counted: Glue has forgotten the runs behind them.
    listed.from = NOON + 30;
    heal(simulator);
    clock.set(NOON + 55);
    await daemon.poll();
    expect(await succeeded(daemon, 'orders')).toBe(5);
    expect(samplesOf(await daemon.scrape(), 'aws_glue_workflow_active_runs')).toHaveLength(2);
  });
});

describe('discovery', () => {
  const every = { poll: { discovery_interval: '1s' } };

  /** A world in which a job and a workflow are deleted and others are created. */
  const changing = () => {
    const changes = { done: false };
    const world = scriptedWorld({
      ...place,
      jobs: { kept: runsEvery10s, deleted: runsEvery10s, created: runsEvery10s },
      workflows: { kept: runsEvery10s, deleted: runsEvery10s, created: runsEvery10s },
    });
    const exists = (name: string) => () => name === 'kept' || (name === 'created') === changes.done;
    return { world: mapEntities(world, entity => ({ ...entity, exists: exists(entity.name) })), changes };
  };

  const exposedNames = async ({ scrape }: Daemon, kind: 'job' | 'workflow') => {
    const samples = (await scrape()).flatMap(family => family.samples);
    return [...new Set(samples.flatMap(({ labels }) => labels[`${kind}_name`] ?? []))].sort();
  };

  it('takes away the series of what was deleted, and brings those of what was created', async () => {
    const { world, changes } = changing();
    const daemon = await startDaemon({ config: configFor(await simulate([world]), every) });
    await daemon.ready();
    for (const kind of ['job', 'workflow'] as const) {
      expect(await exposedNames(daemon, kind)).toEqual(['deleted', 'kept']);
    }
    changes.done = true;
    await eventually('a discovery', async () =>
      (await exposedNames(daemon, 'job')).includes('created') ? 1 : undefined,
    );
    await daemon.poll();
    for (const kind of ['job', 'workflow'] as const)
      expect(await exposedNames(daemon, kind)).toEqual(['created', 'kept']);
    expect(await up(daemon)).toBe(1);
  });

  it.each(['server_error', 'empty', 'repeat_token'] as const)('that fails with %s removes nothing', async kind => {
    const simulator = await simulate([home]);
    const daemon = await startDaemon({ config: configFor(simulator, { ...impatient, ...every }) });
    await daemon.ready();
    simulator.setFaults([{ kind, rate: 1, operations: ['GetJobs', 'ListWorkflows', 'BatchGetWorkflows'] }]);
    const asked = simulator.requests.get('GetJobs') ?? 0;
    await eventually('a discovery', () => ((simulator.requests.get('GetJobs') ?? 0) > asked ? true : undefined));
    const { up: isUp } = await daemon.poll();
    expect(isUp).toBe(false);
    expect(await exposedNames(daemon, 'job')).toEqual(['orders']);
    expect(await exposedNames(daemon, 'workflow')).toEqual(['nightly']);
  });

  it('takes what the filters let pass', async () => {
    const world = scriptedWorld({
      ...place,
      jobs: { 'etl-orders': [], 'etl-orders-dev': [], 'ml-orders': [], 'etl-sales': [] },
      workflows: { nightly: [], hourly: [] },
      tags: { 'etl-orders': { team: 'data' }, 'etl-orders-dev': { team: 'data' }, 'ml-orders': { team: 'data' } },
    });
    const simulator = await simulate([world]);
    const filters = {
      jobs: { include: ['^etl-'], exclude: ['-dev$'], tags: { team: 'data' } },
      workflows: { exclude: ['hour'] },
    };
    const daemon = await startDaemon({ config: configFor(simulator, { targets: [targetOf(simulator, filters)] }) });
    await daemon.ready();
    expect(await exposedNames(daemon, 'job')).toEqual(['etl-orders']);
    expect(await exposedNames(daemon, 'workflow')).toEqual(['nightly']);
  });
});
