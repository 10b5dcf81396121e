import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fold } from '../../src/runs/fold.ts';
import { emptyLedger, type Ledger } from '../../src/runs/ledger.ts';
import type { Run } from '../../src/runs/run.ts';
import { objectOf } from '../../src/runs/stored.ts';
import { formatShard, takes } from '../../src/shard.ts';
import { memoryMap } from '../../src/state/durable-map.ts';
import { createLedgerStore } from '../../src/state/ledger-store.ts';

type Facts = Record<never, never>;
const target = { accountId: '111122223333', region: 'eu-west-1' };
const things = { name: 'things', isFacts: objectOf<Facts>({}) };
const names = Array.from({ length: 12 }, (_, index) => `thing-${index}`);
const NOON = 1_772_366_400;

/** How far a process gets: it never reaches AWS, it is killed after its first listing, or it polls. */
const REACHES = ['start', 'listing', 'polls'] as const;

/** A time in which there are as many shards, all started at its begin and stopped at its end, with what they had on disk. */
interface Period {
  readonly shards: number;
  /** Seconds during which nothing runs, then until the first poll and until the last. */
  readonly pause: number;
  readonly polls: readonly [first: number, last: number];
  /** By ordinal. */
  readonly reached: readonly (typeof REACHES)[number][];
  /** How wrong the clock is in listings, in seconds. */
  readonly skew: number;
}

interface PlannedRun {
  readonly id: string;
  readonly name: string;
  readonly startedAt: number;
  readonly completedAt: number;
}

const runAt = ({ id, startedAt, completedAt }: PlannedRun, at: number): Run<Facts> => {
  const ended = completedAt <= at;
  const [state, verdict] = ended ? (['DONE', 'success'] as const) : (['ON', 'other'] as const);
  const completed = ended ? completedAt : undefined;
  return { id, state, ended, verdict, startedAt, modifiedAt: undefined, completedAt: completed, facts: {} };
};

const MOST_SHARDS = 5;
const periods = (reaches: readonly (typeof REACHES)[number][]) =>
  fc.array(
    fc.record({
      shards: fc.integer({ min: 1, max: MOST_SHARDS }),
      pause: fc.integer({ min: 1, max: 2000 }),
      polls: fc.tuple(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 501, max: 2000 })),
      reached: fc.array(fc.constantFrom(...reaches), { minLength: MOST_SHARDS, maxLength: MOST_SHARDS }),
      skew: fc.constantFrom(0, 0, 2, -2, 5000, -5000),
    }),
    { minLength: 1, maxLength: 8 },
  );
const plannedRuns = fc
  .array(
    fc.record({
      name: fc.constantFrom(...names),
      start: fc.integer({ min: -2000, max: 15_000 }),
      seconds: fc.integer({ min: 1, max: 3000 }),
    }),
    { maxLength: 60 },
  )
  .map(runs =>
    runs.map(({ name, start, seconds }, index): PlannedRun => {
      const startedAt = NOON + start;
      return { id: `run-${index}`, name, startedAt, completedAt: startedAt + seconds };
    }),
  );

const ownerOf = (name: string, shards: number): number =>
  Array.from({ length: shards }, (_, ordinal) => ordinal).findIndex(ordinal =>
    takes({ ordinal, shards }, target, things.name, name),
  );

/** How often each run is counted by all shards together, through all periods. */
const countAll = async (all: readonly Period[], runs: readonly PlannedRun[]) => {
  const disks = Array.from({ length: MOST_SHARDS }, memoryMap);
  const counted = new Map<string, number>();
  let now = NOON;
  for (const { shards, pause, polls, reached, skew } of all) {
    now += pause;
    const startedAt = now;
    // As documented: what a shard has on disk that is no more is removed.
    for (const ordinal of disks.keys()) if (ordinal >= shards) disks[ordinal] = memoryMap();
    for (const [ordinal, disk] of disks.slice(0, shards).entries()) {
      const store = createLedgerStore(disk, [things], { shard: formatShard({ ordinal, shards }) });
      if (reached[ordinal] === 'start') continue;
      const ledgers = store.ledgersOf(target, things);
      const own = names.filter(name => ownerOf(name, shards) === ordinal);
      const current = new Map<string, Ledger<Facts>>(own.map(name => [name, ledgers.get(name) ?? emptyLedger]));
      await ledgers.listed(new Set(own), startedAt + skew);
      if (reached[ordinal] === 'listing') continue;
      await store.epoch(target, startedAt);
      for (const poll of polls) {
        const at = startedAt + poll;
        for (const [name, ledger] of current) {
          const history = runs.filter(run => run.name === name && run.startedAt <= at).map(run => runAt(run, at));
          const reading = { runs: history, completeAfter: Number.NEGATIVE_INFINITY, newestFirst: false, readAt: at };
          const epoch = ledgers.epochOf(name) ?? Number.NaN;
          const next = fold(ledger, reading, { epoch, tally: ({ id }) => [[id, 1]], settle: run => run }).ledger;
          for (const [id, total] of Object.entries(next.totals)) {
            counted.set(id, (counted.get(id) ?? 0) + total - (ledger.totals[id] ?? 0));
          }
          await ledgers.save(name, next);
          current.set(name, next);
        }
      }
    }
    now = startedAt + polls[1];
  }
  return counted;
};

/**
 * How often it has to be counted: once, if its shard has polled after its end, and if that shard had started to poll before its
 * end and has had it ever since. This knows of neither ledgers nor epochs.
 */
const expectedCount = (all: readonly Period[], { name, completedAt }: PlannedRun): number => {
  let now = NOON;
  let owner: number | undefined;
  /** When the shard that has it began to poll it. */
  let since: number | undefined;
  for (const { shards, pause, polls, reached } of all) {
    const startedAt = now + pause;
    now = startedAt + polls[1];
    const ownerNow = ownerOf(name, shards);
    if (ownerNow !== owner) since = undefined;
    owner = ownerNow;
    if (reached[owner] !== 'polls') continue;
    since ??= startedAt;
    if (completedAt <= now) return completedAt >= since ? 1 : 0;
  }
  return 0;
};

const expectExact = (reaches: readonly (typeof REACHES)[number][]) =>
  fc.assert(
    fc.asyncProperty(periods(reaches), plannedRuns, async (all, runs) => {
      const counted = await countAll(all, runs);
      for (const run of runs) expect([run.id, counted.get(run.id) ?? 0]).toEqual([run.id, expectedCount(all, run)]);
    }),
    { numRuns: 200 },
  );

test('however often the number of shards changes, no run is counted twice, and only runs of what moves are lost, while nothing runs', () =>
  expectExact(['polls']));

test('the same where shards are stopped before they have polled, listed or reached AWS at all', () =>
  expectExact(REACHES));
