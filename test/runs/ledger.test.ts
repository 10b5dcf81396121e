import { describe, expect, test } from 'vitest';
import { fold } from '../../src/runs/fold.ts';
import { readHistory } from '../../src/runs/history.ts';
import {
  activeByState,
  emptyLedger,
  exposesTheSame,
  type Ledger,
  LOST_AFTER_MISSES,
  oldestActiveStart,
  type Reading,
  SETTLE_SECONDS,
  stopReadingBefore,
} from '../../src/runs/ledger.ts';
import type { Run } from '../../src/runs/run.ts';
import { isText, ledgerOf, objectOf } from '../../src/runs/stored.ts';

type Facts = { readonly note: string };

const run = (id: string, startedAt: number | undefined, change: Partial<Run<Facts>> = {}): Run<Facts> => ({
  id,
  state: 'RUNNING',
  ended: false,
  verdict: 'other',
  startedAt,
  modifiedAt: startedAt,
  completedAt: undefined,
  facts: { note: '' },
  ...change,
});

const ended = (id: string, startedAt: number, completedAt: number, state = 'SUCCEEDED'): Run<Facts> =>
  run(id, startedAt, {
    state,
    ended: true,
    verdict: state === 'SUCCEEDED' ? 'success' : state === 'FAILED' ? 'failure' : 'other',
    modifiedAt: completedAt,
    completedAt,
  });

const whole = (runs: readonly Run<Facts>[], readAt: number): Reading<Facts> => ({
  runs,
  completeAfter: Number.NEGATIVE_INFINITY,
  newestFirst: true,
  readAt,
});

const rules = {
  epoch: 1_000,
  tally: (counted: Run<Facts>) => [[counted.state, 1] as const],
  settle: (run: Run<Facts>) => run,
};

const foldAll = (...readings: readonly Reading<Facts>[]): { ledger: Ledger<Facts>; lost: number } => {
  let ledger: Ledger<Facts> = emptyLedger;
  let lost = 0;
  for (const reading of readings) {
    const folded = fold(ledger, reading, rules);
    ledger = folded.ledger;
    lost += folded.lost;
  }
  return { ledger, lost };
};

