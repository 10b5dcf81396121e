// Reading and counting against an independent truth: histories in any order and in pages of any length, answers that are stale or lost,
// clocks that are wrong, restarts, runs that are hidden behind others, and runs of which AWS says more after their end.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Glue } from '../../src/glue/glue.ts';
import { GlueError } from '../../src/glue/reason.ts';
import { readRuns } from '../../src/poll/read-runs.ts';
import { createRunLookup } from '../../src/poll/run-lookup.ts';
import { fold } from '../../src/runs/fold.ts';
import { activeByState, emptyLedger, type Ledger, SETTLE_SECONDS } from '../../src/runs/ledger.ts';
import type { Run } from '../../src/runs/run.ts';
import { isNumber, ledgerOf, objectOf, optional } from '../../src/runs/stored.ts';

/** `npm test` runs a small number; FOLD_MODEL_CASES=30000 was run by hand. */
const CASES = Number(process.env.FOLD_MODEL_CASES ?? 300);

const EPOCH = 1_000_000;
const LAST_START = EPOCH + 20_000;
/** Answers are stale by less than it takes to settle, and where AWS says things late, both together are. */
const MOST_STALE = SETTLE_SECONDS - 5;
const MOST_LATE = SETTLE_SECONDS / 2;

/** What AWS says of a run late, or never. */
type Late = 'nothing' | 'amount' | 'outcome' | 'never';

/** One run as it really happens; times are seconds. */
interface Life {
  readonly id: string;
  readonly start: number;
  readonly end: number;
  readonly state: 'SUCCEEDED' | 'FAILED';
  readonly late: Late;
  readonly lateSeconds: number;
  /** Where it stands among the others where they are in no order. */
  readonly place: number;
}

interface Facts {
  readonly reported: number | undefined;
}

interface Poll {
  readonly after: number;
  readonly stale: number;
  readonly skew: number;
  /** The page at which the connection breaks, if it does. */
  readonly breaksAt: number | undefined;
  readonly restarts: boolean;
}

interface Case {
  readonly lives: readonly Life[];
  readonly polls: readonly Poll[];
  readonly order: 'newest' | 'nearly' | 'oldest' | 'completed' | 'shuffled';
  readonly inversionSeconds: number;
  readonly pageLength: number;
  readonly mayReadById: boolean;
  readonly hasCompletions: boolean;
}

const isFinal = (life: Life, at: number): boolean =>
  life.late === 'nothing' || (life.late !== 'never' && at >= life.end + life.lateSeconds);

const seenAt = (life: Life, at: number, { hasCompletions }: Case): Run<Facts> => {
  const ended = life.end <= at;
  const isProvisional = ended && !isFinal(life, at);
  const isUndecided = isProvisional && life.late === 'outcome';
  const verdict = life.state === 'SUCCEEDED' ? 'success' : 'failure';
  return {
    id: life.id,
    state: ended ? life.state : 'RUNNING',
    ended,
    verdict: !ended ? 'other' : isUndecided ? 'undecided' : verdict,
    startedAt: life.start,
    modifiedAt: undefined,
    completedAt: ended && hasCompletions ? life.end : undefined,
    ...(isProvisional ? { isProvisional } : {}),
    facts: { reported: ended && isFinal(life, at) ? life.end - life.start : undefined },
  };
};

const rules = {
  epoch: EPOCH,
  tally: ({ state, verdict, facts, isProvisional }: Run<Facts>) => [
    ...(verdict === 'undecided' ? [] : [[`runs/${state}`, 1] as const]),
    ...(facts.reported === undefined ? [] : [['reported', facts.reported] as const]),
    ...(facts.reported === undefined && !isProvisional ? [['estimated', 1] as const] : []),
  ],
  settle: (run: Run<Facts>): Run<Facts> => ({ ...run, verdict: run.state === 'SUCCEEDED' ? 'success' : 'failure' }),
};

const truthAt = (lives: readonly Life[], at: number): Record<string, number> => {
  const totals: Record<string, number> = {};
  const add = (key: string, amount: number) => {
    totals[key] = (totals[key] ?? 0) + amount;
  };
  for (const life of lives) {
    if (life.end < EPOCH || life.end > at) continue;
    add(`runs/${life.state}`, 1);
    if (life.late === 'never') add('estimated', 1);
    else add('reported', life.end - life.start);
  }
  return totals;
};

