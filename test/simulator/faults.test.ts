import { GetJobRunsCommand, ListJobsCommand } from '@aws-sdk/client-glue';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { type FaultKind, faultKinds } from '../../src/simulator/faults.ts';
import { platformWorld } from '../../src/simulator/platform.ts';
import type { Simulator } from '../../src/simulator/server.ts';
import { glueClient, noon, simulate, stsClient } from './clients.ts';

const world = platformWorld({
  seed: 7,
  accountId: '111122223333',
  region: 'eu-west-1',
  jobs: 20,
  workflows: 1,
  nowSeconds: noon,
});
const list = new ListJobsCommand({});

const outcome = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: Error) => error.name,
  );

const signed = {
  'Content-Type': 'application/x-amz-json-1.1',
  'X-Amz-Target': 'AWSGlue.ListJobs',
  Authorization:
    'AWS4-HMAC-SHA256 Credential=AKIA1/20260301/eu-west-1/glue/aws4_request, SignedHeaders=host, Signature=0',
};
const bare = (simulator: Simulator, signal?: AbortSignal) =>
  fetch(simulator.endpoint, {
    method: 'POST',
    headers: signed,
    body: '{}',
    ...(signal === undefined ? {} : { signal }),
  });

const faulty = async (kind: FaultKind) => {
  const simulator = await simulate({ worlds: [world] });
  simulator.setFaults([{ kind, rate: 1 }]);
  return simulator;
};

