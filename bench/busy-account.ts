import { between, betweenByMagnitude, pick, type Random, type Range, randomStreams } from '../src/simulator/random.ts';

/** One run, epoch seconds. */
export interface BusyRun {
  readonly startedAt: number;
  readonly endedAt: number;
}

/** A job with all of its runs, oldest first. */
export interface BusyJob {
  /** Its place in the account. */
  readonly name: string;
  /** Whether it is started by a schedule, or by something that has one. */
  readonly rhythm: boolean;
  readonly runs: readonly BusyRun[];
}

interface Kind {
  readonly weight: number;
  readonly rhythm: boolean;
  readonly durationSeconds: Range;
  /** Starts before this time, newest first, for as long as the caller wants them. */
  starts(random: Random, before: number): Generator<number>;
}

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 24 * HOUR;

/** More than is remembered of any job. */
const PAST_RUNS = 25;

/** At the same times of every period; late by up to so many seconds, or early, too, for what waits for others. */
const scheduled = (periodSeconds: number, offBy: Range, isDayOff: (day: number) => boolean = () => false) =>
  function* (random: Random, before: number): Generator<number> {
    const phase = phaseOf(random, periodSeconds);
    for (let beat = Math.ceil(before / periodSeconds); ; beat -= 1) {
      const start = beat * periodSeconds + phase + between(random, offBy);
      if (start < before && !isDayOff(Math.floor(start / DAY) % 7)) yield start;
    }
  };

/** People like full hours, half hours and the night. */
const phaseOf = (random: Random, periodSeconds: number): number => {
  const minutes = random() < 0.5 ? pick(random, [0, 0, 0, 15, 30, 45]) : Math.floor(random() * 60);
  const hour = random() < 0.6 ? Math.floor(random() * 6) : Math.floor(random() * 24);
  const day = Math.floor(random() * 7);
  return (day * DAY + hour * HOUR + minutes * MINUTE) % periodSeconds;
};

const KINDS: readonly [Kind, ...Kind[]] = [
  { weight: 2, rhythm: true, durationSeconds: [100, 500], starts: scheduled(15 * MINUTE, [0, 15]) },
  { weight: 12, rhythm: true, durationSeconds: [100, 1_200], starts: scheduled(HOUR, [0, 20]) },
  { weight: 6, rhythm: true, durationSeconds: [100, 1_200], starts: scheduled(HOUR, [-240, 240]) },
  { weight: 45, rhythm: true, durationSeconds: [120, 3_600], starts: scheduled(DAY, [0, 30]) },
  { weight: 5, rhythm: true, durationSeconds: [200, 7_200], starts: scheduled(DAY, [-600, 600]) },
  { weight: 8, rhythm: true, durationSeconds: [200, 7_200], starts: scheduled(DAY, [0, 30], day => day > 4) },
  { weight: 5, rhythm: true, durationSeconds: [200, 3_600], starts: scheduled(8 * HOUR, [0, 30]) },
  { weight: 4, rhythm: true, durationSeconds: [600, 9_000], starts: scheduled(7 * DAY, [0, 60]) },
  {
    weight: 11.5,
    rhythm: false,
    durationSeconds: [60, 3_600],
    *starts(random, before) {
      const meanGap = betweenByMagnitude(random, [4 * HOUR, 4 * DAY]);
      for (let start = before; ; ) {
        start += Math.log(1 - random()) * meanGap;
        yield start;
      }
    },
  },
  // Streaming jobs run on and on.
  { weight: 1.5, rhythm: false, durationSeconds: [6.9 * DAY, 6.99 * DAY], starts: scheduled(7 * DAY, [0, 60]) },
];

/**
 * An account as they are: mostly idle jobs that run by the day, some by the hour, some when something happens. Every job has a past
 * before `from`. The same for the same seed.
 */
export const busyAccount = (
  { jobs, seed }: { readonly jobs: number; readonly seed: number },
  from: number,
  until: number,
): readonly BusyJob[] => {
  const streams = randomStreams(`busy-${seed}`);
  const total = KINDS.reduce((sum, { weight }) => sum + weight, 0);
  return Array.from({ length: jobs }, (_, index): BusyJob => {
    const random = streams(index);
    const kind = kindAt(random() * total);
    return { name: `${index}`, rhythm: kind.rhythm, runs: runsOf(kind, random, from, until) };
  });
};

const kindAt = (weight: number): Kind => {
  let left = weight;
  for (const kind of KINDS) {
    left -= kind.weight;
    if (left < 0) return kind;
  }
  return KINDS[0];
};

const runsOf = (kind: Kind, random: Random, from: number, until: number): readonly BusyRun[] => {
  const runs: BusyRun[] = [];
  let past = 0;
  for (const startedAt of kind.starts(random, until)) {
    runs.push({ startedAt, endedAt: startedAt + betweenByMagnitude(random, kind.durationSeconds) });
    if (startedAt < from) past += 1;
    if (past === PAST_RUNS) break;
  }
  return runs.sort((a, b) => a.startedAt - b.startedAt);
};
