import { describe, expect, it, vi } from 'vitest';
import { readJobs } from '../../src/collectors/jobs/definitions.ts';
import { readJobRuns } from '../../src/collectors/jobs/runs.ts';
import type { FaultKind } from '../../src/simulator/faults.ts';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import { connect, failureOf, noon, place, received, simulate, untilAnswered } from './connect.ts';

const SHORT_SECONDS = 0.2;
const world = scriptedWorld({ ...place, jobs: { etl: [] } });

describe('trying again', () => {
  const afterFaults = async (kind: FaultKind, times: number, maxAttempts: number) => {
    const simulator = await simulate({ worlds: [world] });
    const { glue, seen } = connect(simulator.endpoint, { maxAttempts });
    simulator.setFaults([{ kind, rate: 1, times }]);
    const found = await readJobs(glue).then(
      jobs => jobs.length,
      () => 'failed',
    );
    return {
      found,
      requests: simulator.requests.get('GetJobs'),
      requested: seen.requested.length,
      failed: seen.failed.length,
    };
  };

  it('gets there in the end, and counts every try', async () => {
    for (const kind of ['throttle', 'server_error', 'truncate', 'html_503'] as const) {
      expect(await afterFaults(kind, 3, 4), kind).toEqual({ found: 1, requests: 4, requested: 4, failed: 3 });
    }
  });

  it('ends after the most attempts', async () => {
    expect(await afterFaults('throttle', 3, 3)).toEqual({ found: 'failed', requests: 3, requested: 3, failed: 3 });
    expect(await afterFaults('throttle', 1, 1)).toEqual({ found: 'failed', requests: 1, requested: 1, failed: 1 });
  });

  it('is not done where it helps nothing', async () => {
    for (const kind of ['access_denied', 'expired_token', 'empty', 'html_200'] as const) {
      expect(await afterFaults(kind, 1, 4), kind).toEqual({ found: 'failed', requests: 1, requested: 1, failed: 1 });
    }
  });

  it('is not done for what does not exist', async () => {
    const simulator = await simulate({ worlds: [world] });
    const { glue, seen } = connect(simulator.endpoint, { maxAttempts: 4 });
    const failure = await failureOf(readJobRuns(glue, { name: 'gone' }, 10, undefined));
    expect(failure).toMatchObject({ operation: 'GetJobRuns', reason: 'not_found' });
    expect(failure.message).toBe('GetJobRuns: EntityNotFoundException');
    expect(seen).toMatchObject({ requested: ['GetJobRuns'], failed: [['GetJobRuns', 'not_found']] });
  });

  it('gives each attempt a deadline of its own', async () => {
    const simulator = await simulate({ worlds: [world], latencySeconds: 0.4 });
    const { glue, seen } = connect(simulator.endpoint, { maxAttempts: 4, requestTimeoutSeconds: 1 });
    simulator.setFaults([{ kind: 'throttle', rate: 1, times: 3 }]);
    // Four answers of 0.4 s each are more than one deadline.
    expect(await readJobs(glue)).toHaveLength(1);
    expect(seen.failed.map(([, reason]) => reason)).toEqual(['throttled', 'throttled', 'throttled']);
  });
});

describe('the request budget', () => {
  it('is asked before every attempt, and nothing is sent before it allows', async () => {
    const simulator = await simulate({ worlds: [world] });
    const other = connect(simulator.endpoint).glue;
    const waiting: (() => void)[] = [];
    const admit = () => new Promise<void>(resolve => waiting.push(resolve));
    const { glue, seen } = connect(simulator.endpoint, { maxAttempts: 3, admit });
    simulator.setFaults([{ kind: 'throttle', rate: 1, operations: ['GetJobs'], times: 2 }]);
    const jobs = readJobs(glue);
    for (const sent of [0, 1, 2]) {
      while (waiting.length === 0) await new Promise(resolve => setImmediate(resolve));
      // By the time that a whole request of another client is answered, ours would have been received.
      await failureOf(readJobRuns(other, { name: 'gone' }, 1, undefined));
      expect([seen.requested.length, simulator.requests.get('GetJobs') ?? 0]).toEqual([sent, sent]);
      waiting.shift()?.();
    }
    expect(await jobs).toHaveLength(1);
    expect(waiting).toEqual([]);
  });

  it('is asked for STS as well', async () => {
    const simulator = await simulate({ worlds: [world] });
    const admit = vi.fn(async () => {});
    const { glue, seen } = connect(simulator.endpoint, { admit });
    await glue.accountId();
    expect(admit).toHaveBeenCalledTimes(1);
    expect(seen.requested).toEqual(['GetCallerIdentity']);
  });

  it('does not eat into the deadline', async () => {
    const simulator = await simulate({ worlds: [world] });
    let allow = (): void => {};
    const admit = () =>
      new Promise<void>(resolve => {
        allow = resolve;
      });
    const { glue } = connect(simulator.endpoint, { admit, requestTimeoutSeconds: 1 });
    const other = connect(simulator.endpoint, { requestTimeoutSeconds: 1.1 }).glue;
    const jobs = readJobs(glue);
    // Another client times out meanwhile: longer than the deadline has passed.
    simulator.setFaults([{ kind: 'stall', rate: 1, times: 1 }]);
    expect(await failureOf(readJobs(other))).toMatchObject({ reason: 'timeout' });
    allow();
    expect(await jobs).toHaveLength(1);
  });
});

