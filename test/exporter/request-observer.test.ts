import { beforeEach, expect, it } from 'vitest';
import { observeRequests } from '../../src/exporter/request-observer.ts';
import { createLog } from '../../src/log.ts';

let seen: string[] = [];
beforeEach(() => {
  seen = [];
});

/** An observer of a target whose budget halves with each throttled request. */
const observe = () => {
  let requestsPerSecond = 10;
  return observeRequests({
    telemetry: {
      requested: operation => seen.push(`requested ${operation}`),
      failed: (operation, reason) => seen.push(`failed ${operation} ${reason}`),
      unknownValue: field => seen.push(`unknown ${field}`),
    },
    budget: {
      get requestsPerSecond() {
        return requestsPerSecond;
      },
      throttled() {
        requestsPerSecond /= 3;
      },
    },
    fullRequestsPerSecond: 10,
    log: createLog({ level: 'info', format: 'logfmt', write: line => seen.push(line.replace(/.* msg=|\n/g, '')) }),
  });
};

it('counts what is sent', () => {
  const observer = observe();
  expect(observer.sent).toBe(0);
  observer.requested('GetJobs');
  observer.requested('GetJobRuns');
  expect(observer.sent).toBe(2);
  expect(seen).toEqual(['requested GetJobs', 'requested GetJobRuns']);
});

it('lowers the budget with each throttled request, and warns when the full rate is left', () => {
  const observer = observe();
  observer.failed('GetJobs', 'throttled');
  observer.failed('GetJobs', 'throttled');
  expect(seen).toEqual([
    'failed GetJobs throttled',
    '"Throttled by AWS, reducing request rate" requests_per_second=3.33',
    'failed GetJobs throttled',
  ]);
});

it('counts other failures only', () => {
  observe().failed('GetJobs', 'timeout');
  expect(seen).toEqual(['failed GetJobs timeout']);
});

it('warns of each unknown value once, and counts all', () => {
  const observer = observe();
  for (const value of ['NEW', 'NEW', 'NEWER']) observer.unknownValue('job_run_state', value);
  const warning = '"AWS sent a value that this version does not know" field=job_run_state value=';
  expect(seen).toEqual([
    'unknown job_run_state',
    `${warning}NEW`,
    'unknown job_run_state',
    'unknown job_run_state',
    `${warning}NEWER`,
  ]);
});
