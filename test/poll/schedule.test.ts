import { describe, expect, test } from 'vitest';
import { type Candidate, createSchedule } from '../../src/poll/schedule.ts';

interface Entity extends Candidate {
  readonly news: boolean;
}

const entity = (lastAttemptAt: number, news = false, failures = 0): Entity => ({ lastAttemptAt, news, failures });
const unread = (count: number): readonly Entity[] =>
  Array.from({ length: count }, () => entity(Number.NEGATIVE_INFINITY));
const idle = (count: number): readonly Entity[] => Array.from({ length: count }, (_, index) => entity(index));
const active = (count: number): readonly Entity[] =>
  Array.from({ length: count }, (_, index) => entity(900 + index, true));

const isIdle = ({ news, lastAttemptAt }: Entity): boolean => !news && lastAttemptAt >= 0;
const isActive = ({ news }: Entity): boolean => news;
const isUnread = ({ lastAttemptAt }: Entity): boolean => lastAttemptAt < 0;

/** A schedule that is past its first poll. */
const started = () => {
  const schedule = createSchedule<Entity>();
  schedule.begin([]);
  return {
    plan(due: readonly Entity[], places: number): readonly Entity[] {
      schedule.begin(due);
      return schedule.plan(due, isActive, places);
    },
  };
};
const planned = (due: readonly Entity[], places: number): readonly Entity[] => started().plan(due, places);

describe('a poll with room for everything', () => {
  test('reads everything, the entity read longest ago first', () => {
    const due = [entity(960, true), entity(940), entity(950), ...unread(1)];
    expect(planned(due, 4).map(({ lastAttemptAt }) => lastAttemptAt)).toEqual([
      Number.NEGATIVE_INFINITY,
      940,
      950,
      960,
    ]);
  });

  test('keeps those that fail out of the way of those that answer', () => {
    const failing = entity(10, false, 2);
    expect(planned([failing, entity(309)], 2)[1]).toBe(failing);
    expect(planned([failing, entity(311)], 2)[0]).toBe(failing);
  });

  test('keeps nothing back that failed but once', () => {
    const unlucky = entity(10, false, 1);
    expect(planned([entity(11), unlucky], 2)[0]).toBe(unlucky);
  });
});

