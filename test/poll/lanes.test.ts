import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { inLanes } from '../../src/poll/lanes.ts';

test('items are acted on in order, as many at a time as there are lanes', async () => {
  const started: number[] = [];
  let underWay = 0;
  let most = 0;
  await inLanes([1, 2, 3, 4, 5, 6, 7], 3, async item => {
    started.push(item);
    underWay += 1;
    most = Math.max(most, underWay);
    await turn();
    underWay -= 1;
  });
  expect(started).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(most).toBe(3);
  await inLanes([], 3, () => Promise.reject(new Error('nothing to do')));
});

test('the first failure rejects', async () => {
  await expect(inLanes([1, 2], 2, item => Promise.reject(new Error(`${item}`)))).rejects.toThrow('1');
});
