import { between, pickWeighted, type Random, type Range } from './random.ts';

export type JobEndState = 'STOPPED' | 'SUCCEEDED' | 'FAILED' | 'TIMEOUT' | 'ERROR' | 'EXPIRED';

/** How long a run is in each state, seconds; 0 skips the state. */
export interface JobRunShape {
  readonly waiting: number;
  readonly starting: number;
  readonly running: number;
  readonly stopping: number;
  readonly endState: JobEndState;
}

/** How the shapes of a job's runs are drawn. Ranges are in seconds. */
export interface JobRunHabits {
  readonly waiting: Range;
  /** The part of the runs that are queued at all. */
  readonly waitingShare: number;
  readonly starting: Range;
  readonly running: Range;
  readonly stopping: Range;
  readonly retryDelay: Range;
  /** The weight of each end state. */
  readonly outcomes: readonly (readonly [JobEndState, number])[];
  /** Runs go on until shortly before the next one starts, as streaming jobs do. */
  readonly continuous?: boolean;
  /**
   * Glue restarts a run when it has executed for so long: it becomes EXPIRED, and a run `<id>_restart_N` follows. Streaming jobs only. Source:
   * https://docs.aws.amazon.com/glue/latest/dg/glue-streaming-maintenance.html
   */
  readonly restartAfter?: Range;
  /** A run that times out does so after the job's Timeout, not after a drawn time. */
  readonly exactTimeout?: boolean;
}

/** What decides how a job's runs are drawn. */
interface Drawn {
  readonly habits: JobRunHabits;
  readonly traits: { readonly timeoutMinutes: number };
}

/** Draws a run. `room` is the time until the next one starts. */
export const drawShape = (random: Random, { habits, traits }: Drawn, room: () => number): JobRunShape => {
  const endState = pickWeighted(random, habits.outcomes, 'SUCCEEDED');
  const waiting = random() < habits.waitingShare ? between(random, habits.waiting) : 0;
  const starting = between(random, habits.starting);
  const drawn = between(random, habits.running);
  const running = habits.continuous ? Math.max(1, room() * 0.995 - waiting - starting) : drawn;
  const stopping = between(random, habits.stopping);
  switch (endState) {
    case 'ERROR':
      return { waiting, starting, running: 0, stopping: 0, endState };
    case 'STOPPED':
      return { waiting, starting, running, stopping, endState };
    case 'TIMEOUT':
      return {
        waiting,
        starting,
        running: habits.exactTimeout ? traits.timeoutMinutes * 60 : running,
        stopping: 0,
        endState,
      };
    default:
      return { waiting, starting, running, stopping: 0, endState };
  }
};

/** The parts of a run that Glue restarts, again and again. */
export const cutAtRestarts = (random: Random, whole: JobRunShape, restartAfter: Range): readonly JobRunShape[] => {
  const shapes: JobRunShape[] = [];
  let { waiting, running } = whole;
  for (let part = between(random, restartAfter); part < running; part = between(random, restartAfter)) {
    shapes.push({ ...whole, waiting, running: part, stopping: 0, endState: 'EXPIRED' });
    // It starts up again.
    running -= part + whole.starting;
    waiting = 0;
  }
  return [...shapes, { ...whole, waiting, running: Math.max(0, running) }];
};
