import { expect, test } from 'vitest';
import { createCapacity } from '../../src/poll/capacity.ts';

test('a poll has room for as many entities as it may send requests, until it is known that they take more', () => {
  const capacity = createCapacity();
  expect(capacity.entities(500)).toBe(500);
  for (let poll = 0; poll < 50; poll += 1) capacity.polled({ entities: 100, requests: 200, isCut: false });
  expect(capacity.entities(500)).toBeCloseTo(250, 0);
  capacity.polled({ entities: 0, requests: 3, isCut: false });
  expect(capacity.entities(500)).toBeCloseTo(250, 0);
});

test('where answers are slow there is room for what the last poll managed, until one is done in time', () => {
  const capacity = createCapacity();
  capacity.polled({ entities: 120, requests: 120, isCut: true });
  expect(capacity.entities(50_000)).toBe(120);
  expect(capacity.entities(80)).toBe(80);
  capacity.polled({ entities: 180, requests: 180, isCut: false });
  expect(capacity.entities(50_000)).toBe(50_000);
});

test('there is always room for one', () => {
  const capacity = createCapacity();
  capacity.polled({ entities: 0, requests: 0, isCut: true });
  expect(capacity.entities(1_000)).toBe(1);
});
