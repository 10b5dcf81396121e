import { describe, expect, it } from 'vitest';
import { expectSameAccount } from './truth.ts';
import { watch } from './watch.ts';

describe('60 jobs and 12 workflows whose runs last 0.05 to 14 s and start every 0.4 to 12 s, polled every second for 20 s', () => {
  it.each(['one', 'two', 'three'])('are told to the last run (seed %s)', async seed => {
    const { told, truth, ended } = await watch({ seed });
    expect(ended).toBeGreaterThan(500);
    expectSameAccount(told, truth);
  });
});
