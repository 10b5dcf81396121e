import type { EntityDefinition } from '../collectors/collector.ts';
import { GlueError } from '../glue/reason.ts';
import { type Log, messageOf } from '../log.ts';
import type { Tracked } from './entity.ts';
import type { PollHealth } from './health.ts';
import type { IdentifiedTarget } from './identified-target.ts';

/** Attempts to read the entities of one collector on one target. */
export interface Attempts<Entity> {
  /** Reads an entity. Never rejects: what went wrong shows in the entity and in the health of the poll. */
  attempt(target: IdentifiedTarget, entity: Entity): Promise<void>;
}

export interface AttemptOptions<Entity> {
  readonly health: PollHealth;
  readonly uptime: () => number;
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Reads and records an entity. */
  readonly refresh: (target: IdentifiedTarget, entity: Entity) => Promise<void>;
  readonly isTracked: (entity: Entity) => boolean;
}

/** Before the first attempt. */
export const createAttempts = <Entity extends Tracked<EntityDefinition, unknown>>({
  health,
  uptime,
  signal,
  log,
  refresh,
  isTracked,
}: AttemptOptions<Entity>): Attempts<Entity> => {
  /** The last that was read. */
  let lastRead: Entity | undefined;
  let isProbing = false;

  const attempt = (target: IdentifiedTarget, entity: Entity): Promise<void> => {
    entity.underWay ??= attemptNow(target, entity).finally(() => {
      entity.underWay = undefined;
    });
    return entity.underWay;
  };

  const attemptNow = async (target: IdentifiedTarget, entity: Entity): Promise<void> => {
    entity.lastAttemptAt = uptime();
    try {
      await refresh(target, entity);
      succeeded(entity, uptime());
      lastRead = entity;
      health.succeeded();
    } catch (error) {
      // Stopping is not a failure.
      if (signal.aborted) return;
      failed(entity, error);
      if (health.isInDoubt && !health.givenUp && !isProbing) await probe(target, entity);
    }
  };

  const failed = (entity: Entity, error: unknown): void => {
    const isItsOwn = error instanceof GlueError && error.scope === 'entity';
    // What concerns the target is logged once, when the poll ends.
    const write = isItsOwn && entity.failures === 0 ? log.warn : log.debug;
    write('Poll of one entity failed', { name: entity.definition.name, error: messageOf(error) });
    entity.failures += 1;
    entity.failingSince ??= entity.lastAttemptAt;
    if (isItsOwn) entity.settledAt = uptime();
    if (!isItsOwn) health.failed(error);
    else if (error.reason !== 'not_found') health.failedAlone(error);
  };

  /** Where some jobs are denied, the others still answer; in an outage the one that answered last does not, either. */
  const probe = async (target: IdentifiedTarget, failing: Entity): Promise<void> => {
    const probed = lastRead;
    isProbing = true;
    // One that waited for itself would wait for ever.
    if (probed !== undefined && isTracked(probed) && probed !== failing) await attempt(target, probed);
    isProbing = false;
    if (health.isInDoubt) health.giveUp();
  };

  return { attempt };
};

/** Enters that an entity was read at an uptime. */
export const succeeded = (entity: Tracked<unknown, unknown>, at: number): void => {
  entity.lastSuccessAt = at;
  entity.settledAt = at;
  entity.failures = 0;
  entity.failingSince = undefined;
};
