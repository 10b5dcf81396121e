import { changedTo, countedFrom, isImplied, newHistory, type ShardHistory } from './shard-history.ts';
import { keys, type StoredState } from './stored-state.ts';

/** The shard histories of all targets in a state. */
export interface SavedHistories {
  of(targetPath: string): ShardHistory;
  /** Resolves when the change to this shard, where there was one, is saved. Rejects when it could not be; the next call tries again. */
  saved(): Promise<void>;
  /** Saves from when on what has come to this shard is counted, AWS's epoch seconds, where that is not known yet. */
  countFrom(targetPath: string, at: number): Promise<void>;
}

/**
 * Continues the histories of a state as a shard. A change is saved before anything else, whether AWS can be reached or not: from
 * now on other shards may count what was counted here.
 */
export const createSavedHistories = (
  { histories }: StoredState,
  shard: string,
  save: (key: string, value: unknown) => Promise<void>,
): SavedHistories => {
  const saveHistory = async (path: string, history: ShardHistory): Promise<void> => {
    await save(keys.history(path), history);
    histories.set(path, history);
    await save(keys.unnumberedShard(path), undefined);
  };

  const changed = new Set<string>();
  for (const [path, history] of histories) {
    if (history.shard === shard) continue;
    histories.set(path, changedTo(history, shard));
    changed.add(path);
  }
  const of = (path: string): ShardHistory => histories.get(path) ?? newHistory(shard);
  const saveChanged = async (): Promise<void> => {
    await Promise.all(
      [...changed].map(async path => {
        await saveHistory(path, of(path));
        changed.delete(path);
      }),
    );
  };
  let saving: Promise<void> | undefined;
  const saved = async (): Promise<void> => {
    if (changed.size === 0) return;
    saving ??= saveChanged().finally(() => {
      saving = undefined;
    });
    await saving;
  };
  saved().catch(() => {});

  return {
    of,
    saved,
    async countFrom(path, at) {
      const known = histories.get(path);
      const history = countedFrom(known ?? newHistory(shard), at);
      if (history !== known && !isImplied(history)) await saveHistory(path, history);
      histories.set(path, history);
    },
  };
};