describe('what is counted', () => {
  test('a run that completed at the epoch is counted, one that completed before it is known but not counted', () => {
    const { ledger } = foldAll(whole([ended('at', 900, 1_000), ended('before', 900, 999.9, 'FAILED')], 2_000));
    expect(ledger.totals).toEqual({ SUCCEEDED: 1 });
    expect(ledger.lastFailureAt).toBe(999.9);
  });

  test('a retry is a run of its own', () => {
    const first = ended('jr_a', 1_100, 1_150, 'FAILED');
    const retry = ended('jr_a_attempt_1', 1_160, 1_200, 'FAILED');
    const second = ended('jr_a_attempt_2', 1_210, 1_250);
    expect(foldAll(whole([first], 1_155), whole([second, retry, first], 1_300)).ledger.totals).toEqual({
      FAILED: 2,
      SUCCEEDED: 1,
    });
  });

  test('without CompletedOn a run completed at LastModifiedOn, and without that when it was read', () => {
    const modified = run('a', 500, { state: 'FAILED', ended: true, modifiedAt: 999 });
    const undated = run('b', 1_450, { state: 'STOPPED', ended: true, modifiedAt: undefined });
    const readings = [whole([modified], 1_400), whole([modified, undated], 1_500), whole([modified, undated], 1_600)];
    const { ledger } = foldAll(...readings);
    expect(ledger.totals).toEqual({ STOPPED: 1 });
    expect(ledger.lastCompleted?.completedAt).toBe(1_500);
  });

  test('at first sight a run without a completion is history, unless it started since the epoch', () => {
    const undated = (id: string, startedAt: number | undefined) =>
      run(id, startedAt, { state: 'FAILED', ended: true, verdict: 'failure', modifiedAt: undefined });
    const { ledger } = foldAll(
      whole([undated('new', 1_200), undated('old', 500), undated('undated', undefined)], 1_500),
    );
    expect(ledger.totals).toEqual({ FAILED: 1 });
    // Nobody is alerted of a failure that may be weeks old.
    expect(ledger.lastFailureAt).toBe(1_200);
    expect(foldAll(whole([undated('undated', undefined)], 1_500)).ledger.lastFailureAt).toBeUndefined();
  });

  test('a run without any date is history at first sight, however often it is read', () => {
    const dateless = run('a', undefined, { state: 'ERROR', ended: true, modifiedAt: undefined });
    const readings = [1_500, 5_000, 9_000].map(at => whole([ended(`jr_${at}`, at - 10, at), dateless], at));
    expect(foldAll(...readings).ledger.totals).toEqual({ SUCCEEDED: 3 });
  });

  test('a run without any date is counted, too, when it turns up later', () => {
    const dateless = run('a', undefined, { state: 'ERROR', ended: true, modifiedAt: undefined });
    const newer = ended('newer', 9_000, 9_010);
    const readings = [[newer], [newer, dateless], [newer, dateless]].map((runs, index) => whole(runs, 9_050 + index));
    expect(foldAll(...readings).ledger.totals).toEqual({ SUCCEEDED: 1, ERROR: 1 });
  });

  test('a run that turns up late, after a run that started later, is counted while its time is not settled', () => {
    const newer = ended('newer', 2_000, 2_010);
    const late = ended('late', 2_000 - SETTLE_SECONDS + 1, 2_005);
    expect(foldAll(whole([newer], 2_020), whole([newer, late], 2_030)).ledger.totals).toEqual({ SUCCEEDED: 2 });
  });

  test('with a clock that is an hour ahead no run is lost', () => {
    const hour = 3_600;
    const readings = [0, 60, 120, 180].map(at => {
      const now = 2_000 + at;
      const runs = [0, 60, 120, 180]
        .filter(start => start <= at)
        .map(start => ended(`jr_${start}`, 2_000 + start, 2_001 + start));
      return whole(runs.reverse(), now + hour);
    });
    expect(foldAll(...readings).ledger.totals).toEqual({ SUCCEEDED: 4 });
  });
});

describe('the failures that are known by their runs', () => {
  const failed = (id: string, completedAt: number) => ended(id, completedAt - 10, completedAt, 'FAILED');
  const failures = (...readings: readonly Reading<Facts>[]) => foldAll(...readings).ledger.countedFailures;

  test('are those that were counted, by state', () => {
    const timeout: Run<Facts> = { ...failed('t', 1_500), state: 'TIMEOUT' };
    expect(failures(whole([failed('old', 900), ended('s', 1_600, 1_700)], 2_000))).toBeUndefined();
    expect(failures(whole([failed('old', 900), failed('a', 1_300), timeout, ended('s', 1_600, 1_700)], 2_000))).toEqual(
      {
        FAILED: { id: 'a', completedAt: 1_300 },
        TIMEOUT: { id: 't', completedAt: 1_500 },
      },
    );
  });

  test('are the last to complete, whichever was read last', () => {
    const late = whole([failed('late', 1_400)], 2_000);
    const both = whole([failed('late', 1_400), failed('early', 1_300)], 2_060);
    expect(failures(late, both)).toEqual({ FAILED: { id: 'late', completedAt: 1_400 } });
    const next = whole([failed('next', 2_100), failed('late', 1_400)], 2_200);
    expect(failures(late, both, next)).toEqual({ FAILED: { id: 'next', completedAt: 2_100 } });
  });
});

