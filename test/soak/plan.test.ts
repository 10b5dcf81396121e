import { describe, expect, it } from 'vitest';
import { faultKinds } from '../../src/simulator/faults.ts';
import { entitiesOf } from '../../src/simulator/world.ts';
import { isShort } from './lives.ts';
import { OptionsError, parseOptions } from './options.ts';
import { BEGIN, planOf, worldOf } from './plan.ts';

const day = { seed: 'seven', hours: 24, kills: 40 };

describe('the plan of a soak', () => {
  it('is the same for a seed, and another for another', () => {
    expect(planOf(day)).toEqual(planOf(day));
    expect(planOf({ ...day, seed: 'eight' })).not.toEqual(planOf(day));
    const idsOf = (seed: string) =>
      entitiesOf(worldOf({ ...day, seed }, planOf({ ...day, seed })), 'jobs').map(job => job.newest(BEGIN + 3600)?.Id);
    expect(idsOf('seven')).toEqual(idsOf('seven'));
    expect(idsOf('eight')).not.toEqual(idsOf('seven'));
  });

  it.each([1, 5, 40, 200])('has exactly %d kills, of all kinds when there are many', kills => {
    const { prelude, lives } = planOf({ ...day, kills });
    const ends = [...prelude, ...lives.slice(0, -1).map(({ end }) => end)];
    expect(ends.filter(({ kind }) => kind !== 'stopped')).toHaveLength(kills);
    const kinds = ['first poll', 'now', 'opening', 'rewriting', 'saving', 'starting', 'stopped'];
    if (kills >= 40) expect([...new Set(ends.map(({ kind }) => kind))].sort()).toEqual(kinds);
  });

  it.each([1.5, 24])('fills %d hours with one process after the other, the first of which goes on', hours => {
    const { lives, seconds } = planOf({ ...day, hours, kills: 5 });
    expect(seconds).toBe(hours * 3600);
    lives.forEach(({ startAt, endAt, disturbances }, index) => {
      expect(startAt).toBeLessThanOrEqual(endAt);
      expect(endAt).toBeLessThanOrEqual(lives[index + 1]?.startAt ?? seconds);
      for (const { at } of disturbances) expect(at >= startAt && at <= endAt).toBe(true);
    });
    expect(lives[0]?.end && isShort(lives[0].end)).toBe(false);
    expect(lives.at(-1)?.endAt).toBe(seconds);
  });

  it('has a tail in which nothing starts, and the last run has ended for long', () => {
    const short = { ...day, hours: 0.5 };
    const plan = planOf(short);
    const made = worldOf(short, plan);
    const jobs = entitiesOf(made, 'jobs');
    const workflows = entitiesOf(made, 'workflows');
    const end = BEGIN + plan.seconds;
    for (const entity of [...jobs, ...workflows]) {
      expect(entity.runs(end, end + 10_000)).toEqual([]);
      const ends = entity.runs(BEGIN, end).map(({ completedOn }) => completedOn);
      expect(Math.max(...ends)).toBeLessThan(end + plan.tailSeconds - 399);
    }
    expect(jobs.flatMap(job => job.runs(end - 600, end)).length).toBeGreaterThan(100);
  });

  it('has every kind of fault several times a day', () => {
    const { windows } = planOf(day);
    for (const kind of faultKinds) {
      expect(windows.filter(({ faults }) => faults.some(fault => fault.kind === kind)).length, kind).toBeGreaterThan(5);
    }
    expect(windows.some(({ paused }) => paused)).toBe(true);
  });

  it('has clocks that are off, by seconds and by days, for AWS and for proxies, sometimes all at the same time', () => {
    const { windows, firstFaults } = planOf(day);
    const faults = windows.flatMap(window => window.faults);
    for (const kind of ['skewed_date', 'html_503', 'html_200']) {
      const skews = faults.flatMap(fault => (fault.kind === kind ? [fault.skewSeconds ?? 0] : []));
      expect(Math.min(...skews), kind).toBeLessThan(-3600);
      expect(Math.max(...skews), kind).toBeGreaterThan(3600);
      expect(skews.filter(skew => Math.abs(skew) < 600).length, kind).toBeGreaterThan(0);
    }
    const rates = faults.flatMap(fault => (fault.kind === 'skewed_date' ? [fault.rate] : []));
    expect(rates.filter(rate => rate === 1).length).toBeGreaterThan(0);
    expect(rates.filter(rate => rate < 1).every(rate => rate <= 0.05)).toBe(true);
    expect(firstFaults.map(({ kind }) => kind)).toEqual(['html_503', 'skewed_date']);
    expect(planOf({ ...day, kinds: ['throttle'] }).firstFaults).toEqual([]);
  });

  it('has only the kinds of faults that it is told to have', () => {
    const { windows } = planOf({ ...day, kinds: ['throttle', 'slow'] });
    const kinds = windows.flatMap(({ faults }) => faults.map(({ kind }) => kind));
    expect([...new Set(kinds)].sort()).toEqual(['slow', 'throttle']);
  });
});

describe('the options of a soak', () => {
  it('have defaults, and a seed of their own each time', () => {
    expect(parseOptions([])).toMatchObject({ kind: 'soak', hours: 24, kills: 40 });
    expect(parseOptions([])).not.toEqual(parseOptions([]));
    expect(parseOptions(['--seed=x', '--hours=1.5', '--kills=3', '--speed=100'])).toEqual({
      kind: 'soak',
      seed: 'x',
      hours: 1.5,
      kills: 3,
      speed: 100,
    });
    expect(parseOptions(['--faults=slow,late_fields'])).toMatchObject({ kinds: ['slow', 'late_fields'] });
    expect(parseOptions([])).not.toHaveProperty('kinds');
    expect(parseOptions(['--help'])).toEqual({ kind: 'help' });
    expect(parseOptions(['--cycles=500', '--seed=x'])).toEqual({ kind: 'cycles', seed: 'x', cycles: 500 });
  });

  it.each(['--hours=x', '--kills=0', '--speed=1000', '--faults=slow,meteor', '--nothing', 'word', '--hours='])(
    'say what is wrong with %s',
    arg => {
      expect(() => parseOptions([arg])).toThrow(OptionsError);
    },
  );
});
