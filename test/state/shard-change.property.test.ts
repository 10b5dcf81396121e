import fc from 'fast-check';
import { expect, test } from 'vitest';
import { emptyLedger, fold, type Ledger } from '../../src/runs/ledger.ts';
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

/** A time in which there are as many shards, all started at its begin and stopped at its end, with what they had on disk. */
interface Reign {
  readonly shards: number;
  /** Seconds during which nothing runs, then until the first poll and until the last. */
  readonly pause: number;
  readonly polls: readonly [first: number, last: number];
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

const reign = fc.record({
  shards: fc.integer({ min: 1, max: 5 }),
  pause: fc.integer({ min: 1, max: 2000 }),
  polls: fc.tuple(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 501, max: 2000 })),
});
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

/** How often each run is counted by all shards together, through all reigns. */
const countAll = async (reigns: readonly Reign[], runs: readonly PlannedRun[]) => {
  const disks = Array.from({ length: 5 }, memoryMap);
  const counted = new Map<string, number>();
  const times: { readonly shards: number; readonly from: number; readonly to: number }[] = [];
  let now = NOON;
  for (const { shards, pause, polls } of reigns) {
    now += pause;
    const startedAt = now;
    // As documented: what a shard has on disk that is no more is removed.
    for (const ordinal of disks.keys()) if (ordinal >= shards) disks[ordinal] = memoryMap();
    for (const [ordinal, disk] of disks.slice(0, shards).entries()) {
      const store = createLedgerStore(disk, [things], { shard: formatShard({ ordinal, shards }) });
      const shelf = store.shelf(target, things);
      const own = names.filter(name => ownerOf(name, shards) === ordinal);
      const ledgers = new Map<string, Ledger<Facts>>(own.map(name => [name, shelf.get(name) ?? emptyLedger]));
      await shelf.listed(new Set(own), startedAt);
      await store.epoch(target, startedAt);
      for (const poll of polls) {
        const at = startedAt + poll;
        for (const [name, ledger] of ledgers) {
          const history = runs.filter(run => run.name === name && run.startedAt <= at).map(run => runAt(run, at));
          const reading = { runs: history, completeAfter: Number.NEGATIVE_INFINITY, newestFirst: false, readAt: at };
          const epoch = shelf.epochOf(name) ?? Number.NaN;
          const next = fold(ledger, reading, { epoch, tally: ({ id }) => [[id, 1]] }).ledger;
          for (const [id, total] of Object.entries(next.totals)) {
            counted.set(id, (counted.get(id) ?? 0) + total - (ledger.totals[id] ?? 0));
          }
          await shelf.save(name, next);
          ledgers.set(name, next);
        }
      }
    }
    now = startedAt + polls[1];
    times.push({ shards, from: startedAt, to: now });
  }
  return { counted, times };
};

test('however often the number of shards changes, no run is counted twice, and none is lost but of what moves, while nothing runs', () =>
  fc.assert(
    fc.asyncProperty(fc.array(reign, { minLength: 1, maxLength: 6 }), plannedRuns, async (reigns, runs) => {
      const { counted, times } = await countAll(reigns, runs);
      for (const { id, name, completedAt } of runs) {
        const seenIn = times.findIndex(({ to }) => completedAt <= to);
        const reignOfEnd = times[seenIn];
        const before = times[seenIn - 1];
        const isBeforeAll = completedAt < (times[0]?.from ?? 0);
        const hasMoved =
          before !== undefined && ownerOf(name, before.shards) !== ownerOf(name, reignOfEnd?.shards ?? 1);
        const isInPause = reignOfEnd !== undefined && completedAt < reignOfEnd.from;
        const expected = reignOfEnd === undefined || isBeforeAll || (isInPause && hasMoved) ? 0 : 1;
        expect([id, counted.get(id) ?? 0]).toEqual([id, expected]);
      }
    }),
    { numRuns: 200 },
  ));
