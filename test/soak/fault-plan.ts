import { type Fault, type FaultKind, faultKinds } from '../../src/simulator/faults.ts';
import {
  between,
  betweenByMagnitude,
  pick,
  type Random,
  randomStreams,
  wholeBetween,
} from '../../src/simulator/random.ts';
import { REQUEST_TIMEOUT_MS } from './configs.ts';

/** The faults from one time on, simulated seconds from the beginning. */
export interface FaultWindow {
  readonly from: number;
  /** In the order in which they are tried. */
  readonly faults: readonly Fault[];
  /** AWS refuses connections. */
  readonly paused: boolean;
}

/**
 * Dates that ended runs lack. At least one of StartedOn and CompletedOn stays, and one seed takes away the same ones all the
 * time: a run that has been forgotten for long and comes back with no date, or with another one only, can be told from a new
 * run by nobody.
 */
const missing: readonly [readonly string[], ...(readonly string[])[]] = [
  ['StartedOn'],
  ['CompletedOn'],
  ['LastModifiedOn'],
  ['StartedOn', 'LastModifiedOn'],
  ['CompletedOn', 'LastModifiedOn'],
];

const malformed = ['StartedOn', 'CompletedOn', 'ExecutionTime', 'JobRunState', 'Status', 'MaxCapacity'] as const;

const operations = ['GetJobs', 'GetJobRuns', 'ListWorkflows', 'BatchGetWorkflows', 'GetWorkflowRuns'] as const;

/** Kinds that are not part of a soak. */
const unplanned: readonly FaultKind[] = ['skewed_date', 'short_pages', 'inverted_pairs', 'late_fields', 'stale_answer'];

/** The kinds that a soak has unless it is told otherwise. */
export const plannedKinds: readonly FaultKind[] = faultKinds.filter(kind => !unplanned.includes(kind));

/** Each kind comes up once before any comes up again. */
const deckOf = (random: Random, kinds: readonly FaultKind[]): (() => FaultKind) => {
  let deck: FaultKind[] = [];
  return () => {
    if (deck.length === 0) deck = [...kinds];
    const [kind = 'throttle'] = deck.splice(Math.floor(random() * deck.length), 1);
    return kind;
  };
};

/** How long a window of faults is, simulated seconds. */
const LENGTH = [120, 700] as const;

/** Which faults there are when, in so many simulated seconds. They hit requests for these entities, among others. */
export const faultWindowsOf = (
  seed: string,
  seconds: number,
  entities: readonly string[],
  kinds: readonly FaultKind[],
): readonly FaultWindow[] => {
  const random = randomStreams(`${seed}/faults`)(0);
  const next = deckOf(random, kinds);
  const missingFields = pick(random, missing);

  const faultOf = (kind: FaultKind, rate: number): Fault => {
    const fault = { kind, rate };
    if (kind === 'missing_dates') return { ...fault, fields: missingFields };
    // Later than that is no answer any more, but a stall.
    if (kind === 'slow') return { ...fault, delaySeconds: between(random, [0.01, (REQUEST_TIMEOUT_MS / 1000) * 1.2]) };
    if (kind === 'malformed_run' && random() < 0.5) return { ...fault, fields: [pick(random, malformed)] };
    return fault;
  };

  const storm = (): Fault => {
    const fault = faultOf(next(), 1);
    const where = random();
    if (where < 0.35) return fault;
    if (where < 0.7) return { ...fault, operations: [pick(random, operations)] };
    return { ...fault, entity: entities[Math.floor(random() * entities.length)] ?? '' };
  };

  const windows: FaultWindow[] = [];
  for (let from = 0; from < seconds; from += between(random, LENGTH)) {
    const weather = random();
    if (weather < 0.15) windows.push({ from, faults: [], paused: false });
    else if (weather < 0.2) windows.push({ from, faults: [], paused: true });
    else if (weather < 0.35) windows.push({ from, faults: [storm()], paused: false });
    else {
      const faults = Array.from({ length: wholeBetween(random, [3, 8]) }, () =>
        faultOf(next(), betweenByMagnitude(random, [0.01, 0.2])),
      );
      windows.push({ from, faults, paused: false });
    }
  }
  return windows;
};
