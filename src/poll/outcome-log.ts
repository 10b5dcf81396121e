import type { Log } from '../log.ts';
import type { PollHealth } from './health.ts';

/** Logs how the polls of one collector end. */
export interface OutcomeLog {
  /** Logs a failure with each poll, and the first poll after it without one. */
  ended(health: Pick<PollHealth, 'failure' | 'failures'>, entities: number): void;
  /** Logs that series were dropped, if any were. */
  dropped(entities: number): void;
}

/** Before the first poll. */
export const createOutcomeLog = (log: Log): OutcomeLog => {
  let wasFailing = false;
  return {
    ended({ failure, failures }, entities) {
      if (failure !== undefined) log.error('Poll failed', { error: failure, failures });
      else if (wasFailing) log.info('Poll recovered', { entities });
      wasFailing = failure !== undefined;
    },
    dropped(entities) {
      if (entities > 0) log.warn('Series dropped because they could not be refreshed', { entities });
    },
  };
};
