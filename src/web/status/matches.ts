import type { EntityId, Failure } from '../../runs/failures.ts';
import type { EntityStatus, TargetStatus } from '../../status.ts';
import type { Breathe } from '../../yield.ts';
import { BETWEEN_PAUSES } from './pauses.ts';
import type { StatusQuery } from './query.ts';

/** What a filter leaves of everything that the page shows. */
export interface Matches {
  /** In no particular order. */
  readonly entities: readonly EntityStatus[];
  /** How many of the entities fail now. */
  readonly failing: number;
  readonly failures: readonly Failure[];
  readonly targets: readonly TargetStatus[];
}

interface Everything {
  readonly entities: readonly EntityStatus[];
  readonly failures: readonly Failure[];
  readonly targets: readonly TargetStatus[];
}

/** Applies a filter to all that the page shows. A target matches with its account and region, and if anything of it matches the rest. */
export const matchesOf = async (everything: Everything, query: StatusQuery, pause: Breathe): Promise<Matches> => {
  const isWanted = matching(query);
  const { search, type, account, region } = query;
  const entities: EntityStatus[] = [];
  const failingOnes = new Set<string>();
  const places = new Set<string>();
  const selectsTargets = query.failing || search !== '' || type !== '';
  let failing = 0;
  await inSlices(everything.entities, pause, entity => {
    if ((query.failing && !entity.failing) || !isWanted(entity)) return;
    entities.push(entity);
    if (selectsTargets) places.add(placeOf(entity));
    if (!entity.failing) return;
    failing += 1;
    if (query.failing) failingOnes.add(keyOf(entity));
  });
  return {
    entities,
    failing,
    failures: everything.failures.filter(one => isWanted(one) && (!query.failing || failingOnes.has(keyOf(one)))),
    targets: everything.targets.filter(
      target =>
        (account === '' || target.accountId === account) &&
        (region === '' || target.region === region) &&
        (!selectsTargets || places.has(placeOf(target))),
    ),
  };
};

/** Whether an entity is asked for, failing or not. */
const matching = ({ search, type, account, region }: StatusQuery): ((entity: EntityId) => boolean) => {
  const part = search.toLowerCase();
  return entity =>
    (type === '' || entity.collector === type) &&
    (account === '' || entity.accountId === account) &&
    (region === '' || entity.region === region) &&
    (part === '' || entity.name.toLowerCase().includes(part));
};

const placeOf = ({ accountId, region }: Pick<TargetStatus, 'accountId' | 'region'>): string =>
  `${accountId ?? ''}/${region}`;

/** An entity as a key of a map. */
export const keyOf = ({ accountId, region, collector, name }: EntityId): string =>
  JSON.stringify([accountId, region, collector, name]);

/** Looks at a long list with pauses. */
export const inSlices = async <Item>(
  items: readonly Item[],
  pause: Breathe,
  act: (item: Item) => void,
): Promise<void> => {
  for (let start = 0; start < items.length; start += BETWEEN_PAUSES) {
    for (const item of items.slice(start, start + BETWEEN_PAUSES)) act(item);
    await pause();
  }
};
