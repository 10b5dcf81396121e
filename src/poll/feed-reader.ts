import { isDeepStrictEqual } from 'node:util';
import type { EntityDefinition, Feed } from '../collectors/collector.ts';
import type { Log } from '../log.ts';
import type { CollectorLedgers } from '../state/ledger-store.ts';
import { createYield } from '../yield.ts';
import type { CollectorDependencies, CollectorSettings } from './collector-poll.ts';
import { hasAwaitedRun, type Tracked } from './entity.ts';
import { createFeedHorizon } from './feed-horizon.ts';
import type { FeedOwners } from './feed-owners.ts';
import type { IdentifiedTarget } from './identified-target.ts';
import { inLanes } from './lanes.ts';
import { type FeedRead, readFeed } from './read-feed.ts';
import { createRecorder } from './record-reading.ts';
import type { Shown } from './shown.ts';

/** Ledgers that are saved together share the syncs of the disk. */
const SAVED_TOGETHER = 64;

/** Ledgers of forgotten entities expire at this pace, where nothing else changes. */
const LISTED_AGAIN_AFTER_SECONDS = 300;

/** Reads one feed of one target, again and again. */
export interface FeedReader {
  /**
   * Reads what can be new, enters it into the ledgers of the entities that runs are of, and exposes what has changed. Resolves to the
   * number of requests. Rejects when a page could not be read, or a ledger not be saved; then the next one reads as far back.
   */
  read(target: IdentifiedTarget): Promise<number>;
}

export interface FeedReaderParts<Definition extends EntityDefinition, Facts> {
  readonly log: Log;
  readonly owners: FeedOwners<Definition, Facts>;
  readonly shown: Shown<Tracked<Definition, Facts>>;
}

/** Before the first reading. */
export const createFeedReader = <Definition extends EntityDefinition, Facts>(
  collector: Feed<Definition, Facts>,
  settings: CollectorSettings,
  dependencies: CollectorDependencies,
  { log, owners, shown }: FeedReaderParts<Definition, Facts>,
): FeedReader => {
  type Entity = Tracked<Definition, Facts>;
  const { glue, store, telemetry, uptime } = dependencies;
  const { tracked } = owners;
  const recorder = createRecorder(collector, settings, dependencies, log, shown.show);
  const horizon = createFeedHorizon();
  let ledgers: CollectorLedgers<Facts> | undefined;
  let newestFirst: boolean | undefined;
  let listedAt = Number.NEGATIVE_INFINITY;

  const openLedgers = (target: IdentifiedTarget): CollectorLedgers<Facts> => {
    if (ledgers !== undefined) return ledgers;
    ledgers = store.ledgersOf(target, collector);
    owners.restore(target, ledgers);
    return ledgers;
  };

  /** What is not saved now is saved the next time. */
  const saveNames = async (opened: CollectorLedgers<Facts>): Promise<void> => {
    listedAt = uptime();
    telemetry.entities(collector.name, tracked.size);
    await opened.listed(new Set(tracked.keys()), glue.now()).catch(() => {});
  };

  /** Whether a reading concerns an entity: it has runs of it, or its ledger can change, or its series appear, without. */
  const isConcerned = (entity: Entity, { owners: found }: FeedRead<Definition, Facts>): boolean =>
    entity.recent === undefined ||
    shown.isSuspended(entity) ||
    found.has(entity.definition.name) ||
    hasAwaitedRun(entity.ledger);

  const record = async (
    target: IdentifiedTarget,
    opened: CollectorLedgers<Facts>,
    entity: Entity,
    { reading, owners: found, errors }: FeedRead<Definition, Facts>,
  ): Promise<void> => {
    const owner = found.get(entity.definition.name);
    const isRedefined = owner !== undefined && !isDeepStrictEqual(owner.definition, entity.definition);
    if (isRedefined) entity.definition = owner.definition;
    const own = { ...reading, runs: owner?.runs ?? [], horizonAtMost: horizon.settled };
    await recorder.record(target, opened, entity, { reading: own, errors });
    if (isRedefined) shown.show(target, entity);
  };

  /** Rejects with the first failure, after all others were recorded. */
  const recordAll = async (
    target: IdentifiedTarget,
    opened: CollectorLedgers<Facts>,
    read: FeedRead<Definition, Facts>,
  ): Promise<void> => {
    const concerned = [...tracked.values()].filter(entity => isConcerned(entity, read));
    const failures: unknown[] = [];
    const yieldIfDue = createYield();
    await inLanes(concerned, SAVED_TOGETHER, async entity => {
      await record(target, opened, entity, read).catch(error => failures.push(error));
      await yieldIfDue();
    });
    if (failures.length > 0) throw failures[0];
  };

  const readAll = async (target: IdentifiedTarget): Promise<FeedRead<Definition, Facts>> => {
    const known = Array.from(tracked.values(), ({ ledger }) => ledger);
    const { longestRunSeconds } = collector;
    const since = horizon.since(known, { epoch: target.epoch, now: glue.now(), longestRunSeconds });
    const read = await readFeed(collector, glue, { since, newestFirst });
    newestFirst = read.reading.newestFirst;
    if (read.truncated !== undefined) {
      telemetry.historyTruncated(collector.name);
      log.warn('Run history cut short', { why: read.truncated });
    }
    return read;
  };

  const read = async (target: IdentifiedTarget): Promise<number> => {
    const opened = openLedgers(target);
    const found = await readAll(target);
    const before = tracked.size;
    owners.enter(target, opened, found.owners, glue.now());
    const isDue = uptime() - listedAt >= LISTED_AGAIN_AFTER_SECONDS;
    // Before anything new is saved.
    if (tracked.size !== before || isDue) await saveNames(opened);
    await recordAll(target, opened, found);
    horizon.saved(found.reading);
    const forgotten = owners.forget(glue.now());
    for (const entity of forgotten) shown.hide(entity);
    if (forgotten.length > 0) await saveNames(opened);
    return found.requests;
  };

  return { read };
};
