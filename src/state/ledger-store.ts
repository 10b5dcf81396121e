import { messageOf } from '../log.ts';
import type { Ledger } from '../runs/ledger.ts';
import { type Is, isNumber, isText, ledgerOf, objectOf, optional } from '../runs/stored.ts';
import type { DurableMap } from './durable-map.ts';
import { StateError } from './journal.ts';

/** An account and region. */
export interface TargetKey {
  readonly accountId: string;
  readonly region: string;
}

/** A collector as the store needs it: its name, and how to tell what it keeps of a run. */
export interface Keeper<Facts> {
  readonly name: string;
  readonly isFacts: Is<Facts>;
}

/**
 * Where ledgers are kept. A ledger is saved before what it changed is exposed, so that no counter that was ever seen can go
 * back.
 */
export interface LedgerStore {
  /**
   * The time before which completed runs are not counted, AWS's epoch seconds: what was saved, else `firstSeenAt`, saved.
   * Where the ledgers were saved by another shard, `firstSeenAt` becomes the epoch of what they do not have. Rejects when it
   * could not be saved.
   */
  epoch(target: TargetKey, firstSeenAt: number): Promise<number>;
  /** The ledgers of one collector on one target. */
  shelf<Facts>(target: TargetKey, collector: Keeper<Facts>): Shelf<Facts>;
  close(): Promise<void>;
}

/** The ledgers of one collector on one target, by the names of its entities. */
export interface Shelf<Facts> {
  /** What was saved last. */
  get(name: string): Ledger<Facts> | undefined;
  /**
   * The time before which completed runs of this entity are not counted, AWS's epoch seconds, once the target's epoch is
   * known. What has come from another shard since the number of shards changed is counted from then on: that one has counted
   * what was before.
   */
  epochOf(name: string): number | undefined;
  /** Rejects, with nothing changed, when the ledger could not be saved. */
  save(name: string, ledger: Ledger<Facts>): Promise<void>;
  /**
   * Told what there is now. Ledgers of what is gone are kept for a week: a listing can be wrong, a filter can be changed back,
   * and a job that returns goes on counting where it stopped.
   */
  listed(names: ReadonlySet<string>, now: number): Promise<void>;
}

const KEEP_DEPARTED_SECONDS = 7 * 86_400;

interface Stored<Facts> {
  readonly ledger: Ledger<Facts>;
  /** When a listing was first without it, AWS's epoch seconds; undefined while it is there. */
  readonly departedAt: number | undefined;
  /** Its own epoch; undefined where the target's counts. */
  readonly epoch: number | undefined;
}

export interface LedgerStoreOptions {
  /** As which shard, such as 2/4, the ledgers are kept. */
  readonly shard?: string;
  /** Told of each save that failed; whoever asked for it is told why. */
  readonly onSaveFailed?: () => void;
}

/** By which shard a target's ledgers were saved last. */
interface Reign {
  readonly shard: string;
  /** The epoch of what has come to this shard; undefined where there was none before it. */
  readonly since: number | undefined;
}

const hasDeparted = objectOf<{ readonly departedAt: number }>({ departedAt: isNumber });

const isReign = objectOf<Reign>({ shard: isText, since: optional(isNumber) });

/** As if written by the shard that takes everything; nothing else was, before there were shards. */
const FIRST_REIGN: Reign = { shard: '0/1', since: undefined };

const storedOf = <Facts>(isFacts: Is<Facts>): Is<Stored<Facts>> =>
  objectOf<Stored<Facts>>({ ledger: ledgerOf(isFacts), departedAt: optional(isNumber), epoch: optional(isNumber) });

/**
 * Keeps ledgers in a map. Throws a StateError when the map holds something else.
 *
 * A job or workflow is counted by one shard at a time. When the number of shards changes, what stays goes on; what comes starts
 * anew, even if it was here before: others may have counted it meanwhile.
 */
