import { isDeepStrictEqual } from 'node:util';
import type { EntityDefinition, Inventory } from '../collectors/collector.ts';
import { createYield } from '../yield.ts';
import { admitted } from './admitted.ts';
import type { CollectorDependencies, CollectorPoll, CollectorSettings } from './collector-poll.ts';
import { exposedEntities, suspendStale } from './exposed-entities.ts';
import { createHealth } from './health.ts';
import type { IdentifiedTarget } from './identified-target.ts';
import { createListing } from './listing.ts';
import { createOutcomeLog } from './outcome-log.ts';
import { createShown, type Exposable } from './shown.ts';
import { createStaleness } from './staleness.ts';

/** A listed entity. */
interface Item<Definition> extends Exposable {
  definition: Definition & EntityDefinition;
}

/** Creates the poll of an inventory on one target: each poll lists, and exposes what it finds. It needs no state and has no tasks. */
export const createInventoryPoll = <Definition extends EntityDefinition>(
  collector: Inventory<Definition>,
  settings: CollectorSettings,
  dependencies: CollectorDependencies,
): CollectorPoll => {
  const { glue, exposition, telemetry, uptime } = dependencies;
  const log = dependencies.log.with({ collector: collector.name });
  const items = new Map<string, Item<Definition>>();
  const shown = createShown<Item<Definition>>(collector, exposition, log, dependencies.onSeriesDropped);
  const health = createHealth(uptime);
  const outcome = createOutcomeLog(log);
  const staleness = createStaleness(settings.staleAfterSeconds, uptime);
  let completeSince = Number.NEGATIVE_INFINITY;

  const showListed = (target: IdentifiedTarget, name: string, definition: Definition): void => {
    const known = items.get(name);
    const item: Item<Definition> = known ?? { definition, published: undefined };
    if (known !== undefined && isDeepStrictEqual(known.definition, definition) && !shown.isSuspended(item)) return;
    item.definition = definition;
    items.set(name, item);
    shown.show(target, item);
  };

  const list = async (target: IdentifiedTarget): Promise<void> => {
    const found = await admitted(settings, target, await collector.list(glue, settings.tags));
    for (const [name, item] of items) {
      if (found.has(name)) continue;
      shown.hide(item);
      items.delete(name);
    }
    const yieldIfDue = createYield();
    for (const [name, definition] of found) {
      showListed(target, name, definition);
      await yieldIfDue();
    }
    telemetry.entities(collector.name, items.size);
  };

  const listing = createListing(true, uptime, list);

  return {
    name: collector.name,
    listing,
    hasRuns: false,
    isReadByListing: false,
    begin: health.begin,
    askTime: target => listing.run(target),
    failed: health.failed,
    unreachable: health.unreachable,
    glance: async () => {},
    tasks: () => [],
    describe: () => [],
    ...exposedEntities(items, shown, () => listing.lastSuccessAt !== undefined),
    get failure() {
      return health.failure;
    },
    complete: true,
    settled: true,
    get counts() {
      return { entities: items.size, polled: items.size };
    },
    oldestReadAt: undefined,
    end() {
      health.end();
      outcome.ended(health, items.size);
      shown.end();
      staleness.pollEnded(health.unreachableAt);
      if (staleness.isStale(listing)) outcome.dropped(suspendStale(items, shown, () => true));
      const { lastSuccessAt = Number.NEGATIVE_INFINITY } = listing;
      const isComplete = health.failure === undefined && lastSuccessAt > completeSince;
      if (isComplete) completeSince = uptime();
      return isComplete;
    },
  };
};
