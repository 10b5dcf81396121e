import { describe, expect, test } from 'vitest';
import {
  type ActionCounts,
  actionsByState,
  failedActions,
  workflowOutcome,
} from '../../../src/collectors/workflows/outcome.ts';

const none: ActionCounts = {
  total: undefined,
  succeeded: undefined,
  failed: undefined,
  errored: undefined,
  timeout: undefined,
  stopped: undefined,
  running: undefined,
  waiting: undefined,
};

describe('the outcome of a workflow run', () => {
  test("is succeeded in AWS's own example: COMPLETED, 9 of 11 succeeded, none failed", () => {
    expect(workflowOutcome('COMPLETED', true, { ...none, total: 11, succeeded: 9, failed: 0 })).toBe('succeeded');
  });

  test('is failed where COMPLETED hides failed jobs, as a user posted it: total 15, failed 6, succeeded 3', () => {
    expect(workflowOutcome('COMPLETED', true, { ...none, total: 15, succeeded: 3, failed: 6 })).toBe('failed');
  });

  test.each([
    ['RUNNING', false, { failed: 3 }, 'running'],
    ['STOPPING', false, {}, 'running'],
    ['COMPLETED', true, { timeout: 1 }, 'failed'],
    ['COMPLETED', true, { errored: 1 }, 'failed'],
    ['COMPLETED', true, { stopped: 1 }, 'stopped'],
    ['COMPLETED', true, { stopped: 1, failed: 1 }, 'failed'],
    ['STOPPED', true, {}, 'stopped'],
    ['STOPPED', true, { failed: 1 }, 'failed'],
    ['ERROR', true, { succeeded: 5 }, 'failed'],
    ['COMPLETED', true, { total: 5, succeeded: 0, failed: 0 }, 'nothing_ran'],
    ['COMPLETED', true, { total: 0 }, 'succeeded'],
    ['COMPLETED', true, {}, 'no_statistics'],
    ['COMPLETED', true, { total: 5, running: 1 }, 'no_statistics'],
  ] as const)('%s (ended: %s) with %j is %s', (status, ended, counts, outcome) => {
    expect(workflowOutcome(status, ended, { ...none, ...counts })).toBe(outcome);
  });

  test('is no success without Statistics', () => {
    expect(workflowOutcome('COMPLETED', true, undefined)).toBe('no_statistics');
    expect(workflowOutcome('STOPPED', true, undefined)).toBe('stopped');
    expect(workflowOutcome('ERROR', true, undefined)).toBe('failed');
  });
});

test.each<[Partial<ActionCounts>, string | undefined]>([
  [{ total: 5, succeeded: 5 }, undefined],
  [{ total: 5, failed: 3 }, '3 of 5 actions failed'],
  [{ total: 9, failed: 1, errored: 2, timeout: 3 }, '1 of 9 actions failed, 2 errored, 3 timed out'],
  [{ timeout: 1 }, '1 of its actions timed out'],
])('what went wrong with the actions of a run with %j is: %s', (counts, text) => {
  expect(failedActions({ ...none, ...counts })).toBe(text);
});

describe('actions by state', () => {
  test('what is missing from the total never ran', () => {
    const counts = actionsByState({ ...none, total: 15, succeeded: 3, failed: 6, running: 0 });
    expect(Object.fromEntries(counts)).toEqual({ succeeded: 3, failed: 6, running: 0, not_run: 6 });
  });

  test('more actions than the total leave none that never ran', () => {
    expect(actionsByState({ ...none, total: 2, succeeded: 3 }).get('not_run')).toBe(0);
  });

  test('without a total nothing is said of actions that never ran', () => {
    expect(Object.fromEntries(actionsByState({ ...none, succeeded: 3 }))).toEqual({ succeeded: 3 });
  });
});
