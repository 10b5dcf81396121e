import type { Ledger } from '../runs/ledger.ts';
import { type Is, isNumber, ledgerOf, objectOf, optional } from '../runs/stored.ts';
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
   * Rejects when it could not be saved.
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
}

const storedOf = <Facts>(isFacts: Is<Facts>): Is<Stored<Facts>> =>
  objectOf<Stored<Facts>>({ ledger: ledgerOf(isFacts), departedAt: optional(isNumber) });

const hasDeparted = objectOf<{ readonly departedAt: number }>({ departedAt: isNumber });

/** Keeps ledgers in a map. Throws a StateError when the map holds something else. */
export const createLedgerStore = (map: DurableMap, collectors: readonly Keeper<unknown>[]): LedgerStore => {
  const epochs = new Map<string, number>();
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
    else if (kind === 'ledger' && (tests.get(collector)?.(value) ?? true)) {
      shelfAt(`${target}/${collector}`).set(name, value);
    } else {
      throw new StateError(
        `the state holds under ${JSON.stringify(key)} what this version of the exporter cannot read; run the version that wrote it, or move the file away and start again, and counting begins anew`,
      );
    }
  }

  return {
    async epoch(target, firstSeenAt) {
      const path = pathOf(target);
      const saved = epochs.get(path);
      if (saved !== undefined) return saved;
      await map.set(`epoch/${path}`, firstSeenAt);
      epochs.set(path, firstSeenAt);
      return firstSeenAt;
    },

    shelf<Facts>(target: TargetKey, collector: Keeper<Facts>): Shelf<Facts> {
      const path = `${pathOf(target)}/${collector.name}`;
      const shelf = shelfAt(path);
      const isStored = storedOf(collector.isFacts);
      const set = async (name: string, stored: Stored<Facts> | undefined): Promise<void> => {
        await map.set(`ledger/${path}/${name}`, stored);
        if (stored === undefined) shelf.delete(name);
        else shelf.set(name, stored);
      };
      const get = (name: string): Stored<Facts> | undefined => {
        const stored = shelf.get(name);
        return isStored(stored) ? stored : undefined;
      };
      return {
        get: name => get(name)?.ledger,
        save: (name, ledger) => set(name, { ledger, departedAt: undefined }),
        async listed(names, now) {
          const changes: Promise<void>[] = [];
          for (const [name, value] of shelf) {
            const isThere = names.has(name);
            // Of ten thousand, next to none has come or gone.
            if (isThere && !hasDeparted(value)) continue;
            const stored = get(name);
            if (stored === undefined) continue;
            const { ledger, departedAt } = stored;
            if (isThere) changes.push(set(name, { ledger, departedAt: undefined }));
            else if (departedAt === undefined) changes.push(set(name, { ledger, departedAt: now }));
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

/** epoch/ACCOUNT/REGION and ledger/ACCOUNT/REGION/COLLECTOR/NAME, where a name may hold anything. */
const parseKey = (key: string) => {
  const [kind = '', account = '', region = '', collector = '', ...name] = key.split('/');
  return { kind, target: `${account}/${region}`, collector, name: name.join('/') };
};
