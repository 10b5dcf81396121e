import { expect, test } from 'vitest';
import { type FreshnessOptions, INTERVAL_SECONDS, pollFreshness, sweepFreshness } from '../../bench/freshness.ts';

// On a clock of its own: what it says does not depend on the machine.
test('with ten times as many jobs as a poll has room for, news is seen as soon as with a few, and the rest in time', async () => {
  const options: FreshnessOptions = { jobs: 5_000, requestsPerSecond: 10, hours: 2, seed: 4 };
  const ours = await pollFreshness(options);
  const sweep = sweepFreshness(options);
  expect(ours.endsOfActive.events).toBeGreaterThan(1_000);
  expect(ours.rhythmicStarts.events).toBeGreaterThan(1_000);
  expect(ours.endsOfActive.p95).toBeLessThan(2 * INTERVAL_SECONDS);
  expect(ours.rhythmicStarts.p90).toBeLessThan(2 * INTERVAL_SECONDS);
  expect(ours.beyondLimit).toBe(0);
  expect(ours.oldest).toBeLessThanOrEqual(ours.limit ?? 0);
  expect(sweep.endsOfActive.p95).toBeGreaterThan(3 * ours.endsOfActive.p95);
  expect(sweep.rhythmicStarts.p90).toBeGreaterThan(3 * ours.rhythmicStarts.p90);
});
