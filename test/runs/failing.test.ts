import { describe, expect, test } from 'vitest';
import { isFailing, withoutFormerFailures } from '../../src/runs/failing.ts';
import { failureKey, isFailure } from '../../src/runs/failure-rules.ts';
import {
  activeDpus,
  emptyLedger,
  executingSince,
  type FollowedRun,
  type Ledger,
  oldestExecutingStart,
} from '../../src/runs/ledger.ts';
import { type Is, ledgerOf } from '../../src/runs/stored.ts';

const ledger = (change: Partial<Ledger<null>>): Ledger<null> => ({ ...emptyLedger, ...change });
const followed = (state: string, more: Partial<FollowedRun> = {}): FollowedRun => ({
  state,
  startedAt: 100,
  misses: 0,
  missingSince: undefined,
  ...more,
});
const isNull: Is<null> = value => value === null;

describe('a run that was stopped', () => {
  test('is a failure where that is configured, and nowhere else', () => {
    expect(isFailure({ verdict: 'stopped' }, {})).toBe(false);
    expect(isFailure({ verdict: 'stopped' }, { stoppedIsFailure: true })).toBe(true);
    expect(isFailure({ verdict: 'failure' }, {})).toBe(true);
    expect(isFailure({ verdict: 'other' }, { stoppedIsFailure: true })).toBe(false);
  });

  test('is told apart from a workflow run that is STOPPED because it failed', () => {
    expect(failureKey({ state: 'STOPPED', verdict: 'failure' })).toBe('STOPPED');
    expect(failureKey({ state: 'STOPPED', verdict: 'stopped' })).toBe('STOPPED/stopped');
  });
});

describe('failures that are none any more', () => {
  const counted = ledger({
    lastFailureAt: 300,
    countedFailures: {
      FAILED: { id: 'a', completedAt: 200 },
      'STOPPED/stopped': { id: 'b', completedAt: 300 },
    },
  });

  test('are forgotten, and the failure before them is the last one', () => {
    expect(withoutFormerFailures(counted, {})).toMatchObject({
      lastFailureAt: 200,
      countedFailures: { FAILED: { id: 'a' } },
    });
    expect(withoutFormerFailures(counted, {}).countedFailures).not.toHaveProperty('STOPPED/stopped');
  });

  test('are kept while they are failures, in the same ledger', () => {
    expect(withoutFormerFailures(counted, { stoppedIsFailure: true })).toBe(counted);
    const failed = ledger({ lastFailureAt: 200, countedFailures: { EXPIRED: { id: 'a', completedAt: 200 } } });
    expect(withoutFormerFailures(failed, {})).toBe(failed);
  });

  test('of a streaming job are the runs that Glue restarted', () => {
    const restarted = ledger({ lastFailureAt: 200, countedFailures: { EXPIRED: { id: 'a', completedAt: 200 } } });
    const now = withoutFormerFailures(restarted, { harmlessStates: new Set(['EXPIRED']) });
    expect([now.lastFailureAt, now.countedFailures]).toEqual([undefined, undefined]);
  });

  test('leave a later failure of another kind alone', () => {
    const later = ledger({ ...counted, lastFailureAt: 400 });
    expect(withoutFormerFailures(later, {}).lastFailureAt).toBe(400);
  });
});

test.each<[Partial<Ledger<null>>, boolean]>([
  [{ lastFailureAt: 20, active: { next: followed('RUNNING', { startedAt: 21 }) } }, false],
  [{ lastFailureAt: 20, active: { next: followed('STARTING', { startedAt: 20 }) } }, false],
  [{ lastFailureAt: 20, active: { other: followed('RUNNING', { startedAt: 19 }) } }, true],
  [{ lastFailureAt: 20, active: { next: followed('WAITING', { startedAt: 21 }) } }, true],
  [{ lastFailureAt: 20 }, true],
])('a streaming job with %j is failing: %s', (change, failing) => {
  expect(isFailing(ledger(change), true)).toBe(failing);
});

test.each<[Partial<Ledger<null>>, boolean]>([
  [{}, false],
  [{ lastFailureAt: 2 }, true],
  [{ lastFailureAt: 2, lastSuccessAt: 1 }, true],
  [{ lastFailureAt: 2, lastSuccessAt: 3 }, false],
  [{ lastFailureAt: 2, active: { retry: followed('RUNNING', { attempt: 1 }) } }, false],
  [{ lastFailureAt: 2, active: { next: followed('RUNNING') } }, true],
])('a job with %j is failing: %s', (change, failing) => {
  expect(isFailing(ledger(change), false)).toBe(failing);
});

describe('active runs', () => {
  test('execute since their start, or since they were last seen WAITING', () => {
    expect(executingSince(followed('WAITING', { waitingAt: 150 }))).toBeUndefined();
    expect(executingSince(followed('RUNNING'))).toBe(100);
    expect(executingSince(followed('RUNNING', { waitingAt: 150 }))).toBe(150);
    expect(executingSince(followed('RUNNING', { startedAt: undefined, waitingAt: 150 }))).toBeUndefined();
    const active = {
      a: followed('RUNNING', { waitingAt: 150 }),
      b: followed('WAITING'),
      c: followed('STARTING', { startedAt: 160 }),
    };
    expect(oldestExecutingStart(ledger({ active }))).toBe(150);
  });

  test('hold their DPUs, unless they wait; one that is unknown makes all unknown', () => {
    expect(activeDpus(ledger({}))).toBe(0);
    const active = {
      a: followed('RUNNING', { dpus: 0.0625 }),
      b: followed('STOPPING', { dpus: 10 }),
      c: followed('WAITING'),
    };
    expect(activeDpus(ledger({ active }))).toBe(10.0625);
    expect(activeDpus(ledger({ active: { ...active, d: followed('RUNNING') } }))).toBeUndefined();
  });

  test('are read from ledgers of versions that did not keep what they hold', () => {
    const older: unknown = JSON.parse(JSON.stringify({ ...emptyLedger, active: { a: followed('RUNNING') } }));
    const newer: unknown = JSON.parse(
      JSON.stringify({
        ...emptyLedger,
        active: { a: followed('RUNNING', { waitingAt: 1, attempt: 1, dpus: 2 }) },
        judged: { b: 'stopped' },
      }),
    );
    const isLedger = ledgerOf(isNull);
    expect([isLedger(older), isLedger(newer)]).toEqual([true, true]);
    expect(isLedger({ ...emptyLedger, judged: { b: 'guilty' } })).toBe(false);
  });
});