/** What the history shows at a time, in its order. */
const listed = ({ lives, order, inversionSeconds }: Case, at: number): readonly Life[] => {
  const keys: Readonly<Record<Case['order'], (life: Life) => number>> = {
    newest: ({ start }) => -start,
    nearly: ({ start, place }) => -start - (place % 100) * (inversionSeconds / 100),
    oldest: ({ start }) => start,
    completed: ({ end }) => -Math.min(end, at),
    shuffled: ({ place }) => place,
  };
  const key = keys[order];
  return lives.filter(({ start }) => start <= at).sort((a, b) => key(a) - key(b) || (a.id < b.id ? 1 : -1));
};

const isLedger = ledgerOf(objectOf<Facts>({ reported: optional(isNumber) }));

const revived = (ledger: Ledger<Facts>): Ledger<Facts> => {
  const saved: unknown = JSON.parse(JSON.stringify(ledger));
  if (!isLedger(saved)) throw new Error('the ledger was not recognised');
  return saved;
};

/** Lives through a case; throws where a total is ahead of the truth, goes back, or is not the truth in the end. */
const live = async (drawn: Case): Promise<number> => {
  const { lives, polls, pageLength } = drawn;
  let ledger: Ledger<Facts> = emptyLedger;
  let at = EPOCH;
  let requests = 0;

  const pollOnce = async ({ stale, skew, breaksAt, restarts }: Omit<Poll, 'after'>): Promise<void> => {
    if (restarts) ledger = revived(ledger);
    let pages = 0;
    const seen = at - stale;
    const glue: Glue = {
      call: () => Promise.reject(new Error('nothing is asked')),
      now: () => at + skew,
      earliestNow: () => at + skew,
      isTimeConfirmed: () => true,
      observer: { requested: () => {}, failed: () => {}, unknownValue: () => {} },
      region: async () => 'eu-west-1',
      accountId: async () => '111122223333',
      close: () => {},
    };
    const answer = listed(drawn, seen).map(life => seenAt(life, seen, drawn));
    const collector = {
      maxPageSize: pageLength,
      longestRunSeconds: () => 2 * 86_400,
      async readRuns(_glue: Glue, _definition: object, size: number, token = '0') {
        pages += 1;
        requests += 1;
        if (pages === breaksAt) throw new GlueError('GetJobRuns', 'network', 'reset');
        const end = Number(token) + size;
        const nextToken = end < answer.length ? `${end}` : undefined;
        return { runs: answer.slice(Number(token), end), nextToken, answeredAt: at + skew };
      },
      async readRun(_glue: Glue, _definition: object, id: string) {
        requests += 1;
        if (!drawn.mayReadById) throw new GlueError('GetJobRun', 'access_denied', 'denied');
        const run = answer.find(one => one.id === id);
        if (run === undefined) throw new GlueError('GetJobRun', 'not_found', 'gone');
        return { runs: [run], nextToken: undefined };
      },
    };
    const lookup = createRunLookup<{ name: string }, Facts>(collector, () => 0);
    try {
      const entity = { definition: { name: 'etl' }, ledger };
      const { reading } = await readRuns(collector, glue, entity, { epoch: EPOCH, lookup });
      ledger = fold(ledger, reading, rules).ledger;
    } catch (error) {
      if (!(error instanceof GlueError)) throw error;
    }
  };

  for (const poll of polls) {
    const before = ledger.totals;
    await pollOnce(poll);
    const truth = truthAt(lives, at);
    for (const [key, total] of Object.entries(ledger.totals)) {
      expect(total, `${key} at ${at - EPOCH}`).toBeLessThanOrEqual(truth[key] ?? 0);
      expect(total).toBeGreaterThanOrEqual(before[key] ?? 0);
    }
    at += poll.after;
  }
  // When all is over and final, a few good answers tell everything.
  at = Math.max(at, ...lives.map(({ end }) => end)) + 2 * SETTLE_SECONDS;
  for (let polls = 0; polls < 3; polls += 1) {
    await pollOnce({ stale: 0, skew: 0, breaksAt: undefined, restarts: polls === 1 });
    at += SETTLE_SECONDS;
  }
  expect(ledger.totals).toEqual(truthAt(lives, at));
  expect([...activeByState(ledger)]).toEqual([]);
  const failures = lives.filter(({ state, end }) => state === 'FAILED' && end >= EPOCH).map(({ end }) => end);
  // With a clock that is behind, dates were clamped to it.
  const isClockRight = polls.every(({ skew }) => skew === 0);
  if (isClockRight && drawn.hasCompletions && failures.length > 0)
    expect(ledger.lastFailureAt).toBe(Math.max(...failures));
  return requests;
};