describe('the region', () => {
  const noSharedConfig = () => {
    vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
    vi.stubEnv('AWS_PROFILE', undefined);
  };

  it('is the configured one', async () => {
    vi.stubEnv('AWS_REGION', 'eu-north-1');
    expect(await connect('http://127.0.0.1:1', { region: 'us-east-1' }).glue.region()).toBe('us-east-1');
  });

  it('is that of the environment otherwise', async () => {
    noSharedConfig();
    vi.stubEnv('AWS_REGION', 'eu-north-1');
    expect(await connect('http://127.0.0.1:1', { region: undefined }).glue.region()).toBe('eu-north-1');
  });

  it('must be known', async () => {
    noSharedConfig();
    vi.stubEnv('AWS_REGION', undefined);
    await expect(connect('http://127.0.0.1:1', { region: undefined }).glue.region()).rejects.toThrow(
      'Region is missing',
    );
  });

  it('is the one whose jobs are read', async () => {
    const elsewhere = scriptedWorld({ ...place, region: 'us-east-1', jobs: { elsewhere: [] } });
    const simulator = await simulate({ worlds: [world, elsewhere] });
    const namesIn = async (region: string) =>
      (await readJobs(connect(simulator.endpoint, { region }).glue)).map(({ name }) => name);
    expect(await namesIn('eu-west-1')).toEqual(['etl']);
    expect(await namesIn('us-east-1')).toEqual(['elsewhere']);
  });
});

describe('the account', () => {
  it('is asked from STS once', async () => {
    const simulator = await simulate({ worlds: [world] });
    const { glue } = connect(simulator.endpoint);
    expect([await glue.accountId(), await glue.accountId()]).toEqual([place.accountId, place.accountId]);
    expect(simulator.requests.get('GetCallerIdentity')).toBe(1);
  });

  it('is asked again after a failure', async () => {
    const simulator = await simulate({ worlds: [world] });
    const { glue } = connect(simulator.endpoint);
    simulator.setFaults([{ kind: 'access_denied', rate: 1, times: 1 }]);
    expect(await failureOf(glue.accountId())).toMatchObject({
      operation: 'GetCallerIdentity',
      reason: 'access_denied',
    });
    expect(await glue.accountId()).toBe(place.accountId);
  });

  it('is not asked when the config or the role says it', async () => {
    const simulator = await simulate({ worlds: [world] });
    const roleArn = 'arn:aws:iam::222222222222:role/teams/glue';
    expect(await connect(simulator.endpoint, { accountId: '333333333333' }).glue.accountId()).toBe('333333333333');
    expect(await connect(simulator.endpoint, { roleArn }).glue.accountId()).toBe('222222222222');
    expect(simulator.requests.size).toBe(0);
  });
});

describe('a role', () => {
  const roleArn = 'arn:aws:iam::222222222222:role/teams/glue-exporter';
  const externalId = 'team=data/1.0';
  const theirs = scriptedWorld({ ...place, accountId: '222222222222', externalId, jobs: { theirs: [] } });
  const asked = { roleArn, externalId };

  it('is assumed once, with its external id, and its account is read', async () => {
    const simulator = await simulate({ worlds: [world, theirs] });
    const { glue } = connect(simulator.endpoint, asked);
    for (const _poll of [1, 2, 3]) expect((await readJobs(glue)).map(({ name }) => name)).toEqual(['theirs']);
    expect(simulator.requests.get('AssumeRole')).toBe(1);
  });

  it('that may not be assumed is access denied, of the operation that needed it', async () => {
    const simulator = await simulate({ worlds: [world, theirs] });
    for (const wrong of [undefined, 'guessed']) {
      const { glue, seen } = connect(simulator.endpoint, { roleArn, externalId: wrong, maxAttempts: 3 });
      const failure = await failureOf(readJobs(glue));
      expect(failure).toMatchObject({ operation: 'GetJobs', reason: 'access_denied' });
      expect(failure.message).toContain(`is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`);
      expect(seen.failed).toEqual([['GetJobs', 'access_denied']]);
    }
    expect(simulator.requests.get('GetJobs')).toBeUndefined();
  });

  it('is assumed again after its session has expired', async () => {
    const simulator = await simulate({ worlds: [world, theirs] });
    const { glue } = connect(simulator.endpoint, asked);
    await readJobs(glue);
    const hours = 2 * 3_600_000;
    const now = performance.now();
    vi.spyOn(performance, 'now').mockReturnValue(now + hours);
    await readJobs(glue);
    expect(simulator.requests.get('AssumeRole')).toBe(2);
  });

  it.each(['throttle', 'server_error', 'reset', 'html_503', 'access_denied', 'empty', 'truncate'] as const)(
    'is assumed at the next call after %s',
    async kind => {
      const simulator = await simulate({ worlds: [world, theirs] });
      const { glue } = connect(simulator.endpoint, asked);
      simulator.setFaults([{ kind, rate: 1, operations: ['AssumeRole'], times: 1 }]);
      expect((await failureOf(readJobs(glue))).operation).toBe('GetJobs');
      expect(await readJobs(glue)).toHaveLength(1);
    },
  );

  it.each(['stall', 'stall_body', 'drip'] as const)(
    'ends with the deadline when STS answers with %s, and is assumed by one of the next calls',
    async kind => {
      const simulator = await simulate({ worlds: [world, theirs] });
      const { glue } = connect(simulator.endpoint, { ...asked, requestTimeoutSeconds: SHORT_SECONDS });
      simulator.setFaults([{ kind, rate: 1, operations: ['AssumeRole'], times: 1 }]);
      expect(await failureOf(readJobs(glue))).toMatchObject({ operation: 'GetJobs', reason: 'timeout' });
      // The next call may still share the wait of the first, whose request for the role began a little later.
      expect(await untilAnswered(() => readJobs(glue))).toHaveLength(1);
    },
  );

  it('ends with the deadline however many calls wait for STS', async () => {
    const simulator = await simulate({ worlds: [world, theirs] });
    const { glue, seen } = connect(simulator.endpoint, { ...asked, requestTimeoutSeconds: SHORT_SECONDS });
    simulator.setFaults([{ kind: 'stall', rate: 1, operations: ['AssumeRole'] }]);
    const failures = await Promise.all([1, 2, 3, 4].map(() => failureOf(readJobs(glue))));
    expect(failures.map(({ reason }) => reason)).toEqual(['timeout', 'timeout', 'timeout', 'timeout']);
    expect(seen.failed).toHaveLength(4);
    expect(simulator.requests.get('AssumeRole')).toBe(1);
  });
});

