import { describe, expect, test } from 'vitest';
import { isChangeExpected, type Tracked, track } from '../../src/poll/entity.ts';
import { emptyLedger } from '../../src/runs/ledger.ts';
import type { Run } from '../../src/runs/run.ts';

const NOW = 1_700_000_000;
const GRACE = 120;

const ended: Run<null> = {
  id: 'a',
  state: 'SUCCEEDED',
  ended: true,
  verdict: 'success',
  startedAt: NOW - 100,
  modifiedAt: undefined,
  completedAt: NOW - 50,
  facts: null,
};

const entity = (more: Partial<Tracked<null, null>> = {}): Tracked<null, null> => ({
  ...track<null, null>(null, { ...emptyLedger, newest: ended }),
  ...more,
});
const isExpected = (more: Partial<Tracked<null, null>>): boolean => isChangeExpected(entity(more), NOW, GRACE);

describe('news is expected', () => {
  test('not of what is idle', () => {
    expect(isExpected({})).toBe(false);
  });

  test('of an active run', () => {
    const active = { b: { state: 'RUNNING', startedAt: NOW - 9, misses: 0, missingSince: undefined } };
    expect(isExpected({ ledger: { ...emptyLedger, active } })).toBe(true);
  });

  test('of a failure, but not of many', () => {
    expect(isExpected({ failures: 1 })).toBe(true);
    expect(isExpected({ failures: 2 })).toBe(false);
  });

  test('of a start that is due, until it is late by the grace', () => {
    const due = (from: number, until: number) => isExpected({ expected: { from, until } });
    expect(due(NOW + 1, NOW + 1)).toBe(false);
    expect(due(NOW, NOW + 1)).toBe(true);
    expect(due(NOW - 500, NOW - GRACE)).toBe(true);
    expect(due(NOW - 500, NOW - GRACE - 1)).toBe(false);
  });

  test('of a glance that shows another run, or another state, until that was read', () => {
    const same = { id: 'a', state: 'SUCCEEDED' };
    const other = { id: 'b', state: 'RUNNING' };
    expect(isExpected({ glimpse: same })).toBe(false);
    expect(isExpected({ glimpse: other })).toBe(true);
    expect(isExpected({ glimpse: { id: 'a', state: 'RUNNING' } })).toBe(true);
    // Whatever was read then: the two need not agree.
    expect(isExpected({ glimpse: other, glimpseRead: other })).toBe(false);
    expect(isExpected({ glimpse: { ...other, state: 'COMPLETED' }, glimpseRead: other })).toBe(true);
  });
});
