import { expect, it } from 'vitest';
import { built, describeWith } from '../tools.ts';
import { soak } from './soak.ts';

// A day takes minutes: `npm run soak`. This is a short one of it.
describeWith(built(), 'one and a half hours of faults and kills', () => {
  it.concurrent.each(['7', '8'])('are counted to the last run (seed %s)', { timeout: 120_000 }, async seed => {
    const result = await soak({ seed, hours: 1.5, kills: 5, speed: 200 });
    const { differences, wentBack, vanished, others, kills } = result;
    expect({ differences, wentBack, vanished, others, kills }).toEqual({
      differences: [],
      wentBack: [],
      vanished: [],
      others: [],
      kills: 5,
    });
    expect(result.runs).toBeGreaterThan(3_500);
    // How often, and whether every kind of fault is met by a poll, is up to the machine: a whole day asks for all of them.
    expect(result.polls).toBeGreaterThan(0);
    expect(result.scrapes).toBeGreaterThan(0);
    expect(result.faults).toBeGreaterThan(0);
  });
});
