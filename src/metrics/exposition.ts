import { runAtOnce, runYielding } from '../yield.ts';
import { createBufferPool } from './buffer-pool.ts';
import { applyChanges, type Chunk, putBack, takePending } from './chunk.ts';
import {
  type ChunkSlot,
  type ChunkStore,
  clearAway,
  createChunkStore,
  leaveChunkSlot,
  takeChunkSlot,
} from './chunk-store.ts';
import { FORMATS, type Format } from './format.ts';
import type { OpenMember } from './gzip.ts';
import { deflated, type Piece } from './piece.ts';
import { createRefresher } from './refresh.ts';
import { encodeEntity, type FamilyGroup, mostSeries, type RenderedEntity } from './rendered.ts';
import { type Claim, createSeriesLimit } from './series-limit.ts';
import { takeSnapshot } from './snapshot.ts';

/** Stands for one put. */
export interface Placement {
  /** Whether the entity is exposed: there was room for it. */
  readonly isExposed: boolean;
}

/** The rendered Glue series: entities are put in when they changed, a scrape reads what is there. */
export interface Exposition {
  /**
   * Replaces what the entity exposed before; it shows with the next refresh. An entity that is exposed stays exposed. A new one is
   * exposed when the series limit has room for the most series that it can have, in addition to all entities that were put before it.
   * Without room it keeps its place in the queue, and has to be put again.
   */
  put(group: string, key: string, entity: RenderedEntity): Placement;
  /** Whether an entity that was put and is not exposed would be, were it put now. */
  hasRoom(group: string, key: string): boolean;
  /** Takes away what an entity exposes but keeps its room for it, if that put was the last under the key. */
  suspend(group: string, key: string, placement: Placement): void;
  /** Removes an entity, and its place in the queue, if that put was the last under the key. */
  remove(group: string, key: string, placement: Placement): void;
  /**
   * Sets how many series there may be, and what families the entities have from now on, of the groups that there are. Where there is
   * less room than there are series, the entities that came last are no longer exposed. What an entity exposes changes when it is put.
   */
  setLimit(limit: number, families?: readonly FamilyGroup[]): void;
  /** Resolves when everything put and removed before shows; rejects when that failed, which will be tried again. */
  refreshed(): Promise<void>;
  /** What scrapes show, in order, to be written one after the other: never joined, and never changed. */
  plain(format: Format): readonly Buffer[];
  /** The same compressed, to which a last part can be added. A format that was asked for is kept ready for a while. */
  gzip(format: Format): OpenMember;
  /** How many series are put, and how many of them scrapes show. */
  readonly series: number;
  readonly shownSeries: number;
}

/** An entity that was put. */
interface Entry {
  readonly group: Group;
  readonly claim: Claim;
  placement: Placement;
  /** Where it is exposed; undefined while it is not. */
  slot: ChunkSlot | undefined;
  series: number;
}

/** The entities of a group. */
interface Group {
  readonly store: ChunkStore;
  /** What one of them can have. */
  mostSeries: number;
  readonly entries: Map<string, Entry>;
}

/** A format that nobody asks for any more is not kept compressed. */
const FORGET_FORMAT_AFTER_MS = 600_000;

