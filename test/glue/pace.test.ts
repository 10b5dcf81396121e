import { describe, expect, test, vi } from 'vitest';
import { readJobRuns } from '../../src/collectors/jobs/runs.ts';
import { createBudget } from '../../src/poll/budget.ts';
import type { Fault } from '../../src/simulator/faults.ts';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import type { Simulator, SimulatorOptions } from '../../src/simulator/server.ts';
import { type ConnectOptions, connect, failureOf, place, received, simulate } from './connect.ts';

const ROLE = `arn:aws:iam::${place.accountId}:role/glue-exporter`;
const REQUESTS_PER_SECOND = 5;
/** A second has two ends, and the process is not always on time. */
const MOST = REQUESTS_PER_SECOND + 2;

/** The most requests in any window of one second, from times in milliseconds. */
const busiestSecond = (times: readonly number[]): number =>
  Math.max(0, ...times.map(start => times.filter(time => time >= start && time < start + 1000).length));

const slow = (operation: string, more: Partial<Fault> = {}): Fault => ({
  kind: 'slow',
  rate: 1,
  operations: [operation],
  delaySeconds: 3,
  ...more,
});

interface Paced extends ConnectOptions {
  readonly sessions?: SimulatorOptions['sessions'];
  readonly faults?: readonly Fault[];
  readonly onRequest?: (operation: string, simulator: Simulator) => void;
}

/** A client with a real budget, and the times at which its requests reach AWS, by whether they are for role credentials. */
const paced = async ({ sessions = {}, faults = [], onRequest = () => {}, ...options }: Paced) => {
  const times: number[] = [];
  const roleTimes: number[] = [];
  const simulator = await simulate({
    worlds: [scriptedWorld({ ...place, jobs: { etl: () => [] } })],
    sessions,
    onRequest(operation, _account, at) {
      (operation === 'AssumeRole' ? roleTimes : times).push(at);
      onRequest(operation, simulator);
    },
  });
  simulator.setFaults(faults);
  const connection = connect(simulator.endpoint, { admit: createBudget(REQUESTS_PER_SECOND).admit, ...options });
  const read = () => readJobRuns(connection.glue, { name: 'etl' }, 10, undefined);
  return { ...connection, simulator, times, roleTimes, read };
};

const together = (count: number, act: () => Promise<unknown>) => Promise.allSettled(Array.from({ length: count }, act));

describe('on the wire no second has more requests than the budget allows', () => {
  test('after an AssumeRole that takes seconds', async () => {
    const { glue, times, read } = await paced({ faults: [slow('AssumeRole')], roleArn: ROLE });
    await together(16, read);
    await glue.callerIdentity();
    expect(times).toHaveLength(17);
    expect(busiestSecond(times)).toBeLessThanOrEqual(MOST);
  });

  test('after credentials that were refused while requests waited for the budget, and took seconds to replace', async () => {
    const sessions = { seconds: 3600, refusedAfterSeconds: 0 };
    const { seen, times, roleTimes, read } = await paced({
      sessions,
      roleArn: ROLE,
      maxSockets: 9,
      onRequest(operation, simulator) {
        if (operation === 'AssumeRole') return;
        // Only the first request has old credentials.
        sessions.refusedAfterSeconds = 3600;
        simulator.setFaults([slow('AssumeRole')]);
      },
    });
    await together(9, read);
    expect(seen.failed).toEqual([['GetJobRuns', 'expired_credentials']]);
    expect([times.length, roleTimes.length]).toEqual([9, 2]);
    expect(busiestSecond(times)).toBeLessThanOrEqual(MOST);
  });

  test('after requests that waited for a connection', async () => {
    const { times, read } = await paced({ faults: [slow('GetJobRuns', { times: 2 })], maxSockets: 2 });
    await together(16, read);
    expect(times).toHaveLength(16);
    expect(busiestSecond(times)).toBeLessThanOrEqual(MOST);
  });
});

test('an attempt without credentials is a failure, but no request, and STS is not asked more often than the budget allows', async () => {
  const { seen, times, roleTimes, read } = await paced({
    faults: [{ kind: 'access_denied', rate: 1, operations: ['AssumeRole'] }],
    roleArn: ROLE,
  });
  const failures = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const found = [];
      for (let tries = 0; tries < 4; tries += 1) found.push((await failureOf(read())).reason);
      return found;
    }),
  );
  expect(failures.flat()).toEqual(Array(16).fill('access_denied'));
  expect([times, seen.requested, seen.failed.length]).toEqual([[], [], 16]);
  expect(busiestSecond(roleTimes)).toBeLessThanOrEqual(MOST);
});

test('a renewal of credentials that are still valid holds no request, and is tried again only after seconds', async () => {
  const { simulator, seen, roleTimes, read } = await paced({ sessions: { seconds: 290 }, roleArn: ROLE });
  await read();
  simulator.setFaults([{ kind: 'server_error', rate: 1, operations: ['AssumeRole'] }]);
  const now = performance.now.bind(performance);
  const later = (seconds: number) => vi.spyOn(performance, 'now').mockImplementation(() => now() + seconds * 1000);
  later(61);
  for (let reads = 0; reads < 4; reads += 1) await read();
  await received(simulator, 'AssumeRole', 2);
  later(67);
  await read();
  await received(simulator, 'AssumeRole', 3);
  expect(roleTimes).toHaveLength(3);

  simulator.setFaults([{ kind: 'stall', rate: 1, operations: ['AssumeRole'] }]);
  later(73);
  while (roleTimes.length < 4) await read();
  await read();
  expect(seen.failed).toEqual([]);
});
