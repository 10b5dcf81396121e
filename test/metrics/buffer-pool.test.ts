import { describe, expect, test } from 'vitest';
import { createBufferPool } from '../../src/metrics/buffer-pool.ts';

describe('a buffer pool', () => {
  test('is used again for what is about as large', () => {
    const pool = createBufferPool();
    const first = pool.take(20_000);
    pool.giveBack(first);
    const second = pool.take(20_100);
    expect([first.length, second.length]).toEqual([20_000, 20_100]);
    expect(second.buffer).toBe(first.buffer);
    expect(pool.take(20_000).buffer, 'not twice').not.toBe(first.buffer);
  });

  test.each([1, 255, 256, 257, 20_000, 65_537, 3_000_001])(
    'is not much more than the %i bytes that are needed',
    length => {
      const { buffer } = createBufferPool().take(length);
      expect(buffer.byteLength).toBeGreaterThanOrEqual(length);
      expect(buffer.byteLength).toBeLessThanOrEqual(Math.max(length + 256, length * 1.125));
    },
  );

  test('is kept for later only up to a limit', () => {
    const pool = createBufferPool();
    const taken = Array.from({ length: 40 }, () => pool.take(1_000_000));
    for (const bytes of taken) pool.giveBack(bytes);
    const before = new Set(taken.map(({ buffer }) => buffer));
    const again = Array.from({ length: 40 }, () => pool.take(1_000_000));
    const reused = again.filter(({ buffer }) => before.has(buffer)).length;
    expect(reused).toBeGreaterThan(10);
    expect(reused).toBeLessThan(17);
  });
});
