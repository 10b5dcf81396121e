import { describe, expect, it } from 'vitest';
import type { Fault } from '../../src/simulator/faults.ts';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import { noon, simulate } from './clients.ts';

const world = scriptedWorld({ accountId: '111122223333', region: 'eu-west-1', jobs: { etl: [] } });

/** What the headers of an answer to GetJobRuns say: how far the Date is ahead, and whether there is a request id. */
const headersOf = async (faults: readonly Fault[], job = 'etl') => {
  const simulator = await simulate({ worlds: [world] });
  simulator.setFaults(faults);
  const answer = await fetch(simulator.endpoint, {
    method: 'POST',
    headers: {
      'X-Amz-Target': 'AWSGlue.GetJobRuns',
      Authorization: 'Credential=A/20260301/eu-west-1/glue/aws4_request',
    },
    body: JSON.stringify({ JobName: job }),
  });
  await answer.text();
  return {
    status: answer.status,
    aheadSeconds: Date.parse(answer.headers.get('date') ?? '') / 1000 - noon,
    hasRequestId: answer.headers.has('x-amzn-RequestId'),
    hits: simulator.faultHits.get('skewed_date') ?? 0,
  };
};

describe('the Date header', () => {
  it('is the simulated time unless a fault says otherwise', async () => {
    expect(await headersOf([])).toEqual({ status: 200, aheadSeconds: 0, hasRequestId: true, hits: 0 });
  });

  it.each([5, -5, 3600, -3600, 3 * 86_400])('is off by %d seconds in a good answer', async skewSeconds => {
    const expected = { status: 200, aheadSeconds: skewSeconds, hasRequestId: true, hits: 1 };
    expect(await headersOf([{ kind: 'skewed_date', rate: 1, skewSeconds }])).toEqual(expected);
  });

  it('is an hour ahead unless told how far', async () => {
    expect(await headersOf([{ kind: 'skewed_date', rate: 1 }])).toMatchObject({ status: 200, aheadSeconds: 3600 });
  });

  it('is off in errors that AWS would have answered anyway', async () => {
    const expected = { status: 400, aheadSeconds: 60, hasRequestId: true, hits: 1 };
    expect(await headersOf([{ kind: 'skewed_date', rate: 1, skewSeconds: 60 }], 'nobody')).toEqual(expected);
  });

  it('is right in the answers that are not hit', async () => {
    expect(await headersOf([{ kind: 'skewed_date', rate: 0 }])).toMatchObject({ aheadSeconds: 0, hits: 0 });
  });
});

describe('answers that are bad and off', () => {
  it.each([
    ['throttle', 400],
    ['server_error', 500],
    ['access_denied', 400],
    ['empty', 200],
    ['slow', 200],
  ] as const)('%s comes from AWS, with a request id', async (kind, status) => {
    const fault = { kind, rate: 1, delaySeconds: 0, skewSeconds: -7200 };
    expect(await headersOf([fault])).toMatchObject({ status, aheadSeconds: -7200, hasRequestId: true });
  });

  it.each([
    ['html_200', 200],
    ['html_503', 503],
  ] as const)('%s comes from a proxy, with its clock and no request id of AWS', async (kind, status) => {
    expect(await headersOf([{ kind, rate: 1 }])).toMatchObject({ status, aheadSeconds: 0, hasRequestId: false });
    const fault = { kind, rate: 1, skewSeconds: 3600 };
    expect(await headersOf([fault])).toMatchObject({ status, aheadSeconds: 3600, hasRequestId: false });
  });
});
