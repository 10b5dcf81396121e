import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type EntityId,
  FAILURES_OF_ONE,
  type FailedRun,
  type Failure,
  MOST_FAILURES,
  withFailures,
} from '../../src/runs/failures.ts';

const failed = (id: string, endedAt: number): FailedRun => ({ id, state: 'FAILED', endedAt });

const entity = (name: string, more: Partial<EntityId> = {}): EntityId => ({
  accountId: '111122223333',
  region: 'eu-west-1',
  collector: 'jobs',
  name,
  ...more,
});

const add = (known: readonly Failure[], name: string, runs: readonly FailedRun[], since = 0): readonly Failure[] =>
  withFailures(known, entity(name), runs, id => `${id} broke`, since);
const idsOf = (failures: readonly Failure[]): string => failures.map(({ name, id }) => `${name}/${id}`).join(' ');

describe('the failures', () => {
  test('are newest first, each once', () => {
    const known = add([], 'etl', [failed('a', 1), failed('c', 3), failed('a', 1)]);
    expect(idsOf(add(known, 'load', [failed('b', 2)]))).toBe('etl/c load/b etl/a');
  });

  test('are told why, and nobody is asked why twice', () => {
    const asked: string[] = [];
    const errorOf = (id: string) => {
      asked.push(id);
      return `${id} broke`;
    };
    const known = withFailures([], entity('etl'), [failed('a', 1), failed('old', -1)], errorOf, 0);
    const next = withFailures(known, entity('etl'), [failed('b', 2), failed('a', 1)], errorOf, 0);
    expect(next.map(({ error }) => error)).toEqual(['b broke', 'a broke']);
    expect(asked).toEqual(['a', 'b']);
  });

  test('are three of one job, so that the others are seen, too', () => {
    const known = add([], 'nightly', [failed('a', 1)]);
    const many = Array.from({ length: 50 }, (_, index) => failed(`${index}`, 100 + index));
    const kept = add(known, 'flapping', many);
    expect(idsOf(kept)).toBe('flapping/49 flapping/48 flapping/47 nightly/a');
    expect(idsOf(add(kept, 'flapping', [failed('new', 900)]))).toBe('flapping/new flapping/49 flapping/48 nightly/a');
    expect(add(kept, 'flapping', many)).toBe(kept);
  });

  test('are the same list when nothing is new', () => {
    const known = add([], 'etl', [failed('a', 1)]);
    expect(add(known, 'etl', [failed('a', 1), failed('old', -1)])).toBe(known);
  });

  test('may have the same id where the job, the kind, the account or the region differs', () => {
    const others = [{}, { name: 'x' }, { collector: 'workflows' }, { accountId: '2' }, { region: 'us-east-1' }];
    const all = others.reduce<readonly Failure[]>(
      (known, more) => withFailures(known, entity('etl', more), [failed('a', 1)], () => undefined, 0),
      [],
    );
    expect(all).toHaveLength(5);
  });

  test('are forgotten when their time is over', () => {
    const known = add([], 'etl', [failed('a', 1), failed('b', 2)]);
    expect(idsOf(add(known, 'load', [failed('c', 3)], 2))).toBe('load/c etl/b');
  });

  test('are bounded in number: the newest stay', () => {
    const jobs = Array.from({ length: MOST_FAILURES + 50 }, (_, index) => index);
    const all = (known: readonly Failure[], order: readonly number[]) =>
      order.reduce((list, index) => add(list, `job-${index}`, [failed('a', index)]), known);
    const kept = all([], jobs);
    expect(kept).toHaveLength(MOST_FAILURES);
    expect(kept.at(-1)?.endedAt).toBe(50);
    expect(all(kept, jobs)).toBe(kept);
    expect(all([], [...jobs].reverse())).toEqual(kept);
  });

  test('are the same in any order and with any repetitions', () => {
    const reading = fc.record({
      name: fc.constantFrom('a', 'b', 'c'),
      // The end of a run is settled by its id.
      runs: fc.array(
        fc.nat({ max: 300 }).map(id => failed(`${id}`, (id * 7) % 100)),
        { maxLength: 30 },
      ),
    });
    fc.assert(
      fc.property(fc.array(reading, { maxLength: 8 }), readings => {
        const all = (list: typeof readings) =>
          list.reduce<readonly Failure[]>((known, { name, runs }) => add(known, name, runs, 20), []);
        const backwards = [...readings, ...readings]
          .reverse()
          .map(({ name, runs }) => ({ name, runs: runs.toReversed() }));
        expect(all(backwards)).toEqual(all(readings));
        const names = new Set(readings.map(({ name }) => name));
        expect(all(readings).length).toBeLessThanOrEqual(names.size * FAILURES_OF_ONE);
      }),
    );
  });
});
