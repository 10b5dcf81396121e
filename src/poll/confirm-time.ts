import type { Glue } from '../glue/glue.ts';
import type { Log } from '../log.ts';

/** So many more requests are made at most. */
const MOST_REQUESTS = 5;

/** A local clock that is further off is worth a line in the log. */
const LOGGED_SKEW_SECONDS = 60;

/**
 * Makes a request until AWS's answers agree on the time: one alone can be wrong by any amount. Rejects when they do not, or when the request
 * does.
 */
export const confirmTime = async (glue: Pick<Glue, 'isTimeConfirmed'>, request: () => Promise<void>): Promise<void> => {
  for (let requests = 0; !glue.isTimeConfirmed() && requests < MOST_REQUESTS; requests += 1) await request();
  if (glue.isTimeConfirmed()) return;
  throw new Error("AWS's answers disagree about the time: check the Date headers that a proxy or emulator sends");
};

/** Logs how far the local clock is behind AWS's time, if it is far. */
export const logClockSkew = (log: Log, behindSeconds: number): void => {
  if (Math.abs(behindSeconds) < LOGGED_SKEW_SECONDS) return;
  log.debug('Local clock differs from AWS time, using AWS time', {
    local_clock_behind_seconds: Math.round(behindSeconds),
  });
};