describe("AWS's time", () => {
  it('is what answers agree on', async () => {
    let now = noon;
    const simulator = await simulate({ worlds: [world], clock: () => now });
    const { glue } = connect(simulator.endpoint);
    expect(Math.abs(glue.now() - Date.now() / 1000)).toBeLessThan(5);
    await readJobs(glue);
    expect(glue.isTimeConfirmed()).toBe(false);
    await readJobs(glue);
    expect(glue.isTimeConfirmed()).toBe(true);
    expect(Math.abs(glue.now() - noon)).toBeLessThan(5);
    now += 86_400;
    for (let call = 0; call < 3; call += 1) await readJobs(glue);
    expect(Math.abs(glue.now() - now)).toBeLessThan(5);
  });

  it('is learnt from the errors of AWS, too', async () => {
    const simulator = await simulate({ worlds: [world] });
    const { glue } = connect(simulator.endpoint);
    for (let call = 0; call < 2; call += 1) await failureOf(readJobRuns(glue, { name: 'gone' }, 1, undefined));
    expect(Math.abs(glue.now() - noon)).toBeLessThan(5);
  });

  it.each(['html_200', 'html_503', 'empty'] as const)('is not learnt from what is no answer of AWS: %s', async kind => {
    const simulator = await simulate({ worlds: [world] });
    const { glue } = connect(simulator.endpoint);
    simulator.setFaults([{ kind, rate: 1 }]);
    for (let call = 0; call < 5; call += 1) await failureOf(readJobs(glue));
    expect(Math.abs(glue.now() - Date.now() / 1000)).toBeLessThan(5);
    expect(glue.isTimeConfirmed()).toBe(false);
  });
});

describe('the time of signatures', () => {
  it.each([
    ['a good answer', { kind: 'skewed_date', skewSeconds: 3_600 }],
    ['a page of a proxy', { kind: 'html_503', skewSeconds: 3_600 }],
  ] as const)('is not learnt from %s', async (_what, fault) => {
    const clock = () => Date.now() / 1000;
    const simulator = await simulate({ worlds: [world], clock, signatureToleranceSeconds: 300 });
    const { glue, seen } = connect(simulator.endpoint);
    simulator.setFaults([{ ...fault, rate: 1, times: 1 }]);
    await readJobs(glue).catch(() => {});
    simulator.setFaults([]);
    seen.failed.splice(0);
    await readJobs(glue);
    expect(seen.failed).toEqual([]);
  });
});

describe('many calls at once', () => {
  it('share the sockets they are given', async () => {
    const simulator = await simulate({ worlds: [world] });
    const { glue, stop } = connect(simulator.endpoint, { maxSockets: 2 });
    simulator.setFaults([{ kind: 'stall', rate: 1, operations: ['GetJobs'] }]);
    const calls = [1, 2, 3].map(() => readJobs(glue).catch(() => 'stopped'));
    await received(simulator, 'GetJobs', 2);
    const other = connect(simulator.endpoint).glue;
    await failureOf(readJobRuns(other, { name: 'gone' }, 1, undefined));
    expect(simulator.requests.get('GetJobs')).toBe(2);
    stop();
    expect(await Promise.all(calls)).toEqual(['stopped', 'stopped', 'stopped']);
  });
});
