import { expect, it } from 'vitest';
import { faultKinds } from '../../src/simulator/faults.ts';
import { built, describeWith } from '../tools.ts';
import { soak } from './soak.ts';

// A day takes minutes: `npm run soak`. This is a short one of it.
describeWith(built(), 'one and a half hours of faults and kills', () => {
  it.concurrent.each(['7', '8'])('are counted to the last run (seed %s)', { timeout: 120_000 }, async seed => {
    const result = await soak({ seed, hours: 1.5, kills: 5, speed: 300 });
    const { differences, wentBack, vanished, others, kills } = result;
    expect({ differences, wentBack, vanished, others, kills }).toEqual({
      differences: [],
      wentBack: [],
      vanished: [],
      others: [],
      kills: 5,
    });
    expect(result.runs).toBeGreaterThan(3_500);
    expect(result.polls).toBeGreaterThan(5);
    expect(result.scrapes).toBeGreaterThan(40);
    // Which kinds there are follows from the seed; whether there is a poll just then, a little from the machine.
    expect(result.neverMet.length).toBeLessThan(faultKinds.length / 2);
  });
});
