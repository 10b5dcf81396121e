import type { Exemplar, Sample } from '../metrics/family.ts';
import type { Ledger } from '../runs/ledger.ts';

/** Numbers of active runs: 0 for every known state without any, and nothing for unknown states without any. */
export const countsByState = (
  counts: ReadonlyMap<string, number>,
  states: readonly string[],
): readonly Sample<readonly [string]>[] => {
  const unexpected = [...counts.keys()].filter(state => !states.includes(state)).sort();
  return [...states, ...unexpected].map(state => ({ labels: [state], value: counts.get(state) ?? 0 }));
};

/**
 * A counter's totals by one label. Expected values start at 0, so that the first run shows as an increase; other values appear when they
 * are first counted.
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

/** The failed run that was counted and completed last, by failureKey: the run to look up. */
export const failureExemplar = (ledger: Ledger<unknown>, key: string): Exemplar | undefined => {
  const failure = ledger.countedFailures?.[key];
  return failure && { labels: { run_id: failure.id }, value: 1, timestamp: failure.completedAt };
};

/** Seconds from one AWS time to another, at least 0, in the milliseconds that AWS's times have. */
export const secondsBetween = (from: number, to: number): number => Math.max(0, Math.round((to - from) * 1000) / 1000);
