import {
  between,
  betweenByMagnitude,
  pick,
  pickWeighted,
  type Random,
  randomStreams,
  wholeBetween,
} from '../../src/simulator/random.ts';
import { type ConfigName, configNames } from './configs.ts';

/** How a daemon ends: each is a kill -9 but for `stopped`, which is a SIGTERM. */
export type End =
  | { readonly kind: 'now' }
  /** In the middle of a save, after so many others. */
  | { readonly kind: 'saving'; readonly saves: number }
  /** While the state is written anew as a whole, because it has grown; some time before the end is due. */
  | { readonly kind: 'rewriting' }
  /** Real milliseconds after it was started. */
  | { readonly kind: 'starting'; readonly afterMs: number }
  /** While the state is written anew as a whole, at the start. */
  | { readonly kind: 'opening' }
  /** After so many requests. */
  | { readonly kind: 'first poll'; readonly requests: number }
  | { readonly kind: 'stopped' };

/** What happens to a daemon while it runs; `at` is in simulated seconds. */
export type Disturbance =
  | { readonly kind: 'reload'; readonly at: number; readonly config: ConfigName }
  /** A config that cannot be used is put there, and it is told to reload. */
  | { readonly kind: 'bad reload'; readonly at: number }
  /** It gets no processor time, as when a machine is moved. Real milliseconds. */
  | { readonly kind: 'freeze'; readonly at: number; readonly forMs: number };

/** One process, from its start to its end. Times are simulated seconds from the beginning. */
export interface Life {
  readonly startAt: number;
  readonly config: ConfigName;
  /** How long the disk takes to make something safe, real milliseconds; 0 is as long as it takes. */
  readonly syncMs: number;
  readonly disturbances: readonly Disturbance[];
  /** When its end is due; ends that wait for a moment of their own come a little later. */
  readonly endAt: number;
  readonly end: End;
}

export interface Lives {
  /** Ends of processes before time begins to run: the very first start. */
  readonly prelude: readonly End[];
  /** The last one lives to see the end of time. */
  readonly lives: readonly Life[];
}

const SHORT_KINDS = ['starting', 'opening', 'first poll'] as const;
type ShortKind = (typeof SHORT_KINDS)[number];

const shortEnd = (random: Random, kind: ShortKind): End => {
  switch (kind) {
    case 'starting':
      return { kind, afterMs: wholeBetween(random, [0, 900]) };
    case 'opening':
      return { kind };
    case 'first poll':
      return { kind, requests: Math.floor(betweenByMagnitude(random, [1, 150])) };
  }
};

const longEnd = (random: Random): End =>
  random() < 0.5 ? { kind: 'now' } : { kind: 'saving', saves: wholeBetween(random, [0, 12]) };

/** Whether an end comes right after the start. */
export const isShort = ({ kind }: End): boolean => SHORT_KINDS.some(short => short === kind);

/** What a start that is cut short takes, simulated seconds. */
const SHORT_SECONDS = 450;

/** How long the state grows until it is written anew, at most. */
const GROWING_SECONDS = 20_000;

const shuffled = <T>(random: Random, things: readonly T[]): readonly T[] =>
  things
    .map(thing => ({ thing, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ thing }) => thing);

const disturbancesOf = (random: Random, from: number, to: number): readonly Disturbance[] => {
  const times = Array.from({ length: wholeBetween(random, [0, 3]) }, () => between(random, [from, to]));
  return times.sort((a, b) => a - b).map(at => disturbance(random, at));
};

const disturbance = (random: Random, at: number): Disturbance => {
  const kind = pickWeighted(
    random,
    [
      ['reload', 6],
      ['bad reload', 1],
      ['freeze', 2],
    ],
    'reload',
  );
  switch (kind) {
    case 'reload':
      return { kind, at, config: pick(random, ['plain', ...configNames]) };
    case 'bad reload':
      return { kind, at };
    case 'freeze':
      return { kind, at, forMs: Math.round(betweenByMagnitude(random, [50, 1500])) };
  }
};

/** How many of `kills` come before time begins to run. */
const preludeOf = (random: Random, kills: number): readonly End[] =>
  SHORT_KINDS.slice(0, Math.floor(kills / 8)).map(kind => shortEnd(random, kind));

/** Which processes there are in so many simulated seconds, with exactly so many kills among their ends. */
export const livesOf = (seed: string, seconds: number, kills: number): Lives => {
  const random = randomStreams(`${seed}/lives`)(0);
  const prelude = preludeOf(random, kills);
  const left = kills - prelude.length;
  const shortEnds = Array.from({ length: Math.floor(left * 0.4) }, (_, index) =>
    shortEnd(random, SHORT_KINDS[index % SHORT_KINDS.length] ?? 'opening'),
  );
  const canGrow = seconds > 3 * GROWING_SECONDS;
  const longEnds = Array.from(
    { length: left - shortEnds.length },
    (_, index): End => (canGrow && index === 1 ? { kind: 'rewriting' } : longEnd(random)),
  );
  const stops: readonly End[] = Array.from({ length: Math.ceil(kills / 8) }, () => ({ kind: 'stopped' }));
  // The first process has lived through its first poll when time begins to run.
  const [first, ...others] = longEnds;
  const ends = [...(first === undefined ? [] : [first]), ...shuffled(random, [...shortEnds, ...others, ...stops])];

  // Long downtimes last hours in a day, and as much of anything shorter.
  const longDowntimes = new Set(shuffled(random, [...ends.keys()]).slice(0, Math.ceil(ends.length / 25)));
  const day = 86_400;
  const downtimes = ends.map((_, index) => {
    if (longDowntimes.has(index)) return between(random, [3600, 6000]) * (seconds / day);
    return random() < 0.6 ? 0 : between(random, [0, 600]) * Math.min(1, seconds / day + 0.2);
  });
  const shortSeconds = Math.min(SHORT_SECONDS, (seconds * 0.2) / Math.max(1, shortEnds.length));
  const lastSeconds = seconds * 0.05;
  /** What is left of the time is shared out among those that have no length of their own. */
  const lengths = ends.map(end => {
    if (isShort(end)) return shortSeconds;
    return end.kind === 'rewriting' ? GROWING_SECONDS : undefined;
  });
  const given = [...downtimes, ...lengths, lastSeconds].reduce<number>((sum, length) => sum + (length ?? 0), 0);
  const weights = lengths.map(length => (length === undefined ? between(random, [0.2, 1.8]) : 0));
  const perWeight = Math.max(0, seconds - given) / weights.reduce((a, b) => a + b, 0);

  let at = 0;
  const lives = ends.map((end, index): Life => {
    const startAt = at;
    const endAt = startAt + (lengths[index] ?? (weights[index] ?? 0) * perWeight);
    at = endAt + (downtimes[index] ?? 0);
    const disturbances = lengths[index] !== undefined ? [] : disturbancesOf(random, startAt, endAt);
    const isSlow = random() < (end.kind === 'saving' ? 0.8 : 0.2);
    const syncMs = isSlow ? wholeBetween(random, [20, 300]) : 0;
    const config = pick(random, ['plain', 'plain', ...configNames]);
    // The state is to grow as fast as it can.
    const how = end.kind === 'rewriting' ? { config: 'plain' as const, syncMs: 0 } : { config, syncMs };
    return { startAt, ...how, disturbances, endAt, end };
  });
  const final: Life = {
    startAt: at,
    config: 'plain',
    syncMs: 0,
    disturbances: [],
    endAt: seconds,
    end: { kind: 'stopped' },
  };
  return { prelude, lives: [...lives, final] };
};
