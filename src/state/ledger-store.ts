import { messageOf } from '../log.ts';
import type { Ledger } from '../runs/ledger.ts';
import { formatShard, parseShard, takes, WHOLE } from '../shard.ts';
import { createYield } from '../yield.ts';
import { countedUntil, type Departed, type Departure, departureOf, excessLedgers, isExpired } from './departed.ts';
import type { DurableMap } from './durable-map.ts';
import { createOperatingTime } from './operating-time.ts';
import { createSavedHistories } from './saved-histories.ts';
import { type EarlierAssignment, impliedAssignment, isImplied, lastWithout } from './shard-history.ts';
import {
  type Keeper,
  keys,
  ledgersAt,
  pathOf,
  readState,
  type Stored,
  storedOf,
  type TargetKey,
} from './stored-state.ts';
import { createUnconfigured, type IsConfigured } from './unconfigured.ts';

export type { Keeper, TargetKey } from './stored-state.ts';

/**
 * Where ledgers are kept. A ledger is saved before what it changed is exposed, so that no counter that was ever seen can go
 * back.
 */
export interface LedgerStore {
  /**
   * The time before which completed runs are not counted, AWS's epoch seconds: what was saved, else `firstSeenAt`, saved.
   * Where the shard has changed since the last call, `firstSeenAt` becomes the epoch of what has come from other shards. Rejects
   * when it could not be saved.
   */
  epoch(target: TargetKey, firstSeenAt: number): Promise<number>;
  /** The ledgers of one collector on one target. */
  ledgersOf<Facts>(target: TargetKey, collector: Keeper<Facts>): CollectorLedgers<Facts>;
  close(): Promise<void>;
}

/** The ledgers of one collector on one target, by the names of its entities. */
export interface CollectorLedgers<Facts> {
  /** What was saved last; undefined where another shard may have counted since. */
  get(name: string): Ledger<Facts> | undefined;
  /** The names of what has a ledger and was in the last listing. */
  names(): readonly string[];
  /**
   * The time before which completed runs of this entity are not counted, AWS's epoch seconds, once `epoch` has resolved; undefined
   * before. What has come from another shard is counted from then on: that one has counted what was before. What has no ledger is
   * counted from where ledgers that are not kept any more may have ended: it may have had one of them.
   */
  epochOf(name: string): number | undefined;
  /** Rejects, with nothing changed, when the ledger could not be saved. */
  save(name: string, ledger: Ledger<Facts>): Promise<void>;
  /**
   * Takes the names of a listing, and AWS's time then. Ledgers of what is gone are kept for a week of operation, and up to a
   * number: a listing can be wrong, a filter can be changed back, and a job that returns continues where it stopped. Call it
   * before what was listed is read and saved. Rejects when a change could not be saved; the next call makes up for it.
   */
  listed(names: ReadonlySet<string>, now: number): Promise<void>;
}

export interface LedgerStoreOptions {
  /** As which shard, such as 2/4, the ledgers are kept. */
  readonly shard?: string;
  /** Seconds since the process started, on a clock that only runs forward. Without it nothing is ever kept for long enough. */
  readonly uptime?: () => number;
  /** Whether a target, or a collector of it, is configured; undefined while nobody knows. */
  readonly isConfigured?: IsConfigured;
  /** Called for each save that failed; whoever asked for it gets the error. */
  readonly onSaveFailed?: () => void;
  /** Called when a listing has dropped departed ledgers because there were too many. */
  readonly onDropped?: (target: TargetKey, collector: string, dropped: number) => void;
  /** Called when the ledgers of a collector or target that is not configured any more have expired. */
  readonly onExpired?: (target: TargetKey, collector: string, ledgers: number) => void;
}

/** Saves so many changes together: 2 ms of the event loop. */
const BATCH = 200;

const NOT_DEPARTED = { departedAt: undefined, departedAfterSeconds: undefined };

