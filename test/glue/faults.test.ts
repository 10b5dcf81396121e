import dns from 'node:dns';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { readJobNamesWithTags, readJobs } from '../../src/collectors/jobs/definitions.ts';
import { readJobRuns } from '../../src/collectors/jobs/runs.ts';
import { readWorkflows } from '../../src/collectors/workflows/definitions.ts';
import { readWorkflowRuns } from '../../src/collectors/workflows/runs.ts';
import type { Glue } from '../../src/glue/glue.ts';
import type { Reason } from '../../src/glue/reason.ts';
import { type FaultKind, faultKinds } from '../../src/simulator/faults.ts';
import { platformWorld } from '../../src/simulator/platform.ts';
import { entitiesOf } from '../../src/simulator/world.ts';
import { connect, failureOf, noon, place, received, simulate, untilAnswered } from './connect.ts';

// Definitions and histories long enough that a dripping body would take hours.
const world = platformWorld({ seed: 7, ...place, jobs: 40, workflows: 8, nowSeconds: noon });

const operations: Readonly<Record<string, (glue: Glue) => Promise<unknown>>> = {
  GetJobs: readJobs,
  ListJobs: glue => readJobNamesWithTags(glue, { team: 'finance' }),
  GetJobRuns: glue => readJobRuns(glue, { name: 'etl-returns-hourly' }, 50, undefined),
  ListWorkflows: readWorkflows,
  BatchGetWorkflows: readWorkflows,
  GetWorkflowRuns: glue =>
    readWorkflowRuns(glue, { name: entitiesOf(world, 'workflows')[0]?.name ?? '' }, 50, undefined),
  GetCallerIdentity: glue => glue.accountId(),
};

/** Short enough for a test, and the only way in which the calls that hang can end. */
const SHORT_SECONDS = 0.5;
const TIMED_OUT = /^no complete answer within [\d.]+s$/;

/** Longer where a good answer comes before the one that hangs, and has to be in time on a busy machine, too. */
const deadlineOf = (operation: string): number =>
  operation === 'BatchGetWorkflows' ? 5 * SHORT_SECONDS : SHORT_SECONDS;

/** Every kind of fault: its reason, what is said of it, and whether it is tried again. */
const faults: readonly (readonly [FaultKind, Reason, message: RegExp, tries: number])[] = [
  ['throttle', 'throttled', /^ThrottlingException$/, 3],
  ['server_error', 'server_error', /^InternalServiceException$/, 3],
  [
    'access_denied',
    'access_denied',
    /^AccessDeniedException: the caller is not authorized to perform: \w+:\w+ .*explicit deny in a session policy$/,
    1,
  ],
  ['expired_token', 'expired_credentials', /^ExpiredTokenException$/, 1],
  ['not_found', 'not_found', /^EntityNotFoundException$/, 1],
  ['invalid_input', 'invalid_request', /^InvalidInputException$/, 1],
  ['operation_timeout', 'timeout', /^OperationTimeoutException$/, 1],
  ['unknown_error', 'invalid_request', /^UnheardOfException$/, 1],
  ['reset', 'network', /ECONNRESET|socket hang up/, 3],
  ['truncate', 'network', /aborted/, 3],
  ['stall', 'timeout', TIMED_OUT, 1],
  ['stall_body', 'timeout', TIMED_OUT, 1],
  ['drip', 'timeout', TIMED_OUT, 1],
  ['empty', 'bad_response', /^\w+ is missing$|^no account in it$/, 1],
  ['html_200', 'bad_response', /^the answer could not be understood$|^no account in it$/, 1],
  ['html_503', 'server_error', /^status 503, and the answer is not one of AWS$/, 3],
];

/** Faults of good answers: what becomes of them is told where lists, runs and deadlines are tested. */
const SPOILT_ANSWERS: readonly FaultKind[] = [
  'repeat_token',
  'cycle_tokens',
  'expire_token',
  'malformed_run',
  'unknown_values',
  'missing_dates',
  'slow',
  'skewed_date',
  'short_pages',
  'inverted_pairs',
  'late_fields',
  'stale_answer',
];

describe.each(faults)('%s', (kind, reason, message, tries) => {
  it.each(Object.keys(operations))(`of %s is ${reason}`, async operation => {
    const simulator = await simulate({ worlds: [world] });
    const { glue, seen } = connect(simulator.endpoint, {
      maxAttempts: 3,
      ...(reason === 'timeout' ? { requestTimeoutSeconds: deadlineOf(operation) } : {}),
    });
    simulator.setFaults([{ kind, rate: 1, operations: [operation] }]);
    const act = operations[operation] ?? (() => Promise.resolve());
    const failure = await failureOf(act(glue));
    expect(failure).toMatchObject({ operation, reason });
    expect(failure.message.startsWith(`${operation}: `)).toBe(true);
    expect(failure.message.slice(`${operation}: `.length)).toMatch(message);
    expect(failure.message).not.toContain('\n');
    expect(seen.failed).toEqual(Array.from({ length: tries }, () => [operation, reason]));
    expect(seen.requested.filter(each => each === operation)).toHaveLength(tries);
    expect(simulator.requests.get(operation)).toBe(tries);
    simulator.setFaults([]);
    await untilAnswered(() => act(glue));
  });
});

