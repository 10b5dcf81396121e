import { createYield } from '../yield.ts';
import { type AgeLimit, createAgeLimit } from './age-limit.ts';
import type { CollectorPoll } from './collector-poll.ts';
import { GLANCE_SHARE } from './glances.ts';
import type { IdentifiedTarget } from './identified-target.ts';
import { inLanes } from './lanes.ts';
import type { Listings } from './listings.ts';
import { createRoom } from './room.ts';
import { createSchedule, requestsOfAll } from './schedule.ts';
import type { Task } from './task.ts';

export interface TaskPollSettings {
  readonly intervalSeconds: number;
  readonly discoveryIntervalSeconds: number;
  /** A poll starts nothing new after this; what it did not get to goes first in the next. */
  readonly timeoutSeconds: number;
  readonly concurrency: number;
  readonly canGlance: boolean;
}

export interface TaskPollDependencies {
  readonly collectors: readonly Pick<CollectorPoll, 'glance' | 'tasks'>[];
  readonly listings: Pick<Listings, 'seconds' | 'secondsOfEachPoll'>;
  /** Requests that were sent so far, and those that may be sent in a second now. */
  readonly requests: () => { readonly sent: number; readonly perSecond: number };
  /** Seconds since the process started, on a clock that only runs forward. */
  readonly uptime: () => number;
  readonly signal: AbortSignal;
}

/** The tasks of a target, poll after poll. */
export interface TaskPolls {
  /** Runs as many tasks as there is time for. Never rejects. */
  run(target: IdentifiedTarget): Promise<void>;
  /** How old runs may get by the plan of the last poll, in seconds; undefined before the first poll with tasks. */
  readonly ageLimitSeconds: number | undefined;
  /** The longest that the tasks of a poll took lately. */
  readonly longestSeconds: number;
}

/** A poll that took long is not the rule: its time is forgotten within some polls. */
const FORGETTING = 0.9;

/** Before the first poll. */
export const createTaskPolls = (settings: TaskPollSettings, dependencies: TaskPollDependencies): TaskPolls => {
  const { timeoutSeconds, concurrency } = settings;
  const { collectors, listings, requests, uptime, signal } = dependencies;
  const schedule = createSchedule<Task>();
  const room = createRoom(timeoutSeconds, settings.canGlance, () => requests().perSecond);
  const ageLimit: AgeLimit = createAgeLimit();
  let longestSeconds = 0;
  let ageLimitSeconds: number | undefined;

  const glance = async (): Promise<void> => {
    const mostCalls = room.takeGlances();
    const mostSeconds = timeoutSeconds * GLANCE_SHARE;
    await Promise.all(collectors.map(collector => collector.glance(mostCalls, mostSeconds)));
  };

  /** Runs tasks until all were tried or the time is over; returns what those were expected to take that were run. */
  const runTasks = async (
    due: readonly Task[],
    target: IdentifiedTarget,
    startedAt: number,
    places: () => number,
  ): Promise<{ readonly expected: number; readonly isCut: boolean }> => {
    let expected = 0;
    let isCut = false;
    let waiting = due;
    while (waiting.length > 0 && !isCut && !signal.aborted) {
      const free = places();
      // Where there is room for all, the order makes no difference.
      const changing = requestsOfAll(waiting) > free ? await expectedToChange(waiting) : new Set<Task>();
      await inLanes(
        schedule.plan(waiting, task => changing.has(task), free),
        concurrency,
        async task => {
          if (signal.aborted || task.isGivenUp()) return;
          isCut ||= uptime() - startedAt > timeoutSeconds;
          if (isCut) return;
          expected += task.requests;
          await task.run(target);
        },
      );
      // What a collector has left that was given up, and estimates that were too low, is time for the others.
      waiting = waiting.filter(task => !task.isGivenUp() && task.lastAttemptAt < startedAt);
    }
    return { expected, isCut };
  };

  return {
    async run(target) {
      const due = noTasks.concat(...collectors.map(collector => collector.tasks()));
      // Listings have their own pace; tasks get all of their time.
      const startedAt = uptime();
      schedule.begin(due);
      // What is read anyway need not be glanced at.
      const isFull = requestsOfAll(due) > room.places;
      if (isFull) await glance();
      const sentBefore = requests().sent;
      const { expected, isCut } = await runTasks(due, target, startedAt, () =>
        isFull ? room.sharedPlaces : room.places,
      );
      longestSeconds = Math.max(uptime() - startedAt, longestSeconds * FORGETTING);
      room.polled({ expected, requests: requests().sent - sentBefore, isCut });
      if (due.length === 0) return;
      ageLimitSeconds = ageLimit.polled({
        startedAt,
        entities: due,
        starting: schedule.startingLeft,
        places: room.promisedPlaces,
        pace: {
          ...settings,
          listingSeconds: listings.seconds,
          eachPollListingSeconds: listings.secondsOfEachPoll,
          readingSeconds: longestSeconds,
        },
      });
    },
    get ageLimitSeconds() {
      return ageLimitSeconds;
    },
    get longestSeconds() {
      return longestSeconds;
    },
  };
};

const noTasks: readonly Task[] = [];

/** Those that have probably changed. It yields: ten thousand in a row would hold up scrapes. */
const expectedToChange = async (tasks: readonly Task[]): Promise<ReadonlySet<Task>> => {
  const found = new Set<Task>();
  const yieldIfDue = createYield();
  for (const task of tasks) {
    if (task.isChangeExpected()) found.add(task);
    await yieldIfDue();
  }
  return found;
};
