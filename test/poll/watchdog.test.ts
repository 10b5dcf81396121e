import { expect, test } from 'vitest';
import { createWatchdog } from '../../src/poll/watchdog.ts';

const watched = () => {
  const clock = { now: 0 };
  return {
    clock,
    watchdog: createWatchdog(
      () => 100,
      () => clock.now,
    ),
  };
};

test('a poll is stuck when nothing happens in it for longer than patience lasts', () => {
  const { clock, watchdog } = watched();
  watchdog.begin();
  clock.now = 100;
  expect(watchdog.stuckSeconds()).toBeUndefined();
  clock.now = 101;
  expect(watchdog.stuckSeconds()).toBe(101);
});

test('a poll is not stuck as long as something happens, however long it takes', () => {
  const { clock, watchdog } = watched();
  watchdog.begin();
  for (let second = 0; second < 1000; second += 99) {
    clock.now = second;
    watchdog.progress();
    expect(watchdog.stuckSeconds()).toBeUndefined();
  }
  clock.now += 101;
  expect(watchdog.stuckSeconds()).toBe(101);
  watchdog.progress();
  expect(watchdog.stuckSeconds()).toBeUndefined();
});

test('between polls nothing is stuck, whatever still comes in', () => {
  const { clock, watchdog } = watched();
  watchdog.begin();
  watchdog.end();
  watchdog.progress();
  clock.now = 1000;
  expect(watchdog.stuckSeconds()).toBeUndefined();
});
