import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const MODULE = new URL('../dist/garbage-collection.js', import.meta.url).href;

/** Lets a process hold 60 MB and make 200 MB of garbage of what has lived for a while; how often all of it was collected. */
const collections = async (): Promise<number> => {
  const script = `
    import { constants, PerformanceObserver } from 'node:perf_hooks';
    import { setTimeout as pause } from 'node:timers/promises';
    const megabytes = count => Array.from({ length: count * 1_000 }, () => new Array(125).fill(1.5));
    globalThis.held = megabytes(60);
    let major = 0;
    const count = entries => {
      for (const { detail } of entries) if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) major += 1;
    };
    const observer = new PerformanceObserver(list => count(list.getEntries()));
    observer.observe({ entryTypes: ['gc'] });
    const alive = [];
    for (let megabyte = 0; megabyte < 200; megabyte += 1) {
      alive[megabyte % 8] = megabytes(1);
      await pause(0);
    }
    count(observer.takeRecords());
    console.log(major);
  `;
  const args = ['--import', MODULE, '--input-type=module', '--eval', script];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return Number(stdout);
};

describe('how often garbage is collected', () => {
  // V8, left to itself, once; told to be small, and no more than that, 11 to 18 times.
  test('more often than V8 does, and not each time that a large heap has grown by a tenth', async () => {
    const times = await collections();
    expect(times).toBeGreaterThanOrEqual(3);
    expect(times).toBeLessThanOrEqual(10);
  });
});

/** Makes garbage, some of which lives for a while, in a process with this many targets. Returns the largest size of the new space in bytes; V8 shrinks it again when it likes. */
const newSpace = async (targets: number): Promise<number> => {
  const script = `
    import { getHeapSpaceStatistics } from 'node:v8';
    import { prepareFor } from ${JSON.stringify(MODULE)};
    prepareFor(${targets});
    const size = () => getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size;
    let alive = [];
    let largest = 0;
    for (let made = 0; made < 3_000_000; made += 1) {
      alive.push({ made });
      if (alive.length > 60_000) {
        alive = [];
        largest = Math.max(largest, size());
      }
    }
    console.log(largest);
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
  return Number(stdout);
};

test('the space for what is new grows with many targets only', async () => {
  expect(await newSpace(3)).toBeLessThan(3e6);
  expect(await newSpace(150)).toBeGreaterThan(6e6);
});
