import { type Chunk, createChunk, isEmpty, isFull, takeSlot } from './chunk.ts';
import { pieceOf } from './piece.ts';
import type { FamilyGroup } from './rendered.ts';
import type { Column } from './snapshot.ts';
import { renderHeader } from './text.ts';

/** Where an entity lies. */
export interface ChunkSlot {
  readonly chunk: Chunk;
  readonly slot: number;
}

/** The places of a group's entities. */
export interface ChunkStore extends Column {
  /** In the order in which their entities were first put. */
  readonly chunks: Chunk[];
  /** Those with a slot to give. */
  readonly open: Set<Chunk>;
}

export const createChunkStore = ({ families }: FamilyGroup): ChunkStore => ({
  headers: families.map(family => ({
    text: pieceOf(renderHeader(family, 'text')),
    openmetrics: pieceOf(renderHeader(family, 'openmetrics')),
  })),
  chunks: [],
  open: new Set(),
});

/** A slot that an entity left, or a new one. */
export const takeChunkSlot = (shelf: ChunkStore): ChunkSlot => {
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

/** Takes a place back from an entity that has departed. */
export const leaveChunkSlot = (shelf: ChunkStore, { chunk, slot }: ChunkSlot): void => {
  chunk.free.push(slot);
  shelf.open.add(chunk);
};

/** Does away with chunks that nothing is in any more; nothing knows of them then. */
export const clearAway = (shelf: ChunkStore): void => {
  const kept = shelf.chunks.filter(chunk => !isEmpty(chunk));
  if (kept.length === shelf.chunks.length) return;
  for (const chunk of shelf.open) if (isEmpty(chunk)) shelf.open.delete(chunk);
  shelf.chunks.splice(0, shelf.chunks.length, ...kept);
};