describe('faults', () => {
  it('are all covered here, or spoil good answers', () => {
    expect([...faults.map(([kind]) => kind), ...SPOILT_ANSWERS].sort()).toEqual([...faultKinds].sort());
  });

  it.each([
    ['GetJobs', readJobs],
    ['ListWorkflows', readWorkflows],
    ['ListJobs', operations.ListJobs],
  ] as const)('repeat_token of %s ends in a bad response', async (operation, read) => {
    const simulator = await simulate({ worlds: [world] });
    const { glue, seen } = connect(simulator.endpoint);
    simulator.setFaults([{ kind: 'repeat_token', rate: 1 }]);
    const failure = await failureOf(read?.(glue) ?? Promise.resolve());
    expect(failure.message).toBe(`${operation}: its page token came round again`);
    expect(seen.failed).toEqual([[operation, 'bad_response']]);
    expect(simulator.requests.get(operation)).toBe(2);
  });

  it('that cannot be understood are not quoted: they may hold arguments', async () => {
    const simulator = await simulate({ worlds: [world] });
    const { glue } = connect(simulator.endpoint);
    simulator.setFaults([{ kind: 'html_200', rate: 1 }]);
    const failure = await failureOf(readJobs(glue));
    expect(failure.message).not.toContain('proxy');
    expect(failure.cause).toBeInstanceOf(SyntaxError);
  });
});

describe('without a server', () => {
  it('a refused connection is a network failure', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    server.close();
    await once(server, 'close');
    const { glue, seen } = connect(`http://127.0.0.1:${port}`, { maxAttempts: 2 });
    const failure = await failureOf(readJobs(glue));
    expect(failure).toMatchObject({ operation: 'GetJobs', reason: 'network' });
    expect(failure.message).toContain(`ECONNREFUSED 127.0.0.1:${port}`);
    expect(seen.failed).toHaveLength(2);
  });

  it('a name that does not exist is a network failure', async () => {
    // What getaddrinfo answers for .invalid (RFC 6761), without asking whoever resolves names here.
    const lookup = vi.spyOn(dns, 'lookup').mockImplementation((...args: unknown[]) => {
      const answer = args.at(-1);
      const error = Object.assign(new Error('getaddrinfo ENOTFOUND glue.invalid'), { code: 'ENOTFOUND' });
      if (typeof answer === 'function') process.nextTick(() => answer(error));
    });
    const { glue } = connect('http://glue.invalid');
    const failure = await failureOf(readJobs(glue));
    expect(lookup.mock.calls[0]?.[0]).toBe('glue.invalid');
    expect(failure).toMatchObject({ operation: 'GetJobs', reason: 'network' });
    expect(failure.message).toContain('getaddrinfo ENOTFOUND glue.invalid');
  });

  it('a server that speaks no HTTP is a network failure', async () => {
    const server = createServer(socket => socket.end('SSH-2.0-OpenSSH_9.2\r\n')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { glue } = connect(`http://127.0.0.1:${port}`);
    expect(await failureOf(readJobs(glue))).toMatchObject({ operation: 'GetJobs', reason: 'network' });
    server.close();
  });
});

describe('stopping', () => {
  it.each(['stall', 'stall_body', 'drip'] as const)('ends a call in the midst of %s', async kind => {
    const simulator = await simulate({ worlds: [world] });
    const { glue, seen, stop } = connect(simulator.endpoint, { maxAttempts: 3 });
    simulator.setFaults([{ kind, rate: 1 }]);
    const call = readJobs(glue).then(
      () => 'an answer',
      (error: Error) => error.name,
    );
    await received(simulator, 'GetJobs');
    stop();
    expect(await call).toBe('AbortError');
    expect(seen).toMatchObject({ requested: ['GetJobs'], failed: [] });
  });

  it('ends the pause before another try', async () => {
    const simulator = await simulate({ worlds: [world] });
    const { glue, seen, stop } = connect(simulator.endpoint, { maxAttempts: 10 });
    // The longest of pauses; only what ends it lets the test end before its time.
    vi.spyOn(Math, 'random').mockReturnValue(1e6);
    simulator.setFaults([{ kind: 'throttle', rate: 1 }]);
    const call = readJobs(glue).then(
      () => 'an answer',
      (error: Error) => error.name,
    );
    while (seen.failed.length < 1) await new Promise(resolve => setImmediate(resolve));
    stop();
    expect(await call).toBe('AbortError');
    expect(simulator.requests.get('GetJobs')).toBe(1);
  });

  it('lets no further call begin', async () => {
    const simulator = await simulate({ worlds: [world] });
    const { glue, stop } = connect(simulator.endpoint, {
      admit: async signal => signal.throwIfAborted(),
    });
    await readJobs(glue);
    stop();
    await expect(readJobs(glue)).rejects.toMatchObject({ name: 'AbortError' });
    expect(simulator.requests.get('GetJobs')).toBe(1);
  });
});
