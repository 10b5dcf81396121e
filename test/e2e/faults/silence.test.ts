import { describe, it } from 'vitest';
import { configFor } from '../account.ts';
import { everyRequest, expectOutage, hurried, stage } from './row.ts';

/** Everything is asked for in every poll, so that every operation meets the fault. */
const config = (simulator: Parameters<typeof configFor>[0]) =>
  configFor(simulator, { aws: hurried, poll: { discovery_interval: '1s' } });

describe('AWS does not come to the end of an answer', () => {
  for (const { row, kind, reason, error } of [
    { row: 'no answer', kind: 'stall', reason: 'timeout', error: /: no complete answer within 0\.6s$/ },
    { row: 'half an answer', kind: 'stall_body', reason: 'timeout', error: /: no complete answer within 0\.6s$/ },
    { row: 'a body that drips', kind: 'drip', reason: 'timeout', error: /: no complete answer within 0\.6s$/ },
    { row: 'a body that is cut off', kind: 'truncate', reason: 'network', error: /: aborted$/ },
  ] as const) {
    it(row, async () => {
      await expectOutage(await stage({ config }), { ...everyRequest(kind), reasons: [reason], error });
    });
  }
});
