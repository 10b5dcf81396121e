import { crc32 } from 'node:zlib';

/*
 * The format, version 1. Text, one thing a line:
 *
 *   aws-glue-exporter state 1
 *   commit SEQUENCE LENGTH CRC      (two slots, written in turn, each of a fixed width)
 *   CRC [SEQUENCE,[[KEY,VALUE],…]]  (one line for each save; null deletes)
 *
 * A save is appended and synced before it is committed, and committed and synced before it is reported as saved. So everything up to
 * the committed LENGTH must be perfect: what is not is damage. Whatever comes after it was never reported as saved: a crash can
 * leave anything there. So a torn end differs from a truncated file.
 *
 * Version 2 is a file that is being compacted in place, and nothing else. Its slots hold moves instead of commits:
 *
 *   m SEQUENCE LENGTH FRONT BACK CHECKSUM CRC  (base 36, fixed widths, no spaces)
 *
 * The content is the bytes up to FRONT followed by those from BACK up to LENGTH; what lies between is unused. Where the two
 * meet inside a line, CHECKSUM is that of the JSON of this line, whose own CRC is not valid yet. After the line in which they
 * meet the sequence numbers skip some; the last one is SEQUENCE.
 */
export const MAGIC = 'aws-glue-exporter state ';
export const VERSION = 1;
const MOVING_VERSION = 2;
const titleOf = (version: number): string => `${MAGIC}${version}\n`;

/** The first line of a journal. */
export const TITLE = titleOf(VERSION);

/** That of one that is being compacted in place. */
export const MOVING_TITLE = titleOf(MOVING_VERSION);

/** What makes it one that is being compacted in place, and back: a single byte, which no crash can cut in two. */
export const VERSION_POSITION = MAGIC.length;
export const VERSION_BYTE = Buffer.from(`${VERSION}`);
export const MOVING_VERSION_BYTE = Buffer.from(`${MOVING_VERSION}`);

const NUMBER_WIDTH = 15;
const CRC_DIGITS = 8;
export const SLOT_BYTES = 'commit '.length + 2 * (NUMBER_WIDTH + 1) + CRC_DIGITS + 1;

/** What comes before the lines. */
export const HEAD_BYTES = TITLE.length + 2 * SLOT_BYTES;

/** The CRC of a line and the space behind it. */
export const PREFIX_BYTES = CRC_DIGITS + 1;

export const NEWLINE = 0x0a;

/** One of the two places in the head that are written in turn. */
export type Slot = 0 | 1;

export const otherSlot = (slot: Slot): Slot => (slot === 0 ? 1 : 0);

/** Where a slot begins in the file. */
export const slotPosition = (slot: Slot): number => TITLE.length + slot * SLOT_BYTES;

/** How much of a journal is saved: the number of its last line, and where that ends. */
export interface Commit {
  readonly sequence: number;
  readonly length: number;
}

/** How far a journal has been compacted in place. */
export interface Move extends Commit {
  /** Where the part that has been moved ends. */
  readonly front: number;
  /** Where the part that has not been moved begins. */
  readonly back: number;
  /** Of the JSON of the line in which the two parts meet; 0 where they meet between lines. */
  readonly checksum: number;
}

/** The CRC of a line. */
export const checksumOf = (data: string | Uint8Array): string => prefixOf(crc32(data));

/** A CRC as a line begins with it. */
export const prefixOf = (checksum: number): string => checksum.toString(16).padStart(CRC_DIGITS, '0');

/** A CRC that goes on from that of the bytes before. */
export const continueChecksum = (data: Uint8Array, before = 0): number => crc32(data, before);

export const commitSlot = ({ sequence, length }: Commit): string => {
  const text = [sequence, length].map(number => `${number}`.padStart(NUMBER_WIDTH, '0')).join(' ');
  return `commit ${text} ${checksumOf(text)}\n`;
};

export const EMPTY_SLOT = `${'-'.repeat(SLOT_BYTES - 1)}\n`;

/** What the slot of a move begins with. */
export const MOVE_MARK = 'm'.charCodeAt(0);

/** Digits of base 36: 8 are enough for a file of 2.8 TB, 7 for a CRC. */
const [MOVE_WIDTH, MOVE_CRC_WIDTH] = [8, 7];

const base36 = (number: number, width: number): string => number.toString(36).padStart(width, '0');

export const moveSlot = ({ sequence, length, front, back, checksum }: Move): string => {
  const numbers = [sequence, length, front, back].map(number => base36(number, MOVE_WIDTH)).join('');
  const text = `m${numbers}${base36(checksum, MOVE_CRC_WIDTH)}`;
  return `${text}${base36(crc32(text), MOVE_CRC_WIDTH)}\n`;
};

/** A key and its value as they are in a line. */
export const entryText = (key: string, value: unknown): string => JSON.stringify([key, value ?? null]);

/** What a line begins with whose CRC is not known yet. */
export const lineOpening = (sequence: number): string => `${prefixOf(0)} [${sequence},[`;

export const LINE_CLOSING = ']]\n';

/** A whole line of entries. */
export const lineOf = (sequence: number, entries: readonly string[]): Buffer => {
  const line = Buffer.from(`${lineOpening(sequence)}${entries.join(',')}${LINE_CLOSING}`);
  line.write(checksumOf(line.subarray(PREFIX_BYTES, -1)));
  return line;
};

/** The commit of a slot; undefined when it holds none. */
export const readCommit = (text: string): Commit | undefined => {
  const [, sequence, length] = /^commit (\d+) (\d+) /.exec(text) ?? [];
  if (sequence === undefined || length === undefined) return undefined;
  const commit = { sequence: Number(sequence), length: Number(length) };
  return commitSlot(commit) === text ? commit : undefined;
};

/** The move of a slot; undefined when it holds none. */
export const readMove = (text: string): Move | undefined => {
  if (!/^m[\da-z]+\n$/.test(text) || text.length !== SLOT_BYTES) return undefined;
  const numberAt = (index: number): number => {
    const start = 1 + index * MOVE_WIDTH;
    return Number.parseInt(text.slice(start, start + (index < 4 ? MOVE_WIDTH : MOVE_CRC_WIDTH)), 36);
  };
  const move: Move = {
    sequence: numberAt(0),
    length: numberAt(1),
    front: numberAt(2),
    back: numberAt(3),
    checksum: numberAt(4),
  };
  const isInOrder = move.front >= HEAD_BYTES && move.front <= move.back && move.back <= move.length;
  return isInOrder && moveSlot(move) === text ? move : undefined;
};

/** A line of changes. */
export interface Line {
  readonly sequence: number;
  readonly changes: readonly (readonly [string, unknown])[];
}

/** A line without its newline; undefined when it is not exactly what was written. */
export const readLine = (line: Buffer): Line | undefined => {
  const json = line.subarray(PREFIX_BYTES);
  return line.subarray(0, PREFIX_BYTES).toString('latin1') === `${checksumOf(json)} ` ? readJson(json) : undefined;
};

/** The changes of a line without its CRC; undefined when it is not the JSON of a line. */
export const readJson = (json: Buffer): Line | undefined => {
  let content: unknown;
  try {
    content = JSON.parse(json.toString());
  } catch {
    return undefined;
  }
  if (!Array.isArray(content) || typeof content[0] !== 'number' || !Array.isArray(content[1])) return undefined;
  const entries: readonly unknown[] = content[1];
  const changes = entries.flatMap(entry =>
    Array.isArray(entry) && typeof entry[0] === 'string' ? [[entry[0], entry[1]] as const] : [],
  );
  return changes.length === entries.length ? { sequence: content[0], changes } : undefined;
};
