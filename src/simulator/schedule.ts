import type { Random } from './random.ts';
import type { JsonObject, RunOrder, RunPage, SimulatedEntity, SimulatedRun } from './world.ts';

/** Glue keeps the history of runs for 90 days. */
export const retentionSeconds = 90 * 86_400;

/** When the runs of one plan start: run i at anchor + i × period + a part of jitter. Seconds throughout. */
export interface Schedule {
  readonly anchorSeconds: number;
  readonly periodSeconds: number;
  /** Less than the period, so that runs start in the order of their numbers. */
  readonly jitterSeconds: number;
  /** The number of the first run ever, usually negative; Infinity for a plan that never runs. */
  readonly firstIndex: number;
  /** Run 0 starts at the anchor to the millisecond, so that a world can be arranged around a moment. */
  readonly pinned: boolean;
}

/** A schedule and what comes of each of its numbers. */
export interface RunPlan {
  readonly schedule: Schedule;
  /** The run of a number and its retries. */
  readonly runsOf: (index: number) => readonly SimulatedRun[];
  /** The number of the run of an id, right only for ids of this plan; undefined for ids of another form. */
  readonly indexOf: (id: string) => number | undefined;
  /** The last retry starts no later than this after its number's first attempt. */
  readonly retriesSeconds: number;
  readonly longestSeconds: number;
  /** How long after its start the history shows a run; 90 days unless given. */
  readonly retentionSeconds?: number;
}

/** Glue's timestamps have milliseconds. */
export const toMillis = (seconds: number): number => Math.round(seconds * 1000) / 1000;

/** When run i is submitted. The first draw of its stream is the jitter. */
export const startOf = (schedule: Schedule, index: number, random: Random): number => {
  const jitter = random() * schedule.jitterSeconds;
  const late = schedule.pinned && index === 0 ? 0 : jitter;
  return toMillis(schedule.anchorSeconds + index * schedule.periodSeconds + late);
};

type Place = Pick<SimulatedRun, 'id' | 'startedOn'>;

const byId = (a: Place, b: Place): number => (a.id === b.id ? 0 : a.id < b.id ? -1 : 1);

const comparators: Readonly<Record<RunOrder, (a: Place, b: Place) => number>> = {
  newest_first: (a, b) => b.startedOn - a.startedOn || byId(a, b),
  oldest_first: (a, b) => a.startedOn - b.startedOn || byId(a, b),
  // The digits of the ids are drawn at random.
  shuffled: byId,
};

const cursorOf = (run: Place): string => `${run.startedOn} ${run.id}`;

const placeOf = (cursor: string): Place => {
  const [startedOn, id] = cursor.split(' ');
  return { startedOn: Number(startedOn), id: id ?? '' };
};

const runsBetween = (plan: RunPlan, from: number, to: number): readonly SimulatedRun[] => {
  const { anchorSeconds, periodSeconds, jitterSeconds, firstIndex } = plan.schedule;
  const earliest = from - plan.retriesSeconds - jitterSeconds;
  const first = Math.max(firstIndex, Math.floor((earliest - anchorSeconds) / periodSeconds));
  const last = Math.ceil((to - anchorSeconds) / periodSeconds);
  const found: SimulatedRun[] = [];
  for (let index = first; index <= last; index += 1) {
    for (const run of plan.runsOf(index)) {
      if (run.startedOn > from && run.startedOn <= to) found.push(run);
    }
  }
  return found.sort(comparators.newest_first);
};

/** What started up to this time is no longer in the history. */
const floorOf = ({ schedule, retentionSeconds: kept = retentionSeconds }: RunPlan, at: number): number =>
  Math.max(schedule.anchorSeconds + (schedule.firstIndex - 1) * schedule.periodSeconds, at - kept);

/** Numbers of runs that the history cannot show are never tried: an id of another plan may hold any. */
const runOf = (plan: RunPlan, at: number, id: string): JsonObject | undefined => {
  const index = plan.indexOf(id);
  const { anchorSeconds, periodSeconds, firstIndex } = plan.schedule;
  if (index === undefined || index < firstIndex || anchorSeconds + index * periodSeconds > at) return undefined;
  const run = plan.runsOf(index).find(each => each.id === id);
  return run !== undefined && run.startedOn > floorOf(plan, at) && run.startedOn <= at ? run.wire(at) : undefined;
};

/**
 * The page after a place. A place is a run, not a number of items to skip, so that a run that starts while somebody is
 * paging moves nothing. Histories in the order of time are read in slices, for most readers want the first pages only.
 */
const pageAfter = (plan: RunPlan, order: RunOrder, at: number, cursor: string | undefined, limit: number): RunPage => {
  const { periodSeconds } = plan.schedule;
  const floor = floorOf(plan, at);
  const after = cursor === undefined ? undefined : placeOf(cursor);
  const compare = comparators[order];
  const found: SimulatedRun[] = [];
  const take = (runs: readonly SimulatedRun[]) => {
    for (const run of runs) if (after === undefined || compare(run, after) > 0) found.push(run);
  };
  if (order === 'newest_first') {
    let to = Math.min(at, after?.startedOn ?? at);
    while (to > floor && found.length <= limit) {
      const from = Math.max(floor, to - periodSeconds * (limit + 1));
      take(runsBetween(plan, from, to));
      to = from;
    }
  } else if (order === 'oldest_first') {
    // A hair before the place, whose own millisecond may hold further runs.
    let from = Math.max(floor, (after?.startedOn ?? floor) - 0.0005);
    while (from < at && found.length <= limit) {
      const to = Math.min(at, from + periodSeconds * (limit + 1));
      take([...runsBetween(plan, from, to)].sort(compare));
      from = to;
    }
  } else {
    take([...runsBetween(plan, floor, at)].sort(compare));
  }
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  const runs = shown.map(run => run.wire(at));
  return found.length > limit && last !== undefined ? { runs, cursor: cursorOf(last) } : { runs };
};

/** The history of a plan as a job or workflow shows it. */
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