describe('a poll without room for everything', () => {
  test('gives a third of its room to each group that needs it, in every part of the poll', () => {
    const groups = { idle: idle(500), active: active(100), unread: unread(100) };
    const all = planned(Object.values(groups).flat(), 60);
    for (const places of [3, 4, 5, 17, 60, 90]) {
      const read = all.slice(0, places);
      const third = Math.floor(places / 3);
      expect(read.filter(isUnread)).toEqual(groups.unread.slice(0, third));
      expect(read.filter(isIdle).length).toBeGreaterThanOrEqual(third);
      expect(read.filter(isIdle)).toEqual(groups.idle.slice(0, read.filter(isIdle).length));
      expect(read.filter(isActive)).toEqual(groups.active.slice(0, read.filter(isActive).length));
    }
  });

  test('gives two thirds to what has news to expect while nothing is new', () => {
    const first = planned([...idle(500), ...active(100)], 60).slice(0, 60);
    expect(first.filter(isIdle)).toEqual(idle(20));
    expect(first.filter(isActive)).toEqual(active(40));
  });

  test('gives two thirds to known entities while many are new, whether they have news to expect or not', () => {
    for (const known of [idle(500), active(500)]) {
      const first = planned([...known, ...unread(500)], 60).slice(0, 60);
      expect(first.filter(isUnread)).toHaveLength(20);
      expect(first.filter(one => !isUnread(one))).toEqual(known.slice(0, 40));
    }
  });

  test('gives the rest to the others when a group needs little', () => {
    const few = planned([...idle(500), ...active(10)], 60).slice(0, 60);
    expect(few.filter(isIdle)).toHaveLength(50);
    // In time for the next poll to find them as old as now.
    expect(few.slice(0, 15).filter(isActive)).toHaveLength(10);
    expect(planned(active(100), 50).slice(0, 50)).toEqual(active(50));
    const onlyUnread = unread(200);
    expect(
      planned([...active(5), ...idle(5), ...onlyUnread], 60)
        .slice(0, 60)
        .filter(isUnread),
    ).toHaveLength(50);
    expect(planned(onlyUnread, 60)).toEqual(onlyUnread.slice(0, 90));
  });

  test('counts a task that takes several requests as so many', () => {
    const feed = { ...entity(0), requests: 30 };
    const jobs = [...idle(500), ...active(500)];
    const all = planned([feed, ...jobs], 60);
    // 90 places are taken on, and the feed uses 30 of them.
    expect(all).toContain(feed);
    expect(all.length).toBe(1 + 60);
    expect(all.filter(isActive).length).toBeGreaterThanOrEqual(30);
    expect(planned([{ ...entity(1), requests: 4 }, entity(2)], 5)).toHaveLength(2);
    expect(planned([{ ...entity(1), requests: 4 }, entity(2), entity(3)], 5)).toHaveLength(3);
    expect(planned([{ ...entity(1), requests: 40 }, entity(2)], 5), 'there is room for one').toHaveLength(1);
  });

  test('takes on a little more than there is room for, for that is an estimate', () => {
    expect(planned(idle(500), 60)).toHaveLength(90);
    expect(planned([entity(1), entity(2)], 0.3)).toHaveLength(2);
  });

  test('reads new entities in the order of their listing, whatever collector they are of', () => {
    const [first, second, later] = [unread(20), unread(20), unread(20)];
    const { plan } = started();
    plan([...second], 10);
    plan([...first, ...second], 10);
    // In the list of the target those of one collector come before those of the other.
    expect(plan([...later, ...first, ...second], 10)).toEqual(second.slice(0, 15));
    expect(plan([...later, ...first], 10)).toEqual(first.slice(0, 15));
  });

  test.each([1, 2])('serves everybody in turn with room for %i', places => {
    const schedule = createSchedule<{ lastAttemptAt: number; failures: number }>();
    schedule.begin([]);
    const all = Array.from({ length: 6 }, (_, index) => ({ lastAttemptAt: index, failures: 0 }));
    const counts = { unread: 0, known: 0 };
    const polls = 30;
    for (let poll = 0; poll < polls; poll += 1) {
      const now = 1_000 + poll;
      // More new ones come with each poll than it can read.
      for (let index = 0; index < 3; index += 1) all.push({ lastAttemptAt: Number.NEGATIVE_INFINITY, failures: 0 });
      schedule.begin(all);
      // What has news to expect changes in step with the turns.
      const read = schedule.plan(all, one => (all.indexOf(one) + poll) % 3 === 0, places).slice(0, places);
      for (const one of read) {
        counts[one.lastAttemptAt < 0 ? 'unread' : 'known'] += 1;
        one.lastAttemptAt = now;
      }
    }
    expect(counts).toEqual({ unread: (polls * places) / 3, known: (2 * polls * places) / 3 });
    expect(all.filter(({ lastAttemptAt }) => lastAttemptAt >= 0 && lastAttemptAt < 1_000)).toEqual([]);
  });
});

describe('the first poll and those after it', () => {
  const places = 2_500;

  test('read what the first one listed at full speed', () => {
    const schedule = createSchedule<Entity>();
    let all = unread(10_000);
    for (let poll = 1; poll <= 4; poll += 1) {
      schedule.begin(all);
      const read = new Set(schedule.plan(all, isActive, places).slice(0, places));
      all = all.map(one => (read.has(one) ? entity(poll * 50, true) : one));
      expect(all.filter(isUnread)).toHaveLength(10_000 - poll * places);
    }
  });

  test('do not let what is listed later go first as well', () => {
    const schedule = createSchedule<Entity>();
    const first = unread(3_000);
    schedule.begin(first);
    const left = first.slice(places);
    const all = [...idle(places), ...left, ...unread(5_000)];
    schedule.begin(all);
    expect(schedule.startingLeft).toBe(500);
    const read = schedule.plan(all, isActive, places).slice(0, places);
    expect(read.slice(0, 500)).toEqual(left);
    expect(read.filter(isUnread)).toHaveLength(500 + Math.floor(2_000 / 3));
    // Entities that were deleted are not waited for.
    schedule.begin(idle(10));
    expect(schedule.startingLeft).toBe(0);
  });
});
