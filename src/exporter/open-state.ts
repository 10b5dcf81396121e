import { statefulCollectors } from '../collectors/collector.ts';
import { collectors } from '../collectors/index.ts';
import type { Log } from '../log.ts';
import type { Telemetry } from '../metrics/telemetry.ts';
import { formatShard, type Shard } from '../shard.ts';
import { type DurableMap, memoryMap, openDurableMap } from '../state/durable-map.ts';
import { createLedgerStore, type LedgerStore } from '../state/ledger-store.ts';
import type { IsConfigured } from '../state/unconfigured.ts';

export interface StateOptions {
  readonly log: Log;
  readonly telemetry: Telemetry;
  readonly shard: Shard;
  /** Seconds since the process started, on a clock that only runs forward. */
  readonly uptime: () => number;
  readonly isConfigured: IsConfigured;
}

/** Opens the ledgers in a folder, or in memory where `path` is undefined. Rejects with a StateError. */
export const openState = async (path: string | undefined, options: StateOptions): Promise<LedgerStore> => {
  const { log, telemetry, shard, uptime, isConfigured } = options;
  const map = await openMap(path, log);
  try {
    return createLedgerStore(map, statefulCollectors(collectors), {
      shard: formatShard(shard),
      uptime,
      isConfigured,
      onSaveFailed: () => telemetry.stateSaveFailures.inc(),
      onDropped({ accountId, region }, collector, dropped) {
        const target = telemetry.targetOf({ aws_account_id: accountId, aws_region: region });
        telemetry.departedLedgersDropped.inc({ ...target, collector }, dropped);
        log.info('Oldest departed ledgers dropped', { account: accountId, region, collector, dropped });
      },
      onExpired: ({ accountId, region }, collector, ledgers) =>
        log.info('State of removed collector expired', { account: accountId, region, collector, ledgers }),
    });
  } catch (error) {
    await map.close();
    throw error;
  }
};

const openMap = async (path: string | undefined, log: Log): Promise<DurableMap> => {
  if (path === undefined) return memoryMap();
  return openDurableMap(path, {
    unfinishedSave: bytes =>
      log.warn('A save that a crash had cut off was dropped; it was never exposed', { path, bytes }),
    notLocked: () =>
      log.warn('This file system cannot lock state.path: see to it that no second exporter uses it', { path }),
    smallVolume: () =>
      log.warn('The volume of state.path has no room for a second journal, compacting in place', { path }),
  });
};
