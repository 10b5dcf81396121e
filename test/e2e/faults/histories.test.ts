import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../src/simulator/faults.ts';
import { scriptedWorld } from '../../../src/simulator/scripted.ts';
import { withVanishingRuns } from '../../../src/simulator/vanishing.ts';
import { entitiesOf, type JsonObject, type World, withEntities } from '../../../src/simulator/world.ts';
import { sampleValue } from '../../exposition-parser.ts';
import { configFor, NOON, place } from '../account.ts';
import { expectSameAccount, toldBy, truthOf } from '../truth.ts';
import { BEGIN, entriesAbout, expectTruthAgain, impatient, type Stage, smallWorld, stage } from './row.ts';

const [FIRST, SECOND] = ['hasty-job-000', 'hasty-job-001'] as const;
const ofFirst = (kind: Fault['kind'], more: Partial<Fault> = {}): Fault => ({ kind, rate: 1, entity: FIRST, ...more });

/** Lets a fault hit what one job is asked for in a poll. The target stays up, and the others are told of. */
const expectOneJobToSuffer = async (on: Stage, fault: Fault): Promise<void> => {
  const { clock, simulator, daemon, own, world } = on;
  simulator.setFaults([fault]);
  clock.set(BEGIN + 60);
  expect((await daemon.poll()).up).toBe(true);
  expect(await own('target_up')).toBe(1);
  const told = toldBy(await daemon.scrape(), world);
  const truth = truthOf(world, NOON, BEGIN + 60);
  const others = [SECOND, 'hasty-job-002', 'hasty-job-003', 'hasty-workflow'];
  expectSameAccount(entriesAbout(told, ...others), entriesAbout(truth, ...others));
};

