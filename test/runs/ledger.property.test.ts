import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fold } from '../../src/runs/fold.ts';
import { readHistory } from '../../src/runs/history.ts';
import {
  activeByState,
  type CountingRules,
  emptyLedger,
  type Ledger,
  type Reading,
  stopReadingBefore,
} from '../../src/runs/ledger.ts';
import type { Run } from '../../src/runs/run.ts';

/** One run as it really happens; times are seconds. */
interface Life {
  readonly id: string;
  readonly start: number;
  readonly end: number;
  readonly state: 'SUCCEEDED' | 'FAILED' | 'STOPPED';
}

type Facts = { readonly seconds: number };

const EPOCH = 1_000;
const LAST_POLL = 4_000;

const rules: CountingRules<Facts> = {
  epoch: EPOCH,
  tally: run => [
    [`runs/${run.state}`, 1],
    [`seconds/${run.state}`, run.facts.seconds],
  ],
  settle: run => run,
};

/** What Glue shows of a run at a time. */
const seenAt = (life: Life, at: number): Run<Facts> => {
  const ended = life.end <= at;
  return {
    id: life.id,
    state: ended ? life.state : 'RUNNING',
    ended,
    verdict: !ended ? 'other' : life.state === 'SUCCEEDED' ? 'success' : life.state === 'FAILED' ? 'failure' : 'other',
    startedAt: life.start,
    modifiedAt: Math.min(at, life.end),
    completedAt: ended ? life.end : undefined,
    facts: { seconds: Math.min(at, life.end) - life.start },
  };
};

const history = (lives: readonly Life[], at: number): Run<Facts>[] =>
  lives
    .filter(life => life.start <= at)
    .sort((a, b) => b.start - a.start || (a.id < b.id ? 1 : -1))
    .map(life => seenAt(life, at));

const wholeHistory = (runs: readonly Run<Facts>[], readAt: number): Reading<Facts> => ({
  runs,
  completeAfter: Number.NEGATIVE_INFINITY,
  newestFirst: true,
  readAt,
});

/** Reads as the poll does: page after page, in the given order, until the reader has enough. */
const readInPages = (
  ledger: Ledger<Facts>,
  answer: readonly Run<Facts>[],
  readAt: number,
  pageSize: number,
): { readonly reading: Reading<Facts>; readonly pages: number } => {
  const reader = readHistory<Facts>({
    stopBefore: stopReadingBefore(ledger) ?? EPOCH - LAST_POLL,
    minimumRuns: 0,
    maxPages: 1_000,
    orderProven: ledger.newestFirst,
    trustOrder: ledger.horizon === undefined || ledger.newestFirst,
    readAt,
  });
  let pages = 0;
  let token: string | undefined = '0';
  while (token !== undefined) {
    pages += 1;
    const from: number = Number(token);
    const to = from + pageSize;
    token = reader.add({ runs: answer.slice(from, to), nextToken: to < answer.length ? `${to}` : undefined });
  }
  return { reading: reader.reading(), pages };
};

const truthOf = (lives: readonly Life[], at: number): Record<string, number> => {
  const totals: Record<string, number> = {};
  for (const { start, end, state } of lives) {
    if (end < EPOCH || end > at) continue;
    totals[`runs/${state}`] = (totals[`runs/${state}`] ?? 0) + 1;
    totals[`seconds/${state}`] = (totals[`seconds/${state}`] ?? 0) + end - start;
  }
  return totals;
};

/** The failures that count, by state: of those completed last the one with the greatest id. */
const failuresOf = (lives: readonly Life[], at: number): Ledger<Facts>['countedFailures'] => {
  const failed = lives
    .filter(({ start, end, state }) => start <= at && state === 'FAILED' && end >= EPOCH && end <= at)
    .sort((a, b) => b.end - a.end || (a.id < b.id ? 1 : -1));
  const [last] = failed;
  return last === undefined ? undefined : { FAILED: { id: last.id, completedAt: last.end } };
};

const lives = fc
  .array(
    fc.record({
      start: fc.integer({ min: 0, max: LAST_POLL }),
      length: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 5_000 })),
      state: fc.constantFrom('SUCCEEDED', 'FAILED', 'STOPPED'),
    }),
    { maxLength: 60 },
  )
  .map(drawn =>
    drawn.map(({ start, length, state }, index): Life => ({ id: `jr_${index}`, start, end: start + length, state })),
  );

const pollTimes = fc
  .array(fc.integer({ min: EPOCH, max: LAST_POLL }), { minLength: 1, maxLength: 20 })
  .map(times => [...times.sort((a, b) => a - b), LAST_POLL]);

