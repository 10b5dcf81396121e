import { describe, expect, it } from 'vitest';
import type { Simulator } from '../../../src/simulator/server.ts';
import { samplesOf } from '../../exposition-parser.ts';
import { ACCOUNT_ID, configFor, NOON, targetOf } from '../account.ts';
import { down, expectOutage, expectRecovery, hurried, impatient, stage } from './row.ts';

/** A target that has to ask STS for a role. */
const withRole =
  (aws: object = impatient) =>
  (simulator: Simulator): object =>
    configFor(simulator, {
      targets: [targetOf(simulator, { role_arn: `arn:aws:iam::${ACCOUNT_ID}:role/glue-exporter` })],
      aws,
    });

/** An hour for which credentials are said to be good, though AWS refuses them after two seconds until that is changed. */
const shortSessions = () => ({ seconds: 3600, refusedAfterSeconds: 2 });

describe('STS fails', () => {
  it('AssumeRole fails at the start', async () => {
    const on = await stage({ config: withRole(), faults: [down('AssumeRole')] });
    expect(await on.own('target_up')).toBe(0);
    expect(samplesOf(await on.daemon.scrape(), 'aws_glue_job_info')).toEqual([]);
    expect(await on.failureReasons()).toEqual(['server_error']);
    await on.line({
      level: 'ERROR',
      msg: 'Poll failed',
      account: ACCOUNT_ID,
      error: 'GetJobs: InternalServiceException',
    });
    on.simulator.setFaults([]);
    await expectRecovery(on, NOON);
  });

  it('GetCallerIdentity fails at the start', async () => {
    const on = await stage({ faults: [down('GetCallerIdentity')] });
    expect(await on.own('target_up', { aws_account_id: '' })).toBe(0);
    const failed = { aws_account_id: '', operation: 'GetCallerIdentity', reason: 'server_error' };
    expect(await on.own('api_failures_total', failed)).toBeGreaterThan(0);
    await on.line({ level: 'ERROR', msg: 'Poll failed', error: 'GetCallerIdentity: InternalServiceException' });
    on.simulator.setFaults([]);
    await expectRecovery(on, NOON);
    expect(await on.own('target_up', { aws_account_id: ACCOUNT_ID })).toBe(1);
  });

  for (const [row, kind, reason, error] of [
    [
      'AssumeRole fails when the credentials are to be renewed',
      'server_error',
      'server_error',
      'InternalServiceException',
    ],
    [
      'AssumeRole is not answered',
      'stall',
      'timeout',
      '(no complete answer|TimeoutError: no credentials) within 0\\.6s',
    ],
  ] as const) {
    it(row, async () => {
      const sessions = shortSessions();
      await expectOutage(await stage({ config: withRole(hurried), simulator: { sessions } }), {
        begin: async ({ simulator, line }) => {
          simulator.setFaults([down('AssumeRole', kind)]);
          await line({ level: 'ERROR', msg: 'Poll failed', collector: 'jobs', error: new RegExp(error) });
        },
        end: ({ simulator }) => {
          sessions.refusedAfterSeconds = 3600;
          simulator.setFaults([]);
        },
        reasons: ['expired_credentials', reason],
        error: new RegExp(`^Get(Job|Workflow)Runs: ${error}$`),
      });
    });
  }

  it('role credentials that are refused before their end', async () => {
    const sessions = { seconds: 3600, refusedAfterSeconds: 1 };
    const on = await stage({ config: withRole(), simulator: { sessions } });
    // Those that it has are refused after a second all the same; the next ones are good.
    sessions.refusedAfterSeconds = 3600;
    await on.line({ level: 'ERROR', msg: 'Poll failed', error: /^Get(Job|Workflow)Runs: ExpiredTokenException$/ });
    // New ones are had at once: not every collector need have failed.
    expect((await on.daemon.poll()).up).toBe(true);
    expect(await on.own('target_up')).toBe(1);
    await on.expectTruth(NOON);
  });
});
