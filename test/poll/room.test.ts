import { expect, test } from 'vitest';
import { createRoom } from '../../src/poll/room.ts';

test('the places that are promised do not shrink while AWS throttles or answers slowly', () => {
  let perSecond = 10;
  const room = createRoom(50, false, () => perSecond);
  expect(room.places).toBe(500);
  expect(room.promisedPlaces).toBe(500);
  perSecond = 0.5;
  room.polled({ expected: 25, requests: 25, isCut: true });
  expect(room.places).toBe(25);
  expect(room.promisedPlaces).toBe(500);
  // Started while throttled: the full rate is known once it is allowed again.
  const later = createRoom(50, false, () => perSecond);
  expect(later.places).toBe(25);
  expect(later.promisedPlaces).toBe(25);
  perSecond = 10;
  expect(later.places).toBe(500);
  expect(later.promisedPlaces).toBe(500);
});

test('entities that take more requests each leave room for fewer', () => {
  const room = createRoom(50, false, () => 10);
  for (let poll = 0; poll < 60; poll += 1) room.polled({ expected: 100, requests: 200, isCut: false });
  expect(room.places).toBeCloseTo(250, 0);
  expect(room.promisedPlaces).toBe(250);
});

test('glances have a tenth of the room, in a small one not in each poll', () => {
  const room = createRoom(50, true, () => 10);
  expect(room.sharedPlaces).toBe(450);
  expect(room.takeGlances()).toBe(50);
  const small = createRoom(10, true, () => 0.3);
  const calls = Array.from({ length: 40 }, () => small.takeGlances());
  expect(calls.filter(call => call === 1)).toHaveLength(12);
  expect(Math.max(...calls)).toBe(1);
  expect(createRoom(1, true, () => 0.5).sharedPlaces).toBe(1);
  expect(createRoom(50, false, () => Number.POSITIVE_INFINITY).sharedPlaces).toBe(Number.POSITIVE_INFINITY);
});
