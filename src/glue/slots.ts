/** A number of places, such as connections, of which each is taken by one at a time. */
export interface Slots {
  /** Resolves when a place is free, in the order of the calls; it is taken until `release` is called. */
  take(): Promise<void>;
  release(): void;
}

export const createSlots = (count: number): Slots => {
  let free = count;
  const waiting: (() => void)[] = [];
  return {
    async take() {
      if (free > 0) free -= 1;
      else await new Promise<void>(resolve => waiting.push(resolve));
    },
    release() {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    },
  };
};
