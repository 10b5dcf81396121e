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
    const { readingPerMinute, fits } = forecast({ entities: 72, requestsPerEntity: 1, listingRequests: 3 }, pace);
    expect(readingPerMinute).toBeCloseTo(72);
    expect(fits).toBe(true);
    const often = forecast(
      { entities: 72, requestsPerEntity: 1, listingRequests: 3 },
      { ...pace, intervalSeconds: 30 },
    );
    expect(often.readingPerMinute).toBeCloseTo(144);
  });

  test('has what histories take that need more than one request', () => {
    const work = { entities: 72, requestsPerEntity: 1.5, listingRequests: 3 };
    expect(forecast(work, pace).readingPerMinute).toBeCloseTo(108);
    expect(forecast({ ...work, entities: 400 }, pace).fits).toBe(false);
  });

  test('has the listings, each with the first poll after its time', () => {
    // At five minutes to the second the time since the last one has not passed quite.
    const work = { entities: 72, requestsPerEntity: 1, listingRequests: 3 };
    expect(forecast(work, pace).listingPerMinute).toBeCloseTo(3 / 6);
    expect(forecast(work, { ...pace, discoveryIntervalSeconds: 290 }).listingPerMinute).toBeCloseTo(3 / 5);
    expect(forecast(work, { ...pace, discoveryIntervalSeconds: 1 }).listingPerMinute).toBeCloseTo(3);
  });

  test('is never more than the budget allows', () => {
    const work = { entities: 10_000, requestsPerEntity: 1, listingRequests: 130 };
    const { readingPerMinute, listingPerMinute, fits } = forecast(work, pace);
    expect(fits).toBe(false);
    expect(readingPerMinute + listingPerMinute).toBeLessThanOrEqual(600);
    expect(readingPerMinute).toBeGreaterThan(480);
  });

  test('says how old something may get: a third of a poll’s room is what everything can count on', () => {
    const { ageLimitSeconds } = forecast({ entities: 10_000, requestsPerEntity: 1, listingRequests: 0 }, pace);
    // 500 places, 166 of them for the sweep: 61 polls of a minute, and the poll that reads it.
    expect(ageLimitSeconds).toBeCloseTo(61 * 60 + 50);
    expect(forecast({ entities: 72, requestsPerEntity: 1, listingRequests: 3 }, pace).ageLimitSeconds).toBeLessThan(
      120,
    );
  });

  test('is nothing but listings where there is nothing', () => {
    expect(forecast({ entities: 0, requestsPerEntity: 1, listingRequests: 2 }, pace)).toMatchObject({
      readingPerMinute: 0,
      fits: true,
    });
  });
});
