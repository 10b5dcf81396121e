import { describe, expect, test } from 'vitest';
import { forecast, type Pace } from '../../src/poll/forecast.ts';

const pace: Pace = {
  intervalSeconds: 60,
  discoveryIntervalSeconds: 300,
  timeoutSeconds: 50,
  concurrency: 8,
  requestsPerSecond: 10,
};

describe('what polls will come to', () => {
  test('is a request for each job and workflow with every poll while there is room', () => {
    const { readingPerMinute, fits } = forecast(
      { entities: 72, requestsPerEntity: 1, listingRequests: 3, canGlance: true },
      pace,
    );
    expect(readingPerMinute).toBeCloseTo(72);
    expect(fits).toBe(true);
    const often = forecast(
      { entities: 72, requestsPerEntity: 1, listingRequests: 3, canGlance: true },
      { ...pace, intervalSeconds: 30 },
    );
    expect(often.readingPerMinute).toBeCloseTo(144);
  });

  test('has what histories take that need more than one request', () => {
    const work = { entities: 72, requestsPerEntity: 1.5, listingRequests: 3, canGlance: true };
    expect(forecast(work, pace).readingPerMinute).toBeCloseTo(108);
    expect(forecast({ ...work, entities: 400 }, pace).fits).toBe(false);
  });

  test('has the listings, each with the first poll after its time', () => {
    // At five minutes to the second the time since the last one has not passed quite.
    const work = { entities: 72, requestsPerEntity: 1, listingRequests: 3, canGlance: true };
    expect(forecast(work, pace).listingPerMinute).toBeCloseTo(3 / 6);
    expect(forecast(work, { ...pace, discoveryIntervalSeconds: 290 }).listingPerMinute).toBeCloseTo(3 / 5);
    expect(forecast(work, { ...pace, discoveryIntervalSeconds: 1 }).listingPerMinute).toBeCloseTo(3);
  });

  test('is never more than the budget allows', () => {
    const work = { entities: 10_000, requestsPerEntity: 1, listingRequests: 130, canGlance: true };
    const { readingPerMinute, listingPerMinute, fits } = forecast(work, pace);
    expect(fits).toBe(false);
    expect(readingPerMinute + listingPerMinute).toBeLessThanOrEqual(600);
    expect(readingPerMinute).toBeGreaterThan(480);
  });

  test('says how old something may get: a third of a poll’s room is what everything can count on', () => {
    const work = { entities: 10_000, requestsPerEntity: 1, listingRequests: 0, canGlance: false };
    // 500 places: 334 in the first poll, 167 in each of the 58 others. The last one takes 50 s and what is under way then.
    expect(forecast(work, pace).ageLimitSeconds).toBeCloseTo(59 * 60 + 50.8);
    // Glances can take 50 of them: 300, and 150 in each of 65.
    expect(forecast({ ...work, canGlance: true }, pace).ageLimitSeconds).toBeCloseTo(66 * 60 + 50.8);
    expect(forecast({ ...work, entities: 72, listingRequests: 3 }, pace).ageLimitSeconds).toBeCloseTo(60 + 0.3 + 50);
  });

  test('has long listings less often than they are wanted', () => {
    // The listing takes 100 s, and none is due for 200 s after it.
    const work = { entities: 500, requestsPerEntity: 1, listingRequests: 1_000, canGlance: false };
    const { listingPerMinute } = forecast(work, { ...pace, intervalSeconds: 50, discoveryIntervalSeconds: 1 });
    expect(listingPerMinute).toBeCloseTo(1_000 / ((100 + 4 * 50) / 60));
  });

  test('counts a feed by its requests, and entities that listings show not at all', () => {
    const work = { entities: 60, requestsPerEntity: 1.5, listingRequests: 3, canGlance: false };
    const { readingPerMinute, fits, ageLimitSeconds } = forecast({ ...work, feedRequests: 10 }, pace);
    expect(readingPerMinute).toBeCloseTo(100);
    expect(fits).toBe(true);
    // 10 s of reading, and 50 s at most; nothing but the last poll counts while everything fits.
    expect(ageLimitSeconds).toBeCloseTo(60 + 0.3 + 50);
    expect(forecast({ ...work, feedRequests: 410 }, pace).fits).toBe(true);
    expect(forecast({ ...work, feedRequests: 411 }, pace).fits).toBe(false);
    const onlyFeed = { ...work, entities: 0, feedRequests: 600 };
    expect(forecast(onlyFeed, pace).readingPerMinute).toBeCloseTo(508);
    expect(forecast(onlyFeed, pace).fits).toBe(false);
  });

  test('has the listings of each poll, but for those that take too long', () => {
    const work = { entities: 72, requestsPerEntity: 1, listingRequests: 3, canGlance: false };
    const { listingPerMinute, ageLimitSeconds } = forecast({ ...work, eachPollListingRequests: 10 }, pace);
    expect(listingPerMinute).toBeCloseTo(10 + 3 / 6);
    expect(ageLimitSeconds).toBeCloseTo(60 + 1.3 + 50);
    // 100 s, and a rest of 200 s: one in two polls of 107 s at most.
    const huge = forecast({ ...work, listingRequests: 0, eachPollListingRequests: 1_000 }, pace);
    expect(huge.listingPerMinute).toBeLessThanOrEqual(600 / 2);
    expect(huge.listingPerMinute).toBeGreaterThan(600 / 4);
  });

  test('is nothing but listings where there is nothing', () => {
    expect(forecast({ entities: 0, requestsPerEntity: 1, listingRequests: 2, canGlance: true }, pace)).toMatchObject({
      readingPerMinute: 0,
      fits: true,
    });
  });
});
