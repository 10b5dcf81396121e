/** A time for which an event loop did not turn, in milliseconds of a clock that all processes of the machine see. */
export interface Block {
  readonly from: number;
  readonly to: number;
  /** For so much of it the process was ready to run, and there was no CPU for it. */
  readonly waitedMs: number;
}

/** The longest of some blocks, whatever they were caused by. */
export const longestBlockMs = (blocks: readonly Block[]): number =>
  blocks.reduce((longest, { from, to }) => Math.max(longest, to - from), 0);

/**
 * The longest block that a process has only itself to blame for: without its waits for a CPU, and without the time for which the
 * machine stood still, which are the blocks of processes that do nothing.
 */
export const longestOwnBlockMs = (blocks: readonly Block[], standstills: readonly Block[]): number => {
  const stops = standstills
    .map(({ from, to, waitedMs }) => ({ from: from + waitedMs, to }))
    .toSorted((a, b) => a.from - b.from);
  return blocks.reduce((longest, { from, to, waitedMs }) => {
    let stoodStillMs = 0;
    let toldTo = from;
    for (const stop of stops) {
      const until = Math.min(to, stop.to);
      stoodStillMs += Math.max(0, until - Math.max(toldTo, stop.from));
      toldTo = Math.max(toldTo, until);
    }
    return Math.max(longest, to - from - waitedMs - stoodStillMs);
  }, 0);
};