/**
 * Keeps ledgers in a map. Throws a StateError when the map holds something else.
 *
 * A job or workflow is counted by one shard at a time. When the number of shards changes, what stays continues; what comes starts
 * with an empty ledger, even if it was here before: others may have counted it meanwhile.
 */
export const createLedgerStore = (
  map: DurableMap,
  collectors: readonly Keeper<unknown>[],
  {
    shard = formatShard(WHOLE),
    uptime = () => 0,
    isConfigured = () => true,
    onSaveFailed = () => {},
    onDropped = () => {},
    onExpired = () => {},
  }: LedgerStoreOptions = {},
): LedgerStore => {
  const save = async (key: string, value: unknown): Promise<void> => {
    try {
      await map.set(key, value);
    } catch (error) {
      onSaveFailed();
      throw new Error(`the state could not be saved: ${messageOf(error)}`, { cause: error });
    }
  };

  const state = readState(map.entries(), collectors);
  const { epochs, forgottenUntil } = state;

  const operating = createOperatingTime(state.operatingSeconds, uptime, seconds =>
    save(keys.operatingSeconds, seconds),
  );

  const shardHistories = createSavedHistories(state, shard, save);

  const inBatches = async (names: readonly string[], act: (name: string) => Promise<void>): Promise<void> => {
    const yieldIfDue = createYield();
    for (let at = 0; at < names.length; at += BATCH) {
      await Promise.all(names.slice(at, at + BATCH).map(act));
      await yieldIfDue();
    }
  };

  /** Deletes ledgers, and remembers until when they have counted. `isWanted` can change its mind between two batches. */
  const forget = async (path: string, names: readonly string[], isWanted = () => true): Promise<void> => {
    const ledgers = ledgersAt(state.ledgers, path);
    const yieldIfDue = createYield();
    let until = Number.NEGATIVE_INFINITY;
    for (const name of names) {
      until = Math.max(until, countedUntil(ledgers.get(name)) ?? until);
      await yieldIfDue();
    }
    if (until > (forgottenUntil.get(path) ?? Number.NEGATIVE_INFINITY)) {
      await save(keys.forgottenUntil(path), until);
      forgottenUntil.set(path, until);
    }
    await inBatches(names, async name => {
      // Nobody is to find it any more while it is being deleted.
      if (isWanted() && ledgers.delete(name)) await save(keys.ledger(path, name), undefined);
    });
  };

  const unconfigured = createUnconfigured(state, { isConfigured, operating, save, forget, onExpired });

  /** By collector: what is listed and has no ledger yet, with what was forgotten when it was first listed. */
  const unread = new Map<string, Map<string, number | undefined>>();
  const unreadAt = (path: string): Map<string, number | undefined> => {
    const found = unread.get(path) ?? new Map<string, number | undefined>();
    unread.set(path, found);
    return found;
  };

  return {
    async epoch(target, firstSeenAt) {
      await shardHistories.saved();
      const path = pathOf(target);
      // First: an epoch without a history is one of before there were shards.
      await shardHistories.countFrom(path, firstSeenAt);
      const saved = epochs.get(path);
      if (saved !== undefined) return saved;
      await save(keys.epoch(path), firstSeenAt);
      epochs.set(path, firstSeenAt);
      return firstSeenAt;
    },

    ledgersOf<Facts>(target: TargetKey, collector: Keeper<Facts>): CollectorLedgers<Facts> {
      const targetPath = pathOf(target);
      const path = `${targetPath}/${collector.name}`;
      const ledgers = ledgersAt(state.ledgers, path);
      const noLedger = unreadAt(path);
      const isStored = storedOf(collector.isFacts);
      const history = () => shardHistories.of(targetPath);
      const set = async (name: string, stored: Stored<Facts>): Promise<void> => {
        await save(keys.ledger(path, name), stored);
        ledgers.set(name, stored);
      };
      const get = (name: string): Stored<Facts> | undefined => {
        const stored = ledgers.get(name);
        return isStored(stored) ? stored : undefined;
      };
      const assignmentOf = ({ assignment, departedAt }: Stored<Facts>): number =>
        assignment ?? impliedAssignment(history(), departedAt);
      /** States without a history have no numbers, so that versions before there were shards can read them. */
      const inAssignment = (assignment: number): Pick<Stored<Facts>, 'assignment'> => ({
        assignment: isImplied(history()) ? undefined : assignment,
      });
      /** The last assignment in which another shard had it; after a ledger was saved, where there is one. */
      const elsewhere = (name: string, stored: Stored<Facts> | undefined): EarlierAssignment | undefined =>
        lastWithout(history(), stored === undefined ? -1 : assignmentOf(stored), text => {
          const earlier = parseShard(text);
          return earlier !== undefined && takes(earlier, target, collector.name, name);
        });
      /** The own epoch of what has, or gets, a ledger. */
      const ownEpoch = (name: string): number | undefined => {
        const stored = get(name);
        const last = elsewhere(name, stored);
        const cameAt = last === undefined ? undefined : (last.countedFrom ?? Number.NaN);
        if (stored !== undefined) return cameAt ?? stored.epoch;
        return latest(cameAt, noLedger.has(name) ? noLedger.get(name) : forgottenUntil.get(path));
      };
      return {
        get(name) {
          const stored = get(name);
          return stored !== undefined && elsewhere(name, stored) === undefined ? stored.ledger : undefined;
        },
        names: () => [...ledgers].filter(([, stored]) => departureOf(stored) === undefined).map(([name]) => name),
        epochOf(name) {
          const targetEpoch = epochs.get(targetPath);
          const epoch = targetEpoch === undefined ? undefined : latest(ownEpoch(name), targetEpoch);
          return Number.isNaN(epoch) ? undefined : epoch;
        },
        async save(name, ledger) {
          await shardHistories.saved();
          const epoch = ownEpoch(name);
          if (Number.isNaN(epoch)) throw new Error(`from when on ${name} is counted is not known yet`);
          await set(name, { ledger, ...inAssignment(history().assignment), epoch, ...NOT_DEPARTED });
          noLedger.delete(name);
        },
        async listed(names, now) {
          await shardHistories.saved();
          const yieldIfDue = createYield();
          for (const name of noLedger.keys()) if (!names.has(name)) noLedger.delete(name);
          for (const name of names) {
            if (!ledgers.has(name) && !noLedger.has(name)) noLedger.set(name, forgottenUntil.get(path));
            await yieldIfDue();
          }

          const returned: string[] = [];
          const gone: string[] = [];
          const expired: string[] = [];
          const departed: Departed[] = [];
          for (const [name, stored] of ledgers) {
            const departure = departureOf(stored);
            if (names.has(name)) {
              if (departure !== undefined) returned.push(name);
            } else if (departure === undefined) gone.push(name);
            else if (isExpired(departure.departedAfterSeconds, operating.seconds())) expired.push(name);
            else departed.push({ ...departure, name });
            await yieldIfDue();
          }
          const dropped = excessLedgers(departed, gone.length, names.size);

          if (gone.length + departed.length > 0) await operating.save();
          const departure = { departedAt: now, departedAfterSeconds: operating.seconds() };
          const mark = async (name: string, departs: Departure | typeof NOT_DEPARTED): Promise<void> => {
            const stored = get(name);
            // With its number: the one that is implied depends on the departure.
            if (stored !== undefined) await set(name, { ...stored, ...inAssignment(assignmentOf(stored)), ...departs });
          };
          await inBatches(gone, name => mark(name, departure));
          await inBatches(returned, async name => {
            // What was elsewhere meanwhile has its ledger replaced by its first save.
            if (elsewhere(name, get(name)) === undefined) await mark(name, NOT_DEPARTED);
          });
          await forget(path, [...expired, ...dropped]);
          if (dropped.length > 0) onDropped(target, collector.name, dropped.length);
          await unconfigured.sweep();
        },
      };
    },

    close: map.close,
  };
};

/** The later of two times, either of which may not be there; NaN where one is not known. */
const latest = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined ? b : Math.max(a, b ?? a);
