import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { outcomeOf, type ShownOutcome } from '../../src/runs/outcomes.ts';
import {
  isSlow,
  KEPT_RUNS,
  noRuns,
  type Recent,
  successes,
  usualSeconds,
  withoutLost,
  withRuns,
} from '../../src/runs/recent.ts';
import type { Run, Verdict } from '../../src/runs/run.ts';

const NOON = 1_772_366_400;

const run = (id: string, start: number, more: Partial<Run<null>> = {}): Run<null> => ({
  id,
  state: 'SUCCEEDED',
  ended: true,
  verdict: 'success',
  startedAt: NOON + start,
  modifiedAt: undefined,
  completedAt: NOON + start + 60,
  facts: null,
  ...more,
});
const active = (id: string, start: number, state = 'RUNNING'): Run<null> =>
  run(id, start, { state, ended: false, verdict: 'other', completedAt: undefined });
const ended = (id: string, start: number, state: string, verdict: Verdict = 'failure'): Run<null> =>
  run(id, start, { state, verdict });
const recentOf = (...runs: readonly Run<null>[]): Recent => withRuns(noRuns, runs);
const wordsOf = ({ outcomes }: Recent) => [...outcomes].map(code => outcomeOf(code).word);
const numbered = (count: number) => Array.from({ length: count }, (_, index) => run(`jr_${index}`, index));

describe('the recent runs', () => {
  test('show each state by its name, the newest last', () => {
    const recent = recentOf(
      active('i', 9, 'WAITING'),
      active('h', 8),
      ended('g', 7, 'UNKNOWN', 'other'),
      ended('f', 6, 'STOPPED', 'stopped'),
      ended('e', 5, 'ROLLED_BACK'),
      ended('d', 4, 'TIMEOUT'),
      ended('c', 3, 'ERROR'),
      ended('b', 2, 'FAILED'),
      ended('a', 1, 'SUCCEEDED', 'success'),
    );
    const outcomes = [...recent.outcomes].map(outcomeOf);
    expect(outcomes.map(({ word }) => word).join()).toBe(
      'succeeded,failed,error,timeout,rolled back,stopped,unknown,running,waiting',
    );
    expect(outcomes.map(({ sign }) => sign).join('')).toBe('SFETRSURW');
    expect(outcomes.map(({ verdict }) => verdict).join()).toBe(
      'success,failure,failure,failure,failure,stopped,other,active,active',
    );
    expect(recent.starts[0]).toBe(NOON + 1);
    expect(recent.seconds).toEqual([60, 60, 60, 60, 60, 60, 60, -1, -1]);
  });

  test('show an end as the collector describes it, and otherwise by the name of its state', () => {
    const shown = (verdict: Verdict, outcome?: ShownOutcome) =>
      outcomeOf(withRuns(noRuns, [ended('a', 1, 'COMPLETED', verdict)], () => ({ outcome })).outcomes);
    expect(shown('failure', { word: 'failed', sign: 'F' })).toEqual({ word: 'failed', sign: 'F', verdict: 'failure' });
    expect(shown('other', { word: 'nothing ran', sign: 'N' })).toEqual({
      word: 'nothing ran',
      sign: 'N',
      verdict: 'other',
    });
    expect(shown('success')).toEqual({ word: 'completed', sign: 'C', verdict: 'success' });
    // AWS may yet say that it was a failure.
    expect(shown('undecided', { word: 'failed', sign: 'F' })).toMatchObject({ word: 'running', verdict: 'active' });
  });

  test('keep one character for each run, whose outcomes can have the same sign', () => {
    const recent = recentOf(ended('a', 1, 'STARVED'), ended('b', 2, 'STOPPED', 'stopped'), run('c', 3));
    expect(recent.outcomes).toHaveLength(3);
    expect(new Set(recent.outcomes).size).toBe(3);
    expect(wordsOf(recent)).toEqual(['starved', 'stopped', 'succeeded']);
  });

  test('are twenty, those that started last', () => {
    const recent = recentOf(...numbered(30));
    expect(recent.starts).toEqual(Array.from({ length: KEPT_RUNS }, (_, index) => NOON + 10 + index));
    expect(withRuns(recent, [run('old', 5)])).toBe(recent);
    expect(withRuns(recent, [run('new', 15.5)]).starts).toContain(NOON + 15.5);
    expect(withRuns(recent, [run('new', 15.5)]).starts).toHaveLength(KEPT_RUNS);
  });

  test('are the same object when nothing is new', () => {
    const recent = recentOf(...numbered(30), active('b', 50));
    expect(withRuns(recent, [...numbered(30), active('b', 50)])).toBe(recent);
    expect(withRuns(recent, [])).toBe(recent);
  });

  test('have a run once: its end replaces what was seen before, and not the other way round', () => {
    const waiting = recentOf(active('a', 1, 'WAITING'));
    const running = withRuns(waiting, [active('a', 1)]);
    const failed = withRuns(running, [ended('a', 1, 'FAILED')]);
    expect([waiting, running, failed].map(wordsOf)).toEqual([['waiting'], ['running'], ['failed']]);
    expect(withRuns(failed, [active('a', 1)])).toBe(failed);
  });

  test('tell runs apart that started in the same moment', () => {
    expect(recentOf(run('jr_a', 1), run('jr_a_attempt_1', 1), run('jr_b', 1)).outcomes).toHaveLength(3);
  });

  test('have runs without dates, as the oldest', () => {
    const undated = run('a', 1, { startedAt: undefined, completedAt: undefined });
    expect(recentOf(run('b', 1), undated)).toMatchObject({
      starts: [Number.NEGATIVE_INFINITY, NOON + 1],
      seconds: [-1, 60],
    });
  });

  test('lose an active run that Glue does not know any more', () => {
    const recent = recentOf(run('a', 1), active('b', 2), active('c', 3));
    expect(wordsOf(withoutLost(recent, ['c']))).toEqual(['succeeded', 'running']);
    expect(withoutLost(recent, ['b', 'c'])).toBe(recent);
  });

  test('are the same in any order, and with any overlap, of what was read', () => {
    const states = fc.constantFrom('SUCCEEDED', 'FAILED', 'STOPPED');
    const lives = fc.uniqueArray(
      fc.record({ id: fc.nat({ max: 99 }), start: fc.nat({ max: 8 }), length: fc.nat({ max: 30 }), state: states }),
      { selector: ({ id }) => id, maxLength: 40, size: 'max' },
    );
    const seenAt = (
      at: number,
      { id, start, length, state }: { id: number; start: number; length: number; state: string },
    ) => {
      if (start > at) return [];
      if (start + length > at) return [active(`jr_${id}`, start, at - start > length / 2 ? 'RUNNING' : 'WAITING')];
      const verdict = state === 'SUCCEEDED' ? 'success' : state === 'FAILED' ? 'failure' : 'stopped';
      return [run(`jr_${id}`, start, { state, verdict, completedAt: NOON + start + length })];
    };
    fc.assert(
      fc.property(
        lives,
        fc.array(fc.nat({ max: 80 }), { maxLength: 8 }),
        fc.infiniteStream(fc.nat()),
        (all, times, chance) => {
          const readings = times.map(at => all.flatMap(life => seenAt(at, life)));
          const shuffled = <Item>(items: readonly Item[]) =>
            items
              .map(item => ({ item, key: chance.next().value }))
              .sort((a, b) => a.key - b.key)
              .map(({ item }) => item);
          const inOrder = readings.reduce<Recent>((recent, runs) => withRuns(recent, runs), noRuns);
          const pages = readings.flatMap(reading => {
            const cut = (chance.next().value ?? 0) % (reading.length + 1);
            return [reading.slice(0, cut), reading.slice(Math.max(0, cut - 2)), reading];
          });
          expect(
            shuffled(pages.map(shuffled)).reduce<Recent>((recent, runs) => withRuns(recent, runs), noRuns),
          ).toEqual(inOrder);
          expect(readings.reduce<Recent>((recent, runs) => withRuns(recent, runs), inOrder)).toBe(inOrder);
        },
      ),
    );
  });
});