describe('a history that makes no sense', () => {
  test('a start in the future does not settle the runs that start from now on', () => {
    const future = ended('future', 900_000, 900_010, 'FAILED');
    const readings = [2_000, 3_000, 4_000].map(at => whole([future, ended(`jr_${at}`, at, at + 1)], at + 2));
    expect(foldAll(...readings).ledger.totals).toEqual({ FAILED: 1, SUCCEEDED: 3 });
  });

  test('runs that are settled stay settled when the newest run is lost', () => {
    const older = ended('older', 1_400, 1_410);
    const newest = run('newest', 9_000);
    const readings = [9_100, 9_200, 9_300, 9_400, 9_500].map(at => whole([older], at));
    expect(foldAll(whole([newest, older], 9_050), ...readings).ledger.totals).toEqual({ SUCCEEDED: 1 });
  });

  test('a history in another order is remembered until it is in order again', () => {
    const outOfOrder = { ...whole([ended('a', 1_500, 1_510)], 1_600), newestFirst: false };
    const first = fold(emptyLedger, outOfOrder, rules).ledger;
    expect(first.newestFirst).toBe(false);
    expect(fold(first, whole([ended('a', 1_500, 1_510)], 1_700), rules).ledger.newestFirst).toBe(true);
  });

  test('a run that one page shows ended has ended, although another page shows it active and modified later', () => {
    const active = run('a', 1_500, { modifiedAt: 1_900 });
    for (const runs of [
      [active, ended('a', 1_500, 1_510)],
      [ended('a', 1_500, 1_510), active],
    ]) {
      expect(foldAll(whole(runs, 2_000)).ledger).toMatchObject({ totals: { SUCCEEDED: 1 }, active: {} });
    }
  });
});