/** An empty exposition of the given groups that holds at most so many series. `onFailure` gets what failed refreshes. */
export const createExposition = (
  families: readonly FamilyGroup[],
  initialLimit: number,
  onFailure: (error: unknown) => void = () => {},
): Exposition => {
  const groups = new Map(
    families.map((group): [string, Group] => [
      group.name,
      { store: createChunkStore(group), mostSeries: mostSeries(group.families), entries: new Map() },
    ]),
  );
  const stores = [...groups.values()].map(({ store }) => store);
  const askedAt = new Map<Format, number>();
  const limit = createSeriesLimit(initialLimit);
  let series = 0;
  let appliedSeries = 0;
  const pool = createBufferPool();
  /** Pieces that are in the snapshot, and no longer in the next. */
  let replaced: Piece[] = [];
  let snapshot = runAtOnce(takeSnapshot(stores, 0));
  let changed = new Set<Chunk>();

  const isAsked = (format: Format): boolean =>
    performance.now() - (askedAt.get(format) ?? Number.NEGATIVE_INFINITY) < FORGET_FORMAT_AFTER_MS;

  const refresher = createRefresher(async yieldIfDue => {
    // All of it at once: what comes meanwhile would show in the chunks whose turn is still to come, and not in the others.
    const work = [...changed].map(chunk => ({ chunk, taken: takePending(chunk) }));
    changed = new Set();
    try {
      for (const { chunk, taken } of work) {
        const applied = applyChanges(chunk, taken, pool);
        taken.clear();
        appliedSeries += applied.growth;
        replaced.push(...applied.replaced);
        await yieldIfDue();
        for (const piece of chunk.rows.flatMap(({ text, openmetrics }) => [text, openmetrics])) {
          if (piece.bytes.length > 0) deflated(piece);
          await yieldIfDue();
        }
      }
      const next = await runYielding(takeSnapshot(stores, appliedSeries), yieldIfDue);
      for (const format of FORMATS.filter(isAsked)) await runYielding(next.prepareGzip(format), yieldIfDue);
      snapshot = next;
      for (const piece of replaced) if (!piece.isLent) pool.giveBack(piece.bytes);
      replaced = [];
      for (const store of stores) clearAway(store);
    } catch (error) {
      for (const { chunk, taken } of work) {
        putBack(chunk, taken);
        changed.add(chunk);
      }
      throw error;
    }
  }, onFailure);

  const groupOf = (group: string): Group => {
    const found = groups.get(group);
    if (found === undefined) throw new Error(`no group of families is called ${group}`);
    return found;
  };

  const change = ({ chunk, slot }: ChunkSlot, entity: RenderedEntity | undefined): void => {
    chunk.pending.set(slot, entity && encodeEntity(entity));
    changed.add(chunk);
    refresher.request();
  };

  /** Takes away what an entity exposes. */
  const clear = (entry: Entry): void => {
    if (entry.slot === undefined) return;
    series -= entry.series;
    entry.series = 0;
    leaveChunkSlot(entry.group.store, entry.slot);
    change(entry.slot, undefined);
    entry.slot = undefined;
  };

  const entryOf = (name: string, key: string, placement: Placement): Entry | undefined => {
    const entry = groupOf(name).entries.get(key);
    return entry?.placement === placement ? entry : undefined;
  };

  return {
    put(name, key, entity) {
      const group = groupOf(name);
      const known = group.entries.get(key);
      const claim = known?.claim ?? limit.claim();
      const placement = { isExposed: limit.admit(claim, Math.max(group.mostSeries, entity.series)) };
      const entry: Entry = known ?? { group, claim, placement, slot: undefined, series: 0 };
      group.entries.set(key, entry);
      entry.placement = placement;
      if (!placement.isExposed) return placement;
      entry.slot ??= takeChunkSlot(group.store);
      series += entity.series - entry.series;
      entry.series = entity.series;
      change(entry.slot, entity);
      return placement;
    },
    hasRoom(name, key) {
      const entry = groupOf(name).entries.get(key);
      return entry !== undefined && limit.hasRoom(entry.claim);
    },
    suspend(name, key, placement) {
      const entry = entryOf(name, key, placement);
      if (entry === undefined) return;
      clear(entry);
      limit.suspend(entry.claim);
    },
    remove(name, key, placement) {
      const entry = entryOf(name, key, placement);
      if (entry === undefined) return;
      clear(entry);
      limit.release(entry.claim);
      entry.group.entries.delete(key);
    },
    setLimit(next, nextFamilies = []) {
      for (const { name, families: nextOnes } of nextFamilies) {
        const group = groupOf(name);
        group.mostSeries = mostSeries(nextOnes);
        for (const { claim } of group.entries.values()) limit.grow(claim, group.mostSeries);
      }
      const gone = new Set(limit.set(next));
      if (gone.size === 0) return;
      for (const { entries } of groups.values()) {
        for (const entry of entries.values()) if (gone.has(entry.claim)) clear(entry);
      }
    },
    refreshed: () => (changed.size > 0 ? refresher.requestNow() : refresher.underWay()),
    plain: format => snapshot.plain(format),
    gzip(format) {
      askedAt.set(format, performance.now());
      return snapshot.gzip(format);
    },
    get series() {
      return series;
    },
    get shownSeries() {
      return snapshot.series;
    },
  };
};
