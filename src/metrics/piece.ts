import type { BufferPool } from './buffer-pool.ts';
import { type Deflated, deflatePart } from './gzip.ts';

/**
 * The samples that some entities have in one family, as bytes, and where each entity's end. Not changed in place, as long as it is
 * in use.
 */
export interface Piece {
  readonly bytes: Buffer;
  /** By the entity's slot. */
  readonly ends: readonly number[];
  /** Made when it is first needed: see `deflated`. */
  deflated: Deflated | undefined;
  /** Somebody outside has the bytes, for nobody knows how long. */
  isLent: boolean;
}

/** The samples of an entity from now on, in some bytes; none when they end where they start. */
export interface Change {
  readonly slot: number;
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

export const emptyPiece: Piece = { bytes: Buffer.alloc(0), ends: [], deflated: undefined, isLent: false };

/** A piece that is one text. */
export const pieceOf = (text: string): Piece => {
  const bytes = Buffer.from(text);
  return { bytes, ends: [bytes.length], deflated: undefined, isLent: false };
};

/** The piece compressed, by now. */
export const deflated = (piece: Piece): Deflated => {
  piece.deflated ??= deflatePart(piece.bytes);
  return piece.deflated;
};

/**
 * The piece with changes, one for a slot and in the order of the slots; the same piece when its bytes are as they were. What has not
 * changed is copied, not rendered.
 */
export const splice = (old: Piece, changes: readonly Change[], pool: BufferPool): Piece => {
  const endOf = (slot: number): number => (slot < 0 ? 0 : (old.ends[slot] ?? old.bytes.length));
  const isNew = ({ slot, bytes, start, end }: Change): boolean =>
    old.bytes.compare(bytes, start, end, endOf(slot - 1), endOf(slot)) !== 0;
  const fresh = changes.filter(isNew);
  if (fresh.length === 0) return old;

  const growth = fresh.reduce((sum, { slot, start, end }) => sum + end - start - (endOf(slot) - endOf(slot - 1)), 0);
  const bytes = pool.take(old.bytes.length + growth);
  const ends: number[] = [];
  let copiedTo = 0;
  let at = 0;
  const copyUntil = (slot: number): void => {
    const shift = at - copiedTo;
    while (ends.length < slot) ends.push(endOf(ends.length) + shift);
    const to = endOf(slot - 1);
    if (to > copiedTo) at += old.bytes.copy(bytes, at, copiedTo, to);
    copiedTo = to;
  };
  for (const change of fresh) {
    copyUntil(change.slot);
    at += change.bytes.copy(bytes, at, change.start, change.end);
    ends.push(at);
    copiedTo = endOf(change.slot);
  }
  copyUntil(Math.max(old.ends.length, ends.length));
  return { bytes, ends, deflated: undefined, isLent: false };
};
