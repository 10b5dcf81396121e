import { applyChanges, type Chunk, createChunk, isFull, takeSlot } from './chunk.ts';
import { FORMATS, type Format } from './format.ts';
import type { OpenMember } from './gzip.ts';
import { createMemory } from './memory.ts';
import { deflated, type Piece, pieceOf } from './piece.ts';
import { createRefresher } from './refresh.ts';
import { encodeEntity, type FamilyGroup, type RenderedEntity } from './rendered.ts';
import { type Column, takeSnapshot } from './snapshot.ts';
import { renderHeader } from './text.ts';

/** Stands for what one put has exposed. */
export type Exposed = symbol;

/** The rendered Glue series: entities are put in when they changed, a scrape reads what is there. */
export interface Exposition {
  /**
   * Replaces what the entity exposed before; it shows with the next refresh. Undefined when the series limit left no room: the
   * entity is then not exposed.
   */
  put(group: string, key: string, entity: RenderedEntity): Exposed | undefined;
  /** Removes an entity, if what is exposed under the key is still from that put. */
  remove(group: string, key: string, exposed: Exposed): void;
  /** Sets how many series there may be from now on; what is there stays until it is put again. */
  setLimit(most: number): void;
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

interface Entry {
  readonly exposed: Exposed;
  readonly chunk: Chunk;
  readonly slot: number;
  readonly series: number;
}

/** The entities of a group. */
interface Shelf extends Column {
  readonly entries: Map<string, Entry>;
  /** In the order in which their entities were first put. */
  readonly chunks: Chunk[];
  /** Those with a slot to give. */
  readonly open: Set<Chunk>;
}

/** A format that nobody asks for any more is not kept compressed. */
const FORGET_FORMAT_AFTER_MS = 600_000;

/** An empty exposition of the given groups that holds at most so many series. `onFailure` is told of refreshes that fail. */
export const createExposition = (
  groups: readonly FamilyGroup[],
  initialLimit: number,
  onFailure: (error: unknown) => void = () => {},
): Exposition => {
  const shelves = new Map(groups.map(group => [group.name, createShelf(group)]));
  const askedAt = new Map<Format, number>();
  let limit = initialLimit;
  let series = 0;
  let appliedSeries = 0;
  const memory = createMemory();
  /** Pieces that are in the snapshot, and no longer in the next. */
  let replaced: Piece[] = [];
  let snapshot = takeSnapshot([...shelves.values()], 0);
  let changed = new Set<Chunk>();

  const isAsked = (format: Format): boolean =>
    performance.now() - (askedAt.get(format) ?? Number.NEGATIVE_INFINITY) < FORGET_FORMAT_AFTER_MS;

  const refresher = createRefresher(async breathe => {
    const work = changed;
    changed = new Set();
    try {
      for (const chunk of work) {
        const applied = applyChanges(chunk, memory);
        appliedSeries += applied.growth;
        replaced.push(...applied.replaced);
        await breathe();
        for (const piece of chunk.rows.flatMap(({ text, openmetrics }) => [text, openmetrics])) {
          if (piece.bytes.length > 0) deflated(piece);
          await breathe();
        }
      }
      const next = takeSnapshot([...shelves.values()], appliedSeries);
      for (const format of FORMATS.filter(isAsked)) {
        await breathe();
        next.gzip(format);
      }
      snapshot = next;
      for (const piece of replaced) if (!piece.isLent) memory.giveBack(piece.bytes);
      replaced = [];
    } catch (error) {
      for (const chunk of work) changed.add(chunk);
      throw error;
    }
  }, onFailure);

  const shelfOf = (group: string): Shelf => {
    const found = shelves.get(group);
    if (found === undefined) throw new Error(`no group of families is called ${group}`);
    return found;
  };

  const change = ({ chunk, slot }: Entry, entity: RenderedEntity | undefined): void => {
    chunk.pending.set(slot, entity && encodeEntity(entity));
    changed.add(chunk);
    refresher.request();
  };

  const drop = (shelf: Shelf, key: string, entry: Entry): void => {
    shelf.entries.delete(key);
    series -= entry.series;
    entry.chunk.free.push(entry.slot);
    shelf.open.add(entry.chunk);
    change(entry, undefined);
  };

  return {
    put(group, key, entity) {
      const shelf = shelfOf(group);
      const before = shelf.entries.get(key);
      if (series - (before?.series ?? 0) + entity.series > limit) {
        if (before !== undefined) drop(shelf, key, before);
        return undefined;
      }
      const entry = { ...(before ?? givePlace(shelf)), exposed: Symbol(), series: entity.series };
      shelf.entries.set(key, entry);
      series += entity.series - (before?.series ?? 0);
      change(entry, entity);
      return entry.exposed;
    },
    remove(group, key, exposed) {
      const shelf = shelfOf(group);
      const entry = shelf.entries.get(key);
      if (entry?.exposed === exposed) drop(shelf, key, entry);
    },
    setLimit(most) {
      limit = most;
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

const createShelf = ({ families }: FamilyGroup): Shelf => ({
  headers: families.map(family => ({
    text: pieceOf(renderHeader(family, 'text')),
    openmetrics: pieceOf(renderHeader(family, 'openmetrics')),
  })),
  entries: new Map(),
  chunks: [],
  open: new Set(),
});

/** A slot that an entity left, or a new one. */
const givePlace = (shelf: Shelf): Pick<Entry, 'chunk' | 'slot'> => {
  let [chunk] = shelf.open;
  if (chunk === undefined) {
    chunk = createChunk(shelf.headers.length);
    shelf.chunks.push(chunk);
    shelf.open.add(chunk);
  }
  const slot = takeSlot(chunk);
  if (isFull(chunk)) shelf.open.delete(chunk);
  return { chunk, slot };
};
