import type { Fault, FaultKind } from '../../src/simulator/faults.ts';
import { kinds } from '../../src/simulator/kinds/index.ts';
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

const unique = (names: readonly string[]): readonly string[] => [...new Set(names)];

const runsOnWire = kinds.flatMap(({ run }) => run ?? []);
const starts = unique(runsOnWire.map(({ startedOn }) => startedOn));
const ends = unique(runsOnWire.map(({ completedOn }) => completedOn));
const states = unique(runsOnWire.map(({ state }) => state));
const otherTimes = unique(runsOnWire.flatMap(({ times }) => times)).filter(
  name => !starts.includes(name) && !ends.includes(name),
);

/**
 * Dates that ended runs lack. At least one of start and end stays, and one seed takes away the same ones all the
 * time: a run that has been forgotten for long and comes back with no date, or with another one only, can be told from a new
 * run by nobody.
 */
const missing: readonly [readonly string[], ...(readonly string[])[]] = [
  starts,
  ends,
  otherTimes,
  [...starts, ...otherTimes],
  [...ends, ...otherTimes],
];

const malformed = [...starts, ...ends, 'ExecutionTime', ...states, 'MaxCapacity'];

/** Those that need no tag filter. */
const operations = kinds.flatMap(kind => kind.operations).filter(operation => !('tags' in operation));

const operationNames = operations.map(({ name }) => name);

/** What reads definitions. */
const discovery = operations
  .filter(({ does }) => does === 'list entities' || does === 'get entities')
  .map(({ name }) => name);

const pickName = (random: Random, [first = '', ...others]: readonly string[]): string =>
  pick(random, [first, ...others]);

const drawSkew = (random: Random): number => (random() < 0.5 ? -1 : 1) * betweenByMagnitude(random, SKEW);

/** Each kind comes up once before any comes up again. */
const deckOf = (random: Random, faultKinds: readonly FaultKind[]): (() => FaultKind) => {
  let deck: FaultKind[] = [];
  return () => {
    if (deck.length === 0) deck = [...faultKinds];
    const [kind = 'throttle'] = deck.splice(Math.floor(random() * deck.length), 1);
    return kind;
  };
};

/** How far a clock is off: from seconds to days, simulated seconds. */
const SKEW = [5, 3 * 86_400] as const;

/** Answers whose Date is that of a proxy. */
const foreign: readonly FaultKind[] = ['html_200', 'html_503'];

/** How far apart runs start that are listed in the wrong order, simulated seconds. */
const INVERSION = [1, 60] as const;

/** How long what AWS adds to a run after its end can take, and how old an answer can be, simulated seconds. */
const LATE = [20, 290] as const;

/** In a window in which only some answers are hit, nearly all of them are right about the time. */
const MOST_SKEWED = 0.05;

/** As many as the exporter makes of one request with the config that it starts with. */
const FIRST_ATTEMPTS = 2;

/** How long a window of faults is, simulated seconds. */
const LENGTH = [120, 700] as const;

/**
 * The faults of the very first start, when the exporter decides from which time on it counts: a proxy with a clock of its own
 * answers all attempts of one request, the last answer of that poll, and a few answers of AWS have a Date that is off.
 */
export const firstFaultsOf = (seed: string, faultKinds: readonly FaultKind[]): readonly Fault[] => {
  const random = randomStreams(`${seed}/first faults`)(0);
  const first = pickName(random, discovery);
  const faults: readonly Fault[] = [
    { kind: 'html_503', rate: 1, times: FIRST_ATTEMPTS, operations: [first], skewSeconds: drawSkew(random) },
    { kind: 'skewed_date', rate: MOST_SKEWED, skewSeconds: drawSkew(random) },
  ];
  return faults.filter(({ kind }) => faultKinds.includes(kind));
};

/** Which faults there are when, in so many simulated seconds. They hit requests for these entities, among others. */
export const faultWindowsOf = (
  seed: string,
  seconds: number,
  entities: readonly string[],
  faultKinds: readonly FaultKind[],
): readonly FaultWindow[] => {
  const random = randomStreams(`${seed}/faults`)(0);
  const next = deckOf(random, faultKinds);
  const missingFields = pick(random, missing);

  const faultOf = (kind: FaultKind, rate: number): Fault => {
    const fault = { kind, rate };
    if (kind === 'missing_dates') return { ...fault, fields: missingFields };
    // Later than that is no answer any more, but a stall.
    if (kind === 'slow') return { ...fault, delaySeconds: between(random, [0.01, (REQUEST_TIMEOUT_MS / 1000) * 1.2]) };
    if (kind === 'malformed_run' && random() < 0.5) return { ...fault, fields: [pickName(random, malformed)] };
    if (kind === 'inverted_pairs') return { ...fault, inversionSeconds: between(random, INVERSION) };
    if (kind === 'late_fields') return { ...fault, lateSeconds: between(random, LATE) };
    if (kind === 'stale_answer') return { ...fault, staleSeconds: between(random, LATE) };
    if (kind === 'skewed_date') {
      return { kind, rate: rate < 1 ? Math.min(rate, MOST_SKEWED) : rate, skewSeconds: drawSkew(random) };
    }
    if (foreign.includes(kind) && random() < 0.5) return { ...fault, skewSeconds: drawSkew(random) };
    return fault;
  };

  const storm = (): Fault => {
    const fault = faultOf(next(), 1);
    const where = random();
    if (where < 0.35) return fault;
    if (where < 0.7) return { ...fault, operations: [pickName(random, operationNames)] };
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