describe('A history is not what it should be', () => {
  it('one malformed run in a page', async () => {
    const on = await stage();
    await expectOneJobToSuffer(on, ofFirst('malformed_run'));
    expect(await on.own('api_failures_total', { operation: 'GetJobRuns', reason: 'bad_response' })).toBeGreaterThan(0);
    expect(await on.failureReasons()).toEqual(['bad_response']);
    await on.line({ level: 'WARN', msg: 'Poll of one entity failed', name: FIRST, error: /^GetJobRuns: / });
    const told = toldBy(await on.daemon.scrape(), on.world);
    expectSameAccount(entriesAbout(told, FIRST), entriesAbout(truthOf(on.world, NOON, NOON), FIRST));
    await expectTruthAgain(on);
  });

  for (const [row, kind] of [
    ['the same page token for ever', 'repeat_token'],
    ['two page tokens in turn', 'cycle_tokens'],
  ] as const) {
    it(row, async () => {
      const on = await stage();
      await expectOneJobToSuffer(on, ofFirst(kind));
      expect(await on.own('history_truncated_total', { collector: 'jobs' })).toBeGreaterThan(0);
      await on.line({ level: 'WARN', msg: 'Run history cut short', name: FIRST, why: 'repeated_token' });
      await expectTruthAgain(on);
    });
  }

  it('a listing with the same page token for ever', async () => {
    const config = { aws: impatient, poll: { discovery_interval: '1s' } };
    const on = await stage({ config: simulator => configFor(simulator, config) });
    const { clock, simulator, daemon, own, line, expectTruth } = on;
    simulator.setFaults([{ kind: 'repeat_token', rate: 1, operations: ['GetJobs', 'ListWorkflows'] }]);
    clock.set(BEGIN + 20);
    await line({ level: 'ERROR', msg: 'Poll failed', error: 'GetJobs: its page token came round again' });
    expect((await daemon.poll()).up).toBe(false);
    expect(await own('target_up')).toBe(0);
    expect(await own('api_failures_total', { operation: 'GetJobs', reason: 'bad_response' })).toBeGreaterThan(0);
    // What was known is polled all the same.
    await expectTruth(BEGIN + 20);
    await expectTruthAgain(on);
    await line({ level: 'INFO', msg: 'Poll recovered', collector: 'jobs' });
  });

  it('a page token that has expired', async () => {
    const on = await stage();
    await expectOneJobToSuffer(on, ofFirst('expire_token'));
    const refused = { operation: 'GetJobRuns', reason: 'invalid_request' };
    expect(await on.own('api_failures_total', refused)).toBeGreaterThan(0);
    const error = 'GetJobRuns: InvalidInputException';
    await on.line({ level: 'WARN', msg: 'Poll of one entity failed', name: FIRST, error });
    await expectTruthAgain(on);
  });

  for (const [row, order] of [
    ['histories that are answered oldest first', 'oldest_first'],
    ['histories that are answered in no order', 'shuffled'],
  ] as const) {
    it(row, async () => {
      const world = smallWorld('order', { runOrders: { jobs: order, workflows: order } });
      const on = await stage({ worlds: [world] });
      // A poll learns the time from its answers, so it takes another one to see what is settled by then.
      for (const at of [BEGIN + 400, BEGIN + 400, BEGIN + 800]) {
        on.clock.set(at);
        expect((await on.daemon.poll()).up).toBe(true);
        await on.expectTruth(at);
      }
      for (const collector of ['jobs', 'workflows']) {
        expect(await on.own('history_truncated_total', { collector })).toBe(0);
        expect(await on.own('runs_lost_total', { collector })).toBe(0);
      }
    });
  }

  it('runs that have ended are deleted from the history', async () => {
    const world = smallWorld('ended');
    const deletedAt = BEGIN + 30;
    const endedBefore = new Set(
      entitiesOf(world, 'jobs').flatMap(job => job.runs(NOON, BEGIN + 20).map(run => run.id)),
    );
    const jobs = entitiesOf(world, 'jobs').map(job =>
      withVanishingRuns(job, (id, at) => at >= deletedAt && endedBefore.has(id) && !isActive(world, id, BEGIN + 20)),
    );
    const on = await stage({ worlds: [withEntities(world, { jobs })] });
    const { clock, daemon, own } = on;
    clock.set(BEGIN + 20);
    await daemon.poll();
    await on.expectTruth(BEGIN + 20, [world]);
    clock.set(BEGIN + 40);
    expect((await daemon.poll()).up).toBe(true);
    await on.expectTruth(BEGIN + 40, [world]);
    expect(await own('runs_lost_total', { collector: 'jobs' })).toBe(0);
  });

  it('a run that goes on is deleted from the history', async () => {
    const active: JsonObject = { Id: 'jr_gone', StartedOn: BEGIN, JobRunState: 'RUNNING', ExecutionTime: 1 };
    const ended = (id: string, StartedOn: number): JsonObject => ({
      Id: id,
      StartedOn,
      CompletedOn: StartedOn + 5,
      JobRunState: 'SUCCEEDED',
      ExecutionTime: 5,
    });
    const deletedAt = BEGIN + 100;
    const runs = (at: number): JsonObject[] => [
      ...(at >= BEGIN + 200 ? [ended('jr_later', BEGIN + 150)] : []),
      ...(at >= BEGIN && at < deletedAt ? [active] : []),
      ended('jr_before', NOON - 100),
    ];
    const on = await stage({ worlds: [scriptedWorld({ ...place, jobs: { orders: runs } })] });
    const { clock, daemon, own, line } = on;
    const told = async (name: string, labels: Readonly<Record<string, string>> = {}) =>
      sampleValue(await daemon.scrape(), `aws_glue_job_${name}`, labels);
    const lost = () => own('runs_lost_total', { collector: 'jobs' });
    clock.set(BEGIN + 20);
    await daemon.poll();
    expect(await told('active_runs', { state: 'RUNNING' })).toBe(1);

    // An answer or two without it may be a glitch, and so may be all answers of five minutes.
    for (const at of [deletedAt, deletedAt + 100, deletedAt + 290]) {
      clock.set(at);
      expect((await daemon.poll()).up).toBe(true);
      expect([await told('active_runs', { state: 'RUNNING' }), await lost()]).toEqual([1, 0]);
    }
    clock.set(deletedAt + 305);
    // A poll has one answer here, and three that agree move the clock.
    for (let polls = 0; polls < 6; polls += 1) expect((await daemon.poll()).up).toBe(true);
    expect([await told('active_runs', { state: 'RUNNING' }), await lost()]).toEqual([0, 1]);
    expect(await told('oldest_active_run_start_timestamp_seconds')).toBeUndefined();
    expect(await told('last_run_start_timestamp_seconds')).toBe(BEGIN + 150);
    expect(await told('runs_total', { state: 'SUCCEEDED' })).toBe(1);
    await line({ level: 'WARN', msg: 'Runs vanished from Glue before their end was seen', name: 'orders', runs: '1' });
    expect(await own('target_up')).toBe(1);
  });
});

const isActive = (world: World, id: string, at: number): boolean =>
  entitiesOf(world, 'jobs').some(job => job.runs(NOON, at).some(run => run.id === id && run.completedOn > at));