describe('a job', () => {
  test('has successes among the runs that succeeded or failed, and stopped ones are neither', () => {
    const recent = recentOf(run('a', 1), ended('b', 2, 'FAILED'), ended('c', 3, 'STOPPED', 'stopped'), active('d', 4));
    expect(successes(recent)).toEqual({ judged: 2, succeeded: 1 });
    expect(successes(noRuns)).toEqual({ judged: 0, succeeded: 0 });
  });

  test('has a usual time that leaves out what a run was not executing, where that is known', () => {
    const queued = ['a', 'b', 'c'].map(id => run(id, 1, { completedAt: NOON + 3_601 }));
    const recent = withRuns(noRuns, queued, () => ({ seconds: 40 }));
    expect(usualSeconds(recent)).toBe(40);
    expect(usualSeconds(withRuns(noRuns, queued, () => ({ seconds: undefined })))).toBe(3_600);
  });

  test('has a usual time after three successes, which failures do not change', () => {
    const taking = (id: string, seconds: number, state = 'SUCCEEDED') =>
      run(id, 1, { state, verdict: state === 'FAILED' ? 'failure' : 'success', completedAt: NOON + 1 + seconds });
    expect(usualSeconds(recentOf(taking('a', 10), taking('b', 20)))).toBeUndefined();
    expect(usualSeconds(recentOf(taking('a', 10), taking('b', 500), taking('c', 20)))).toBe(20);
    expect(usualSeconds(recentOf(taking('a', 1), taking('b', 2), taking('c', 3, 'FAILED')))).toBeUndefined();
  });

  test('is slow when it takes more than twice as long, and not by some seconds only', () => {
    expect(isSlow(1_000_000, undefined)).toBe(false);
    expect([1_200, 1_201].map(age => isSlow(age, 600))).toEqual([false, true]);
    expect([122, 123].map(age => isSlow(age, 2))).toEqual([false, true]);
  });
});