const seconds = (min: number, max: number) => fc.integer({ min: min * 10, max: max * 10 }).map(tenths => tenths / 10);

const life = fc.record({
  start: seconds(EPOCH - 20_000, LAST_START),
  length: fc.oneof(seconds(0, 30), seconds(0, 1_000), seconds(0, 15_000)),
  state: fc.constantFrom('SUCCEEDED' as const, 'FAILED' as const),
  late: fc.constantFrom<Late>('nothing', 'nothing', 'amount', 'outcome', 'never'),
  lateSeconds: seconds(0, MOST_LATE),
  place: fc.nat(1_000_000),
});

const pollsOf = (mostStale: number) =>
  fc.record({
    after: fc.oneof(seconds(1, 60), seconds(1, 400), seconds(1, 5_000)),
    stale: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: seconds(0, mostStale) }),
    skew: fc.constant(0),
    breaksAt: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined, freq: 6 }),
    restarts: fc.boolean(),
  });

const cases = (
  order: fc.Arbitrary<Case['order']>,
  polls: fc.Arbitrary<Poll>,
  lates: readonly Late[],
  hasCompletions: boolean,
) =>
  fc
    .record({
      drawn: fc.array(life, { maxLength: 60 }),
      polls: fc.array(polls, { minLength: 1, maxLength: 25 }),
      order,
      inversionSeconds: fc.constantFrom(0.1, 5, 60),
      pageLength: fc.integer({ min: 1, max: 12 }),
      mayReadById: fc.boolean(),
    })
    .map(
      ({ drawn, ...rest }): Case => ({
        ...rest,
        hasCompletions,
        lives: drawn.map(({ start, length, late, ...others }, index) => ({
          ...others,
          late: lates.includes(late) ? late : 'nothing',
          id: `jr_${String(index).padStart(3, '0')}`,
          start,
          // Not in the very moment of a poll.
          end: start + length + 0.05,
        })),
      }),
    );

const check = (arbitrary: fc.Arbitrary<Case>): Promise<void> =>
  fc.assert(
    fc.asyncProperty(arbitrary, async drawn => {
      await live(drawn);
    }),
    { numRuns: CASES },
  );

const anyOrder = fc.constantFrom<Case['order']>('newest', 'nearly', 'oldest', 'completed', 'shuffled');
const ALL: readonly Late[] = ['nothing', 'amount', 'outcome', 'never'];
const TIMEOUT_MS = 60_000 + CASES * 200;

test(
  'every run is counted once, whatever the order, the pages, what is stale, lost or late',
  () => check(cases(anyOrder, pollsOf(MOST_STALE - MOST_LATE), ALL, true)),
  TIMEOUT_MS,
);

test(
  'and whatever the clock says, for once or for good',
  () => {
    const skew = fc.oneof(
      fc.constant(0),
      fc.constantFrom(-30 * 86_400, -3_600, -10, 10, 3_600, 3 * 86_400),
      seconds(-7_200, 7_200),
    );
    const skewed = fc.tuple(pollsOf(MOST_STALE), skew).map(([one, wrong]) => ({ ...one, skew: wrong }));
    return check(cases(anyOrder, skewed, ['nothing'], true));
  },
  TIMEOUT_MS,
);

test(
  'and where AWS never says when a run has ended',
  () => {
    // What a first answer shows that is stale or late cannot be told from what ended later, or before: without its end nobody can.
    const fresh = pollsOf(0).map(one => ({ ...one, stale: 0, breaksAt: undefined }));
    return check(cases(anyOrder, fresh, ['nothing'], false));
  },
  TIMEOUT_MS,
);
