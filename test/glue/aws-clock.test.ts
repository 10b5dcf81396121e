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

const SKEWS: readonly [what: string, seconds: number][] = [
  ['minus ten seconds', -10],
  ['plus a minute', 60],
  ['minus an hour', -3600],
  ['plus an hour', 3600],
  ['plus three days', 3 * 86_400],
  ['minus a month', -30 * 86_400],
  ['minus all the time there is', -noon],
];

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

  it.each(SKEWS)('is within a second of the truth after two answers when the local clock is %s off', (_what, skew) => {
    const { local, clock } = localClock(noon + skew);
    clock.observe(header(noon));
    clock.observe(header(noon));
    expect(Math.abs(clock.now() - noon)).toBeLessThanOrEqual(1);
    local.time += 90;
    expect(Math.abs(clock.now() - (noon + 90))).toBeLessThanOrEqual(1);
  });

  it('follows a clock that jumps, as one does that was suspended, at the third answer', () => {
    const { local, clock } = localClock(noon);
    for (let answer = 0; answer < 5; answer += 1) clock.observe(header(noon));
    local.time += 20;
    for (let answer = 0; answer < 2; answer += 1) clock.observe(header(noon + 7200));
    expect(clock.now()).toBe(noon + 20);
    clock.observe(header(noon + 7200));
    expect(Math.abs(clock.now() - (noon + 7200))).toBeLessThanOrEqual(1);
  });

  it('does not waver while the answers agree with it', () => {
    const { local, clock } = localClock(noon - 3600);
    clock.observe(header(noon));
    clock.observe(header(noon));
    const offset = clock.now() - local.time;
    for (let second = 0; second < 10; second += 1) {
      local.time += 1.3;
      clock.observe(header(noon + 1.3 * (second + 1)));
      expect(clock.now() - local.time).toBe(offset);
    }
  });

  describe.each(SKEWS)('with a header that is %s off', (_what, skew) => {
    it('once, is not moved, whenever it comes', () => {
      for (let place = 0; place < 8; place += 1) {
        const { clock } = localClock(noon);
        for (let answer = 0; answer < 8; answer += 1) {
          clock.observe(header(answer === place ? noon + skew : noon));
          expect(clock.now()).toBe(noon);
        }
      }
    });

    it('in each other answer, is right after each right one', () => {
      const { clock } = localClock(noon);
      clock.observe(header(noon));
      for (let answer = 0; answer < 20; answer += 1) {
        clock.observe(header(answer % 2 === 0 ? noon + skew : noon));
        if (answer % 2 === 1) expect(Math.abs(clock.now() - noon)).toBeLessThanOrEqual(1);
      }
    });

    it('for a while, comes back three answers later', () => {
      const { clock } = localClock(noon);
      for (let answer = 0; answer < 40; answer += 1) clock.observe(header(noon + skew));
      expect(Math.abs(clock.now() - (noon + skew))).toBeLessThanOrEqual(1);
      for (let answer = 0; answer < 3; answer += 1) clock.observe(header(noon));
      expect(Math.abs(clock.now() - noon)).toBeLessThanOrEqual(1);
    });

    it('on a local clock that is wrong as well, is outvoted by three answers that agree', () => {
      const { clock } = localClock(noon + 777);
      clock.observe(header(noon + skew));
      for (let answer = 0; answer < 3; answer += 1) clock.observe(header(noon));
      expect(Math.abs(clock.now() - noon)).toBeLessThanOrEqual(1);
    });
  });

  describe('is confirmed', () => {
    it('by one answer that agrees with the local clock, and stays so', () => {
      const { clock } = localClock(noon);
      expect(clock.isConfirmed()).toBe(false);
      clock.observe(header(noon));
      expect(clock.isConfirmed()).toBe(true);
      clock.observe(header(noon + 3600));
      expect(clock.isConfirmed()).toBe(true);
    });

    it('by two answers that agree where the local clock is wrong, and not by one, nor by two that differ', () => {
      const { clock } = localClock(noon - 3600);
      clock.observe(header(noon));
      expect(clock.isConfirmed()).toBe(false);
      clock.observe(header(noon + 7200));
      expect(clock.isConfirmed()).toBe(false);
      clock.observe(header(noon));
      clock.observe(header(noon));
      expect(clock.isConfirmed()).toBe(true);
      expect(Math.abs(clock.now() - noon)).toBeLessThanOrEqual(1);
    });
  });

  it('knows a time that is ahead of no answer it rests on', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1.4, max: 1.4, noNaN: true }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (skew, fraction) => {
          // A local clock that is a little ahead is left alone.
          const { clock } = localClock(noon + fraction + skew);
          clock.observe(header(noon + fraction));
          expect(clock.isConfirmed()).toBe(true);
          expect(clock.earliestNow()).toBeLessThanOrEqual(noon + 1);
          expect(clock.earliestNow()).toBeLessThanOrEqual(clock.now());
          expect(clock.earliestNow()).toBeGreaterThan(noon - 2);
        },
      ),
    );
  });

  it('goes by when the headers came, not by when the body was complete', () => {
    const { local, clock } = localClock(noon);
    for (let answer = 0; answer < 5; answer += 1) {
      local.time += 30;
      clock.observe(header(local.time - 14), 14);
    }
    expect(clock.now()).toBe(noon + 150);
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
        clock.observe(header(noon + fraction));
        // The local clock's own two seconds, and the half second that a header is off.
        expect(Math.abs(clock.now() - (noon + fraction))).toBeLessThanOrEqual(3);
      }),
    );
  });
});
