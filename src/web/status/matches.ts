import type { EntityId, Failure } from '../../runs/failures.ts';
import type { EntityStatus, TargetStatus } from '../../status.ts';
import { forEachYielding, type Yield } from '../../yield.ts';
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
export const matchesOf = async (everything: Everything, query: StatusQuery, yieldIfDue: Yield): Promise<Matches> => {
  const isWanted = matching(query);
  const { search, type, account, region } = query;
  const entities: EntityStatus[] = [];
  const failingOnes = new Set<string>();
  const places = new Set<string>();
  const selectsTargets = query.failing || search !== '' || type !== '';
  let failing = 0;
  await forEachYielding(everything.entities, yieldIfDue, entity => {
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
