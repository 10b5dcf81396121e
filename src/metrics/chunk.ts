import type { BufferPool } from './buffer-pool.ts';
import { type Change, emptyPiece, type Piece, splice } from './piece.ts';
import type { EncodedEntity } from './rendered.ts';

/** Entities in a chunk. What one poll changes lies together, and costs little to copy and compress. */
export const CHUNK_SLOTS = 64;

/** A family of a chunk: the same piece twice where OpenMetrics has the same samples. */
export interface Row {
  readonly text: Piece;
  readonly openmetrics: Piece;
}

/** What entities expose from now on, by slot; undefined for one that was removed. */
export type Pending = Map<number, EncodedEntity | undefined>;

/** Some entities that were put one after the other, and what they expose. */
export interface Chunk {
  /** By family. */
  rows: readonly Row[];
  /** What is not in the rows yet. */
  pending: Pending;
  /** Slots that were given back. */
  readonly free: number[];
  /** Slots that were ever given. */
  given: number;
  /** Series in the rows, by slot. */
  readonly series: number[];
}

const EMPTY_ROW: Row = { text: emptyPiece, openmetrics: emptyPiece };

export const createChunk = (families: number): Chunk => ({
  rows: Array.from({ length: families }, () => EMPTY_ROW),
  pending: new Map(),
  free: [],
  given: 0,
  series: [],
});

export const isFull = (chunk: Chunk): boolean => chunk.free.length === 0 && chunk.given === CHUNK_SLOTS;

/** Takes a slot of a chunk that is not full. */
export const takeSlot = (chunk: Chunk): number => {
  const slot = chunk.free.pop() ?? chunk.given;
  chunk.given = Math.max(chunk.given, slot + 1);
  return slot;
};

/** Whether nothing is in it, and nothing is still to be taken out. */
export const isEmpty = (chunk: Chunk): boolean => chunk.free.length === chunk.given && chunk.pending.size === 0;

/** What is pending now: what comes later is not part of it. */
export const takePending = (chunk: Chunk): Pending => {
  const taken = chunk.pending;
  chunk.pending = new Map();
  return taken;
};

/** Makes pending again what was taken, but for what is out of date by now. */
export const putBack = (chunk: Chunk, taken: Pending): void => {
  chunk.pending = new Map([...taken, ...chunk.pending]);
};

/**
 * Works what was taken from pending into the rows. Returns by how much the series have grown, and the pieces that are no longer in the rows. When
 * it throws, nothing has changed.
 */
export const applyChanges = (
  chunk: Chunk,
  taken: Pending,
  pool: BufferPool,
): { readonly growth: number; readonly replaced: readonly Piece[] } => {
  const changes = [...taken].sort(([a], [b]) => a - b);
  const rows = chunk.rows.map((row, family): Row => {
    const texts = changes.map(([slot, entity]) => changeOf(slot, entity, family));
    const text = splice(row.text, texts, pool);
    const isShared = row.text === row.openmetrics && !changes.some(([, entity]) => entity?.openMetrics.has(family));
    if (isShared) return text === row.text ? row : { text, openmetrics: text };
    const others = changes.map(([slot, entity]) => changeOf(slot, entity, entity?.openMetrics.get(family) ?? family));
    return { text, openmetrics: splice(row.openmetrics, others, pool) };
  });
  let growth = 0;
  for (const [slot, entity] of changes) {
    growth += (entity?.series ?? 0) - (chunk.series[slot] ?? 0);
    chunk.series[slot] = entity?.series ?? 0;
  }
  const replaced = chunk.rows.flatMap((row, family) => {
    const kept = [rows[family]?.text, rows[family]?.openmetrics];
    return [...new Set([row.text, row.openmetrics])].filter(piece => !kept.includes(piece));
  });
  chunk.rows = rows;
  return { growth, replaced };
};

const changeOf = (slot: number, entity: EncodedEntity | undefined, index: number): Change => ({
  slot,
  bytes: entity?.bytes ?? emptyPiece.bytes,
  start: index === 0 ? 0 : (entity?.ends[index - 1] ?? 0),
  end: entity?.ends[index] ?? 0,
});
