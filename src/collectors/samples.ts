import type { Exemplar, Sample } from '../metrics/family.ts';
import type { Ledger } from '../runs/ledger.ts';

/** Counts of active runs: every known state, 0 included, and others only while there are any. */
export const countsByState = (
  counts: ReadonlyMap<string, number>,
  states: readonly string[],
): readonly Sample<readonly [string]>[] => {
  const unexpected = [...counts.keys()].filter(state => !states.includes(state)).sort();
  return [...states, ...unexpected].map(state => ({ labels: [state], value: counts.get(state) ?? 0 }));
};

/**
 * A counter's totals by one label: every expected value, seeded at 0 so that the first run can be seen as an increase, and
 * what else was counted.
 */
export const totalsByLabel = (
  ledger: Ledger<unknown>,
  keyOf: (value: string) => string,
  expected: readonly string[],
): readonly Sample<readonly [string]>[] => {
  const prefix = keyOf('');
  const counted = Object.keys(ledger.totals).flatMap(key => (key.startsWith(prefix) ? key.slice(prefix.length) : []));
  const unexpected = counted.filter(value => !expected.includes(value)).sort();
  return [...expected, ...unexpected].map(value => ({ labels: [value], value: ledger.totals[keyOf(value)] ?? 0 }));
};

/** The failed run that was counted and completed last, by failureKey: which one to look up. */
export const failureExemplar = (ledger: Ledger<unknown>, key: string): Exemplar | undefined => {
  const failure = ledger.countedFailures?.[key];
  return failure && { labels: { run_id: failure.id }, value: 1, timestamp: failure.completedAt };
};

/** Seconds from one AWS time to another, at least 0 and to the millisecond, which is all the precision they have. */
export const secondsBetween = (from: number, to: number): number => Math.max(0, Math.round((to - from) * 1000) / 1000);
