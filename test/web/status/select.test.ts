import { describe, expect, test } from 'vitest';
import type { EntityStatus } from '../../../src/status.ts';
import { matchesOf } from '../../../src/web/status/matches.ts';
import { EVERYTHING, type StatusQuery } from '../../../src/web/status/query.ts';
import { ROWS_PER_PAGE, selectActive, selectRows } from '../../../src/web/status/select.ts';
import { createYield } from '../../../src/yield.ts';
import { job, NOON, recentOf } from './fixtures.ts';

const all = [
  job('fine', {
    recent: recentOf('FSS'),
    lastFailureAt: NOON - 900,
    newest: { state: 'SUCCEEDED', startedAt: NOON - 60 },
  }),
  job('broken-for-long', {
    recent: recentOf('SFF'),
    lastFailureAt: NOON - 800,
    newest: { state: 'FAILED', startedAt: NOON - 850 },
  }),
  job('Broken-now', {
    recent: recentOf('SSF'),
    lastFailureAt: NOON - 5,
    newest: { state: 'FAILED', startedAt: NOON - 70 },
  }),
  job('never-run'),
  job('daily', { collector: 'workflows', accountId: '444455556666', region: 'us-east-1', recent: recentOf('SS') }),
];

const yieldIfDue = createYield();
const matching = async (entities: readonly EntityStatus[], query: StatusQuery) =>
  (await matchesOf({ entities, failures: [], targets: [] }, query, yieldIfDue)).entities;
const namesFor = async (change: Partial<StatusQuery>): Promise<readonly string[]> => {
  const query = { ...EVERYTHING, ...change };
  return (await selectRows(await matching(all, query), query, yieldIfDue)).rows.map(({ name }) => name);
};

describe('the table of jobs and workflows', () => {
  test('has what fails first, the latest failure on top, and then all others by name', async () => {
    expect(await namesFor({})).toEqual(['Broken-now', 'broken-for-long', 'daily', 'fine', 'never-run']);
  });

  test.each<[Partial<StatusQuery>, readonly string[]]>([
    [{ sort: 'name' }, ['Broken-now', 'broken-for-long', 'daily', 'fine', 'never-run']],
    [{ sort: 'name', reversed: true }, ['never-run', 'fine', 'daily', 'broken-for-long', 'Broken-now']],
    [{ sort: 'success' }, ['broken-for-long', 'Broken-now', 'fine', 'daily', 'never-run']],
    [{ sort: 'last-run' }, ['fine', 'Broken-now', 'broken-for-long', 'daily', 'never-run']],
    [{ sort: 'last-failure' }, ['Broken-now', 'broken-for-long', 'fine', 'daily', 'never-run']],
  ])('is sorted by %o', async (change, names) => {
    expect(await namesFor(change)).toEqual(names);
  });

  test.each<[Partial<StatusQuery>, readonly string[]]>([
    [{ search: 'bROKEN' }, ['Broken-now', 'broken-for-long']],
    [{ search: '.*' }, []],
    [{ type: 'workflows' }, ['daily']],
    [{ account: '444455556666' }, ['daily']],
    [{ region: 'eu-west-1', search: 'e' }, ['Broken-now', 'broken-for-long', 'fine', 'never-run']],
    [{ failing: true }, ['Broken-now', 'broken-for-long']],
  ])('has what %o asks for', async (change, names) => {
    expect(await namesFor(change)).toEqual(names);
  });

  test('comes in pages; beyond the last is the last', async () => {
    const many = Array.from({ length: 2 * ROWS_PER_PAGE + 1 }, (_, index) => job(`job-${`${index}`.padStart(3, '0')}`));
    const pageOf = (page: number) => selectRows(many, { ...EVERYTHING, page }, yieldIfDue);
    expect((await pageOf(1)).rows).toHaveLength(ROWS_PER_PAGE);
    expect((await pageOf(2)).rows[0]?.name).toBe('job-050');
    expect((await pageOf(3)).page).toEqual({ found: 101, page: 3, pages: 3, first: 100, end: 101 });
    expect((await pageOf(3)).rows).toHaveLength(1);
    expect(await pageOf(9)).toEqual(await pageOf(3));
    expect(await selectRows([], EVERYTHING, yieldIfDue)).toEqual({
      rows: [],
      page: { found: 0, page: 1, pages: 1, first: 0, end: 0 },
    });
  });
});

describe('the active runs', () => {
  const run = (ago: number) => ({ state: 'RUNNING', startedAt: NOON - ago });
  const entities = [
    job('long', { recent: recentOf('SSR'), active: { a: run(500), b: run(400) } }),
    job('slow', { recent: recentOf('SSSR'), active: { c: run(181), d: run(60) } }),
    job('idle', { recent: recentOf('SSS') }),
    job('undated', { active: { e: { state: 'WAITING', startedAt: undefined } } }),
  ];

  test('are the slow ones first, by what their own successes took, and then those that started first', async () => {
    const { rows, page, slow: slowOnes } = await selectActive(entities, EVERYTHING, NOON, yieldIfDue);
    expect([page.found, slowOnes]).toEqual([5, 1]);
    expect(rows.map(({ id, slow, entity }) => [id, slow, entity.usualSeconds])).toEqual([
      ['c', true, 60],
      ['a', false, undefined],
      ['b', false, undefined],
      ['d', false, 60],
      ['e', false, undefined],
    ]);
    expect(rows[0]).toMatchObject({ ageSeconds: 181, state: 'RUNNING' });
  });

  test('are not slow while they wait, nor by the time that they have waited', async () => {
    const queued = { state: 'WAITING', startedAt: NOON - 9_000, waitingAt: NOON - 30, reason: 'DPU limit' };
    const executing = { state: 'RUNNING', startedAt: NOON - 9_000 };
    const entity = job('queued', {
      recent: recentOf('SSSR'),
      active: { a: queued, b: { ...executing, waitingAt: NOON - 180 }, c: { ...executing, waitingAt: NOON - 181 } },
    });
    const { rows } = await selectActive([entity], EVERYTHING, NOON, yieldIfDue);
    expect(rows.map(({ id, slow, reason }) => [id, slow, reason])).toEqual([
      ['c', true, undefined],
      ['a', false, 'DPU limit'],
      ['b', false, undefined],
    ]);
  });

  test('are five in the overview, and pages of 200 when all are asked for', async () => {
    const many = Array.from({ length: 450 }, (_, index) =>
      job(`job-${index}`, { active: { [`jr_${index}`]: run(index) } }),
    );
    const shown = (change: Partial<StatusQuery>) => selectActive(many, { ...EVERYTHING, ...change }, NOON, yieldIfDue);
    expect((await shown({ page: 3 })).rows.map(({ id }) => id)).toEqual([
      'jr_449',
      'jr_448',
      'jr_447',
      'jr_446',
      'jr_445',
    ]);
    const ids: string[] = [];
    for (const page of [1, 2, 3]) ids.push(...(await shown({ whole: 'active', page })).rows.map(({ id }) => id));
    expect(ids).toEqual(many.map((_, index) => `jr_${449 - index}`));
  });
});
