import { describe, it } from 'vitest';
import { configFor } from '../account.ts';
import { everyRequest, expectOutage, impatient, stage } from './row.ts';

/** Everything is asked for in every poll, so that every operation meets the fault. */
const config = (simulator: Parameters<typeof configFor>[0]) =>
  configFor(simulator, { aws: impatient, poll: { discovery_interval: '1s' } });

describe('AWS answers badly', () => {
  for (const { row, kind, reason, error } of [
    {
      row: 'HTTP 500',
      kind: 'server_error',
      reason: 'server_error',
      error: /^(GetJobs|ListWorkflows): InternalServiceException$/,
    },
    {
      row: 'OperationTimeoutException',
      kind: 'operation_timeout',
      reason: 'timeout',
      error: /^(GetJobs|ListWorkflows): OperationTimeoutException$/,
    },
    {
      row: 'a 400 of a name that nobody knows',
      kind: 'unknown_error',
      reason: 'invalid_request',
      error: /^(GetJobs|ListWorkflows): UnheardOfException$/,
    },
    {
      row: 'an empty 200',
      kind: 'empty',
      reason: 'bad_response',
      error: /^(GetJobs: Jobs|ListWorkflows: Workflows) is missing$/,
    },
    {
      row: 'HTML with status 200',
      kind: 'html_200',
      reason: 'bad_response',
      error: /: the answer could not be understood$/,
    },
    {
      row: 'HTML with status 503',
      kind: 'html_503',
      reason: 'server_error',
      error: /: status 503, and the answer is not one of AWS$/,
    },
  ] as const) {
    it(row, async () => {
      await expectOutage(await stage({ config }), { ...everyRequest(kind), reasons: [reason], error });
    });
  }
});
