import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fold } from '../../src/runs/fold.ts';
import { emptyLedger, type Ledger } from '../../src/runs/ledger.ts';
import type { Run } from '../../src/runs/run.ts';
import { objectOf } from '../../src/runs/stored.ts';
import { memoryMap } from '../../src/state/durable-map.ts';
import { createLedgerStore } from '../../src/state/ledger-store.ts';

type Facts = Record<never, never>;
const target = { accountId: '111122223333', region: 'eu-west-1' };
const things = { name: 'things', isFacts: objectOf<Facts>({}) };
const names = ['a', 'b', 'c', 'd'];
const NOON = 1_772_366_400;
const HOUR = 3_600;
const WEEK = 7 * 86_400;

/** A poll: what the listing before it shows, after how long, on which clock, in a new process or not. */
const poll = fc.record({
  listed: fc.uniqueArray(fc.constantFrom(...names)),
  afterSeconds: fc.constantFrom(HOUR, HOUR, WEEK + HOUR),
  skew: fc.constantFrom(0, 0, 0, HOUR, -HOUR, 5 * WEEK, -5 * WEEK),
  isRestarted: fc.boolean(),
});

/** Every name has a run that ends within each poll's time, at its own fraction of it. */
const endsWithin = (from: number, to: number, name: string): number =>
  from + ((to - from) * (1 + names.indexOf(name))) / (1 + names.length);

const runOf = (completedAt: number): Run<Facts> => ({
  id: `${completedAt}`,
  state: 'DONE',
  ended: true,
  verdict: 'success',
  startedAt: completedAt - 1,
  modifiedAt: undefined,
  completedAt,
  facts: {},
});

test('whatever comes and goes, for however long, no run is counted twice, and all of those are that end while a name is there', () =>
  fc.assert(
    fc.asyncProperty(fc.array(poll, { minLength: 1, maxLength: 12 }), async polls => {
      const map = memoryMap();
      let now = NOON;
      let uptime = 0;
      const open = () => createLedgerStore(map, [things], { uptime: () => uptime });
      let store = open();
      const tracked = new Map<string, Ledger<Facts>>();
      const ends = new Map<string, number[]>(names.map(name => [name, []]));
      const counted = new Map<string, number>();
      const expected: string[] = [];
      let before: readonly string[] = [];
      for (const { listed, afterSeconds, skew, isRestarted } of polls) {
        if (isRestarted) {
          uptime = 0;
          store = open();
          tracked.clear();
        }
        uptime += afterSeconds;
        for (const name of names) {
          const end = endsWithin(now, now + afterSeconds, name);
          ends.get(name)?.push(end);
          if (before.includes(name) && listed.includes(name)) expected.push(`${name} ${end}`);
        }
        now += afterSeconds;
        const ledgers = store.ledgersOf(target, things);
        for (const name of listed) {
          if (!before.includes(name) || !tracked.has(name)) tracked.set(name, ledgers.get(name) ?? emptyLedger);
        }
        await ledgers.listed(new Set(listed), now + skew);
        await store.epoch(target, now);
        for (const name of listed) {
          const ledger = tracked.get(name) ?? emptyLedger;
          const runs = (ends.get(name) ?? []).map(runOf);
          const reading = { runs, completeAfter: Number.NEGATIVE_INFINITY, newestFirst: false, readAt: now };
          const epoch = ledgers.epochOf(name) ?? Number.NaN;
          const next = fold(ledger, reading, {
            epoch,
            tally: ({ id }) => [[`${name} ${id}`, 1]],
            settle: run => run,
          }).ledger;
          for (const [id, total] of Object.entries(next.totals)) {
            counted.set(id, (counted.get(id) ?? 0) + total - (ledger.totals[id] ?? 0));
          }
          await ledgers.save(name, next);
          tracked.set(name, next);
        }
        before = listed;
      }
      for (const [id, times] of counted) expect([id, times]).toEqual([id, 1]);
      for (const id of expected) expect([id, counted.get(id)]).toEqual([id, 1]);
    }),
    { numRuns: 300 },
  ));
