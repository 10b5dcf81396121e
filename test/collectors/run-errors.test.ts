import { expect, test } from 'vitest';
import { errorsOf } from '../../src/collectors/run-errors.ts';
import type { Run } from '../../src/runs/run.ts';

const fields = { errorMessage: 'ErrorMessage', waitReason: 'StateDetail' };

test('failed and stopped runs have a message by their ids; the run provides it where AWS has none or a malformed one', () => {
  const run = (id: string, verdict: Run<string>['verdict']): Run<string> => ({
    id,
    state: 'FAILED',
    ended: true,
    verdict,
    startedAt: 1,
    modifiedAt: undefined,
    completedAt: 2,
    facts: `facts of ${id}`,
  });
  const runs = [run('a', 'failure'), run('b', 'success'), run('c', 'failure'), run('d', 'stopped')];
  const wires = [{ ErrorMessage: 'no\nspace' }, { ErrorMessage: 'never mind' }, { ErrorMessage: 5 }, {}];
  const shown = (otherwise?: (run: Run<string>) => string) =>
    [...errorsOf(fields, runs, wires, otherwise)].map(([id, error]) => [id, error()]);
  expect(shown()).toEqual([
    ['a', 'no space'],
    ['c', undefined],
    ['d', undefined],
  ]);
  expect(shown(({ facts }) => facts)).toEqual([
    ['a', 'no space'],
    ['c', 'facts of c'],
    ['d', 'facts of d'],
  ]);
});

test('StateDetail is the message of a run that waits, and of no other run', () => {
  const run = (id: string, state: string): Run<null> => ({
    id,
    state,
    ended: state === 'SUCCEEDED',
    verdict: state === 'SUCCEEDED' ? 'success' : 'other',
    startedAt: 1,
    modifiedAt: undefined,
    completedAt: undefined,
    facts: null,
  });
  const runs = [run('a', 'WAITING'), run('b', 'WAITING'), run('c', 'RUNNING'), run('d', 'SUCCEEDED')];
  const wires = [{ StateDetail: 'queued:\nDPU limit' }, {}, { StateDetail: 'x' }, { StateDetail: 'y' }];
  expect([...errorsOf(fields, runs, wires)].map(([id, text]) => [id, text()])).toEqual([['a', 'queued: DPU limit']]);
});

test('a kind without a wait reason has no message of a run that waits', () => {
  const run: Run<null> = {
    id: 'a',
    state: 'WAITING',
    ended: false,
    verdict: 'other',
    startedAt: 1,
    modifiedAt: undefined,
    completedAt: undefined,
    facts: null,
  };
  expect(errorsOf({ errorMessage: 'ErrorMessage' }, [run], [{ StateDetail: 'queued' }]).size).toBe(0);
});
