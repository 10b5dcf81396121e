import type { Ledger } from '../runs/ledger.ts';

/** Which entity a ledger belongs to. */
export interface LedgerKey {
  readonly accountId: string;
  readonly region: string;
  readonly collector: string;
  readonly name: string;
}

/**
 * Where ledgers are kept. A ledger is saved before what it changed is exposed, so that no counter that was ever seen can go
 * back. Rejects when the ledger could not be saved.
 */
export interface LedgerStore {
  save(key: LedgerKey, ledger: Ledger<unknown>): Promise<void>;
}

/** Keeps nothing beyond the process: counting starts anew with each start. */
export const memoryStore: LedgerStore = { save: async () => {} };