describe('the ledger', () => {
  test('counts every run that completed since the epoch exactly once, whenever it is polled and however it is paged', () => {
    fc.assert(
      fc.property(lives, pollTimes, fc.integer({ min: 1, max: 7 }), (all, times, pageSize) => {
        let ledger: Ledger<Facts> = emptyLedger;
        for (const at of times) {
          ledger = fold(ledger, readInPages(ledger, history(all, at), at, pageSize).reading, rules).ledger;
          expect(ledger.totals).toEqual(truthOf(all, at));
          expect(ledger.countedFailures).toEqual(failuresOf(all, at));
        }
      }),
    );
  });

  test('does so whatever order the history is answered in', () => {
    fc.assert(
      fc.property(
        lives,
        pollTimes,
        fc.integer({ min: 1, max: 7 }),
        fc.infiniteStream(fc.nat()),
        (all, times, pageSize, keys) => {
          const shuffled = all.map(life => ({ life, key: keys.next().value ?? 0 })).sort((a, b) => a.key - b.key);
          let ledger: Ledger<Facts> = emptyLedger;
          for (const at of times) {
            const answer = shuffled.filter(({ life }) => life.start <= at).map(({ life }) => seenAt(life, at));
            // A stop is only safe where the order was seen to be broken before or is broken now; oldest first always is.
            const oldestFirst = [...answer].sort((a, b) => (a.startedAt ?? 0) - (b.startedAt ?? 0));
            ledger = fold(ledger, readInPages(ledger, oldestFirst, at, Math.max(2, pageSize)).reading, rules).ledger;
            expect(ledger.totals).toEqual(truthOf(all, at));
            ledger = fold(ledger, wholeHistory(answer, at), rules).ledger;
            expect(ledger.totals).toEqual(truthOf(all, at));
            expect(ledger.countedFailures).toEqual(failuresOf(all, at));
          }
        },
      ),
    );
  });

  test('never lets a total go down', () => {
    fc.assert(
      fc.property(lives, pollTimes, (all, times) => {
        let ledger: Ledger<Facts> = emptyLedger;
        for (const at of times) {
          const before = ledger.totals;
          ledger = fold(ledger, wholeHistory(history(all, at), at), rules).ledger;
          for (const [key, total] of Object.entries(before)) expect(ledger.totals[key]).toBeGreaterThanOrEqual(total);
        }
      }),
    );
  });

  test('is changed by neither the order nor the repetition of what one poll read', () => {
    fc.assert(
      fc.property(lives, fc.integer({ min: EPOCH, max: LAST_POLL }), fc.func(fc.nat()), (all, at, key) => {
        const runs = history(all, at);
        const shuffledTwice = [...runs, ...runs].sort((a, b) => key(a.id) - key(b.id));
        const once = fold(emptyLedger, wholeHistory(runs, at), rules).ledger;
        const other = fold(emptyLedger, wholeHistory(shuffledTwice, at), rules).ledger;
        const sorted = (ledger: Ledger<Facts>) => ({
          ...ledger,
          active: Object.entries(ledger.active).sort(),
          settling: Object.entries(ledger.settling).sort(),
        });
        expect(sorted(other)).toEqual(sorted(once));
      }),
    );
  });

  test('is not changed by reading the same again', () => {
    fc.assert(
      fc.property(lives, fc.integer({ min: EPOCH, max: LAST_POLL }), (all, at) => {
        const reading = wholeHistory(history(all, at), at);
        const once = fold(emptyLedger, reading, rules).ledger;
        expect(fold(once, reading, rules).ledger).toEqual(once);
        expect(fold(once, reading, rules).ledger.countedFailures).toBe(once.countedFailures);
      }),
    );
  });

  test('takes the same reading of a run whichever of two overlapping pages comes first', () => {
    fc.assert(
      fc.property(lives, fc.integer({ min: EPOCH, max: LAST_POLL }), fc.nat(100), (all, at, later) => {
        const early = history(all, at);
        const late = early.map(run => seenAt(all.find(({ id }) => id === run.id) ?? fail(), at + later));
        const forth = fold(emptyLedger, wholeHistory([...early, ...late], at), rules).ledger;
        const back = fold(emptyLedger, wholeHistory([...late, ...early], at), rules).ledger;
        expect(back.totals).toEqual(forth.totals);
        expect(back.newest).toEqual(forth.newest);
        expect(back.totals).toEqual(
          truthOf(
            all.filter(({ start }) => start <= at),
            at + later,
          ),
        );
      }),
    );
  });

  test('knows which runs are active and which is the newest', () => {
    fc.assert(
      fc.property(lives, pollTimes, fc.integer({ min: 1, max: 7 }), (all, times, pageSize) => {
        let ledger: Ledger<Facts> = emptyLedger;
        for (const at of times) {
          const answer = history(all, at);
          ledger = fold(ledger, readInPages(ledger, answer, at, pageSize).reading, rules).ledger;
          const running = answer.filter(run => !run.ended).length;
          expect(activeByState(ledger).get('RUNNING') ?? 0).toBe(running);
          expect(ledger.newest).toEqual(answer[0]);
        }
      }),
    );
  });

  test('survives JSON', () => {
    fc.assert(
      fc.property(lives, pollTimes, (all, times) => {
        let kept: Ledger<Facts> = emptyLedger;
        let revived: Ledger<Facts> = emptyLedger;
        for (const at of times) {
          const reading = wholeHistory(history(all, at), at);
          kept = fold(kept, reading, rules).ledger;
          revived = JSON.parse(JSON.stringify(fold(revived, reading, rules).ledger));
        }
        expect(revived).toEqual(JSON.parse(JSON.stringify(kept)));
      }),
    );
  });
});

const fail = (): never => {
  throw new Error('no such run');
};
