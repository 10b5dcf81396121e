import type { RunningTarget } from './target.ts';

/** The series of targets that a reload has stopped, until those that it has started instead have read everything anew. */
export interface ReplacedSeries {
  /** Told of a reload. What is left over stays until this uptime at the longest. */
  reloaded(change: {
    readonly stopped: readonly RunningTarget[];
    readonly started: readonly RunningTarget[];
    readonly running: readonly RunningTarget[];
    readonly until: number;
  }): void;
  /** Removes what nobody will replace any more. */
  sweep(running: readonly RunningTarget[]): void;
}

interface Replaced {
  readonly old: RunningTarget;
  /** Those of the targets now running that were started since it was stopped. */
  readonly successors: readonly RunningTarget[];
  readonly until: number;
  /** Polls that the successors had ended when it was swept last: with ten thousand jobs that is too much for each scrape. */
  sweptAfter: number;
}

/** Without replacedSeries. `uptime` is in seconds, on a clock that only runs forward. */
export const createReplacedSeries = (uptime: () => number): ReplacedSeries => {
  let replacedSeries: readonly Replaced[] = [];
  return {
    reloaded({ stopped, started, running, until }) {
      const added = stopped.map((old): Replaced => ({ old, successors: [], until, sweptAfter: -1 }));
      replacedSeries = [...replacedSeries, ...added].map(replaced => ({
        ...replaced,
        sweptAfter: -1,
        successors: [...replaced.successors.filter(target => running.includes(target)), ...started],
      }));
    },
    sweep(running) {
      replacedSeries = replacedSeries.filter(replaced => {
        const { old, successors, until } = replaced;
        const polls = successors.reduce((sum, { poll }) => sum + poll.ended, 0);
        if (polls === replaced.sweptAfter && uptime() < until) return true;
        replaced.sweptAfter = polls;
        const isAwaited = (collector: string, name: string): boolean =>
          uptime() < until && successors.some(target => mayReplace(target, old) && target.poll.awaits(collector, name));
        // Whether it is the same target at all is not known before its account is.
        const isUndecided =
          uptime() < until && successors.some(target => target.accountId === undefined && mayReplace(target, old));
        if (old.poll.withdraw(isAwaited) > 0 || isUndecided) return true;
        const heir = running.find(target => target.seriesLabels === old.seriesLabels);
        old.withdraw({ keptCollectors: heir?.collectors });
        return false;
      });
    },
  };
};

/** Whether the one may be the other with other settings: the account may not be known yet. */
const mayReplace = (next: RunningTarget, old: RunningTarget): boolean =>
  next.region === old.region &&
  (next.accountId === undefined || old.accountId === undefined || next.accountId === old.accountId);
