import type { World } from '../../src/simulator/world.ts';
import { readJournal } from '../../src/state/journal.ts';

/** What is saved of one entity. */
export interface SavedLedger {
  readonly totals: ReadonlyMap<string, number>;
  /** Runs that started before it have been entered for good. */
  readonly settledBefore: number;
}

const membersOf = (value: unknown): ReadonlyMap<string, unknown> =>
  new Map(typeof value === 'object' && value !== null ? Object.entries(value) : []);

const numbersOf = (values: ReadonlyMap<string, unknown>): ReadonlyMap<string, number> =>
  new Map([...values].flatMap(([key, value]) => (typeof value === 'number' ? [[key, value] as const] : [])));

const savedLedger = (stored: unknown): SavedLedger => {
  const ledger = membersOf(membersOf(stored).get('ledger'));
  const horizon = ledger.get('horizon');
  const starts = [...membersOf(ledger.get('active')).values()].map(run => membersOf(run).get('startedAt'));
  const bounds = [horizon, ...starts].map(bound => (typeof bound === 'number' ? bound : Number.NEGATIVE_INFINITY));
  return { totals: numbersOf(membersOf(ledger.get('totals'))), settledBefore: Math.min(...bounds) };
};

/**
 * What is saved in a journal by now, whatever happens to the exporter; by COLLECTOR/NAME. Undefined when there is none, or
 * when it is just being written.
 */
export const readSaved = async (
  journal: string,
  { accountId, region }: Pick<World, 'accountId' | 'region'>,
): Promise<ReadonlyMap<string, SavedLedger> | undefined> => {
  const content = await readJournal(journal).catch(() => undefined);
  if (content === undefined) return undefined;
  const prefix = `ledger/${accountId}/${region}/`;
  return new Map(
    [...content.values].flatMap(([key, stored]) =>
      key.startsWith(prefix) ? [[key.slice(prefix.length), savedLedger(stored)] as const] : [],
    ),
  );
};
