import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { createAwsClock } from '../../src/glue/aws-clock.ts';

const noon = Date.UTC(2026, 2, 1, 12) / 1000;
const header = (seconds: number): string => new Date(Math.floor(seconds) * 1000).toUTCString();

/** A local clock that can be set. */
const localClock = (start: number) => {
  const local = { time: start };
  return { local, clock: createAwsClock(() => local.time) };
};

describe("AWS's clock", () => {
  it('is the local clock until AWS has answered', () => {
    const { local, clock } = localClock(noon);
    expect(clock.now()).toBe(noon);
    local.time += 5;
    expect(clock.now()).toBe(noon + 5);
  });

  it('is the local clock, which is finer, while the two agree', () => {
    const { clock } = localClock(noon + 0.987);
    for (const difference of [0, 1, -0.9]) {
      clock.observe(header(noon + difference));
      expect(clock.now()).toBe(noon + 0.987);
    }
  });

  it.each([
    ['an hour slow', -3600],
    ['an hour fast', 3600],
    ['at the epoch', -noon],
    ['years ahead', 10 * 365 * 86_400],
    ['ten seconds slow', -10],
  ])('is within a second of the truth when the local clock is %s', (_what, skew) => {
    const { local, clock } = localClock(noon + skew);
    clock.observe(header(noon));
    expect(Math.abs(clock.now() - noon)).toBeLessThanOrEqual(1);
    local.time += 90;
    expect(Math.abs(clock.now() - (noon + 90))).toBeLessThanOrEqual(1);
  });

  it('follows a clock that jumps, as one does that was suspended, at the next answer', () => {
    const { local, clock } = localClock(noon - 3600);
    clock.observe(header(noon));
    local.time = noon - 3600 + 7200;
    clock.observe(header(noon + 20));
    expect(Math.abs(clock.now() - (noon + 20))).toBeLessThanOrEqual(1);
  });

  it('does not waver while the answers agree with it', () => {
    const { local, clock } = localClock(noon - 3600);
    clock.observe(header(noon));
    const offset = clock.now() - local.time;
    for (let second = 0; second < 10; second += 1) {
      local.time += 1.3;
      clock.observe(header(noon + 1.3 * (second + 1)));
      expect(clock.now() - local.time).toBe(offset);
    }
  });

  it('takes no notice of somebody who sets the system clock', () => {
    const clock = createAwsClock();
    const before = clock.now();
    const set = vi.spyOn(Date, 'now').mockReturnValue(0);
    expect(Math.abs(clock.now() - before)).toBeLessThan(60);
    set.mockRestore();
  });

  it.each([undefined, '', 'soon', 'Sun, 99 Nov 2026 99:99:99 GMT', 'NaN'])('learns nothing from %j', nonsense => {
    const { clock } = localClock(noon - 3600);
    clock.observe(nonsense);
    expect(clock.now()).toBe(noon - 3600);
    clock.observe(header(noon));
    const learnt = clock.now();
    clock.observe(nonsense);
    expect(clock.now()).toBe(learnt);
  });

  it('is never off by more than its tolerance, whatever the skew', () => {
    const skews = fc.oneof(
      fc.double({ min: -5, max: 5, noNaN: true }),
      fc.double({ min: -1e9, max: 1e9, noNaN: true }),
    );
    fc.assert(
      fc.property(skews, fc.double({ min: 0, max: 1, noNaN: true }), (skew, fraction) => {
        const { clock } = localClock(noon + fraction + skew);
        clock.observe(header(noon + fraction));
        expect(Math.abs(clock.now() - (noon + fraction))).toBeLessThanOrEqual(3);
      }),
    );
  });
});
