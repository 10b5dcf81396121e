import { describe, expect, it } from 'vitest';
import { sampleValue } from '../exposition-parser.ts';
import { expectSameAccount } from './truth.ts';
import { watch } from './watch.ts';

/** In ten seconds, so that runs are settled and histories grow longer than what a poll reads of them. */
const tenMinutes = { seconds: 600, speed: 60 };

describe('every run is told', () => {
  it.each(['oldest_first', 'shuffled'] as const)('when workflow runs come %s and pages are short', async order => {
    const { told, truth } = await watch({
      ...tenMinutes,
      seed: order,
      runOrders: { workflows: order },
      shortPages: true,
    });
    expectSameAccount(told, truth);
  });

  it('when a twentieth of the requests is throttled, another one fails, and another one is reset, once that is over', async () => {
    const kinds = ['throttle', 'server_error', 'reset'] as const;
    const faults = kinds.map(kind => ({ kind, rate: 0.05 }));
    const { told, truth, exposition } = await watch({ seed: 'faults', faults });
    expectSameAccount(told, truth);
    for (const reason of ['throttled', 'server_error', 'network']) {
      const failures = { operation: 'GetJobRuns', reason };
      expect(sampleValue(exposition, 'aws_glue_exporter_api_failures_total', failures), reason).toBeGreaterThan(0);
    }
  });

  it('when the request budget is enough for a third of the jobs in each poll', async () => {
    const config = { poll: { timeout: '1s' }, aws: { requests_per_second: 25 } };
    const { told, truth, exposition } = await watch({ seed: 'budget', seconds: 40, config });
    expectSameAccount(told, truth);
    expect(
      sampleValue(exposition, 'aws_glue_exporter_read_age_limit_seconds', { collector: 'jobs', data: 'runs' }),
    ).toBeGreaterThan(5);
    expect(sampleValue(exposition, 'aws_glue_exporter_api_budget_used_ratio')).toBeGreaterThan(0.5);
  });

  it('when time goes 60 times as fast, so that most runs are settled and forgotten meanwhile', async () => {
    const { told, truth, ended } = await watch({ ...tenMinutes, seed: 'settled' });
    expect(ended).toBeGreaterThan(15_000);
    expectSameAccount(told, truth);
  });
});
