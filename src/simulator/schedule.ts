import { hashText, type Random } from './random.ts';
import type { JsonObject, RunOrder, RunPage, SimulatedEntity, SimulatedRun } from './world.ts';

/** "Job run history is accessible for 90 days": API reference, "Job runs" and GetWorkflowRuns. */
const RETENTION_SECONDS = 90 * 86_400;

const INVERSION_SECONDS = 5;

/** When the runs of one plan start: run i at anchor + i × period + a part of jitter. Seconds throughout. */
export interface Schedule {
  readonly anchorSeconds: number;
  readonly periodSeconds: number;
  /** Less than the period, so that runs start in the order of their numbers. */
  readonly jitterSeconds: number;
  /** The number of the first run ever, usually negative; Infinity for a plan that never runs. */
  readonly firstIndex: number;
  /** No run starts after this, no retry either; never unless given. */
  readonly untilSeconds?: number;
  /** Run 0 starts at the anchor to the millisecond, so that a world can be arranged around a moment. */
  readonly pinned: boolean;
}

/** What a history shows of the runs that there were. */
export interface HistoryTraits {
  /** How long after its start the history shows a run; 90 days unless given. */
  readonly retentionSeconds?: number;
  /** How far apart the starts of two runs can be that a nearly ordered history lists in the wrong order; 5 unless given. */
  readonly inversionSeconds?: number;
}

/** The traits alone, of something that has more. */
export const historyTraitsOf = ({ retentionSeconds, inversionSeconds }: HistoryTraits): HistoryTraits => ({
  ...(retentionSeconds === undefined ? {} : { retentionSeconds }),
  ...(inversionSeconds === undefined ? {} : { inversionSeconds }),
});

/** A schedule and what comes of each of its numbers. */
export interface RunPlan extends HistoryTraits {
  readonly schedule: Schedule;
  /** The run of a number and its retries. */
  readonly runsOf: (index: number) => readonly SimulatedRun[];
  /** The number of the run of an id, right only for ids of this plan; undefined for ids of another form. */
  readonly indexOf: (id: string) => number | undefined;
  /** The last retry starts no later than this after its number's first attempt. */
  readonly retriesSeconds: number;
  readonly longestSeconds: number;
}

/** Glue's timestamps have milliseconds. */
export const toMillis = (seconds: number): number => Math.round(seconds * 1000) / 1000;

/** When run i is submitted. The first draw of its stream is the jitter. */
export const startOf = (schedule: Schedule, index: number, random: Random): number => {
  const jitter = random() * schedule.jitterSeconds;
  const late = schedule.pinned && index === 0 ? 0 : jitter;
  return toMillis(schedule.anchorSeconds + index * schedule.periodSeconds + late);
};

/** Where a run is in its history. */
interface Place {
  readonly id: string;
  /** What it is sorted by, epoch seconds: its start, or a time soon after it. */
  readonly at: number;
}

const byId = (a: Pick<Place, 'id'>, b: Pick<Place, 'id'>): number => (a.id === b.id ? 0 : a.id < b.id ? -1 : 1);

const newestFirst = (a: Place, b: Place): number => b.at - a.at || byId(a, b);

const comparators: Readonly<Record<RunOrder, (a: Place, b: Place) => number>> = {
  newest_first: newestFirst,
  nearly_newest_first: newestFirst,
  oldest_first: (a, b) => a.at - b.at || byId(a, b),
  // The digits of the ids are drawn at random.
  shuffled: byId,
};

/** How much later than it started each run is sorted, at most. */
const spreadOf = ({ inversionSeconds = INVERSION_SECONDS }: RunPlan, order: RunOrder): number =>
  order === 'nearly_newest_first' ? inversionSeconds : 0;

/** Half of the runs are sorted as if they had started later. How much later follows from the id, so that nothing ever moves. */
const placeIn = ({ id, startedOn }: SimulatedRun, spreadSeconds: number): Place => {
  const hash = spreadSeconds === 0 ? 0 : hashText(id);
  return { id, at: hash % 2 === 0 ? startedOn : startedOn + (hash / 2 ** 32) * spreadSeconds };
};

const cursorOf = ({ at, id }: Place): string => `${at} ${id}`;

const placeAt = (cursor: string): Place => {
  const [at, id] = cursor.split(' ');
  return { at: Number(at), id: id ?? '' };
};

