import type { LatestRun } from '../collectors/collector.ts';
import type { Exposed } from '../metrics/exposition.ts';
import { emptyLedger, type Ledger } from '../runs/ledger.ts';
import { type ExpectedStart, expectedStart } from '../runs/rhythm.ts';

/** An entity that a discovery has listed, with all that is known of it. Times without a unit of their own are uptimes. */
export interface Tracked<Definition, Facts> {
  definition: Definition;
  ledger: Ledger<Facts>;
  /** -Infinity before the first attempt. */
  lastAttemptAt: number;
  lastSuccessAt: number | undefined;
  /** The first failure since the last success. */
  failingSince: number | undefined;
  /** What is exposed of it; undefined when nothing is. */
  published: Exposed | undefined;
  /** What a glance at many entities has told of this one last, and what it had told when this one was read. */
  glimpse: LatestRun | undefined;
  glimpseRead: LatestRun | undefined;
  /** The next start that its past lets expect, and the starts that this was told from. */
  expected: ExpectedStart | undefined;
  expectedFrom: readonly number[] | undefined;
}

/** An entity of which nothing is known but its definition, and what was saved. */
export const track = <Definition, Facts>(
  definition: Definition,
  ledger: Ledger<Facts> = emptyLedger,
): Tracked<Definition, Facts> => ({
  definition,
  ledger,
  lastAttemptAt: Number.NEGATIVE_INFINITY,
  lastSuccessAt: undefined,
  failingSince: undefined,
  published: undefined,
  glimpse: undefined,
  glimpseRead: undefined,
  expected: undefined,
  expectedFrom: undefined,
});

/** Whether a run is active, has been glimpsed, or is likely to have started. `now` is in AWS's time. */
export const isNewsExpected = (entity: Tracked<unknown, unknown>, now: number, graceSeconds: number): boolean =>
  hasActiveRun(entity.ledger) || isGlimpsed(entity) || isStartExpected(entity, now, graceSeconds);

const hasActiveRun = ({ active }: Ledger<unknown>): boolean => {
  for (const _ in active) return true;
  return false;
};

/** A glance that was followed by a reading has told everything, even where the two do not agree. */
const isGlimpsed = ({ glimpse, glimpseRead, ledger: { newest } }: Tracked<unknown, unknown>): boolean =>
  glimpse !== undefined && !isSameRun(glimpse, newest) && !isSameRun(glimpse, glimpseRead);

const isSameRun = (a: LatestRun, b: LatestRun | undefined): boolean => a.id === b?.id && a.state === b.state;

/** Told anew only when a run has started, or the time has passed: with ten thousand entities it is asked for too often. */
const isStartExpected = (entity: Tracked<unknown, unknown>, now: number, graceSeconds: number): boolean => {
  const { starts = [] } = entity.ledger;
  const isOver = entity.expected !== undefined && entity.expected.until + graceSeconds < now;
  if (entity.expectedFrom !== starts || isOver) {
    entity.expected = expectedStart(starts, now, graceSeconds);
    entity.expectedFrom = starts;
  }
  return entity.expected !== undefined && entity.expected.from <= now;
};
