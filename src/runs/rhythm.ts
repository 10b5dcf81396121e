/*
 * When a job or workflow is likely to start next, told from when it started before: schedules repeat themselves by the hour, the
 * day and the week, and what follows other work keeps its own distance. A guess only decides what is read first, never what is true.
 */

/** So many starts are remembered: four weeks of working days, the better part of a day of hours. */
export const REMEMBERED_STARTS = 20;

/** A time in which a start is expected, epoch seconds in the clock of the starts. */
export interface ExpectedStart {
  readonly from: number;
  readonly until: number;
}

/** A distance at which starts follow each other, and how far they were off it. */
interface Beat {
  readonly periodSeconds: number;
  readonly earliest: number;
  readonly latest: number;
  readonly tolerance: number;
}

const HOUR = 3_600;
const DAY = 24 * HOUR;
const COMMON_PERIODS = [HOUR, DAY, 7 * DAY];

/** Fewer repetitions are chance. */
const LEAST_REPETITIONS = 3;
/** A rhythm may miss a beat: weekends, a run that was started by hand. */
const LEAST_HIT_RATIO = 0.75;
/** How far a start may be off its beat, as a part of the period, and at most and least. */
const TOLERANCE_RATIO = 0.1;
const WIDEST_TOLERANCE_SECONDS = 900;
const NARROWEST_TOLERANCE_SECONDS = 30;
/** After so many beats without a start the rhythm is over. */
const BEATS_TO_WAIT = 3;

/** The latest starts of both, newest first, in whole seconds, each once. The same list when nothing is new. */
export const withStarts = (known: readonly number[], more: readonly (number | undefined)[]): readonly number[] => {
  const news = new Set<number>();
  const oldest = known.length < REMEMBERED_STARTS ? Number.NEGATIVE_INFINITY : Math.min(...known);
  for (const start of more) {
    const seconds = start === undefined ? oldest : Math.floor(start);
    if (seconds > oldest && !known.includes(seconds)) news.add(seconds);
  }
  if (news.size === 0) return known;
  return [...known, ...news].sort((a, b) => b - a).slice(0, REMEMBERED_STARTS);
};

/** The typical distance of starts in seconds; undefined where there are too few. `starts` as withStarts gives them. */
export const typicalGapSeconds = (starts: readonly number[]): number | undefined => {
  if (starts.length < 2) return undefined;
  const gaps = starts.slice(1).map((start, index) => (starts[index] ?? start) - start);
  return gaps.sort((a, b) => a - b)[gaps.length >> 1];
};

/**
 * The next time a start is expected and was not seen, which may have begun already; undefined without a rhythm. What is over for
 * `graceSeconds` is not waited for any more. `starts` as withStarts gives them.
 */
export const expectedStart = (
  starts: readonly number[],
  now: number,
  graceSeconds: number,
): ExpectedStart | undefined => {
  let next: ExpectedStart | undefined;
  for (const { periodSeconds, earliest, latest, tolerance } of beatsOf(starts)) {
    const isSeen = (at: number): boolean => starts.some(seen => Math.abs(seen - at) <= tolerance);
    for (const start of starts) {
      // One that was started by hand has no successor.
      if (!isSeen(start - periodSeconds)) continue;
      for (let beat = 1; beat <= BEATS_TO_WAIT; beat += 1) {
        const at = start + beat * periodSeconds;
        const expected = { from: at + earliest, until: at + latest };
        if (expected.until + graceSeconds < now || (next !== undefined && expected.from >= next.from)) continue;
        if (!isSeen(at)) next = expected;
      }
    }
  }
  return next;
};

const beatsOf = (starts: readonly number[]): readonly Beat[] => {
  const gap = typicalGapSeconds(starts);
  if (gap === undefined || gap === 0) return [];
  return [...new Set([gap, ...COMMON_PERIODS])].flatMap(period => beatOf(starts, period) ?? []);
};

const beatOf = (starts: readonly number[], periodSeconds: number): Beat | undefined => {
  const tolerance = Math.min(
    WIDEST_TOLERANCE_SECONDS,
    Math.max(NARROWEST_TOLERANCE_SECONDS, periodSeconds * TOLERANCE_RATIO),
  );
  const [newest = 0] = starts;
  let beats = 0;
  const deviations: number[] = [];
  for (const start of starts) {
    const at = start + periodSeconds;
    if (at > newest + tolerance) continue;
    beats += 1;
    const deviation = starts.reduce(
      (nearest, seen) => (Math.abs(seen - at) < Math.abs(nearest) ? seen - at : nearest),
      Number.POSITIVE_INFINITY,
    );
    if (Math.abs(deviation) <= tolerance) deviations.push(deviation);
  }
  if (beats < LEAST_REPETITIONS || deviations.length < beats * LEAST_HIT_RATIO) return undefined;
  return { periodSeconds, earliest: Math.min(...deviations), latest: Math.max(...deviations), tolerance };
};
