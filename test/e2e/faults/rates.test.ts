import { describe, expect, it } from 'vitest';
import { eventually } from '../../daemon.ts';
import { configFor, requestsTo } from '../account.ts';
import { watchLateness } from '../lateness.ts';
import { BEGIN, expectRecovery, impatient, stage } from './row.ts';

/** Two more than the rate: a second has two ends, and the sender is not always on time. Neither is who receives. */
const mostPerSecond = (rate: number, latenessSeconds: number): number => rate * (1 + latenessSeconds) + 2;

/** The most requests of any second, from times in milliseconds. */
const busiestSecond = (times: readonly number[]): number =>
  Math.max(0, ...times.map(start => times.filter(time => time >= start && time < start + 1000).length));

describe('AWS asks for less', () => {
  it('throttling', async () => {
    const requests: number[] = [];
    const latenessSeconds = watchLateness();
    const on = await stage({
      config: simulator => configFor(simulator, { aws: { ...impatient, requests_per_second: 20 } }),
      simulator: { onRequest: (_operation, _account, at) => void requests.push(at) },
    });
    const { simulator, clock, daemon, own, line } = on;
    const budget = async () => (await own('api_budget_requests_per_second')) ?? Number.NaN;
    expect(await budget()).toBe(20);

    simulator.setFaults([{ kind: 'throttle', rate: 1 }]);
    clock.set(BEGIN + 20);
    expect((await daemon.poll()).up).toBe(false);
    expect(await own('target_up')).toBe(0);
    await line({ level: 'WARN', msg: 'Throttled by AWS, reducing request rate', requests_per_second: /^10(\.0\d*)?$/ });
    await line({ level: 'ERROR', msg: 'Poll failed', collector: 'jobs', error: 'GetJobRuns: ThrottlingException' });
    const lowest = await eventually('a small budget', async () => ((await budget()) < 6 ? budget() : undefined));

    const before = requests.length;
    await daemon.poll();
    expect(busiestSecond(requests.slice(before))).toBeLessThanOrEqual(mostPerSecond(lowest, latenessSeconds()));
    expect(busiestSecond(requests)).toBeLessThanOrEqual(mostPerSecond(20, latenessSeconds()));
    expect(await on.failureReasons()).toEqual(['throttled']);
    expect(await own('api_throttles_total')).toBe(simulator.faultHits.get('throttle'));

    simulator.setFaults([]);
    const atTheEnd = await budget();
    await expectRecovery(on, BEGIN + 20);
    expect(await budget()).toBeGreaterThan(atTheEnd);
  });

  it('retries', async () => {
    const requests: number[] = [];
    const latenessSeconds = watchLateness();
    const on = await stage({
      config: simulator => configFor(simulator, { aws: { ...impatient, requests_per_second: 10, max_attempts: 3 } }),
      simulator: { onRequest: (_operation, _account, at) => void requests.push(at) },
    });
    const { simulator, clock, daemon } = on;
    simulator.setFaults([{ kind: 'server_error', rate: 1 }]);
    clock.set(BEGIN + 20);
    const before = requestsTo(simulator);
    expect((await daemon.poll()).up).toBe(false);
    // Four jobs and two workflows, three times each.
    expect(requestsTo(simulator) - before).toBeGreaterThanOrEqual(18);
    expect(busiestSecond(requests)).toBeLessThanOrEqual(mostPerSecond(10, latenessSeconds()));
    expect(await on.own('api_failures_total', { operation: 'GetJobRuns', reason: 'server_error' })).toBeGreaterThan(8);
    simulator.setFaults([]);
    await expectRecovery(on, BEGIN + 20);
  });
});
