import type { Collector } from '../collectors/collector.ts';
import type { Log } from '../log.ts';
import type { Exposition } from '../metrics/exposition.ts';
import { renderEntity } from '../metrics/rendered.ts';
import type { IdentifiedTarget } from './collector-poll.ts';
import type { Tracked } from './entity.ts';

/** What one collector exposes of its entities on one target. */
export interface Shown<Definition, Facts> {
  /** Renders an entity anew; it is not exposed where the series limit leaves no room. */
  show(target: IdentifiedTarget, entity: Tracked<Definition, Facts>): void;
  hide(entity: Tracked<Definition, Facts>): void;
  /** Ends a poll: tells once that there was no room. */
  end(): void;
}

/** Exposes nothing yet. */
export const createShown = <Definition extends { readonly name: string }, Facts>(
  collector: Collector<Definition, Facts>,
  exposition: Exposition,
  log: Log,
  onSeriesDropped: (series: number) => void,
): Shown<Definition, Facts> => {
  let exposedAs = '';
  let refused = 0;
  let refusedBefore = 0;
  const keyOf = ({ definition }: Tracked<Definition, Facts>): string => `${exposedAs}/${definition.name}`;

  return {
    show(target, entity) {
      exposedAs = `${target.accountId}/${target.region}`;
      const labels = { ...target.labels, [collector.entityLabel]: entity.definition.name };
      const rendered = renderEntity(collector.families, labels, entity);
      entity.published = exposition.put(collector.name, keyOf(entity), rendered);
      if (entity.published !== undefined) return;
      refused += 1;
      onSeriesDropped(rendered.series);
    },
    hide(entity) {
      if (entity.published === undefined) return;
      exposition.remove(collector.name, keyOf(entity), entity.published);
      entity.published = undefined;
    },
    end() {
      if (refused > 0 && refusedBefore === 0) {
        log.warn('Series limit reached: not everything is exposed; raise series.limit', { entities: refused });
      }
      refusedBefore = refused;
      refused = 0;
    },
  };
};
