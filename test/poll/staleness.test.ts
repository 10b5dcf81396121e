import { describe, expect, test } from 'vitest';
import { track } from '../../src/poll/entity.ts';
import { createStaleness } from '../../src/poll/staleness.ts';

const STALE_AFTER_SECONDS = 900;

/** A clock that can be set, and the staleness that reads it. */
const open = () => {
  const clock = { uptime: 0 };
  return { clock, staleness: createStaleness(STALE_AFTER_SECONDS, () => clock.uptime) };
};

const entity = (changes: object) => Object.assign(track({ name: 'etl' }), { lastSuccessAt: 10 }, changes);

describe('an entity is stale', () => {
  test('when it has failed twice in a row, and the first of them was too long ago', () => {
    const { clock, staleness } = open();
    const failing = entity({ failures: 2, failingSince: 100 });
    clock.uptime = 100 + STALE_AFTER_SECONDS;
    expect(staleness.isStale(failing)).toBe(false);
    clock.uptime += 1;
    expect(staleness.isStale(failing)).toBe(true);
  });

  test('not when it has failed once, however long ago, and waits for its turn', () => {
    const { clock, staleness } = open();
    clock.uptime = 10 * STALE_AFTER_SECONDS;
    expect(staleness.isStale(entity({ failures: 1, failingSince: 100 }))).toBe(false);
  });

  test('in an outage that began too long ago, though it was never its turn', () => {
    const { clock, staleness } = open();
    staleness.pollEnded(100);
    staleness.pollEnded(160);
    clock.uptime = 100 + STALE_AFTER_SECONDS + 1;
    expect(staleness.isStale(entity({}))).toBe(true);
  });

  test('not when it was read since the outage began', () => {
    const { clock, staleness } = open();
    staleness.pollEnded(100);
    clock.uptime = 100 + STALE_AFTER_SECONDS + 1;
    expect(staleness.isStale(entity({ lastSuccessAt: 101 }))).toBe(false);
  });

  test('not when the outage is over', () => {
    const { clock, staleness } = open();
    staleness.pollEnded(100);
    staleness.pollEnded(undefined);
    clock.uptime = 10 * STALE_AFTER_SECONDS;
    expect(staleness.isStale(entity({}))).toBe(false);
  });
});
