import type { Glue } from '../glue/glue.ts';
import type { Log } from '../log.ts';
import type { Exposition } from '../metrics/exposition.ts';
import type { TargetTelemetry } from '../metrics/target-telemetry.ts';
import type { LedgerStore } from '../state/ledger-store.ts';
import type { EntityStatus } from '../status.ts';
import type { FailureBoard } from './failure-board.ts';
import type { IdentifiedTarget } from './identified-target.ts';
import type { Listing } from './listing.ts';
import type { Task } from './task.ts';

export interface CollectorSettings {
  /** Whether an entity is collected here: the filter lets it pass, and it is of this shard. */
  readonly admits: (target: IdentifiedTarget, name: string) => boolean;
  readonly tags: Readonly<Record<string, string>> | undefined;
  readonly staleAfterSeconds: number;
  /** How long after its time a start is still expected. */
  readonly startGraceSeconds: number;
  /** Whether a run that somebody stopped is a failure; false unless given. */
  readonly stoppedIsFailure?: boolean;
}

export interface CollectorDependencies {
  readonly glue: Glue;
  readonly store: LedgerStore;
  readonly exposition: Exposition;
  readonly failures: FailureBoard;
  readonly telemetry: TargetTelemetry;
  readonly log: Log;
  readonly onSeriesDropped: (series: number) => void;
  /** Seconds since the process started, on a clock that only runs forward. */
  readonly uptime: () => number;
  readonly signal: AbortSignal;
}

/** One collector on one target, whatever its shape: which entities exist, what is known of each, what is exposed. */
export interface CollectorPoll {
  readonly name: string;
  /** Lists what exists; undefined for feeds, which have no listing. */
  readonly listing: Listing | undefined;
  /** Whether it reads runs: all but inventories. */
  readonly hasRuns: boolean;
  /** Forgets the failures of the last poll. */
  begin(): void;
  /** Makes one small request, to learn AWS's time. Rejects when that fails. */
  askTime(target: IdentifiedTarget): Promise<void>;
  /** Something failed that concerns all of it, such as its listing; what is known is polled all the same. */
  failed(error: unknown): void;
  /** The target could not be reached at all. */
  unreachable(error: unknown): void;
  /** Reads the newest runs of many entities at a time, where AWS has such a call, within some calls and some time. Never rejects. */
  glance(mostCalls: number, mostSeconds: number): Promise<void>;
  /** What this poll may read; entities that cost no request of their own are not among it. */
  tasks(): readonly Task[];
  /** What people want to know of each entity with runs. */
  describe(target: IdentifiedTarget): readonly EntityStatus[];
  /** Whether an entity is known. */
  has(name: string): boolean;
  /** Why this poll failed as a whole, if it did. */
  readonly failure: string | undefined;
  /** Every entity was tried once. */
  readonly complete: boolean;
  /** Nothing is left to wait for: it is complete, or it cannot be reached. */
  readonly settled: boolean;
  readonly counts: { readonly entities: number; readonly polled: number };
  /** Uptime at which the runs were read that have not been read for the longest time; undefined until any were. */
  readonly oldestReadAt: number | undefined;
  /** Whether each listing counts as a reading of the runs that it shows unchanged. */
  readonly isReadByListing: boolean;
  /**
   * Ends the poll: logs, and drops series that could not be refreshed for too long. True when every entity has been polled
   * since it last was true, and nothing failed.
   */
  end(): boolean;
  /** Whether it may yet expose this entity, and does not: it is not listed yet, or not read yet. */
  awaits(name: string): boolean;
  /** Removes what it exposes, except what is to be kept and what another poll has replaced since; returns how much is kept. */
  withdraw(isKept: (name: string) => boolean): number;
}
