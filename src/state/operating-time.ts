/** How long exporters have run on a state, all processes together: a time that no clock can change. */
export interface OperatingTime {
  seconds(): number;
  /** Saves it now and then. To be called before a time is saved that it is compared with. Rejects when that fails. */
  save(): Promise<void>;
}

/** What a crash forgets of it, at most. */
const PRECISION_SECONDS = 600;

/** Continues from what was saved. `uptime` is in seconds, on a clock that only runs forward. */
export const createOperatingTime = (
  savedSeconds: number,
  uptime: () => number,
  save: (seconds: number) => Promise<void>,
): OperatingTime => {
  const openedAt = uptime();
  const seconds = (): number => savedSeconds + uptime() - openedAt;
  let lastSaved = savedSeconds;
  return {
    seconds,
    async save() {
      const now = seconds();
      if (now - lastSaved < PRECISION_SECONDS) return;
      await save(now);
      lastSaved = now;
    },
  };
};
