import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Candidate, plan, type Room, SWEEP_SHARE } from '../../src/poll/schedule.ts';

interface Entity extends Candidate {
  readonly news: boolean;
}

const entity = (lastAttemptAt: number, news = false, failures = 0): Entity => ({ lastAttemptAt, news, failures });
const room = (entities: number): Room => ({ entities, cycleSeconds: 60, pollSeconds: 50 });
const planned = (due: readonly Entity[], places: number, now = 1_000) =>
  plan(due, ({ news }) => news, now, room(places));
/** Of what was never read, nothing has an age. */
const ageAt = (now: number, { lastAttemptAt }: Entity): number =>
  Number.isFinite(lastAttemptAt) ? now - lastAttemptAt : 0;
const isIdle = ({ news }: Entity): boolean => !news;

describe('a poll with room for everything', () => {
  test('reads everything, the entity read longest ago first', () => {
    const due = [entity(960, true), entity(940), entity(950), entity(Number.NEGATIVE_INFINITY)];
    const { entities, ageLimitSeconds } = planned(due, 4);
    expect(entities.map(({ lastAttemptAt }) => lastAttemptAt)).toEqual([Number.NEGATIVE_INFINITY, 940, 950, 960]);
    expect(ageLimitSeconds).toBe(110);
    // After a pause, such as an outage.
    expect(planned([entity(700)], 4).ageLimitSeconds).toBe(350);
  });

  test('keeps those that fail out of the way of those that answer', () => {
    const failing = entity(10, false, 2);
    expect(planned([failing, entity(309)], 2).entities[1]).toBe(failing);
    expect(planned([failing, entity(311)], 2).entities[0]).toBe(failing);
  });

  test('keeps nothing back that failed but once', () => {
    const unlucky = entity(10, false, 1);
    expect(planned([entity(11), unlucky], 2).entities[0]).toBe(unlucky);
  });
});

describe('a poll without room for everything', () => {
  test('reads first what has news to expect, but always something else as well', () => {
    const active = Array.from({ length: 100 }, (_, index) => entity(900 + index, true));
    const idle = Array.from({ length: 500 }, (_, index) => entity(index));
    const first = planned([...idle, ...active], 60).entities.slice(0, 60);
    expect(first.filter(isIdle)).toHaveLength(60 * SWEEP_SHARE);
    expect(first.filter(isIdle)).toEqual(idle.slice(0, 20));
    expect(first.filter(({ news }) => news)).toEqual(active.slice(0, 40));
  });

  test('reads before everything else what was never read', () => {
    const unknown = Array.from({ length: 50 }, () => entity(Number.NEGATIVE_INFINITY));
    const active = Array.from({ length: 100 }, (_, index) => entity(900 + index, true));
    const idle = Array.from({ length: 100 }, (_, index) => entity(index));
    const { entities } = planned([...idle, ...active, ...unknown], 60);
    expect(entities.slice(0, 50)).toEqual(unknown);
    expect(entities.slice(50).filter(isIdle)).toEqual(idle.slice(0, 40 * SWEEP_SHARE));
    const onlyUnknown = Array.from({ length: 200 }, () => entity(Number.NEGATIVE_INFINITY));
    expect(planned([...active, ...onlyUnknown], 60).entities).toEqual(onlyUnknown.slice(0, 90));
  });

  test('gives all others the rest when little has news to expect', () => {
    const active = Array.from({ length: 10 }, (_, index) => entity(900 + index, true));
    const idle = Array.from({ length: 500 }, (_, index) => entity(index));
    const first = planned([...idle, ...active], 60).entities.slice(0, 60);
    expect(first.filter(isIdle)).toHaveLength(50);
    // In time for the next poll to find them as old as now.
    expect(first.slice(0, 15).filter(({ news }) => news)).toHaveLength(10);
  });

  test('gives what has news everything when there is nothing else', () => {
    const active = Array.from({ length: 100 }, (_, index) => entity(index, true));
    expect(planned(active, 50).entities.slice(0, 50)).toEqual(active.slice(0, 50));
  });

  test('takes on a little more than there is room for, for that is an estimate', () => {
    expect(
      planned(
        Array.from({ length: 500 }, (_, index) => entity(index)),
        60,
      ).entities,
    ).toHaveLength(90);
    expect(planned([entity(1), entity(2)], 0.3).entities).toHaveLength(2);
  });

  test('no entity gets older than the limit that is told, whatever has news', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 60 }),
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }), { minLength: 1, maxLength: 8 }),
        fc.array(fc.oneof(fc.integer({ min: -5_000, max: 0 }), fc.constant(Number.NEGATIVE_INFINITY)), {
          minLength: 60,
          maxLength: 60,
        }),
        (count, places, patterns, readAt) => {
          let all = Array.from({ length: count }, (_, index) => entity(readAt[index] ?? 0));
          let limit = Number.POSITIVE_INFINITY;
          for (let cycle = 1; cycle < 150; cycle += 1) {
            const now = cycle * 60;
            const news = patterns[cycle % patterns.length];
            all = all.map((one, index) => ({ ...one, news: news?.[index] ?? false }));
            const agenda = planned(all, places, now);
            // Those that had to wait before are older for once: then, too, nothing is older than what was told last.
            limit = agenda.ageLimitSeconds;
            const read = new Set(agenda.entities.slice(0, places));
            for (const one of read) expect(ageAt(now, one)).toBeLessThanOrEqual(agenda.ageLimitSeconds);
            all = all.map(one => (read.has(one) ? { ...one, lastAttemptAt: now } : one));
            for (const one of all) expect(ageAt(now, one)).toBeLessThanOrEqual(limit);
          }
        },
      ),
    );
  });
});
