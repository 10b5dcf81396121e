import { describe, expect, test } from 'vitest';
import {
  ageLimitSeconds,
  createAgeLimit,
  definitionsAgeLimitSeconds,
  listingRestSeconds,
  type Pace,
} from '../../src/poll/age-limit.ts';

const pace: Pace = {
  intervalSeconds: 60,
  timeoutSeconds: 50,
  discoveryIntervalSeconds: 300,
  listingSeconds: 2,
  readingSeconds: 20,
};

describe('the age limit', () => {
  test('is the interval, the timeout and a listing while known entities fit into two thirds of a poll', () => {
    expect(ageLimitSeconds({ known: 0, starting: 0, places: 100 }, pace)).toBe(112);
    expect(ageLimitSeconds({ known: 67, starting: 0, places: 100 }, pace)).toBe(112);
    expect(ageLimitSeconds({ known: 68, starting: 0, places: 100 }, pace)).toBe(60 + 112);
    expect(ageLimitSeconds({ known: 10_000, starting: 0, places: Number.POSITIVE_INFINITY }, pace)).toBe(112);
  });

  test('grows with the number of known entities, a third of a poll at a time', () => {
    expect(ageLimitSeconds({ known: 67 + 33, starting: 0, places: 100 }, pace)).toBe(2 * 60 + 52);
    expect(ageLimitSeconds({ known: 67 + 33 * 9, starting: 0, places: 100 }, pace)).toBe(10 * 60 + 52);
    expect(ageLimitSeconds({ known: 1, starting: 0, places: 1 }, pace)).toBe(2 * 60 + 52);
    expect(ageLimitSeconds({ known: 10, starting: 0, places: 1 }, pace)).toBe(15 * 60 + 52);
  });

  test('has time for what the first poll has left', () => {
    // Four polls for these, and then 100 known ones at a third of a poll each.
    expect(ageLimitSeconds({ known: 99, starting: 400, places: 100 }, pace)).toBe((4 + 3) * 60 + 52);
    expect(ageLimitSeconds({ known: 10, starting: 400, places: 1 }, pace)).toBe((400 + 15) * 60 + 52);
  });

  test('has time for listings, as often as they come', () => {
    const load = { known: 67 + 33 * 9, starting: 0, places: 100 };
    const slow = { ...pace, readingSeconds: 55 };
    // Of ten polls, one in five lists 40 s longer than its interval has room for; the last one lists as well.
    expect(ageLimitSeconds(load, { ...slow, listingSeconds: 45 })).toBe(10 * 60 + 40 + 45 + 55);
    // 200 s without a listing after each.
    expect(listingRestSeconds(100)).toBe(200);
    const often = { ...slow, listingSeconds: 100, discoveryIntervalSeconds: 1 };
    expect(ageLimitSeconds(load, often)).toBe(10 * 60 + 2 * 95 + 100 + 55);
    expect(ageLimitSeconds(load, { ...pace, listingSeconds: 0, discoveryIntervalSeconds: 0 })).toBe(10 * 60 + 50);
  });
});

describe('the age limit of definitions', () => {
  test('is the time until a listing is due, a poll and the listing', () => {
    expect(definitionsAgeLimitSeconds(0, pace)).toBe(60 + 2);
    expect(definitionsAgeLimitSeconds(300, pace)).toBe(300 + 60 + 2);
  });

  test('has time for polls that take longer than the interval', () => {
    expect(definitionsAgeLimitSeconds(0, { ...pace, listingSeconds: 20 })).toBe(20 + 50 + 20);
    expect(definitionsAgeLimitSeconds(0, { ...pace, readingSeconds: 90 })).toBe(2 + 90 + 2);
  });
});

describe('the age limit that is exposed', () => {
  const entities = (count: number, lastAttemptAt: number) => Array(count).fill({ lastAttemptAt, failures: 0 });
  const poll = { starting: 0, places: 100, pace };

  test('is what was promised to the entity read longest ago, whatever comes or goes afterwards', () => {
    const { polled } = createAgeLimit();
    const old = entities(100, 5);
    expect(polled({ ...poll, startedAt: 0, entities: old })).toBe(172);
    // What was read with the second poll is one of many more; what is left of the first one had less to wait for.
    const many = entities(2_000, 65);
    expect(polled({ ...poll, startedAt: 60, entities: [...old.slice(0, 1), ...many] })).toBe(172);
    // Time makes no difference, nor do failures.
    expect(polled({ ...poll, startedAt: 6_000, entities: [...old.slice(0, 1), ...many] })).toBe(172);
    const failing = { lastAttemptAt: 5, failures: 2 };
    expect(polled({ ...poll, startedAt: 6_060, entities: [failing, ...many] })).toBe(60 * 60 + 52);
    // Most of them are deleted: the few that are left were promised no more.
    expect(polled({ ...poll, startedAt: 6_120, entities: many.slice(0, 10) })).toBe(60 * 60 + 52);
    expect(polled({ ...poll, startedAt: 6_180, entities: entities(10, 6_190) })).toBe(112);
  });

  test('counts what tasks are expected to take', () => {
    const { polled } = createAgeLimit();
    const feed = { lastAttemptAt: 5, failures: 0, requests: 10 };
    // Each of two other groups can be 9 requests ahead, so 55 places of the first poll, and 27 in the second.
    expect(polled({ ...poll, startedAt: 0, entities: [...entities(72, 5), feed] })).toBe(2 * 60 + 52);
    expect(createAgeLimit().polled({ ...poll, startedAt: 0, entities: [...entities(73, 5), feed] })).toBe(3 * 60 + 52);
    expect(createAgeLimit().polled({ ...poll, startedAt: 0, entities: entities(11, 5) })).toBe(60 + 52);
  });

  test('is that of the poll while nothing has answered', () => {
    const { polled } = createAgeLimit();
    expect(polled({ ...poll, startedAt: 0, entities: [{ lastAttemptAt: 5, failures: 1 }] })).toBe(112);
  });
});