describe('faults', () => {
  it.each([
    ['throttle', 'ThrottlingException', 400],
    ['server_error', 'InternalServiceException', 500],
    ['access_denied', 'AccessDeniedException', 400],
    ['expired_token', 'ExpiredTokenException', 400],
  ] as const)('%s is %s', async (kind, name, status) => {
    const simulator = await faulty(kind);
    const sent = glueClient(simulator).send(list);
    await expect(sent).rejects.toMatchObject({ name, $metadata: { httpStatusCode: status } });
    await expect(stsClient(simulator).send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({ name });
  });

  it('reset closes the connection without an answer', async () => {
    const sent = glueClient(await faulty('reset')).send(list);
    await expect(sent).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('stall never answers, and closing the simulator ends the wait', async () => {
    const simulator = await faulty('stall');
    const answered = outcome(bare(simulator));
    const received = await Promise.race([answered, arrived(simulator, 1)]);
    expect(received).toBe('arrived');
    await simulator.close();
    expect(await answered).toBe('TypeError');
  });

  it('stall_body sends the headers and half of the body', async () => {
    const simulator = await faulty('stall_body');
    const answer = await bare(simulator);
    const announced = Number(answer.headers.get('content-length'));
    const reader = answer.body?.getReader();
    const first = await reader?.read();
    expect(answer.status).toBe(200);
    expect(first?.value?.length).toBe(Math.floor(announced / 2));
    const rest = outcome(reader?.read() ?? Promise.resolve());
    await simulator.close();
    expect(await rest).toBe('TypeError');
  });

  it('drip sends the body byte by byte', async () => {
    const hangUp = new AbortController();
    const answer = await bare(await faulty('drip'), hangUp.signal);
    const reader = answer.body?.getReader();
    for (const byte of ['{', '"', 'J']) {
      const { value } = (await reader?.read()) ?? {};
      expect(Buffer.from(value ?? []).toString()).toBe(byte);
    }
    hangUp.abort();
  });

  it('truncate breaks off in the middle of the body', async () => {
    const simulator = await faulty('truncate');
    expect(await outcome(bare(simulator).then(answer => answer.text()))).toBe('TypeError');
    expect(await outcome(glueClient(simulator).send(list))).not.toBe('no error');
  });

  it('empty is a success without a body, which the SDK takes for an answer', async () => {
    const { JobNames, $metadata } = await glueClient(await faulty('empty')).send(list);
    expect([JobNames, $metadata.httpStatusCode]).toEqual([undefined, 200]);
  });

  it.each([
    ['html_200', 200],
    ['html_503', 503],
  ] as const)('%s is a page of HTML', async (kind, status) => {
    const simulator = await faulty(kind);
    const answer = await bare(simulator);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'text/html']);
    expect(await answer.text()).toContain('<html>');
    expect(await outcome(glueClient(simulator).send(list))).not.toBe('no error');
  });

  it('repeat_token never ends a list', async () => {
    const client = glueClient(await faulty('repeat_token'));
    const first = await client.send(new ListJobsCommand({ MaxResults: 5 }));
    const second = await client.send(new ListJobsCommand({ MaxResults: 5, NextToken: first.NextToken }));
    const third = await client.send(new ListJobsCommand({ MaxResults: 5, NextToken: second.NextToken }));
    expect(first.NextToken).toBeDefined();
    expect(second.NextToken).toBe(first.NextToken);
    expect([third.NextToken, third.JobNames]).toEqual([second.NextToken, second.JobNames]);
    const whole = await client.send(new ListJobsCommand({ MaxResults: 1000 }));
    const again = await client.send(new ListJobsCommand({ MaxResults: 1000, NextToken: whole.NextToken }));
    expect(again).toMatchObject({ JobNames: whole.JobNames, NextToken: whole.NextToken });
  });

  it('hit a part of the requests, the same ones for the same seed', async () => {
    const run = async (seed: number) => {
      const simulator = await simulate({ worlds: [world], seed });
      simulator.setFaults([{ kind: 'throttle', rate: 0.3 }]);
      const client = glueClient(simulator);
      const outcomes: string[] = [];
      for (let count = 0; count < 100; count += 1) outcomes.push(await outcome(client.send(list)));
      return outcomes;
    };
    const outcomes = await run(1);
    const hits = outcomes.filter(name => name === 'ThrottlingException').length;
    expect(hits).toBeGreaterThan(15);
    expect(hits).toBeLessThan(45);
    expect(await run(1)).toEqual(outcomes);
    expect(await run(2)).not.toEqual(outcomes);
  });

  it('can be meant for an operation, an account, a number of requests', async () => {
    const simulator = await simulate({ worlds: [world] });
    const client = glueClient(simulator);
    const runs = new GetJobRunsCommand({ JobName: 'etl-orders-hourly' });
    simulator.setFaults([{ kind: 'throttle', rate: 1, operations: ['GetJobRuns'] }]);
    expect([await outcome(client.send(list)), await outcome(client.send(runs))]).toEqual([
      'no error',
      'ThrottlingException',
    ]);
    simulator.setFaults([{ kind: 'throttle', rate: 1, account: '999999999999' }]);
    expect(await outcome(client.send(list))).toBe('no error');
    simulator.setFaults([{ kind: 'throttle', rate: 1, account: '111122223333' }]);
    expect(await outcome(client.send(list))).toBe('ThrottlingException');
    simulator.setFaults([{ kind: 'server_error', rate: 1, times: 2 }]);
    const three = [
      await outcome(client.send(list)),
      await outcome(client.send(list)),
      await outcome(client.send(list)),
    ];
    expect(three).toEqual(['InternalServiceException', 'InternalServiceException', 'no error']);
    simulator.setFaults([{ kind: 'server_error', rate: 1, times: 1 }]);
    expect(await outcome(glueClient(simulator, { maxAttempts: 2 }).send(list))).toBe('no error');
    simulator.setFaults([]);
    expect(await outcome(client.send(list))).toBe('no error');
  });

  it('spoil the way of errors as well, but no page that there is not', async () => {
    const simulator = await simulate({ worlds: [world] });
    const nobody = new GetJobRunsCommand({ JobName: 'nobody' });
    simulator.setFaults([{ kind: 'reset', rate: 1, times: 1 }]);
    await expect(glueClient(simulator).send(nobody)).rejects.toMatchObject({ code: 'ECONNRESET' });
    simulator.setFaults([{ kind: 'repeat_token', rate: 1 }]);
    await expect(glueClient(simulator).send(nobody)).rejects.toMatchObject({ name: 'EntityNotFoundException' });
    expect(simulator.faultHits).toEqual(new Map([['reset', 1]]));
  });

  it('are counted by kind over all sets, those that hit nothing not', async () => {
    const simulator = await simulate({ worlds: [world] });
    const client = glueClient(simulator);
    for (const kind of ['throttle', 'repeat_token', 'throttle', 'expire_token'] as const) {
      simulator.setFaults([{ kind, rate: 1, times: 1 }]);
      await outcome(client.send(list));
      await outcome(client.send(list));
    }
    expect(simulator.faultHits).toEqual(
      new Map([
        ['throttle', 2],
        ['repeat_token', 1],
      ]),
    );
  });
});

/** Resolves when the simulator has received a number of ListJobs. */
const arrived = async (simulator: Simulator, count: number): Promise<'arrived'> => {
  while ((simulator.requests.get('ListJobs') ?? 0) < count) await new Promise(resolve => setImmediate(resolve));
  return 'arrived';
};

describe('the control paths', () => {
  it('explain themselves', async () => {
    const simulator = await simulate({ worlds: [world] });
    const text = await (await fetch(`${simulator.endpoint}/_simulator/`)).text();
    expect(text).toContain(`${simulator.endpoint}/_simulator/faults?kind=throttle`);
    for (const kind of faultKinds) expect(text).toContain(kind);
    expect((await fetch(`${simulator.endpoint}/nowhere`)).status).toBe(404);
  });

  it('switch faults on and off', async () => {
    const simulator = await simulate({ worlds: [world] });
    const client = glueClient(simulator);
    const control = (method: string, query = '') =>
      fetch(`${simulator.endpoint}/_simulator/faults${query}`, { method });
    expect((await control('POST', '?kind=throttle&rate=1&operation=ListJobs')).status).toBe(200);
    expect(await outcome(client.send(list))).toBe('ThrottlingException');
    expect(await (await control('GET')).json()).toEqual([{ kind: 'throttle', rate: 1, operations: ['ListJobs'] }]);
    expect(await outcome(client.send(new GetJobRunsCommand({ JobName: 'etl-orders-hourly' })))).toBe('no error');
    expect((await control('POST', '?kind=throttle&rate=0')).status).toBe(200);
    expect(await outcome(client.send(list))).toBe('no error');
    expect((await control('POST', '?kind=server_error')).status).toBe(200);
    expect(await outcome(client.send(list))).toBe('InternalServiceException');
    expect((await control('DELETE')).status).toBe(200);
    expect(await outcome(client.send(list))).toBe('no error');
  });

  it('aim: at an entity, some fields, a number of times, with a delay', async () => {
    const simulator = await simulate({ worlds: [world] });
    const faults = `${simulator.endpoint}/_simulator/faults`;
    const query = '?kind=slow&delay=0.01&entity=etl-orders-hourly&times=3&field=StartedOn&field=Status';
    expect(await (await fetch(`${faults}${query}`, { method: 'POST' })).json()).toEqual([
      {
        kind: 'slow',
        rate: 1,
        entity: 'etl-orders-hourly',
        fields: ['StartedOn', 'Status'],
        delaySeconds: 0.01,
        times: 3,
      },
    ]);
    const client = glueClient(simulator);
    await client.send(list);
    expect(simulator.faultHits.size).toBe(0);
    await client.send(new GetJobRunsCommand({ JobName: 'etl-orders-hourly' }));
    expect(simulator.faultHits.get('slow')).toBe(1);
  });

  it('take how far a clock is off, and how late and old answers are', async () => {
    const simulator = await simulate({ worlds: [world] });
    const query = '?kind=html_503&skew=-3600&inversion=0.5&late=120&stale=30';
    const answer = await fetch(`${simulator.endpoint}/_simulator/faults${query}`, { method: 'POST' });
    const fault = { skewSeconds: -3600, inversionSeconds: 0.5, lateSeconds: 120, staleSeconds: 30 };
    expect(await answer.json()).toEqual([{ kind: 'html_503', rate: 1, ...fault }]);
    expect(Date.parse((await bare(simulator)).headers.get('date') ?? '') / 1000).toBe(noon - 3600);
  });

  it.each([
    '?kind=slow&delay=-1',
    '?kind=late_fields&late=300',
    '?kind=stale_answer&stale=300',
    '?kind=skewed_date&skew=much',
    '?kind=slow&delay=long',
    '?kind=reset&times=0',
    '?kind=meteor&rate=1',
    '?kind=throttle&rate=2',
    '?kind=throttle&rate=much',
    '',
  ])('refuse %s', async query => {
    const simulator = await simulate({ worlds: [world] });
    const answer = await fetch(`${simulator.endpoint}/_simulator/faults${query}`, { method: 'POST' });
    expect(answer.status).toBe(400);
    expect(await (await fetch(`${simulator.endpoint}/_simulator/faults`)).json()).toEqual([]);
  });
});
