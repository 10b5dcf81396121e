/**
 * Buffers for bytes that are replaced all the time. They are outside of the heap of JavaScript, where the garbage collector is in no hurry:
 * without this, tens of megabytes would wait for it, and it would stop everything for them.
 */
export interface BufferPool {
  /** So many bytes, whatever is in them. */
  take(length: number): Buffer;
  /** Takes back what nobody will read any more. */
  giveBack(bytes: Buffer): void;
}

/** More is not kept for later. */
const MOST_FREE_BYTES = 16_000_000;
const SMALLEST_STEP = 256;

/** Sizes are rounded up, by an eighth at the most, so that what is given back fits something else. */
const roundedUp = (length: number): number => {
  const step = Math.max(SMALLEST_STEP, 2 ** (Math.floor(Math.log2(length)) - 3));
  return Math.ceil(length / step) * step;
};

export const createBufferPool = (): BufferPool => {
  const free = new Map<number, ArrayBufferLike[]>();
  let freeBytes = 0;
  return {
    take(length) {
      if (length === 0) return Buffer.alloc(0);
      const size = roundedUp(length);
      const found = free.get(size)?.pop();
      if (found === undefined) return Buffer.from(Buffer.allocUnsafeSlow(size).buffer, 0, length);
      freeBytes -= size;
      return Buffer.from(found, 0, length);
    },
    giveBack({ buffer }) {
      const size = buffer.byteLength;
      if (size === 0 || freeBytes + size > MOST_FREE_BYTES) return;
      const ofSize = free.get(size) ?? [];
      ofSize.push(buffer);
      free.set(size, ofSize);
      freeBytes += size;
    },
  };
};
