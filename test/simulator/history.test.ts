import { describe, expect, it } from 'vitest';
import { hastyWorld } from '../../src/simulator/fast-world.ts';
import { historyOf, type RunPlan } from '../../src/simulator/schedule.ts';
import { entitiesOf, type RunOrder, type SimulatedEntity } from '../../src/simulator/world.ts';
import { noon, present } from './clients.ts';

/** One or more runs in some seconds of half a minute, and none in the others. */
const runsAt: Readonly<Record<number, number>> = { 0: 1, 1: 3, 5: 1, 12: 2, 13: 1, 20: 4, 29: 1 };
const plan: RunPlan = {
  schedule: { anchorSeconds: noon, periodSeconds: 1, jitterSeconds: 0, firstIndex: 0, pinned: true },
  runsOf: index =>
    Array.from({ length: runsAt[index] ?? 0 }, (_, number) => {
      const id = `jr_${index}_${number}`;
      const startedOn = noon + index;
      const wire = () => ({ Id: id, StartedOn: startedOn });
      return { id, startedOn, completedOn: startedOn + 1, endState: 'SUCCEEDED', wire };
    }),
  indexOf: id => Number(id.split('_')[1]),
  retriesSeconds: 0,
  longestSeconds: 1,
};

describe('a history with gaps, and with runs of the same millisecond', () => {
  it.each<RunOrder>(['newest_first', 'nearly_newest_first', 'oldest_first', 'shuffled'])(
    'is paged through without loss, %s',
    order => {
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
    },
  );
});

describe('a nearly ordered history', () => {
  const inversionSeconds = 3;
  const place = { accountId: '111122223333', region: 'eu-west-1' };
  const order: RunOrder = 'nearly_newest_first';
  const options = { ...place, jobs: 3, workflows: 1, fromSeconds: noon, runOrders: { jobs: order, workflows: order } };
  const startsOf = (seed: number, limit: number, at: number): readonly number[] => {
    const jobs = entitiesOf(hastyWorld({ ...options, seed, inversionSeconds }), 'jobs');
    const starts: number[] = [];
    let cursor: string | undefined;
    do {
      const page = present(jobs[0]).page(at, cursor, limit);
      starts.push(...page.runs.map(run => Number(run.StartedOn)));
      cursor = page.cursor;
    } while (cursor !== undefined);
    return starts;
  };

  it('lists some runs too early, each by no more than so many seconds', () => {
    const starts = startsOf(1, 50, noon + 120);
    let inversions = 0;
    starts.forEach((start, index) => {
      const latestAfter = Math.max(...starts.slice(index + 1));
      if (latestAfter > start) inversions += 1;
      expect(latestAfter - start).toBeLessThan(inversionSeconds);
    });
    expect(inversions).toBeGreaterThan(starts.length / 10);
    expect(inversions).toBeLessThan((starts.length * 9) / 10);
  });

  it('has one order whatever the page length, in which new runs move no others', () => {
    const starts = startsOf(1, 50, noon + 120);
    for (const limit of [1, 2, 7, 1000]) expect(startsOf(1, limit, noon + 120)).toEqual(starts);
    const old = new Set(startsOf(1, 50, noon + 100));
    expect(starts.filter(start => old.has(start))).toEqual([...old]);
    expect(startsOf(2, 50, noon + 120)).not.toEqual(starts);
  });

  it('still knows its newest run', () => {
    const jobs = entitiesOf(hastyWorld({ ...options, seed: 1, inversionSeconds }), 'jobs');
    for (const job of jobs) {
      for (let at = noon + 20; at < noon + 30; at += 0.5) {
        expect(job.newest(at)?.StartedOn).toBe(job.runs(noon, at)[0]?.startedOn);
      }
    }
  });
});

describe('a history that comes to an end', () => {
  it('has the same runs up to then, and no start after it, no retry either', () => {
    const options = { seed: 1, accountId: '111122223333', region: 'eu-west-1', fromSeconds: noon };
    const until = noon + 60;
    const endless = hastyWorld(options);
    const ending = hastyWorld({ ...options, untilSeconds: until });
    const idsOf = (entity: SimulatedEntity, to: number) => entity.runs(noon, to).map(run => run.id);
    for (const [index, entity] of entitiesOf(ending).entries()) {
      const other = present(entitiesOf(endless)[index]);
      expect(idsOf(entity, noon + 1000)).toEqual(idsOf(other, until));
      expect(entity.newest(noon + 1000)).toEqual(other.runs(noon, until)[0]?.wire(noon + 1000));
      const later = present(other.runs(until, until + 100).at(-1));
      expect(other.run(until + 100, later.id)).toBeDefined();
      expect(entity.run(until + 100, later.id)).toBeUndefined();
    }
  });
});
