import { describe, expect, test } from 'vitest';
import { createBufferPool } from '../../src/metrics/buffer-pool.ts';
import { applyChanges, CHUNK_SLOTS, takePending } from '../../src/metrics/chunk.ts';
import {
  type ChunkSlot,
  clearAway,
  createChunkStore,
  leaveChunkSlot,
  takeChunkSlot,
} from '../../src/metrics/chunk-store.ts';
import { encodeEntity } from '../../src/metrics/rendered.ts';

const entity = encodeEntity({ texts: ['a 1\n'], openMetrics: new Map(), series: 1 });

/** A store with so many entities, all of them shown. */
const storeOf = (count: number) => {
  const store = createChunkStore({
    name: 'things',
    families: [{ name: 'a', help: 'A.', type: 'gauge', labelNames: [] }],
  });
  const pool = createBufferPool();
  const refresh = (): void => {
    for (const chunk of store.chunks) applyChanges(chunk, takePending(chunk), pool);
    clearAway(store);
  };
  const put = (): ChunkSlot => {
    const slot = takeChunkSlot(store);
    slot.chunk.pending.set(slot.slot, entity);
    return slot;
  };
  const remove = (slot: ChunkSlot): void => {
    leaveChunkSlot(store, slot);
    slot.chunk.pending.set(slot.slot, undefined);
  };
  const slots = Array.from({ length: count }, put);
  refresh();
  return { store, slots, put, remove, refresh };
};

describe('a chunk store', () => {
  test('does away with chunks whose entities have all departed, once that shows', () => {
    const { store, slots, remove, refresh } = storeOf(3 * CHUNK_SLOTS);
    const [first, , third] = store.chunks;
    for (const slot of slots.slice(CHUNK_SLOTS, 2 * CHUNK_SLOTS)) remove(slot);
    clearAway(store);
    expect(store.chunks, 'scrapes still show what was in it').toHaveLength(3);
    refresh();
    expect(store.chunks).toEqual([first, third]);
    expect(store.open.size).toBe(0);
    for (const slot of [...slots.slice(0, CHUNK_SLOTS), ...slots.slice(2 * CHUNK_SLOTS)]) remove(slot);
    refresh();
    expect([store.chunks.length, store.open.size]).toEqual([0, 0]);
  });

  test('keeps a chunk with one entity, be it one that came after all others have departed', () => {
    const { store, slots, put, remove, refresh } = storeOf(CHUNK_SLOTS);
    const [chunk] = store.chunks;
    for (const slot of slots) remove(slot);
    put();
    refresh();
    expect(store.chunks).toEqual([chunk]);
    expect(put().chunk).toBe(chunk);
  });

  test('has no more chunks than its entities need, however many come and go', () => {
    const { store, slots, put, remove, refresh } = storeOf(2 * CHUNK_SLOTS);
    let present = slots;
    for (let round = 0; round < 50; round += 1) {
      for (const slot of present) remove(slot);
      refresh();
      present = slots.map(put);
      refresh();
      expect(store.chunks).toHaveLength(2);
    }
  });
});
