import { describe, expect, it } from 'vitest';
import { configFor } from '../account.ts';
import { BEGIN, expectRecovery, impatient, smallWorld, stage, untilAtLeast } from './row.ts';

describe('Nothing is stale in silence', () => {
  it('one failed request in a poll', async () => {
    const on = await stage();
    const { clock, simulator, daemon, own, line } = on;
    // Between two polls, so that it is the next one that it hits.
    await daemon.poll();
    simulator.setFaults([{ kind: 'server_error', rate: 1, operations: ['GetJobRuns'], times: 1 }]);
    clock.set(BEGIN + 20);
    expect((await daemon.poll()).up).toBe(false);
    expect(await own('collector_up', { collector: 'jobs' })).toBe(0);
    await line({ level: 'ERROR', msg: 'Poll failed', collector: 'jobs', failures: '1' });
    expect((await daemon.poll()).up).toBe(true);
    expect(await own('target_up')).toBe(1);
    await on.expectTruth(BEGIN + 20);
    await line({ level: 'INFO', msg: 'Poll recovered', collector: 'jobs' });
  });

  it('a target that stays down', async () => {
    const on = await stage({
      config: simulator => configFor(simulator, { aws: impatient, series: { stale_after: '2s' } }),
    });
    const { clock, simulator, daemon, own, line } = on;
    clock.set(BEGIN + 20);
    await daemon.poll();
    simulator.setFaults([{ kind: 'server_error', rate: 1 }]);
    clock.set(BEGIN + 40);
    expect((await daemon.poll()).up).toBe(false);
    await on.expectTruth(BEGIN + 20);
    for (const [collector, entities] of Object.entries({ jobs: '4', workflows: '2' })) {
      await line({ level: 'WARN', msg: 'Series dropped because they could not be refreshed', collector, entities });
    }
    const names = (await daemon.scrape()).map(({ name }) => name);
    expect(names.filter(name => /^aws_glue_(job|workflow)_/.test(name))).toEqual([]);
    expect([await own('target_up'), await own('series')]).toEqual([0, 0]);
    simulator.setFaults([]);
    await expectRecovery(on, BEGIN + 40);
  });

  it('a poll that takes longer than poll.interval', async () => {
    // One job, so that each poll sends one request for its runs.
    const world = smallWorld('overrun', { jobs: 1, workflows: 0 });
    const asked: number[] = [];
    const on = await stage({
      worlds: [world],
      config: simulator => ({ ...configFor(simulator, { aws: impatient }), collectors: ['jobs'] }),
      simulator: { onRequest: (operation, _account, at) => operation === 'GetJobRuns' && asked.push(at) },
    });
    const { clock, simulator, daemon, own } = on;
    expect(await own('poll_overruns_total')).toBe(0);
    const delaySeconds = 1.2;
    simulator.setFaults([{ kind: 'slow', rate: 1, operations: ['GetJobRuns'], delaySeconds }]);
    await daemon.poll();
    const before = asked.length - 1;
    clock.set(BEGIN + 5);
    expect(await untilAtLeast(on, 2, 'poll_overruns_total')).toBeGreaterThanOrEqual(2);
    const slow = asked.slice(before);
    const gaps = slow.slice(1).map((at, index) => at - (slow[index] ?? Number.NaN));
    expect(gaps.length).toBeGreaterThanOrEqual(1);
    // Timers may fire a millisecond early.
    for (const gap of gaps) expect(gap).toBeGreaterThan(delaySeconds * 1000 - 2);
    expect(await own('poll_duration_seconds')).toBeGreaterThan(delaySeconds - 0.01);
    expect(await own('target_up')).toBe(1);

    simulator.setFaults([]);
    await daemon.poll();
    const overruns = await own('poll_overruns_total');
    await daemon.poll();
    expect(await own('poll_overruns_total')).toBe(overruns);
    await on.expectTruth(BEGIN + 5);
  });
});
