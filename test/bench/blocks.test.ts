import { describe, expect, test } from 'vitest';
import { longestBlockMs, longestOwnBlockMs } from '../../bench/blocks.ts';

const block = (from: number, to: number, waitedMs = 0) => ({ from, to, waitedMs });

describe('blocks of an event loop', () => {
  test('the longest counts, whatever it was caused by', () => {
    expect(longestBlockMs([block(0, 10), block(20, 50, 30), block(60, 65)])).toBe(30);
    expect(longestBlockMs([])).toBe(0);
  });

  test('a wait for a CPU is not of its own making', () => {
    expect(longestOwnBlockMs([block(0, 10), block(20, 50, 25)], [])).toBe(10);
  });

  test('nor is the time for which the machine stood still, seen by one process or by several', () => {
    const standstills = [block(32, 60), block(25, 40), block(90, 95)];
    expect(longestOwnBlockMs([block(20, 70)], standstills)).toBe(50 - 35);
    expect(longestOwnBlockMs([block(30, 35)], standstills)).toBe(0);
  });

  test('who waited for a CPU has not seen the machine stand still meanwhile', () => {
    expect(longestOwnBlockMs([block(0, 50)], [block(10, 50, 30)])).toBe(40);
  });

  test('a standstill at another time excuses nothing', () => {
    expect(longestOwnBlockMs([block(0, 50)], [block(60, 100), block(-20, 0)])).toBe(50);
  });
});
