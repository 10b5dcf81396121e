import { expect, test } from 'vitest';
import { createCapacity } from '../../src/poll/capacity.ts';

test('a poll has room for as many entities as it may send requests, until it is known that they take more', () => {
  const capacity = createCapacity();
  expect(capacity.places(500)).toBe(500);
  for (let poll = 0; poll < 50; poll += 1) capacity.polled({ expected: 100, requests: 200, isCut: false });
  expect(capacity.places(500)).toBeCloseTo(250, 0);
  expect(capacity.requestsPerPlace).toBeCloseTo(2, 2);
  capacity.polled({ expected: 0, requests: 3, isCut: false });
  expect(capacity.places(500)).toBeCloseTo(250, 0);
});

test('where answers are slow there is room for what polls managed, found by halves and given back by and by', () => {
  const capacity = createCapacity();
  expect(capacity.places(1_000)).toBe(1_000);
  const slow = { expected: 120, requests: 120, isCut: true };
  const rooms = [0, 1, 2, 3, 4].map(() => {
    capacity.polled(slow);
    return capacity.places(1_000);
  });
  expect(rooms).toEqual([500, 250, 125, 120, 120]);
  expect(capacity.places(80)).toBe(80);
  const quick = { expected: 180, requests: 180, isCut: false };
  capacity.polled(quick);
  expect(capacity.places(1_000)).toBe(180);
  for (let poll = 0; poll < 5; poll += 1) capacity.polled(quick);
  expect(capacity.places(1_000)).toBe(1_000);
});

test('there is always room for one', () => {
  const capacity = createCapacity();
  for (let poll = 0; poll < 20; poll += 1) {
    expect(capacity.places(10)).toBeGreaterThanOrEqual(1);
    capacity.polled({ expected: 0, requests: 0, isCut: true });
  }
});
