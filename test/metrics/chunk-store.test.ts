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

/** A shelf with so many entities, all of them shown. */
const shelfOf = (count: number) => {
  const shelf = createChunkStore({
    name: 'things',
    families: [{ name: 'a', help: 'A.', type: 'gauge', labelNames: [] }],
  });
  const memory = createBufferPool();
  const refresh = (): void => {
    for (const chunk of shelf.chunks) applyChanges(chunk, takePending(chunk), memory);
    clearAway(shelf);
  };
  const put = (): ChunkSlot => {
    const place = takeChunkSlot(shelf);
    place.chunk.pending.set(place.slot, entity);
    return place;
  };
  const remove = (place: ChunkSlot): void => {
    leaveChunkSlot(shelf, place);
    place.chunk.pending.set(place.slot, undefined);
  };
  const places = Array.from({ length: count }, put);
  refresh();
  return { shelf, places, put, remove, refresh };
};

describe('a shelf', () => {
  test('does away with chunks whose entities have all departed, once that shows', () => {
    const { shelf, places, remove, refresh } = shelfOf(3 * CHUNK_SLOTS);
    const [first, , third] = shelf.chunks;
    for (const place of places.slice(CHUNK_SLOTS, 2 * CHUNK_SLOTS)) remove(place);
    clearAway(shelf);
    expect(shelf.chunks, 'scrapes still show what was in it').toHaveLength(3);
    refresh();
    expect(shelf.chunks).toEqual([first, third]);
    expect(shelf.open.size).toBe(0);
    for (const place of [...places.slice(0, CHUNK_SLOTS), ...places.slice(2 * CHUNK_SLOTS)]) remove(place);
    refresh();
    expect([shelf.chunks.length, shelf.open.size]).toEqual([0, 0]);
  });

  test('keeps a chunk with one entity, be it one that came after all others have departed', () => {
    const { shelf, places, put, remove, refresh } = shelfOf(CHUNK_SLOTS);
    const [chunk] = shelf.chunks;
    for (const place of places) remove(place);
    put();
    refresh();
    expect(shelf.chunks).toEqual([chunk]);
    expect(put().chunk).toBe(chunk);
  });

  test('has no more chunks than its entities need, however many come and go', () => {
    const { shelf, places, put, remove, refresh } = shelfOf(2 * CHUNK_SLOTS);
    let present = places;
    for (let round = 0; round < 50; round += 1) {
      for (const place of present) remove(place);
      refresh();
      present = places.map(put);
      refresh();
      expect(shelf.chunks).toHaveLength(2);
    }
  });
});
