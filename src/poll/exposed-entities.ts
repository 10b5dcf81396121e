import type { CollectorPoll } from './collector-poll.ts';
import type { Exposable, Shown } from './shown.ts';

/** What a collector of any shape says of the entities that it exposes, and how it takes them away. */
export const exposedEntities = <Item extends Exposable>(
  entities: ReadonlyMap<string, Item>,
  shown: Shown<Item>,
  isListed: () => boolean,
): Pick<CollectorPoll, 'has' | 'awaits' | 'withdraw'> => ({
  has: name => entities.has(name),
  awaits(name) {
    const entity = entities.get(name);
    return entity === undefined ? !isListed() : entity.published === undefined;
  },
  withdraw(isKept) {
    let kept = 0;
    for (const [name, entity] of entities) {
      if (!isKept(name)) shown.hide(entity);
      else if (entity.published !== undefined) kept += 1;
    }
    return kept;
  },
});

/** Suspends the exposed entities that are stale; returns how many. */
export const suspendStale = <Item extends Exposable>(
  entities: ReadonlyMap<string, Item>,
  shown: Shown<Item>,
  isStale: (entity: Item) => boolean,
): number => {
  let suspended = 0;
  for (const entity of entities.values()) {
    if (entity.published === undefined || !isStale(entity)) continue;
    shown.suspend(entity);
    suspended += 1;
  }
  return suspended;
};