describe('runs that go on', () => {
  test('all overlapping runs are active, and each is counted when it ends, in any order', () => {
    const first = foldAll(
      whole([run('c', 1_030), run('b', 1_020), run('a', 1_010, { state: 'WAITING' })], 1_100),
    ).ledger;
    expect([...activeByState(first)].sort()).toEqual([
      ['RUNNING', 2],
      ['WAITING', 1],
    ]);
    expect(oldestActiveStart(first)).toBe(1_010);

    const second = fold(
      first,
      whole([ended('c', 1_030, 1_150), run('b', 1_020), run('a', 1_010)], 1_200),
      rules,
    ).ledger;
    expect(second.totals).toEqual({ SUCCEEDED: 1 });
    expect([...activeByState(second)]).toEqual([['RUNNING', 2]]);

    const third = fold(
      second,
      whole([ended('c', 1_030, 1_150), run('b', 1_020), ended('a', 1_010, 1_250, 'FAILED')], 1_300),
      rules,
    ).ledger;
    expect(third.totals).toEqual({ SUCCEEDED: 1, FAILED: 1 });
    expect(third.newest?.id).toBe('c');
    expect(third.lastCompleted?.run.id).toBe('a');
  });

  test('a long run is followed under hundreds of newer ones, read in small pages, and its end is seen', () => {
    const answerAt = (count: number, long: Run<Facts>): Run<Facts>[] => [
      ...Array.from({ length: count }, (_, index) =>
        ended(`short_${count - index}`, 2_000 + (count - index) * 60, 2_030 + (count - index) * 60),
      ),
      long,
      ended('older', 1_000, 1_010),
      ended('oldest', 900, 910),
    ];
    let ledger: Ledger<Facts> = emptyLedger;
    const pollPaged = (answer: readonly Run<Facts>[], readAt: number): number => {
      const reader = readHistory<Facts>({
        stopBefore: stopReadingBefore(ledger) ?? 0,
        minimumRuns: 0,
        maxPages: 100,
        orderProven: ledger.newestFirst,
        trustOrder: ledger.horizon === undefined || ledger.newestFirst,
        readAt,
      });
      let next = 0;
      let token: string | undefined = '';
      while (token !== undefined) {
        const runs = answer.slice(next, next + 10);
        next += 10;
        token = reader.add({ runs, nextToken: next < answer.length ? `${next}` : undefined });
      }
      ledger = fold(ledger, reader.reading(), rules).ledger;
      return next;
    };
    for (let count = 0; count <= 400; count += 40) pollPaged(answerAt(count, run('long', 1_500)), 2_060 + count * 60);
    expect(ledger.totals).toEqual({ SUCCEEDED: 401 });
    expect(Object.keys(ledger.active)).toEqual(['long']);

    pollPaged(answerAt(401, ended('long', 1_500, 26_100, 'FAILED')), 26_200);
    expect(ledger.totals).toEqual({ SUCCEEDED: 402, FAILED: 1 });
    expect(ledger.active).toEqual({});

    // Nothing holds the horizon back any more: the next poll stops at once.
    expect(pollPaged(answerAt(401, ended('long', 1_500, 26_100, 'FAILED')), 26_300)).toBe(10);
  });

  /** Complete answers, a minute and a half apart. */
  const answersWithout = (count: number, from: number, runs: readonly Run<Facts>[], completeAfter?: number) =>
    Array.from({ length: count }, (_, index) => {
      const answer = whole(runs, from + index * 90);
      return completeAfter === undefined ? answer : { ...answer, completeAfter };
    });

  test('a run that Glue no longer knows is dropped and counted as lost, but not for an answer or two without it', () => {
    const newer = ended('newer', 1_600, 1_610);
    const seen = whole([newer, run('a', 1_500)], 1_650);
    const patient = foldAll(seen, ...answersWithout(4, 1_700, [newer]));
    expect(patient.lost).toBe(0);
    expect(Object.keys(patient.ledger.active)).toEqual(['a']);

    const dropped = foldAll(seen, ...answersWithout(5, 1_700, [newer]));
    expect(dropped.lost).toBe(1);
    expect(dropped.ledger.active).toEqual({});

    const back = whole([newer, run('a', 1_500)], 2_100);
    expect(foldAll(seen, ...answersWithout(4, 1_700, [newer]), back, ...answersWithout(4, 2_200, [newer])).lost).toBe(
      0,
    );
  });

  test('two answers without it are not enough, however far apart', () => {
    expect(LOST_AFTER_MISSES).toBe(3);
    const empty = [10_000, 20_000].map(at => whole([], at));
    expect(foldAll(whole([run('a', 1_500)], 1_650), ...empty).lost).toBe(0);
    expect(foldAll(whole([run('a', 1_500)], 1_650), ...empty, whole([], 30_000)).lost).toBe(1);
  });

  test('a run that comes back after it was lost is followed again, and its end is counted', () => {
    const newer = ended('newer', 9_000, 9_010);
    const seen = whole([newer, run('a', 1_500)], 9_050);
    const back = whole([newer, run('a', 1_500)], 20_000);
    const end = whole([newer, ended('a', 1_500, 20_100, 'FAILED')], 20_200);
    const { ledger, lost } = foldAll(seen, ...answersWithout(9, 9_100, [newer]), back, end);
    expect(lost).toBe(1);
    expect(ledger.totals).toEqual({ SUCCEEDED: 1, FAILED: 1 });
  });

  test('a stale answer that shows a run active again, after its end was counted, does not count it twice', () => {
    const newer = ended('newer', 9_000, 9_010);
    const active = whole([newer, run('long', 1_500)], 9_050);
    const end = whole([newer, ended('long', 1_500, 9_100)], 9_120);
    expect(foldAll(active, end, active, end).ledger).toMatchObject({ totals: { SUCCEEDED: 2 }, active: {} });
  });

  test.each([
    ['with a completion', 9_100],
    ['without any', undefined],
  ])('so does one that comes after newer runs have settled its time: %s', (_what, completedAt) => {
    const long = ended('long', 1_500, 9_100);
    const end = { ...long, modifiedAt: undefined, completedAt };
    const active = run('long', 1_500, { modifiedAt: undefined });
    const newer = (at: number) => ended(`jr_${at}`, at - 20, at - 10);
    const readings = [
      whole([newer(9_000), active], 9_050),
      whole([newer(9_000), end], 9_120),
      whole([newer(9_600), newer(9_000), end], 9_610),
      // Nothing is remembered of it by now.
      whole([newer(9_900), newer(9_600), newer(9_000), active], 9_910),
      whole([newer(9_900), newer(9_600), newer(9_000), end], 9_970),
    ];
    const { ledger } = foldAll(...readings);
    expect(foldAll(...readings.slice(0, 3)).ledger.settling).not.toHaveProperty('long');
    expect([ledger.totals, ledger.active]).toEqual([{ SUCCEEDED: 4 }, {}]);
  });

  test('a run that is seen for the first time long after its start is counted when it ends', () => {
    const newer = ended('newer', 9_000, 9_010);
    const hidden = run('hidden', 1_500);
    const end = whole([newer, ended('hidden', 1_500, 9_300, 'FAILED')], 9_310);
    const { ledger } = foldAll(whole([newer], 9_020), whole([newer, hidden], 9_200), end);
    expect(ledger.totals).toEqual({ SUCCEEDED: 1, FAILED: 1 });
  });

  test('a run is missed where the history was read past its start, and not where reading stopped before it', () => {
    const follow = whole([run('a', 1_500)], 1_600);
    const upTo = (completeAfter: number) => answersWithout(5, 1_800, [ended('z', 1_700, 1_710)], completeAfter);
    expect(foldAll(follow, ...upTo(1_499)).lost).toBe(1);
    expect(foldAll(follow, ...upTo(1_500)).lost).toBe(0);
  });

  test('a run that is lost does not stay the newest for ever', () => {
    const older = ended('older', 1_400, 1_410);
    const { ledger } = foldAll(whole([run('a', 1_500), older], 1_650), ...answersWithout(5, 1_700, [older]));
    expect(ledger.newest?.id).toBe('older');
  });

  test('an id such as __proto__ is an id like any other', () => {
    const odd = ['__proto__', 'constructor', 'hasOwnProperty'];
    const active = whole(
      odd.map(id => run(id, 1_500)),
      1_600,
    );
    expect([...activeByState(foldAll(active).ledger)]).toEqual([['RUNNING', 3]]);
    const end = whole(
      odd.map(id => ended(id, 1_500, 1_650)),
      1_700,
    );
    expect(foldAll(active, end, end, end).ledger).toMatchObject({ totals: { SUCCEEDED: 3 }, active: {} });
  });

  test('a reading that was cut short proves nothing about missing runs and settles nothing', () => {
    const cut = { ...whole([ended('z', 9_000, 9_010)], 9_100), completeAfter: Number.POSITIVE_INFINITY };
    const { ledger, lost } = foldAll(whole([run('a', 1_500)], 1_650), cut, cut, cut, cut);
    expect(lost).toBe(0);
    expect(Object.keys(ledger.active)).toEqual(['a']);
    expect(ledger.horizon).toBe(1_500 - SETTLE_SECONDS);
  });
});

