import { type Chunk, createChunk, isEmpty, isFull, takeSlot } from './chunk.ts';
import { pieceOf } from './piece.ts';
import type { FamilyGroup } from './rendered.ts';
import type { Column } from './snapshot.ts';
import { renderHeader } from './text.ts';

/** Where an entity is. */
export interface ChunkSlot {
  readonly chunk: Chunk;
  readonly slot: number;
}

/** The chunks of a group, in which its entities are. */
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
export const takeChunkSlot = (store: ChunkStore): ChunkSlot => {
  let [chunk] = store.open;
  if (chunk === undefined) {
    chunk = createChunk(store.headers.length);
    store.chunks.push(chunk);
    store.open.add(chunk);
  }
  const slot = takeSlot(chunk);
  if (isFull(chunk)) store.open.delete(chunk);
  return { chunk, slot };
};

/** Takes a slot back from an entity that has departed. */
export const leaveChunkSlot = (store: ChunkStore, { chunk, slot }: ChunkSlot): void => {
  chunk.free.push(slot);
  store.open.add(chunk);
};

/** Does away with chunks that nothing is in any more; nothing knows of them then. */
export const clearAway = (store: ChunkStore): void => {
  const kept = store.chunks.filter(chunk => !isEmpty(chunk));
  if (kept.length === store.chunks.length) return;
  for (const chunk of store.open) if (isEmpty(chunk)) store.open.delete(chunk);
  store.chunks.splice(0, store.chunks.length, ...kept);
};
