import { promisify } from 'node:util';
import { constants, crc32, deflateRaw, deflateRawSync } from 'node:zlib';
import type { Yielding } from '../yield.ts';
import { crcShift, joinCrc } from './crc32.ts';

/*
 * One gzip member (RFC 1952) out of parts that were compressed each for itself. Several members in a row would be easier, but
 * curl 7.88 stops after the first.
 */

/** 3 rather than zlib's 6: a third of the time for a few per cent more bytes. */
const LEVEL = 3;

/** Deflate, no name, no time, the operating system unknown. */
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);

const TRAILER_BYTES = 8;

/** A part of a member: raw deflate without a final block, ended at a byte, and without references to what is before it. */
export interface Deflated {
  readonly bytes: Buffer;
  readonly crc: number;
  readonly shift: number;
  readonly plainBytes: number;
}

/** A member up to its last part. */
export interface OpenMember extends Sum {
  readonly bytes: Buffer;
}

/** What the end of a member says of everything before it. */
export interface Sum {
  readonly crc: number;
  readonly plainBytes: number;
}

/** The last part, with the final block. */
export interface LastPart {
  readonly bytes: Buffer;
  readonly crc: number;
  readonly plainBytes: number;
}

/**
 * Compresses a part, at once: for a part of 20 KB that costs the event loop less than handing it to a thread. No empty parts: there
 * would be nothing to flush.
 */
export const deflatePart = (plain: Buffer): Deflated => {
  const options = { level: LEVEL, finishFlush: constants.Z_SYNC_FLUSH, chunkSize: CHUNK_BYTES };
  return {
    // A copy of the right size: zlib's own answer keeps a whole chunk alive.
    bytes: copyOf(deflateRawSync(plain, options)),
    crc: crc32(plain),
    shift: crcShift(plain.length),
    plainBytes: plain.length,
  };
};

/** The header of a stored block, and the most that one holds: RFC 1951, 3.2.4. */
const STORED_HEADER_BYTES = 5;
const STORED_MOST_BYTES = 65_535;

/** A part as it is: no compression, and a tenth of its time. */
export const storePart = (plain: Buffer): Deflated => {
  const blocks: Buffer[] = [];
  for (let at = 0; at < plain.length; at += STORED_MOST_BYTES) {
    const block = plain.subarray(at, at + STORED_MOST_BYTES);
    const header = Buffer.alloc(STORED_HEADER_BYTES);
    header.writeUInt16LE(block.length, 1);
    header.writeUInt16LE(STORED_MOST_BYTES - block.length, 3);
    blocks.push(header, block);
  }
  return { bytes: Buffer.concat(blocks), crc: crc32(plain), shift: crcShift(plain.length), plainBytes: plain.length };
};

/** Two thousand bytes is what most parts come to. */
const CHUNK_BYTES = 4_096;

/** With memory of its own rather than in a slab that it would keep alive. */
const copyOf = (bytes: Buffer): Buffer => {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
};

/** Joining may yield after so many parts. */
const PARTS_PER_STEP = 64;

/** Starts a member with these parts, in steps: thousands of them take a while. */
export function* joinParts(parts: readonly Deflated[]): Yielding<OpenMember> {
  const bytes = Buffer.allocUnsafeSlow(parts.reduce((sum, part) => sum + part.bytes.length, HEADER.length));
  HEADER.copy(bytes);
  let at = HEADER.length;
  let crc = 0;
  let plainBytes = 0;
  for (const [index, part] of parts.entries()) {
    part.bytes.copy(bytes, at);
    at += part.bytes.length;
    crc = joinCrc(crc, part.crc, part.shift);
    plainBytes += part.plainBytes;
    if (index % PARTS_PER_STEP === PARTS_PER_STEP - 1) yield;
  }
  return { bytes, crc, plainBytes };
}

const deflateElsewhere = promisify<Buffer, { level: number }, Buffer>(deflateRaw);

/** Up to here compressing takes less time than a thread takes to answer. */
const SMALL_BYTES = 64_000;

/** For what is compressed for each scrape, and is little compared with the rest: half the time of level 3. */
const LAST_LEVEL = 1;

/** Compresses the last part, a large one in another thread. */
export const deflateLastPart = async (plain: Buffer): Promise<LastPart> => {
  const options = { level: LAST_LEVEL };
  const bytes = plain.length < SMALL_BYTES ? deflateRawSync(plain, options) : await deflateElsewhere(plain, options);
  return { bytes, crc: crc32(plain), plainBytes: plain.length };
};

/** The sum with more parts, whose bytes follow. */
export const addParts = ({ crc, plainBytes }: Sum, parts: readonly Deflated[]): Sum =>
  parts.reduce(
    (sum, part) => ({ crc: joinCrc(sum.crc, part.crc, part.shift), plainBytes: sum.plainBytes + part.plainBytes }),
    { crc, plainBytes },
  );

/** What follows the bytes of a member that has this sum so far. */
export const closeMember = (open: Sum, last: LastPart): readonly Buffer[] => {
  const trailer = Buffer.alloc(TRAILER_BYTES);
  trailer.writeUInt32LE(joinCrc(open.crc, last.crc, crcShift(last.plainBytes)), 0);
  trailer.writeUInt32LE((open.plainBytes + last.plainBytes) % 2 ** 32, 4);
  return [last.bytes, trailer];
};
