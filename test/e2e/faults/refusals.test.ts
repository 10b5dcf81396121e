import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../src/simulator/faults.ts';
import { entitiesOf, withEntities } from '../../../src/simulator/world.ts';
import { eventually } from '../../daemon.ts';
import { samplesOf, sampleValue } from '../../exposition-parser.ts';
import { configFor, NOON, REGION, targetOf } from '../account.ts';
import { expectSameAccount, toldBy, truthOf } from '../truth.ts';
import { BEGIN, entriesAbout, everyRequest, expectOutage, impatient, smallWorld, stage, toldJobs } from './row.ts';

const denied = (more: Omit<Fault, 'kind' | 'rate'>): Fault => ({ kind: 'access_denied', rate: 1, ...more });

describe('AWS refuses', () => {
  it('AccessDenied for one operation', async () => {
    const on = await stage();
    const { simulator, clock, daemon, world, own, line } = on;
    simulator.setFaults([denied({ operations: ['GetWorkflowRuns'] })]);
    clock.set(BEGIN + 20);
    expect((await daemon.poll()).up).toBe(false);
    expect(await own('target_up')).toBe(1);
    expect(await own('collector_up', { collector: 'workflows' })).toBe(0);
    expect(await own('collector_up', { collector: 'jobs' })).toBe(1);
    expect(await own('api_failures_total', { operation: 'GetWorkflowRuns', reason: 'access_denied' })).toBeGreaterThan(
      0,
    );
    expect(await on.failureReasons()).toEqual(['access_denied']);
    await line({
      level: 'ERROR',
      msg: 'Poll failed',
      collector: 'workflows',
      error: /^GetWorkflowRuns: AccessDeniedException: .*is not authorized to perform: glue:GetWorkflowRuns/,
    });

    const told = toldBy(await daemon.scrape(), world);
    const truth = truthOf(world, NOON, BEGIN + 20);
    expectSameAccount(entriesAbout(told, 'hasty-job'), entriesAbout(truth, 'hasty-job'));
    const before = truthOf(world, NOON, NOON);
    expectSameAccount(entriesAbout(told, 'hasty-workflow'), entriesAbout(before, 'hasty-workflow'));
    const polled = samplesOf(await daemon.scrape(), 'aws_glue_exporter_last_successful_poll_timestamp_seconds');
    const polledAt = Object.fromEntries(polled.map(({ labels, value }) => [labels.collector, value]));
    expect(polledAt.jobs).toBeGreaterThan(polledAt.workflows ?? Number.NaN);

    simulator.setFaults([]);
    expect((await daemon.poll()).up).toBe(true);
    expect(await own('target_up')).toBe(1);
    await on.expectTruth(BEGIN + 20);
    await line({ level: 'INFO', msg: 'Poll recovered', collector: 'workflows' });
  });

  it('AccessDenied for one collector', async () => {
    const operations = ['ListWorkflows', 'BatchGetWorkflows', 'GetWorkflowRuns'];
    const on = await stage({ faults: [denied({ operations })] });
    const { simulator, clock, daemon, world, own, line } = on;
    clock.set(BEGIN + 20);
    expect((await daemon.poll()).up).toBe(false);
    expect(await own('target_up')).toBe(1);
    expect(await own('collector_up', { collector: 'workflows' })).toBe(0);
    expect(await own('collector_up', { collector: 'jobs' })).toBe(1);
    expect(await own('entities', { collector: 'jobs' })).toBe(4);
    expect(await own('entities', { collector: 'workflows' })).toBeUndefined();
    await line({ level: 'ERROR', msg: 'Poll failed', collector: 'workflows', error: /glue:ListWorkflows/ });
    const told = toldBy(await daemon.scrape(), world);
    const truth = truthOf(world, NOON, BEGIN + 20);
    expectSameAccount(entriesAbout(told, 'hasty-job'), entriesAbout(truth, 'hasty-job'));

    simulator.setFaults([]);
    expect((await daemon.poll()).up).toBe(true);
    expect(await own('target_up')).toBe(1);
    await on.expectTruth(BEGIN + 20);
    await line({ level: 'INFO', msg: 'Poll recovered', collector: 'workflows' });
  });

  it('AccessDenied for one target of three', async () => {
    const accounts = ['111122223333', '444455556666', '777788889999'] as const;
    const [first, second, third] = accounts.map(accountId => smallWorld('three', { accountId, region: REGION }));
    if (first === undefined || second === undefined || third === undefined) throw new Error('three worlds');
    const on = await stage({
      worlds: [first, second, third],
      config: simulator => {
        const roleIn = (accountId: string) => `arn:aws:iam::${accountId}:role/glue-exporter`;
        const targets = accounts.map(accountId => targetOf(simulator, { role_arn: roleIn(accountId) }));
        return configFor(simulator, { targets, aws: impatient });
      },
    });
    const { simulator, clock, daemon, own, line } = on;
    const up = () => Promise.all(accounts.map(aws_account_id => own('target_up', { aws_account_id })));
    /** The end of a whole poll of each target. */
    const polls = async () => {
      const after = Date.now();
      for (const account of accounts) {
        await daemon.log(`a poll of ${account}`, ({ msg, account: polled, time = '', seconds }) => {
          const startedAt = Date.parse(time) - Number(seconds) * 1000;
          return msg === 'Poll ended' && polled === account && startedAt > after + 1 ? true : undefined;
        });
      }
    };
    expect(await up()).toEqual([1, 1, 1]);

    simulator.setFaults([denied({ account: accounts[1] })]);
    clock.set(BEGIN + 20);
    await polls();
    expect(await up()).toEqual([1, 0, 1]);
    await on.expectTruth(BEGIN + 20, [first, third]);
    expectSameAccount(toldBy(await daemon.scrape(), second), truthOf(second, NOON, NOON));
    await line({ level: 'ERROR', msg: 'Poll failed', account: accounts[1], error: /AccessDeniedException/ });
    const failures = samplesOf(await daemon.scrape(), 'aws_glue_exporter_api_failures_total');
    const failing = failures.filter(({ value }) => value > 0).map(({ labels }) => labels.aws_account_id);
    expect(new Set(failing)).toEqual(new Set([accounts[1]]));

    simulator.setFaults([]);
    await polls();
    expect(await up()).toEqual([1, 1, 1]);
    await on.expectTruth(BEGIN + 20, [first, second, third]);
  });

  it('ExpiredToken', async () => {
    await expectOutage(await stage(), {
      ...everyRequest('expired_token'),
      reasons: ['expired_credentials'],
      error: /^Get(Job|Workflow)Runs: ExpiredTokenException$/,
    });
  });

  it('a job that is deleted between its discovery and its poll', async () => {
    const world = smallWorld('deleted');
    const deleted = 'hasty-job-002';
    const living = entitiesOf(world, 'jobs').filter(({ name }) => name !== deleted);
    const jobs = entitiesOf(world, 'jobs').map(job =>
      job.name === deleted ? { ...job, exists: (at: number) => at < BEGIN } : job,
    );
    const on = await stage({
      worlds: [withEntities(world, { jobs })],
      config: simulator => configFor(simulator, { aws: impatient, poll: { discovery_interval: '3s' } }),
    });
    const { clock, daemon, own, line } = on;
    expect(toldJobs(await daemon.scrape())).toContain(deleted);
    clock.set(BEGIN + 20);
    const notFound = { operation: 'GetJobRuns', reason: 'not_found' };
    await eventually('a poll of what is not there', async () =>
      ((await own('api_failures_total', notFound)) ?? 0) > 0 ? true : undefined,
    );
    expect(await own('target_up')).toBe(1);
    await line({
      level: 'WARN',
      msg: 'Poll of one entity failed',
      name: deleted,
      error: 'GetJobRuns: EntityNotFoundException',
    });
    await eventually('the next discovery', async () =>
      toldJobs(await daemon.scrape()).includes(deleted) ? undefined : true,
    );
    expect((await daemon.poll()).up).toBe(true);
    expect(sampleValue(await daemon.scrape(), 'aws_glue_exporter_entities', { collector: 'jobs' })).toBe(3);
    await on.expectTruth(BEGIN + 20, [withEntities(world, { jobs: living })]);
  });
});