export const createLedgerStore = (
  map: DurableMap,
  collectors: readonly Keeper<unknown>[],
  { shard = FIRST_REIGN.shard, onSaveFailed = () => {} }: LedgerStoreOptions = {},
): LedgerStore => {
  const save = async (key: string, value: unknown): Promise<void> => {
    try {
      await map.set(key, value);
    } catch (error) {
      onSaveFailed();
      throw new Error(`the state could not be saved: ${messageOf(error)}`, { cause: error });
    }
  };

  const epochs = new Map<string, number>();
  const reigns = new Map<string, Reign>();
  const shelves = new Map<string, Map<string, unknown>>();
  const shelfAt = (path: string): Map<string, unknown> => {
    const found = shelves.get(path) ?? new Map<string, unknown>();
    shelves.set(path, found);
    return found;
  };

  const tests = new Map(collectors.map(({ name, isFacts }) => [name, storedOf(isFacts)]));
  for (const [key, value] of map.entries()) {
    const { kind, target, collector, name } = parseKey(key);
    if (kind === 'epoch' && isNumber(value)) epochs.set(target, value);
    else if (kind === 'shard' && isReign(value)) reigns.set(target, value);
    else if (kind === 'ledger' && (tests.get(collector)?.(value) ?? true)) {
      shelfAt(`${target}/${collector}`).set(name, value);
    } else {
      throw new StateError(
        `the state holds under ${JSON.stringify(key)} what this version of the exporter cannot read; run the version that wrote it, or move the file away and start again, and counting begins anew`,
      );
    }
  }

  const reignOf = (path: string): Reign => reigns.get(path) ?? FIRST_REIGN;

  return {
    async epoch(target, firstSeenAt) {
      const path = pathOf(target);
      const saved = epochs.get(path);
      // First, so that an epoch without a reign is one of before there were shards.
      if (reignOf(path).shard !== shard) {
        const reign: Reign = { shard, since: saved === undefined ? undefined : firstSeenAt };
        await save(`shard/${path}`, reign);
        reigns.set(path, reign);
      }
      if (saved !== undefined) return saved;
      await save(`epoch/${path}`, firstSeenAt);
      epochs.set(path, firstSeenAt);
      return firstSeenAt;
    },

    shelf<Facts>(target: TargetKey, collector: Keeper<Facts>): Shelf<Facts> {
      const targetPath = pathOf(target);
      const path = `${targetPath}/${collector.name}`;
      const shelf = shelfAt(path);
      const isStored = storedOf(collector.isFacts);
      const set = async (name: string, stored: Stored<Facts> | undefined): Promise<void> => {
        await save(`ledger/${path}/${name}`, stored);
        if (stored === undefined) shelf.delete(name);
        else shelf.set(name, stored);
      };
      const get = (name: string): Stored<Facts> | undefined => {
        const stored = shelf.get(name);
        return isStored(stored) ? stored : undefined;
      };
      /** What departed before this shard's time may have been counted by another since. */
      const isValid = ({ departedAt }: Stored<Facts>): boolean => {
        const reign = reignOf(targetPath);
        const validFrom = reign.shard === shard ? (reign.since ?? Number.NEGATIVE_INFINITY) : Number.POSITIVE_INFINITY;
        return departedAt === undefined || departedAt >= validFrom;
      };
      const getValid = (name: string): Stored<Facts> | undefined => {
        const stored = get(name);
        return stored !== undefined && isValid(stored) ? stored : undefined;
      };
      /** The own epoch of what has, or gets, a ledger. */
      const ownEpoch = (name: string): number | undefined => {
        const stored = getValid(name);
        return stored === undefined ? reignOf(targetPath).since : stored.epoch;
      };
      return {
        get: name => getValid(name)?.ledger,
        epochOf: name => ownEpoch(name) ?? epochs.get(targetPath),
        save: (name, ledger) => set(name, { ledger, departedAt: undefined, epoch: ownEpoch(name) }),
        async listed(names, now) {
          const changes: Promise<void>[] = [];
          for (const [name, value] of shelf) {
            const isThere = names.has(name);
            // Of ten thousand, next to none has come or gone.
            if (isThere && !hasDeparted(value)) continue;
            const stored = get(name);
            if (stored === undefined) continue;
            const { departedAt } = stored;
            if (isThere) {
              if (isValid(stored)) changes.push(set(name, { ...stored, departedAt: undefined }));
            } else if (departedAt === undefined) changes.push(set(name, { ...stored, departedAt: now }));
            else if (now - departedAt > KEEP_DEPARTED_SECONDS) changes.push(set(name, undefined));
          }
          await Promise.all(changes);
        },
      };
    },

    close: map.close,
  };
};

const pathOf = ({ accountId, region }: TargetKey): string => `${accountId}/${region}`;

/** epoch/ACCOUNT/REGION, shard/ACCOUNT/REGION and ledger/ACCOUNT/REGION/COLLECTOR/NAME, where a name may hold anything. */
const parseKey = (key: string) => {
  const [kind = '', account = '', region = '', collector = '', ...name] = key.split('/');
  return { kind, target: `${account}/${region}`, collector, name: name.join('/') };
};
