import type { IdentifiedTarget } from './identified-target.ts';
import type { Candidate } from './schedule.ts';

/** Work of a poll that takes requests: reading the run history of an entity, or a feed. */
export interface Task extends Candidate {
  /** Requests that it is expected to take. */
  readonly requests: number;
  /** Whether the rest of this poll leaves it alone, because its collector has failed too often. */
  isGivenUp(): boolean;
  /** Whether something has probably changed: a run is active, or a new one is likely to have started. */
  isChangeExpected(): boolean;
  /** Reads, counts, saves and publishes. Never rejects: failures show in the state of the collector. */
  run(target: IdentifiedTarget): Promise<void>;
}
