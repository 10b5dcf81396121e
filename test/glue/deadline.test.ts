import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createDeadline } from '../../src/glue/deadline.ts';

const block = (milliseconds: number): void => {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
};

test('a step that never ends is given up', async () => {
  let ended = 0;
  const deadline = createDeadline(20, () => {
    ended += 1;
  });
  await expect(deadline.within(() => new Promise(() => {}))).rejects.toThrow('too late');
  expect([deadline.isPassed, ended]).toEqual([true, 1]);
});

test('time for which our own event loop was busy does not count: an answer that is there is not late', async () => {
  const deadline = createDeadline(50, () => {});
  const answer = await deadline.within(async () => {
    // The answer comes in two parts, between which we do something else for long.
    await pause(5);
    block(200);
    await pause(5);
    return 'answered';
  });
  expect([answer, deadline.isPassed]).toEqual(['answered', false]);
});

test('an answer that is all here is not late, however long it waits for its turn', async () => {
  const deadline = createDeadline(20, () => {});
  const answer = await deadline.within(async () => {
    deadline.answered();
    await pause(100);
    return 'answered';
  });
  expect([answer, deadline.isPassed]).toEqual(['answered', false]);
});

test('what an earlier step has taken is left out of the next', async () => {
  const deadline = createDeadline(60, () => {});
  await deadline.within(() => pause(50));
  await expect(deadline.within(() => pause(5_000))).rejects.toThrow('too late');
});

test('time for which our own event loop was busy in a step is left for the next', async () => {
  const deadline = createDeadline(300, () => {});
  await deadline.within(async () => {
    await pause(1);
    block(400);
  });
  expect(await deadline.within(() => pause(100, 'answered'))).toBe('answered');
});
