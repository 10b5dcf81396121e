import { describe, expect, it } from 'vitest';
import { scriptedWorld } from '../../../src/simulator/scripted.ts';
import type { JsonObject } from '../../../src/simulator/world.ts';
import { sampleValue } from '../../exposition-parser.ts';
import { NOON, place } from '../account.ts';
import { expectSameAccount, toldBy, truthOf } from '../truth.ts';
import { BEGIN, entriesAbout, expectTruthAgain, stage } from './row.ts';

describe('Values make no sense', () => {
  it('states, statuses and worker types that nobody knows', async () => {
    const on = await stage();
    const { clock, simulator, daemon, own, line } = on;
    simulator.setFaults([{ kind: 'unknown_values', rate: 1 }]);
    clock.set(BEGIN + 60);
    expect((await daemon.poll()).up).toBe(true);
    const fields = { job_run_state: 'HIBERNATING', workflow_run_status: 'HIBERNATING', worker_type: 'G.99X' };
    for (const [field, value] of Object.entries(fields)) {
      expect(await own('unknown_values_total', { field }), field).toBeGreaterThan(0);
      await line({ level: 'WARN', msg: 'AWS sent a value that this version does not know', field, value });
    }
    expect(`${(await daemon.get('/metrics')).body}`).not.toContain('HIBERNATING');
    const warnings = daemon.logged().filter(({ value }) => value === 'HIBERNATING');
    expect(warnings.map(({ field }) => field).sort()).toEqual(['job_run_state', 'workflow_run_status']);
    const told = toldBy(await daemon.scrape(), on.world);
    expectSameAccount(entriesAbout(told, ' runs '), entriesAbout(truthOf(on.world, NOON, BEGIN + 60), ' runs '));
    await expectTruthAgain(on);
  });

  it('runs without dates', async () => {
    const on = await stage();
    const { clock, simulator, daemon } = on;
    /** Without dates nobody can tell which run ended last. */
    const expectCounts = async (at: number) => {
      const kinds = [' runs ', ' execution ', ' dpu ', ' actions '];
      const told = toldBy(await daemon.scrape(), on.world);
      expectSameAccount(entriesAbout(told, ...kinds), entriesAbout(truthOf(on.world, NOON, at), ...kinds));
    };
    clock.set(BEGIN + 20);
    await daemon.poll();
    simulator.setFaults([{ kind: 'missing_dates', rate: 1, fields: ['CompletedOn', 'LastModifiedOn'] }]);
    clock.set(BEGIN + 40);
    expect((await daemon.poll()).up).toBe(true);
    await expectCounts(BEGIN + 40);
    simulator.setFaults([]);
    for (const at of [BEGIN + 40, BEGIN + 60]) {
      clock.set(at);
      expect((await daemon.poll()).up).toBe(true);
      await expectCounts(at);
    }
  });

  it('dates in the future', async () => {
    const nextYear = NOON + 365 * 86_400;
    const run = (id: string, StartedOn: number, CompletedOn: number): JsonObject => ({
      Id: id,
      WorkflowRunId: id,
      StartedOn,
      CompletedOn,
      JobRunState: 'SUCCEEDED',
      Status: 'COMPLETED',
      ExecutionTime: 5,
      Statistics: { TotalActions: 1, SucceededActions: 1 },
    });
    const runs = (at: number): JsonObject[] => [
      ...(at >= BEGIN + 5 ? [run('r1', nextYear, nextYear + 5)] : []),
      ...(at >= BEGIN + 40 ? [run('r2', BEGIN + 30, BEGIN + 35)] : []),
    ];
    const on = await stage({
      worlds: [scriptedWorld({ ...place, jobs: { orders: runs }, workflows: { nightly: runs } })],
    });
    const { clock, daemon, own, line } = on;
    const told = async (name: string, labels: Readonly<Record<string, string>> = {}) => {
      const exposition = await daemon.scrape();
      return ['job', 'workflow'].map(kind => sampleValue(exposition, `aws_glue_${kind}_${name}`, labels));
    };
    clock.set(BEGIN + 20);
    expect((await daemon.poll()).up).toBe(true);
    expect(await own('unknown_values_total', { field: 'future_date' })).toBeGreaterThan(0);
    for (const value of ['StartedOn', 'CompletedOn']) {
      const msg = 'AWS sent a value that this version does not know';
      await line({ level: 'WARN', msg, field: 'future_date', value });
    }
    // It is clamped to the time at which it was read.
    for (const name of ['last_run_start_timestamp_seconds', 'last_completed_run_completion_timestamp_seconds']) {
      for (const at of await told(name)) {
        expect(at).toBeGreaterThan(BEGIN);
        expect(at).toBeLessThanOrEqual(BEGIN + 25);
      }
    }

    clock.set(BEGIN + 60);
    for (let polls = 0; polls < 2; polls += 1) {
      expect((await daemon.poll()).up).toBe(true);
      expect(await told('last_run_start_timestamp_seconds')).toEqual([BEGIN + 30, BEGIN + 30]);
      const last = BEGIN + 35;
      expect(await told('last_completed_run_completion_timestamp_seconds')).toEqual([last, last]);
      const exposition = await daemon.scrape();
      expect(sampleValue(exposition, 'aws_glue_job_runs_total', { state: 'SUCCEEDED' })).toBe(2);
      const completed = { status: 'COMPLETED', outcome: 'succeeded' };
      expect(sampleValue(exposition, 'aws_glue_workflow_runs_total', completed)).toBe(2);
    }
  });
});
