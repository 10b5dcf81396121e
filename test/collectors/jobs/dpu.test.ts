import { describe, expect, test } from 'vitest';
import { dpuSecondsOf, dpusOf, type RunCapacity } from '../../../src/collectors/jobs/dpu.ts';

const nothing: RunCapacity = {
  dpuSeconds: undefined,
  maxCapacity: undefined,
  numberOfWorkers: undefined,
  workerType: undefined,
  executionSeconds: undefined,
};

describe('DPU-seconds of a run', () => {
  test('are what AWS reports, whatever else it says', () => {
    const capacity = { dpuSeconds: 7, maxCapacity: 10, numberOfWorkers: 10, workerType: 'G.1X', executionSeconds: 100 };
    expect(dpuSecondsOf(capacity)).toEqual({ value: 7, source: 'reported' });
    expect(dpuSecondsOf({ ...nothing, dpuSeconds: 0 })).toEqual({ value: 0, source: 'reported' });
  });

  test('are else capacity times execution time', () => {
    const capacity = { ...nothing, maxCapacity: 0.0625, numberOfWorkers: 3, workerType: 'G.8X', executionSeconds: 160 };
    expect(dpuSecondsOf(capacity)).toEqual({ value: 10, source: 'estimated' });
  });

  test.each([
    ['G.025X', 0.25],
    ['G.1X', 1],
    ['G.2X', 2],
    ['G.4X', 4],
    ['G.8X', 8],
    ['G.12X', 12],
    ['G.16X', 16],
    ['Standard', 1],
    ['R.1X', 1],
    ['R.2X', 2],
    ['R.4X', 4],
    ['R.8X', 8],
    ['Z.2X', 2],
  ])('are else workers times the DPUs of a worker: %s has %d', (workerType, dpus) => {
    const capacity = { ...nothing, numberOfWorkers: 3, workerType, executionSeconds: 100 };
    expect(dpuSecondsOf(capacity)).toEqual({ value: 300 * dpus, source: 'estimated' });
  });

  test.each([
    ['an unknown worker type', { numberOfWorkers: 3, workerType: 'X.1X', executionSeconds: 100 }],
    ['no worker type', { numberOfWorkers: 3, executionSeconds: 100 }],
    ['no number of workers', { workerType: 'G.1X', executionSeconds: 100 }],
    ['no execution time', { maxCapacity: 10 }],
  ])('are unknown with %s', (_case, known) => {
    expect(dpuSecondsOf({ ...nothing, ...known })).toBeUndefined();
  });
});

test.each([
  [{ maxCapacity: 0.0625 }, 0.0625],
  [{ maxCapacity: 20, numberOfWorkers: 10, workerType: 'G.2X' }, 20],
  [{ numberOfWorkers: 10, workerType: 'G.2X' }, 20],
  [{ numberOfWorkers: 10, workerType: 'X.1X' }, undefined],
  [{}, undefined],
])('a run with %j holds %s DPUs', (known, dpus) => {
  expect(dpusOf({ maxCapacity: undefined, numberOfWorkers: undefined, workerType: undefined, ...known })).toBe(dpus);
});
