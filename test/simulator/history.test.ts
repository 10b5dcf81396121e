import { describe, expect, it } from 'vitest';
import { historyOf, type RunPlan } from '../../src/simulator/schedule.ts';
import type { RunOrder } from '../../src/simulator/world.ts';
import { noon } from './clients.ts';

/** One or more runs in some seconds of half a minute, and none in the others. */
const runsAt: Readonly<Record<number, number>> = { 0: 1, 1: 3, 5: 1, 12: 2, 13: 1, 20: 4, 29: 1 };
const plan: RunPlan = {
  schedule: { anchorSeconds: noon, periodSeconds: 1, jitterSeconds: 0, firstIndex: 0, pinned: true },
  runsOf: index =>
    Array.from({ length: runsAt[index] ?? 0 }, (_, number) => {
      const id = `jr_${index}_${number}`;
      const startedOn = noon + index;
      return { id, startedOn, completedOn: startedOn + 1, endState: 'SUCCEEDED', wire: () => ({ Id: id }) };
    }),
  indexOf: id => Number(id.split('_')[1]),
  retriesSeconds: 0,
  longestSeconds: 1,
};

describe('a history with gaps, and with runs of the same millisecond', () => {
  it.each<RunOrder>(['newest_first', 'oldest_first', 'shuffled'])('is paged through without loss, %s', order => {
    const { page, runs } = historyOf(plan, order);
    const all = runs(-Infinity, noon + 100).map(run => run.id);
    expect(all).toHaveLength(13);
    for (const limit of [1, 2, 3, 5, 12, 13, 20]) {
      const seen: unknown[] = [];
      let cursor: string | undefined;
      do {
        const answer = page(noon + 100, cursor, limit);
        expect(answer.runs.length).toBeLessThanOrEqual(limit);
        seen.push(...answer.runs.map(run => run.Id));
        cursor = answer.cursor;
      } while (cursor !== undefined);
      expect([...seen].sort()).toEqual([...all].sort());
      expect(seen).toHaveLength(all.length);
      const seconds = seen.map(id => Number(String(id).split('_')[1]));
      if (order === 'newest_first') expect(seconds).toEqual([...seconds].sort((a, b) => b - a));
      if (order === 'oldest_first') expect(seconds).toEqual([...seconds].sort((a, b) => a - b));
    }
  });
});
