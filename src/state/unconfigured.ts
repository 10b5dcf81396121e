import { isExpired } from './departed.ts';
import type { OperatingTime } from './operating-time.ts';
import { keys, type StoredState, type TargetKey, targetOf } from './stored-state.ts';

/** Whether a target, or a collector of it, is configured; undefined while nobody knows. */
export type IsConfigured = (target: TargetKey, collector?: string) => boolean | undefined;

export interface UnconfiguredDependencies {
  readonly isConfigured: IsConfigured;
  readonly operating: OperatingTime;
  /** Rejects when it could not save. */
  readonly save: (key: string, value: unknown) => Promise<void>;
  /** Deletes ledgers of a collector while `isWanted`. */
  readonly forget: (collectorPath: string, names: readonly string[], isWanted: () => boolean) => Promise<void>;
  readonly onExpired: (target: TargetKey, collector: string, ledgers: number) => void;
}

/** What the state has of targets and collectors that are not configured any more. */
export interface Unconfigured {
  /** Marks it, and deletes what has been marked for long enough. Rejects when that could not be saved. */
  sweep(): Promise<void>;
}

/** For a state that others change as well. */
export const createUnconfigured = (
  state: StoredState,
  { isConfigured, operating, save, forget, onExpired }: UnconfiguredDependencies,
): Unconfigured => {
  const { epochs, histories, ledgers, forgottenUntil, removedAfterSeconds } = state;

  const mark = async (path: string, afterSeconds: number | undefined): Promise<void> => {
    await save(keys.removedAfterSeconds(path), afterSeconds);
    if (afterSeconds === undefined) removedAfterSeconds.delete(path);
    else removedAfterSeconds.set(path, afterSeconds);
  };

  /** Whether it has not been configured for long enough; keeps the time since when. */
  const isOver = async (path: string, configured: boolean | undefined): Promise<boolean> => {
    const since = removedAfterSeconds.get(path);
    if (configured === undefined) return false;
    if (configured) {
      if (since !== undefined) await mark(path, undefined);
      return false;
    }
    await operating.save();
    if (since === undefined) await mark(path, operating.seconds());
    return since !== undefined && isExpired(since, operating.seconds());
  };

  const remove = async (values: Map<string, unknown>, path: string, key: string): Promise<void> => {
    if (values.delete(path)) await save(key, undefined);
  };

  const sweepCollector = async (path: string, target: TargetKey, collector: string): Promise<void> => {
    const names = [...(ledgers.get(path)?.keys() ?? [])];
    if (names.length === 0 && !removedAfterSeconds.has(path)) return;
    if (!(await isOver(path, isConfigured(target, collector)))) return;
    await forget(path, names, () => isConfigured(target, collector) === false);
    if (isConfigured(target, collector) !== false) return;
    await remove(removedAfterSeconds, path, keys.removedAfterSeconds(path));
    onExpired(target, collector, names.length);
  };

  const sweepTarget = async (path: string, target: TargetKey): Promise<void> => {
    if (!(await isOver(path, isConfigured(target)))) return;
    // The epoch goes first: with it and without the rest, a target that returns would be counted twice.
    await remove(epochs, path, keys.epoch(path));
    for (const collectorPath of [...forgottenUntil.keys()]) {
      if (!collectorPath.startsWith(`${path}/`) || isConfigured(target) !== false) continue;
      await remove(forgottenUntil, collectorPath, keys.forgottenUntil(collectorPath));
    }
    if (isConfigured(target) !== false) return;
    await remove(histories, path, keys.history(path));
    await save(keys.unnumberedShard(path), undefined);
    await remove(removedAfterSeconds, path, keys.removedAfterSeconds(path));
  };

  const sweepOnce = async (): Promise<void> => {
    for (const path of [...ledgers.keys()]) {
      const [, , collector = ''] = path.split('/');
      await sweepCollector(path, targetOf(path), collector);
    }
    for (const path of new Set([...epochs.keys(), ...histories.keys()])) await sweepTarget(path, targetOf(path));
  };

  let sweeping: Promise<void> | undefined;
  return {
    sweep() {
      sweeping ??= sweepOnce().finally(() => {
        sweeping = undefined;
      });
      return sweeping;
    },
  };
};
