/** Distinguishes a poll that is stuck from one that is slow. */
export interface Watchdog {
  begin(): void;
  /** Call it with everything that only happens while a poll continues. */
  progress(): void;
  end(): void;
  /** Seconds without progress, once they are more than any slowness explains; undefined while they are not. */
  stuckSeconds(): number | undefined;
}

/** Watches one poll at a time. Patience is in seconds; `uptime` is in seconds, on a clock that only runs forward. */
export const createWatchdog = (patienceSeconds: () => number, uptime: () => number): Watchdog => {
  let progressAt: number | undefined;
  return {
    begin() {
      progressAt = uptime();
    },
    progress() {
      if (progressAt !== undefined) progressAt = uptime();
    },
    end() {
      progressAt = undefined;
    },
    stuckSeconds() {
      if (progressAt === undefined) return undefined;
      const silentSeconds = uptime() - progressAt;
      return silentSeconds > patienceSeconds() ? silentSeconds : undefined;
    },
  };
};