describe('what is remembered', () => {
  test('ids of ended runs are forgotten once their time is settled', () => {
    const readings = Array.from({ length: 200 }, (_, index) => {
      const at = 2_000 + index * 60;
      return { ...whole([ended(`jr_${index}`, at, at + 1)], at + 2), completeAfter: at - 1 };
    });
    const { ledger } = foldAll(...readings);
    expect(ledger.totals).toEqual({ SUCCEEDED: 200 });
    expect(Object.keys(ledger.settling).length).toBeLessThanOrEqual(SETTLE_SECONDS / 60 + 1);
  });

  test('an idle job exposes the same after every poll, a running one does not', () => {
    const idle = foldAll(whole([ended('a', 1_500, 1_510)], 1_600)).ledger;
    expect(exposesTheSame(idle, fold(idle, whole([ended('a', 1_500, 1_510)], 1_700), rules).ledger)).toBe(true);
    const running = foldAll(whole([run('a', 1_500)], 1_600)).ledger;
    const later = run('a', 1_500, { facts: { note: 'further' } });
    expect(exposesTheSame(running, fold(running, whole([later], 1_700), rules).ledger)).toBe(false);
  });

  test('the newest run is the one that started last; equal starts are told apart by their id', () => {
    const { ledger } = foldAll(
      whole([ended('b', 1_500, 1_520), ended('a', 1_500, 1_530), ended('c', 1_400, 1_540)], 1_600),
    );
    expect(ledger.newest?.id).toBe('b');
    expect(ledger.lastCompleted?.run.id).toBe('c');
  });
});

