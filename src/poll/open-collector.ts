import type { AnyCollector } from '../collectors/collector.ts';
import type { CollectorDependencies, CollectorPoll, CollectorSettings } from './collector-poll.ts';
import { createFeedPoll } from './feed-poll.ts';
import { createHistoriesPoll } from './histories-poll.ts';
import { createInventoryPoll } from './inventory-poll.ts';

/** Creates the poll of a collector of any shape on one target. */
export const openCollector = (
  collector: AnyCollector,
  settings: CollectorSettings,
  dependencies: CollectorDependencies,
): CollectorPoll =>
  collector.open({
    inventory: typed => createInventoryPoll(typed, settings, dependencies),
    histories: typed => createHistoriesPoll(typed, settings, dependencies),
    feed: typed => createFeedPoll(typed, settings, dependencies),
  });
