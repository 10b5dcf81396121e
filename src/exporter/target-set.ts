import type { Config } from '../config/config.ts';
import type { Log } from '../log.ts';
import type { RunningTarget, TargetSettings, TargetStart } from './target.ts';

/** A target of the set. */
export interface TargetEntry {
  /** Its settings: a reload keeps a target whose settings stay the same. */
  readonly identity: string;
  readonly running: RunningTarget;
  /** Settles when it has stopped; undefined until it was started. */
  done: Promise<void> | undefined;
}

/** What changes when a config is taken over. */
export interface TargetChange {
  /** The targets of the new config, in its order. */
  readonly all: readonly TargetEntry[];
  /** Those of them that are new; they do not run yet. */
  readonly added: readonly TargetEntry[];
  /** Those that the new config no longer has; they run until stopped. */
  readonly removed: readonly TargetEntry[];
}

/** The targets of the config in use. */
export interface TargetSet {
  running(): readonly RunningTarget[];
  /** Creates the targets that are new in a config, and changes nothing else. Rejects, with none created, when one fails. */
  prepare(config: Config, countingSince: number): Promise<TargetChange>;
  /** Gives up a change that was prepared. */
  cancel(change: TargetChange): void;
  /** Stops the removed targets; resolves when their polls have ended. */
  stopRemoved(change: TargetChange): Promise<void>;
  /** Replaces the set; new targets are started if the others are running. */
  apply(change: TargetChange): void;
  /** Polls all targets until stopped. */
  run(): Promise<void>;
  /** Polls until everything was polled once; false when any target failed. */
  pollOnce(): Promise<boolean>;
  /** Ends what is under way; run and pollOnce settle. */
  stop(): void;
}

export interface TargetSetOptions {
  readonly create: (settings: TargetSettings, start: TargetStart) => Promise<RunningTarget>;
  readonly log: Log;
}

/** Polls end promptly when they are stopped, except for what is being saved. */
const STOP_PATIENCE_MS = 5_000;

/** Empty at first. */
export const createTargetSet = ({ create, log }: TargetSetOptions): TargetSet => {
  let entries: readonly TargetEntry[] = [];
  let isRunning = false;
  let isStopped = false;
  let stopped = (): void => {};
  const untilStopped = new Promise<void>(resolve => {
    stopped = resolve;
  });

  const prepare = async (config: Config, countingSince: number): Promise<TargetChange> => {
    const wanted = wantedBy(config, entries);
    const startedTogether = wanted.filter(({ found }) => found === undefined).length;
    const results = await Promise.allSettled(
      wanted.map(async ({ settings, identity, found }): Promise<TargetEntry> => {
        if (found !== undefined) return found;
        return { identity, running: await create(settings, { startedTogether, countingSince }), done: undefined };
      }),
    );
    const all = results.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []));
    const added = all.filter(entry => !entries.includes(entry));
    const failure = results.find(({ status }) => status === 'rejected');
    if (failure?.status === 'rejected') {
      stopAll(added);
      throw failure.reason;
    }
    return { all, added, removed: entries.filter(entry => !all.includes(entry)) };
  };

  return {
    running: () => entries.map(({ running }) => running),
    prepare,
    cancel: ({ added }) => stopAll(added),
    async stopRemoved({ removed }) {
      stopAll(removed);
      const waiting = setTimeout(() => {
        log.warn('The reload waits for polls under way to end; if that takes long, the disk of state.path may hang');
      }, STOP_PATIENCE_MS);
      await Promise.all(removed.map(({ done }) => done));
      clearTimeout(waiting);
    },
    apply({ all, added }) {
      entries = all;
      if (isRunning && !isStopped) startAll(added);
    },
    async run() {
      isRunning = true;
      startAll(entries);
      await untilStopped;
      await Promise.all(entries.map(({ done }) => done));
    },
    async pollOnce() {
      await Promise.all(
        entries.map(async ({ running: { poll } }) => {
          do await poll.poll();
          while (poll.incomplete && poll.succeeded && !isStopped);
        }),
      );
      return !isStopped && entries.every(({ running }) => running.poll.succeeded === true);
    },
    stop() {
      isStopped = true;
      stopped();
      stopAll(entries);
    },
  };
};

/** The targets of a config, each with the entry that has the same settings. */
const wantedBy = ({ targets, collectors, series, metrics }: Config, entries: readonly TargetEntry[]) => {
  const known = new Map(entries.map(entry => [entry.identity, entry]));
  return targets.map(target => {
    const settings: TargetSettings = { target, collectors, families: metrics.families, series };
    const identity = JSON.stringify(settings);
    return { settings, identity, found: known.get(identity) };
  });
};

const startAll = (entries: readonly TargetEntry[]): void => {
  for (const entry of entries) entry.done ??= entry.running.run();
};

const stopAll = (entries: readonly TargetEntry[]): void => {
  for (const { running } of entries) running.stop();
};