describe('a ledger in which nothing changes', () => {
  const runs = [ended('a', 2_000, 2_100), ended('b', 2_400, 2_500), run('c', 2_600)];

  test('is the same object, so that there is nothing to save', () => {
    const { ledger } = foldAll(whole(runs, 3_000), whole(runs, 3_060));
    expect(fold(ledger, whole(runs, 3_120), rules).ledger).toBe(ledger);
    expect(fold(ledger, whole([...runs].reverse(), 3_180), rules).ledger).toBe(ledger);
  });

  test('is the same after it was saved and restored', () => {
    const { ledger } = foldAll(whole(runs, 3_000));
    const restored: unknown = JSON.parse(JSON.stringify(ledger));
    const isLedger = ledgerOf(objectOf<Facts>({ note: isText }));
    if (!isLedger(restored)) throw new Error('it was not recognised');
    expect(fold(restored, whole(runs, 3_060), rules).ledger).toBe(restored);
  });

  test('of a version that knew no counted failures is the same, until one is counted', () => {
    const { countedFailures: _, ...saved } = JSON.parse(JSON.stringify(foldAll(whole(runs, 3_000)).ledger));
    if (!ledgerOf(objectOf<Facts>({ note: isText }))(saved)) throw new Error('it was not recognised');
    expect(fold(saved, whole(runs, 3_060), rules).ledger).toBe(saved);
    const failed = fold(saved, whole([ended('d', 2_900, 3_050, 'FAILED'), ...runs], 3_060), rules).ledger;
    expect(failed.countedFailures).toEqual({ FAILED: { id: 'd', completedAt: 3_050 } });
    expect(exposesTheSame(failed, { ...failed, countedFailures: {} })).toBe(false);
  });

  test.each([
    ['a run that goes on in another state', [run('c', 2_600, { state: 'STOPPING' })]],
    ['a new run', [run('d', 2_700), run('c', 2_600)]],
    ['an end', [ended('c', 2_600, 2_900)]],
    ['a run that is missing', []],
    ['another order', [ended('a', 2_000, 2_100), run('c', 2_600)]],
  ])('is another with %s', (what, news) => {
    const { ledger } = foldAll(whole(runs, 3_000));
    const reading = { ...whole(news, 3_060), newestFirst: what !== 'another order' };
    expect(fold(ledger, reading, rules).ledger).not.toBe(ledger);
  });
});

describe('dates that make no sense do not have a run counted twice', () => {
  const polls = (readingsOf: (at: number) => readonly Run<Facts>[]): readonly number[] => {
    let ledger: Ledger<Facts> = emptyLedger;
    return Array.from({ length: 12 }, (_, poll) => {
      const at = 10_000 + poll * 400;
      ledger = fold(ledger, whole(readingsOf(at), at), rules).ledger;
      return ledger.totals.SUCCEEDED ?? 0;
    });
  };
  /** Something that starts all the time, so that the horizon goes on. */
  const going = (at: number) => run('going', at);

  test('a completion before the start', () => {
    expect(polls(at => [going(at), ended('odd', 9_900, 9_500)])).toEqual(Array(12).fill(1));
  });

  test('a start that is not known for a while', () => {
    const odd = (at: number) =>
      run('odd', at < 12_000 ? undefined : 11_900, {
        ...ended('odd', 0, 9_500),
        startedAt: at < 12_000 ? undefined : 11_900,
      });
    expect(polls(at => [going(at), odd(at)])).toEqual(Array(12).fill(1));
  });
});

test('a run that was seen active has ended since, whatever its dates say', () => {
  const stale = { ...ended('a', 2_000, 10), startedAt: 2_000, completedAt: undefined, modifiedAt: 10 };
  expect(foldAll(whole([run('a', 2_000)], 2_100), whole([stale], 2_200)).ledger.totals).toEqual({ SUCCEEDED: 1 });
});

