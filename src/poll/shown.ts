import { type Entity, type EntityDefinition, entityLabels, type Kind } from '../collectors/collector.ts';
import type { Log } from '../log.ts';
import type { Exposition, Placement } from '../metrics/exposition.ts';
import { renderEntity } from '../metrics/rendered.ts';
import type { IdentifiedTarget } from './collector-poll.ts';
import type { Tracked } from './entity.ts';

/** What one collector exposes of its entities on one target. */
export interface Shown<Definition, Facts> {
  /** Renders an entity anew; it is not exposed where the series limit leaves no room. */
  show(target: IdentifiedTarget, entity: Tracked<Definition, Facts>): void;
  /** Takes its series away until it is shown again; its room is kept for it. */
  suspend(entity: Tracked<Definition, Facts>): void;
  /** Takes its series away for good. */
  hide(entity: Tracked<Definition, Facts>): void;
  /** Ends a poll: shows what there is room for again, and logs when the series limit drops more than before. */
  end(): void;
}

const LOGGED_NAMES = 5;
/** Rendered at the end of one poll, which must not hold up scrapes. All others are shown when they are read. */
const SHOWN_AT_END = 64;

/** Exposes nothing yet. */
export const createShown = <Definition extends EntityDefinition, Facts>(
  collector: Pick<Kind<Entity<Definition, Facts>>, 'name' | 'labelNames' | 'families'>,
  exposition: Exposition,
  log: Log,
  onSeriesDropped: (series: number) => void,
): Shown<Definition, Facts> => {
  type Shown = Tracked<Definition, Facts>;
  let shownOf: IdentifiedTarget | undefined;
  /** The last put of each entity, exposed or not. */
  const placements = new Map<Shown, Placement>();
  /** Entities that the series limit has left no room for. */
  const dropped = new Set<Shown>();
  let hasNewlyDropped = false;
  let hadDropped = false;

  const keyOf = ({ definition }: Shown): string => `${shownOf?.accountId}/${shownOf?.region}/${definition.name}`;

  const show = (target: IdentifiedTarget, entity: Shown): void => {
    shownOf = target;
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
    },
    hide(entity) {
      const placement = placements.get(entity);
      if (placement !== undefined) exposition.remove(collector.name, keyOf(entity), placement);
      placements.delete(entity);
      entity.published = undefined;
      dropped.delete(entity);
    },
    end() {
      showAgain();
      logDropped();
    },
  };
};
