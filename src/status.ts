import type { AnyCollector } from './collectors/collector.ts';
import type { EntityId, Failure } from './runs/failures.ts';
import type { Recent } from './runs/recent.ts';

/** What a person wants to know of a target. */
export interface TargetStatus {
  readonly accountId: string | undefined;
  readonly region: string;
  /** Undefined until the first poll has ended. */
  readonly up: boolean | undefined;
  readonly error: string | undefined;
  /** Local epoch seconds. */
  readonly lastPollEndedAt: number | undefined;
  readonly lastPollSeconds: number | undefined;
  /** When the entity was read that has not been read for the longest time; local epoch seconds. */
  readonly oldestReadAt: number | undefined;
  /** How old the oldest reading may get by the plan of the last poll. */
  readonly readAgeLimitSeconds: number | undefined;
  readonly collectors: readonly CollectorStatus[];
}

/** What a person wants to know of one collector on a target. */
export interface CollectorStatus {
  readonly name: string;
  readonly entities: number;
  readonly polled: number;
  /** Why its last poll failed; undefined where it did not. */
  readonly error?: string | undefined;
}

/** A run that has not ended. */
export interface ActiveRun {
  readonly state: string;
  /** Epoch seconds in AWS's clock. */
  readonly startedAt: number | undefined;
  /** AWS's time when it was last seen WAITING; undefined where it never was. */
  readonly waitingAt?: number | undefined;
  /** 0 for a first attempt, n for the nth retry that Glue made by itself. */
  readonly attempt?: number | undefined;
  /** Why it waits, where AWS says so. */
  readonly reason?: string | undefined;
}

/**
 * What a person wants to know of an entity with runs. Made when it is read and kept until it changes: ten thousand of these made for
 * each page would keep the garbage collector busy for a fifth of a second. Times are epoch seconds in AWS's clock.
 */
export interface EntityStatus extends EntityId {
  readonly recent: Recent;
  /** By run id. */
  readonly active: Readonly<Record<string, ActiveRun>>;
  readonly newest: ActiveRun | undefined;
  readonly lastFailureAt: number | undefined;
  /** Whether its last failure is later than its last success, and Glue is not retrying: what the alert asks. */
  readonly failing: boolean;
  /** Of the recent runs that succeeded or failed; undefined without any. */
  readonly successRatio: number | undefined;
  /** The time that its recent successes execute; undefined where there are too few. */
  readonly usualSeconds: number | undefined;
}

/** What people call the entities of a collector, what names them, and how their runs can end. */
export type ShownKind = Pick<AnyCollector, 'name' | 'words' | 'labelNames' | 'results'>;

/** Entities of all targets, and what failed of them in the last day, newest first. */
export interface RunsStatus {
  /** The collectors of the configuration. */
  readonly kinds: readonly ShownKind[];
  readonly entities: readonly EntityStatus[];
  readonly failures: readonly Failure[];
  /** The page of the AWS console that shows an entity, or one run of it. */
  consoleLink(entity: EntityId, runId?: string): string;
}