describe('a run of which AWS is expected to say more', () => {
  const late = {
    ...rules,
    tally: ({ verdict, isProvisional }: Run<Facts>) => [
      ...(verdict === 'undecided' ? [] : [[verdict, 1] as const]),
      ...(isProvisional ? [] : [['final', 1] as const]),
    ],
    settle: (one: Run<Facts>): Run<Facts> => ({ ...one, verdict: 'success' }),
  };
  const early: Run<Facts> = { ...ended('a', 1_500, 1_600), verdict: 'undecided', isProvisional: true };
  const fails: Run<Facts> = { ...early, verdict: 'failure' };
  const final: Run<Facts> = { ...ended('a', 1_500, 1_600), verdict: 'failure' };
  const at = (readAt: number, ...runs: readonly Run<Facts>[]) => whole(runs, readAt);
  const foldLate = (...readings: readonly Reading<Facts>[]) =>
    readings.reduce<Ledger<Facts>>((ledger, reading) => fold(ledger, reading, late).ledger, emptyLedger);

  test('is counted when AWS has said it, and neither active nor a success meanwhile', () => {
    const meanwhile = foldLate(at(1_550, run('a', 1_500)), at(1_610, early));
    expect([meanwhile.totals, meanwhile.active, meanwhile.lastSuccessAt]).toEqual([{}, {}, undefined]);
    expect(fold(meanwhile, at(1_700, final), late)).toMatchObject({
      ledger: { totals: { failure: 1, final: 1 }, lastFailureAt: 1_600 },
      failed: [{ id: 'a' }],
    });
  });

  test('counts what is certain at once, and is told of once', () => {
    const meanwhile = foldLate(at(1_550), at(1_610, fails));
    expect(meanwhile.totals).toEqual({ failure: 1 });
    const { ledger, failed } = fold(meanwhile, at(1_700, final), late);
    expect([ledger.totals, failed]).toEqual([{ failure: 1, final: 1 }, []]);
  });

  test('does not become active again by a stale answer', () => {
    const stale = foldLate(at(1_550), at(1_610, early), at(1_640, run('a', 1_500)));
    expect([stale.totals, stale.active]).toEqual([{}, {}]);
    expect(foldLate(at(1_550), at(1_610, early), at(1_640, run('a', 1_500)), at(1_700, final)).totals).toEqual({
      failure: 1,
      final: 1,
    });
  });

  test('is taken as it is when AWS has said nothing in time, whether it is still listed or not', () => {
    const newer = ended('newer', 5_000, 5_010);
    for (const last of [at(1_900, early), at(1_900)]) {
      const ledger = foldLate(at(1_550), at(1_610, early), last);
      expect(ledger).toMatchObject({ totals: { success: 1, final: 1 }, lastSuccessAt: 1_600 });
      expect(ledger.provisional).toBeUndefined();
    }
    expect(foldLate(at(1_550), at(1_610, early), at(1_899, early)).totals).toEqual({});
    expect(foldLate(at(1_550), at(1_610, early), at(1_900, early), at(5_020, newer, early)).totals.final).toBe(2);
  });

  test('is history where it ended before the epoch, and shown as it is', () => {
    const old: Run<Facts> = { ...early, startedAt: 500, modifiedAt: undefined, completedAt: 600 };
    const { ledger, runs } = fold(emptyLedger, at(1_500, old), late);
    expect(ledger).toMatchObject({ totals: {}, lastSuccessAt: 600 });
    expect(runs).toMatchObject([{ verdict: 'success' }]);
  });
});

test('with a clock a month behind, runs that start in its future are remembered as long as they are listed', () => {
  const month = 30 * 86_400;
  const behind = { ...whole([run('b', 900), ended('a', 850, 1_050)], 2_000 - month), answeredAt: 2_000 - month };
  const right = [2_010, 2_020].map(at => whole([ended('b', 900, 1_100), ended('a', 850, 1_050)], at));
  expect(foldAll(behind, ...right).ledger.totals).toEqual({ SUCCEEDED: 2 });
});
