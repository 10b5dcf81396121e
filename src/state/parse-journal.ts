import { corruptAt, damaged, noJournal } from './journal-errors.ts';
import {
  continueChecksum,
  HEAD_BYTES,
  type Line,
  MOVE_MARK,
  MOVING_TITLE,
  type Move,
  NEWLINE,
  PREFIX_BYTES,
  readCommit,
  readJson,
  readLine,
  readMove,
  SLOT_BYTES,
  type Slot,
  slotPosition,
  TITLE,
} from './journal-format.ts';

/** What a journal holds. */
export interface ParsedJournal {
  readonly values: ReadonlyMap<string, unknown>;
  /** The last line that is good, and where it ends. */
  readonly sequence: number;
  readonly length: number;
  /** Bytes of a save that a crash cut off. None of it was ever reported as saved. */
  readonly unfinishedBytes: number;
  /** The slot that must not be lost. */
  readonly slot: Slot;
  /** Set while it is compacted in place. */
  readonly move: Move | undefined;
}

/** Throws a StateError over anything that is not perfect. */
export const parseJournal = (bytes: Buffer, path: string): ParsedJournal => {
  const title = bytes.subarray(0, TITLE.length).toString('latin1');
  if (title === TITLE) return parseCommitted(bytes, path);
  if (title === MOVING_TITLE) return parseMoving(bytes, path);
  throw noJournal(bytes, path);
};

const parseCommitted = (bytes: Buffer, path: string): ParsedJournal => {
  const newest = newestOf(bytes, readCommit, ({ sequence }) => sequence);
  if (newest === undefined) throw damaged(path, 'it says nowhere how much of it was saved');
  const { slot, found: last } = newest;
  expectLength(bytes, last.length, path);
  const values = new Map<string, unknown>();
  let at = HEAD_BYTES;
  let sequence = 0;
  while (at < bytes.length) {
    const end = bytes.indexOf(NEWLINE, at);
    const line = end < 0 ? undefined : readLine(bytes.subarray(at, end));
    if (line?.sequence !== sequence + 1) {
      if (at >= last.length) break;
      throw corruptAt(path, at);
    }
    apply(line.changes, values);
    sequence += 1;
    at = end + 1;
  }
  if (sequence < last.sequence) throw damaged(path, `save ${last.sequence} is missing`);
  return { values, sequence, length: at, unfinishedBytes: bytes.length - at, slot, move: undefined };
};

const parseMoving = (bytes: Buffer, path: string): ParsedJournal => {
  const newest = newestOf(bytes, readMove, ({ front, back }) => front + back);
  if (newest === undefined) {
    const isMove = ([0, 1] as const).some(slot => bytes[slotPosition(slot)] === MOVE_MARK);
    throw isMove ? damaged(path, 'it says nowhere how far it was compacted') : noJournal(bytes, path);
  }
  const { slot, found: move } = newest;
  const { front, back, length } = move;
  expectLength(bytes, back === length ? front : length, path);

  const values = new Map<string, unknown>();
  let sequence = 0;
  const take = (line: Line | undefined, at: number, maySkip = false): void => {
    const isNext = line !== undefined && (maySkip ? line.sequence > sequence : line.sequence === sequence + 1);
    if (!isNext) throw corruptAt(path, at);
    apply(line.changes, values);
    sequence = line.sequence;
  };
  const lineEnd = (at: number, end: number): number => {
    const found = bytes.indexOf(NEWLINE, at);
    return found < 0 || found >= end ? -1 : found;
  };
  let at = HEAD_BYTES;
  for (let end = lineEnd(at, front); end >= 0; end = lineEnd(at, front)) {
    take(readLine(bytes.subarray(at, end)), at);
    at = end + 1;
  }
  let rest = back;
  if (at < front) {
    const end = lineEnd(back, length);
    if (end < 0) throw corruptAt(path, back);
    const json = Buffer.concat([bytes.subarray(at + PREFIX_BYTES, front), bytes.subarray(back, end)]);
    take(continueChecksum(json) === move.checksum ? readJson(json) : undefined, at);
    rest = end + 1;
  }
  let maySkip = true;
  while (rest < length) {
    const end = lineEnd(rest, length);
    take(end < 0 ? undefined : readLine(bytes.subarray(rest, end)), rest, maySkip);
    maySkip = false;
    rest = end + 1;
  }
  if (sequence !== move.sequence) throw damaged(path, `save ${move.sequence} is missing`);
  return { values, sequence, length, unfinishedBytes: 0, slot, move };
};

/** The newer of what two slots hold. */
const newestOf = <Content>(
  bytes: Buffer,
  read: (text: string) => Content | undefined,
  ageOf: (content: Content) => number,
): { readonly slot: Slot; readonly found: Content } | undefined => {
  const slots = ([0, 1] as const).flatMap(slot => {
    const start = slotPosition(slot);
    const found = read(bytes.subarray(start, start + SLOT_BYTES).toString('latin1'));
    return found === undefined ? [] : [{ slot, found }];
  });
  return slots.sort((a, b) => ageOf(b.found) - ageOf(a.found))[0];
};

const apply = (changes: Line['changes'], values: Map<string, unknown>): void => {
  for (const [key, value] of changes) {
    if (value === null) values.delete(key);
    else values.set(key, value);
  }
};

const expectLength = (bytes: Buffer, length: number, path: string): void => {
  if (bytes.length >= length) return;
  throw damaged(path, `it is truncated: ${length - bytes.length} of ${length} bytes are missing`);
};
