import { expect, it } from 'vitest';
import { built, describeWith } from '../tools.ts';
import { cycles, growth } from './cycles.ts';

// 500 polls and 100 reloads take ten minutes: `npm run soak -- --cycles=500`.
describeWith(built(), 'an exporter that polls, is scraped and reloaded, with faults', () => {
  it('holds no more of anything than before', { timeout: 180_000 }, async () => {
    const { first, afterCycles, afterReloads, scrapes } = await cycles({
      seed: 'cycles',
      warmUp: 10,
      cycles: 20,
      reloads: 12,
    });
    expect(growth(first, afterCycles)).toEqual([]);
    expect(growth(first, afterReloads)).toEqual([]);
    expect(scrapes).toBeGreaterThan(50);
  });
});
