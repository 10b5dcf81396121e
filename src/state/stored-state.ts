import type { Ledger } from '../runs/ledger.ts';
import { type Is, isNumber, ledgerOf, objectOf, optional } from '../runs/stored.ts';
import { StateError } from './journal.ts';
import {
  isShardHistory,
  isUnnumberedShard,
  numbered,
  type ShardHistory,
  type UnnumberedShard,
  WRITTEN_BY_WHOLE,
} from './shard-history.ts';

/** An account and region. */
export interface TargetKey {
  readonly accountId: string;
  readonly region: string;
}

/** A collector as the store needs it: its name, and how to recognise what it keeps of a run. */
export interface Keeper<Facts> {
  readonly name: string;
  readonly isFacts: Is<Facts>;
}

/** A ledger as it is stored. */
export interface Stored<Facts> {
  readonly ledger: Ledger<Facts>;
  /** The assignment in which it was last saved, see shard-history.ts; undefined in 0 and where they had no numbers. */
  readonly assignment: number | undefined;
  /** Its own epoch; undefined where the target's counts. */
  readonly epoch: number | undefined;
  /** When a listing was first without it, AWS's epoch seconds; undefined while it is there. */
  readonly departedAt: number | undefined;
  /** The operating seconds then, see operating-time.ts. */
  readonly departedAfterSeconds: number | undefined;
}

/** Whether a value is a stored ledger whose runs have facts that pass a test. */
export const storedOf = <Facts>(isFacts: Is<Facts>): Is<Stored<Facts>> =>
  objectOf<Stored<Facts>>({
    ledger: ledgerOf(isFacts),
    assignment: optional(isNumber),
    epoch: optional(isNumber),
    departedAt: optional(isNumber),
    departedAfterSeconds: optional(isNumber),
  });

/** What is in a state, by the paths of targets (ACCOUNT/REGION) and collectors (ACCOUNT/REGION/COLLECTOR). */
export interface StoredState {
  /** By target: the time before which completed runs are not counted, AWS's epoch seconds. */
  readonly epochs: Map<string, number>;
  /** By target. */
  readonly histories: Map<string, ShardHistory>;
  /** By collector: stored ledgers by name. */
  readonly ledgers: Map<string, Map<string, unknown>>;
  /** By collector: the time before which ledgers that are not kept any more have counted, AWS's epoch seconds. */
  readonly forgottenUntil: Map<string, number>;
  /** By target or collector: the operating seconds when it was found not to be configured. */
  readonly removedAfterSeconds: Map<string, number>;
  /** See operating-time.ts. */
  readonly operatingSeconds: number;
}

/** Keys are a kind, then a path; that of a ledger ends with a name, which may hold anything. */
export const keys = {
  epoch: (targetPath: string): string => `epoch/${targetPath}`,
  history: (targetPath: string): string => `assignment/${targetPath}`,
  /** What was saved before assignments were numbered. */
  unnumberedShard: (targetPath: string): string => `shard/${targetPath}`,
  ledger: (collectorPath: string, name: string): string => `ledger/${collectorPath}/${name}`,
  forgottenUntil: (collectorPath: string): string => `forgotten_until/${collectorPath}`,
  removedAfterSeconds: (path: string): string => `removed_after_seconds/${path}`,
  operatingSeconds: 'operating_seconds',
};

export const pathOf = ({ accountId, region }: TargetKey): string => `${accountId}/${region}`;

export const targetOf = (path: string): TargetKey => {
  const [accountId = '', region = ''] = path.split('/');
  return { accountId, region };
};

/** Reads what a map holds. Throws a StateError when it holds something else. */
export const readState = (
  entries: Iterable<readonly [key: string, value: unknown]>,
  collectors: readonly Keeper<unknown>[],
): StoredState => {
  let operatingSeconds = 0;
  const state = {
    epochs: new Map<string, number>(),
    histories: new Map<string, ShardHistory>(),
    ledgers: new Map<string, Map<string, unknown>>(),
    forgottenUntil: new Map<string, number>(),
    removedAfterSeconds: new Map<string, number>(),
  };
  const unnumbered = new Map<string, UnnumberedShard>();
  const targets = new Set<string>();
  const tests = new Map(collectors.map(({ name, isFacts }) => [name, storedOf(isFacts)]));
  for (const [key, value] of entries) {
    const { kind, target, collector, name } = parseKey(key);
    const path = collector === '' ? target : `${target}/${collector}`;
    if (kind === 'epoch' && isNumber(value)) state.epochs.set(target, value);
    else if (kind === 'assignment' && isShardHistory(value)) state.histories.set(target, value);
    else if (kind === 'shard' && isUnnumberedShard(value)) unnumbered.set(target, value);
    else if (kind === 'forgotten_until' && isNumber(value)) state.forgottenUntil.set(path, value);
    else if (kind === 'removed_after_seconds' && isNumber(value)) state.removedAfterSeconds.set(path, value);
    else if (kind === 'operating_seconds' && isNumber(value)) operatingSeconds = value;
    else if (kind === 'ledger' && (tests.get(collector)?.(value) ?? true))
      ledgersAt(state.ledgers, path).set(name, value);
    else {
      throw new StateError(
        `the state holds under ${JSON.stringify(key)} what this version of the exporter cannot read; run the version that wrote it, or move the file away and start again, which resets all counters`,
      );
    }
    if (kind !== 'operating_seconds') targets.add(target);
  }
  for (const target of targets) {
    if (state.histories.has(target)) continue;
    const record = unnumbered.get(target);
    state.histories.set(target, record === undefined ? WRITTEN_BY_WHOLE : numbered(record));
  }
  return { ...state, operatingSeconds };
};

/** The stored ledgers of a collector, by name. */
export const ledgersAt = (ledgers: StoredState['ledgers'], collectorPath: string): Map<string, unknown> => {
  const found = ledgers.get(collectorPath) ?? new Map<string, unknown>();
  ledgers.set(collectorPath, found);
  return found;
};

const parseKey = (key: string) => {
  const [kind = '', account = '', region = '', collector = '', ...name] = key.split('/');
  return { kind, target: `${account}/${region}`, collector, name: name.join('/') };
};
