import type { RunningTarget } from './target.ts';

/**
 * The series of targets that a reload has stopped. They stay until the targets that the reload has started instead have read the same
 * jobs and workflows, so that no series has a gap.
 */
export interface ReplacedSeries {
  /** Takes on the series of the stopped targets, and keeps them until this uptime at the longest. */
  reloaded(change: {
    readonly stopped: readonly RunningTarget[];
    readonly started: readonly RunningTarget[];
    readonly running: readonly RunningTarget[];
    readonly until: number;
  }): void;
  /** Removes the series that no running target is going to replace. */
  sweep(running: readonly RunningTarget[]): void;
}

interface StoppedTarget {
  readonly target: RunningTarget;
  /** Those of the targets now running that were started since it was stopped. */
  readonly successors: readonly RunningTarget[];
  readonly until: number;
  /** Polls that the successors had ended at the last sweep: a sweep of ten thousand jobs is too much for each scrape. */
  sweptAfter: number;
}

/** Empty at first. `uptime` is in seconds, on a clock that only runs forward. */
export const createReplacedSeries = (uptime: () => number): ReplacedSeries => {
  let stoppedTargets: readonly StoppedTarget[] = [];

  /** Removes what can be removed; false when nothing is left. */
  const remains = (stoppedTarget: StoppedTarget, running: readonly RunningTarget[]): boolean => {
    const { target: old, successors, until } = stoppedTarget;
    const polls = successors.reduce((sum, { poll }) => sum + poll.ended, 0);
    if (polls === stoppedTarget.sweptAfter && uptime() < until) return true;
    stoppedTarget.sweptAfter = polls;
    const isAwaited = (collector: string, name: string): boolean =>
      uptime() < until && successors.some(target => mayReplace(target, old) && target.poll.awaits(collector, name));
    // Whether it is the same target at all is not known before its account is.
    const isUndecided =
      uptime() < until && successors.some(target => target.accountId === undefined && mayReplace(target, old));
    if (old.poll.withdraw(isAwaited) > 0 || isUndecided) return true;
    const replacement = running.find(target => target.seriesLabels === old.seriesLabels);
    old.withdraw({ keptCollectors: replacement?.collectors });
    return false;
  };

  return {
    reloaded({ stopped, started, running, until }) {
      const added = stopped.map((target): StoppedTarget => ({ target, successors: [], until, sweptAfter: -1 }));
      stoppedTargets = [...stoppedTargets, ...added].map(stoppedTarget => ({
        ...stoppedTarget,
        sweptAfter: -1,
        successors: [...stoppedTarget.successors.filter(target => running.includes(target)), ...started],
      }));
    },
    sweep(running) {
      stoppedTargets = stoppedTargets.filter(stoppedTarget => remains(stoppedTarget, running));
    },
  };
};

/** Whether the one may be the other with other settings: the account may not be known yet. */
const mayReplace = (next: RunningTarget, old: RunningTarget): boolean =>
  next.region === old.region &&
  (next.accountId === undefined || old.accountId === undefined || next.accountId === old.accountId);
