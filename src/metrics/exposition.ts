import { applyChanges, type Chunk, putBack, takePending } from './chunk.ts';
import { FORMATS, type Format } from './format.ts';
import type { OpenMember } from './gzip.ts';
import { createMemory } from './memory.ts';
import { deflated, type Piece } from './piece.ts';
import { createRefresher, inTurns } from './refresh.ts';
import { encodeEntity, type FamilyGroup, type RenderedEntity } from './rendered.ts';
import { clearAway, createShelf, givePlace, leavePlace, type Place, type Shelf } from './shelf.ts';
import { takeSnapshot } from './snapshot.ts';
import { atOnce } from './steps.ts';

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

interface Entry extends Place {
  readonly exposed: Exposed;
  readonly series: number;
}

/** The entities of a group. */
interface Group {
  readonly shelf: Shelf;
  readonly entries: Map<string, Entry>;
}

/** A format that nobody asks for any more is not kept compressed. */
const FORGET_FORMAT_AFTER_MS = 600_000;

/** An empty exposition of the given groups that holds at most so many series. `onFailure` is told of refreshes that fail. */
export const createExposition = (
  families: readonly FamilyGroup[],
  initialLimit: number,
  onFailure: (error: unknown) => void = () => {},
): Exposition => {
  const groups = new Map(
    families.map((group): [string, Group] => [group.name, { shelf: createShelf(group), entries: new Map() }]),
  );
  const shelves = [...groups.values()].map(({ shelf }) => shelf);
  const askedAt = new Map<Format, number>();
  let limit = initialLimit;
  let series = 0;
  let appliedSeries = 0;
  const memory = createMemory();
  /** Pieces that are in the snapshot, and no longer in the next. */
  let replaced: Piece[] = [];
  let snapshot = atOnce(takeSnapshot(shelves, 0));
  let changed = new Set<Chunk>();

  const isAsked = (format: Format): boolean =>
    performance.now() - (askedAt.get(format) ?? Number.NEGATIVE_INFINITY) < FORGET_FORMAT_AFTER_MS;

  const refresher = createRefresher(async breathe => {
    // All of it at once: what comes meanwhile would show in the chunks whose turn is still to come, and not in the others.
    const work = [...changed].map(chunk => ({ chunk, taken: takePending(chunk) }));
    changed = new Set();
    try {
      for (const { chunk, taken } of work) {
        const applied = applyChanges(chunk, taken, memory);
        taken.clear();
        appliedSeries += applied.growth;
        replaced.push(...applied.replaced);
        await breathe();
        for (const piece of chunk.rows.flatMap(({ text, openmetrics }) => [text, openmetrics])) {
          if (piece.bytes.length > 0) deflated(piece);
          await breathe();
        }
      }
      const next = await inTurns(takeSnapshot(shelves, appliedSeries), breathe);
      for (const format of FORMATS.filter(isAsked)) await inTurns(next.prepareGzip(format), breathe);
      snapshot = next;
      for (const piece of replaced) if (!piece.isLent) memory.giveBack(piece.bytes);
      replaced = [];
      for (const shelf of shelves) clearAway(shelf);
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

  const change = ({ chunk, slot }: Entry, entity: RenderedEntity | undefined): void => {
    chunk.pending.set(slot, entity && encodeEntity(entity));
    changed.add(chunk);
    refresher.request();
  };

  const drop = ({ shelf, entries }: Group, key: string, entry: Entry): void => {
    entries.delete(key);
    series -= entry.series;
    leavePlace(shelf, entry);
    change(entry, undefined);
  };

  return {
    put(name, key, entity) {
      const group = groupOf(name);
      const before = group.entries.get(key);
      if (series - (before?.series ?? 0) + entity.series > limit) {
        if (before !== undefined) drop(group, key, before);
        return undefined;
      }
      const entry = { ...(before ?? givePlace(group.shelf)), exposed: Symbol(), series: entity.series };
      group.entries.set(key, entry);
      series += entity.series - (before?.series ?? 0);
      change(entry, entity);
      return entry.exposed;
    },
    remove(name, key, exposed) {
      const group = groupOf(name);
      const entry = group.entries.get(key);
      if (entry?.exposed === exposed) drop(group, key, entry);
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
