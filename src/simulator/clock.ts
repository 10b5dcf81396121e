/** Tells the simulated time in epoch seconds. It never goes back. */
export type Clock = () => number;

export interface AcceleratedClockOptions {
  /** Epoch seconds that the clock shows when it is made. */
  readonly startSeconds: number;
  /** Simulated seconds per real second: 1 is real time, 0 stands still. */
  readonly speed: number;
}

/** A clock that starts at a chosen time and runs faster (or slower) than the real one. */
export const acceleratedClock = ({ startSeconds, speed }: AcceleratedClockOptions): Clock => {
  const startMillis = performance.now();
  return () => startSeconds + ((performance.now() - startMillis) / 1000) * speed;
};

/** The real time, epoch seconds. */
export const realClock: Clock = () => Date.now() / 1000;
