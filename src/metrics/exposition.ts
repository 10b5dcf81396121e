import type { Family, FamilyHeader } from './family.ts';
import { type Labels, renderHeader, renderLabels, renderSample } from './text.ts';

/** The rendered samples of one entity: a text per family of its group, in the group's order; and how many series they are. */
export interface RenderedEntity {
  readonly texts: readonly string[];
  readonly series: number;
}

/** Families that are exposed by the same kind of entity. */
export interface FamilyGroup {
  readonly name: string;
  readonly families: readonly FamilyHeader[];
}

/** The rendered Glue series: entities are put in when they changed, a scrape reads what is there. */
export interface Exposition {
  /** Replaces what the entity exposed before. False when the series limit left no room: the entity is then not exposed. */
  put(group: string, key: string, entity: RenderedEntity): boolean;
  /** Removes an entity, if what is exposed under the key is still this very rendering. */
  remove(group: string, key: string, entity: RenderedEntity): void;
  /** Sets how many series there may be from now on; what is there stays until it is put again. */
  setLimit(most: number): void;
  /** All families with a sample, in text format 0.0.4; the same string until something changed. */
  text(): string;
  readonly series: number;
}

/** Renders every family of one entity. Pure; `entityLabels` come first in each sample. */
export const renderEntity = <Entity>(
  families: readonly Family<Entity>[],
  entityLabels: Labels,
  entity: Entity,
): RenderedEntity => {
  const prefix = renderLabels(entityLabels);
  let series = 0;
  const texts = families.map(family => {
    let text = '';
    for (const sample of family.samples(entity)) {
      series += 1;
      text += renderSample(
        family.name,
        joinLabels(prefix, renderLabels(ownLabels(family, sample.labels))),
        sample.value,
      );
    }
    return text;
  });
  return { texts, series };
};

/** An empty exposition of the given groups that holds at most so many series. */
export const createExposition = (groups: readonly FamilyGroup[], initialLimit: number): Exposition => {
  const entities = new Map(groups.map(group => [group.name, new Map<string, RenderedEntity>()]));
  let limit = initialLimit;
  let series = 0;
  let cached: string | undefined;

  const entitiesOf = (group: string): Map<string, RenderedEntity> => {
    const found = entities.get(group);
    if (found === undefined) throw new Error(`no group of families is called ${group}`);
    return found;
  };

  const drop = (group: string, key: string): void => {
    const inGroup = entitiesOf(group);
    const before = inGroup.get(key);
    if (before === undefined) return;
    inGroup.delete(key);
    series -= before.series;
    cached = undefined;
  };

  return {
    put(group, key, entity) {
      const inGroup = entitiesOf(group);
      const before = inGroup.get(key);
      if (series - (before?.series ?? 0) + entity.series > limit) {
        drop(group, key);
        return false;
      }
      inGroup.set(key, entity);
      series += entity.series - (before?.series ?? 0);
      cached = undefined;
      return true;
    },
    remove(group, key, entity) {
      if (entitiesOf(group).get(key) === entity) drop(group, key);
    },
    setLimit(most) {
      limit = most;
    },
    text() {
      cached ??= groups.map(group => renderGroup(group, entitiesOf(group.name))).join('');
      return cached;
    },
    get series() {
      return series;
    },
  };
};

const renderGroup = (group: FamilyGroup, entities: ReadonlyMap<string, RenderedEntity>): string => {
  const parts = group.families.flatMap((family, index) => {
    const samples = [...entities.values()].map(entity => entity.texts[index] ?? '').join('');
    return samples === '' ? [] : [renderHeader(family), samples];
  });
  return parts.join('');
};

const ownLabels = (family: FamilyHeader, values: readonly string[]): Labels =>
  Object.fromEntries(family.labelNames.map((name, index) => [name, values[index] ?? '']));

const joinLabels = (first: string, second: string): string =>
  first === '' || second === '' ? first + second : `${first},${second}`;