const runsBetween = (plan: RunPlan, from: number, to: number): readonly SimulatedRun[] => {
  const { anchorSeconds, periodSeconds, jitterSeconds, firstIndex, untilSeconds = to } = plan.schedule;
  const until = Math.min(to, untilSeconds);
  const earliest = from - plan.retriesSeconds - jitterSeconds;
  const first = Math.max(firstIndex, Math.floor((earliest - anchorSeconds) / periodSeconds));
  const last = Math.ceil((until - anchorSeconds) / periodSeconds);
  const found: SimulatedRun[] = [];
  for (let index = first; index <= last; index += 1) {
    for (const run of plan.runsOf(index)) {
      if (run.startedOn > from && run.startedOn <= until) found.push(run);
    }
  }
  return found.sort((a, b) => b.startedOn - a.startedOn || byId(a, b));
};

/** What started up to this time is no longer in the history. */
const floorOf = ({ schedule, retentionSeconds = RETENTION_SECONDS }: RunPlan, at: number): number =>
  Math.max(schedule.anchorSeconds + (schedule.firstIndex - 1) * schedule.periodSeconds, at - retentionSeconds);

/** Numbers of runs that the history cannot show are never tried: an id of another plan may hold any. */
const runOf = (plan: RunPlan, at: number, id: string): JsonObject | undefined => {
  const index = plan.indexOf(id);
  const { anchorSeconds, periodSeconds, firstIndex, untilSeconds = at } = plan.schedule;
  if (index === undefined || index < firstIndex || anchorSeconds + index * periodSeconds > at) return undefined;
  const run = plan.runsOf(index).find(each => each.id === id);
  if (run === undefined || run.startedOn <= floorOf(plan, at)) return undefined;
  return run.startedOn <= Math.min(at, untilSeconds) ? run.wire(at) : undefined;
};

/**
 * The page after a place. A place is a run, not a number of items to skip, so that a run that starts while somebody is
 * paging moves nothing. Histories in the order of time are read in slices, for most readers want the first pages only.
 */
const pageAfter = (plan: RunPlan, order: RunOrder, at: number, cursor: string | undefined, limit: number): RunPage => {
  const { periodSeconds } = plan.schedule;
  const floor = floorOf(plan, at);
  const after = cursor === undefined ? undefined : placeAt(cursor);
  const compare = comparators[order];
  const spread = spreadOf(plan, order);
  const found: { readonly run: SimulatedRun; readonly place: Place }[] = [];
  const take = (runs: readonly SimulatedRun[]) => {
    for (const run of runs) {
      const place = placeIn(run, spread);
      if (after === undefined || compare(place, after) > 0) found.push({ run, place });
    }
  };
  if (order === 'newest_first' || order === 'nearly_newest_first') {
    let to = Math.min(at, after?.at ?? at);
    // Of the runs of a slice, the oldest may have their place among those of the next one.
    const areEnough = () => found.filter(({ place }) => place.at >= to + spread).length > limit;
    while (to > floor && !areEnough()) {
      const from = Math.max(floor, to - periodSeconds * (limit + 1));
      take(runsBetween(plan, from, to));
      to = from;
    }
    if (spread > 0) found.sort((a, b) => compare(a.place, b.place));
  } else if (order === 'oldest_first') {
    // A hair before the place, whose own millisecond may hold further runs.
    let from = Math.max(floor, (after?.at ?? floor) - 0.0005);
    while (from < at && found.length <= limit) {
      const to = Math.min(at, from + periodSeconds * (limit + 1));
      take([...runsBetween(plan, from, to)].sort((a, b) => a.startedOn - b.startedOn || byId(a, b)));
      from = to;
    }
  } else {
    take([...runsBetween(plan, floor, at)].sort(byId));
  }
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  const runs = shown.map(({ run }) => run.wire(at));
  return found.length > limit && last !== undefined ? { runs, cursor: cursorOf(last.place) } : { runs };
};

/** The history of a plan as its entity shows it. */
export const historyOf = (
  plan: RunPlan,
  order: RunOrder,
): Pick<SimulatedEntity, 'longestSeconds' | 'runs' | 'page' | 'run' | 'newest'> => ({
  longestSeconds: plan.longestSeconds,
  runs: (from, to) => runsBetween(plan, from, to),
  page: (at, cursor, limit) => pageAfter(plan, order, at, cursor, limit),
  run: (at, id) => runOf(plan, at, id),
  newest: at => pageAfter(plan, 'newest_first', at, undefined, 1).runs[0],
});
