import { corruptAt } from './journal-errors.ts';
import type { JournalFile } from './journal-file.ts';
import { checksumOf, continueChecksum, HEAD_BYTES, type Move, NEWLINE, PREFIX_BYTES } from './journal-format.ts';

/** A line as it is in the file, checked. */
export interface RawLine {
  /** Where it begins, and where what follows it begins. */
  readonly start: number;
  readonly end: number;
  readonly json: Buffer;
  /** How much of the JSON has been moved already; undefined for a line that is in one piece. */
  readonly movedBytes: number | undefined;
  /** Where a byte of the JSON is in the file. */
  positionOf(offset: number): number;
}

/** An entry of a line: [KEY,VALUE] from `start` to `end` in its JSON. */
export interface RawEntry {
  readonly key: string;
  readonly isDeletion: boolean;
  readonly start: number;
  readonly end: number;
}

/** How much of a file is read at a time. */
const WINDOW_BYTES = 1024 * 1024;

/** The number of bytes, and how far they were moved, where they are moved. */
export interface Extent {
  readonly length: number;
  readonly move: Move | undefined;
}

/** All lines in their order. Throws a StateError over one that is not as it was written. */
export async function* linesOf(file: JournalFile, { length, move }: Extent, path: string): AsyncGenerator<RawLine> {
  const { front, back } = move ?? { front: HEAD_BYTES, back: HEAD_BYTES };
  let open: Piece | undefined;
  for await (const piece of piecesOf(file, HEAD_BYTES, front)) {
    if (piece.isWhole) yield wholeLine(piece, path);
    else open = piece;
  }
  for await (const piece of piecesOf(file, back, length)) {
    if (!piece.isWhole) throw corruptAt(path, piece.start);
    yield move !== undefined && open !== undefined ? joinedLine(open, piece, move, path) : wholeLine(piece, path);
    open = undefined;
  }
  if (open !== undefined) throw corruptAt(path, open.start);
}

interface Piece {
  readonly start: number;
  /** With its newline, if it has one. */
  readonly bytes: Buffer;
  readonly isWhole: boolean;
}

/** What lies between two positions, cut after newlines. The last piece may have none. */
async function* piecesOf(file: JournalFile, from: number, to: number): AsyncGenerator<Piece> {
  let kept: Buffer = Buffer.alloc(0);
  let start = from;
  for (let position = from; position < to; ) {
    const window = await file.read(position, Math.min(WINDOW_BYTES, to - position));
    position += window.length;
    const bytes = kept.length === 0 ? window : Buffer.concat([kept, window]);
    let cut = 0;
    for (let end = bytes.indexOf(NEWLINE, kept.length); end >= 0; end = bytes.indexOf(NEWLINE, cut)) {
      yield { start, bytes: bytes.subarray(cut, end + 1), isWhole: true };
      start += end + 1 - cut;
      cut = end + 1;
    }
    kept = bytes.subarray(cut);
  }
  if (kept.length > 0) yield { start, bytes: kept, isWhole: false };
}

const wholeLine = ({ start, bytes }: Piece, path: string): RawLine => {
  const json = bytes.subarray(PREFIX_BYTES, -1);
  if (bytes.subarray(0, PREFIX_BYTES).toString('latin1') !== `${checksumOf(json)} `) throw corruptAt(path, start);
  const positionOf = (offset: number): number => start + PREFIX_BYTES + offset;
  return { start, end: start + bytes.length, json, movedBytes: undefined, positionOf };
};

const joinedLine = (open: Piece, rest: Piece, { checksum }: Move, path: string): RawLine => {
  const moved = open.bytes.subarray(PREFIX_BYTES);
  const json = Buffer.concat([moved, rest.bytes.subarray(0, -1)]);
  if (continueChecksum(json) !== checksum) throw corruptAt(path, open.start);
  const positionOf = (offset: number): number =>
    offset < moved.length ? open.start + PREFIX_BYTES + offset : rest.start + offset - moved.length;
  return { start: open.start, end: rest.start + rest.bytes.length, json, movedBytes: moved.length, positionOf };
};

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** The entries of a line, whose JSON is known to be well-formed: [SEQUENCE,[[KEY,VALUE],…]]. */
export const entriesOf = (json: Buffer): readonly RawEntry[] => {
  const entries: RawEntry[] = [];
  for (let start = json.indexOf(OPEN_LIST, 1) + 1; json[start] === OPEN_LIST; ) {
    const keyEnd = stringEnd(json, start + 1);
    const end = listEnd(json, start);
    const key: unknown = JSON.parse(json.subarray(start + 1, keyEnd).toString());
    const isDeletion = json.subarray(keyEnd, end).equals(DELETION);
    entries.push({ key: `${key}`, isDeletion, start, end });
    start = json[end] === COMMA ? end + 1 : end;
  }
  return entries;
};

const DELETION = Buffer.from(',null]');

/** What follows the string that begins at `start`. */
const stringEnd = (json: Buffer, start: number): number => {
  let at = start + 1;
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1;
  return at + 1;
};

/** What follows the list that begins at `start`. */
const listEnd = (json: Buffer, start: number): number => {
  let depth = 0;
  for (let at = start; at < json.length; ) {
    const byte = json[at];
    if (byte === QUOTE) {
      at = stringEnd(json, at);
      continue;
    }
    at += 1;
    if (byte === OPEN_LIST || byte === OPEN_OBJECT) depth += 1;
    else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  return json.length;
};
