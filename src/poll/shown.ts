import { type EntityDefinition, entityLabels, type Kind, type Listed } from '../collectors/collector.ts';
import type { Log } from '../log.ts';
import type { Exposition, Placement } from '../metrics/exposition.ts';
import { renderEntity } from '../metrics/rendered.ts';
import type { IdentifiedTarget } from './identified-target.ts';

/** An entity that can be exposed. */
export interface Exposable extends Listed<EntityDefinition> {
  /** What is exposed of it; undefined when nothing is. */
  published: Placement | undefined;
}

/** What one collector exposes of its entities on one target. */
export interface Shown<Item extends Exposable> {
  /** Renders an entity again; it is not exposed where the series limit leaves no room. */
  show(target: IdentifiedTarget, entity: Item): void;
  /** Takes its series away until it is shown again; its room is kept for it. */
  suspend(entity: Item): void;
  /** Whether it was suspended, and not shown since. */
  isSuspended(entity: Item): boolean;
  /** Takes its series away for good. */
  hide(entity: Item): void;
  /** Ends a poll: shows what there is room for again, and logs when the series limit drops more than before. */
  end(): void;
}

const LOGGED_NAMES = 5;
/** Rendered at the end of one poll, which must not hold up scrapes. All others are shown when they are read. */
const SHOWN_AT_END = 64;

/** Exposes nothing yet. */
export const createShown = <Item extends Exposable>(
  collector: Pick<Kind<Item>, 'name' | 'labelNames' | 'families'>,
  exposition: Exposition,
  log: Log,
  onSeriesDropped: (series: number) => void,
): Shown<Item> => {
  let shownOf: IdentifiedTarget | undefined;
  /** The last put of each entity, exposed or not. */
  const placements = new Map<Item, Placement>();
  /** Entities that the series limit has left no room for. */
  const dropped = new Set<Item>();
  const suspended = new Set<Item>();
  let hasNewlyDropped = false;
  let hadDropped = false;

  const keyOf = ({ definition }: Item): string => `${shownOf?.accountId}/${shownOf?.region}/${definition.name}`;

  const show = (target: IdentifiedTarget, entity: Item): void => {
    shownOf = target;
    suspended.delete(entity);
    const labels = { ...target.labels, ...entityLabels(collector, entity.definition) };
    const rendered = renderEntity(collector.families, labels, entity);
    const placement = exposition.put(collector.name, keyOf(entity), rendered);
    placements.set(entity, placement);
    entity.published = placement.isExposed ? placement : undefined;
    if (placement.isExposed) {
      dropped.delete(entity);
      return;
    }
    hasNewlyDropped ||= !dropped.has(entity);
    dropped.add(entity);
    onSeriesDropped(rendered.series);
  };

  const showAgain = (): void => {
    let shown = 0;
    for (const entity of dropped) {
      if (shownOf === undefined || shown === SHOWN_AT_END) return;
      if (!exposition.hasRoom(collector.name, keyOf(entity))) continue;
      show(shownOf, entity);
      shown += 1;
    }
  };

  const logDropped = (): void => {
    if (hasNewlyDropped && dropped.size > 0) {
      const names = [...dropped].map(({ definition }) => definition.name).sort();
      const more = names.length - LOGGED_NAMES;
      log.warn('Series limit reached, some entities are not exposed', {
        entities: names.length,
        names: names.slice(0, LOGGED_NAMES).join(', '),
        more: more > 0 ? more : undefined,
      });
    }
    if (hadDropped && dropped.size === 0) log.info('All entities are exposed again');
    hasNewlyDropped = false;
    hadDropped = dropped.size > 0;
  };

  return {
    show,
    suspend(entity) {
      const placement = placements.get(entity);
      if (placement !== undefined) exposition.suspend(collector.name, keyOf(entity), placement);
      entity.published = undefined;
      dropped.delete(entity);
      suspended.add(entity);
    },
    isSuspended: entity => suspended.has(entity),
    hide(entity) {
      const placement = placements.get(entity);
      if (placement !== undefined) exposition.remove(collector.name, keyOf(entity), placement);
      placements.delete(entity);
      entity.published = undefined;
      dropped.delete(entity);
      suspended.delete(entity);
    },
    end() {
      showAgain();
      logDropped();
    },
  };
};
