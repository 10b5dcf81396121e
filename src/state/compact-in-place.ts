import type { JournalFile } from './journal-file.ts';
import {
  type Commit,
  commitSlot,
  continueChecksum,
  LINE_CLOSING,
  lineOpening,
  MOVING_VERSION_BYTE,
  type Move,
  moveSlot,
  otherSlot,
  PREFIX_BYTES,
  prefixOf,
  type Slot,
  slotPosition,
  VERSION_BYTE,
  VERSION_POSITION,
} from './journal-format.ts';
import { entriesOf, linesOf, type RawEntry, type RawLine } from './journal-lines.ts';
import { type JournalPlace, planStart, type Survey, survey } from './journal-survey.ts';

/*
 * Compacts a journal inside its own blocks, for a volume that has no room for a second one: entries that are out of date are
 * left out, and the rest moves towards the front. A step moves no more bytes than there are unused ones before the part that is
 * still needed, so it never overwrites anything that is needed. What it wrote is synced before a slot of the head says so, and
 * the slot is synced before the next step. So the file has everything at every moment. The first steps are as small as the
 * first entry that is left out, later ones as large as all that have been left out so far.
 */

/** What of a file is known to be on the disk. */
export interface Layout extends Commit {
  /** The slot that says so. */
  readonly slot: Slot;
  /** Set from the first step of a compaction to its last. */
  readonly move: Move | undefined;
}

/** A layout during a compaction. The slot does not count before the version says so. */
interface MovingLayout extends Layout {
  readonly move: Move;
}

/** Told of each layout as soon as it is on the disk. */
export type Remember = (layout: Layout) => void;

/**
 * Compacts a file in place, or continues to after a crash or a rejection, from the last layout that was remembered. Rejects with
 * a StateError when a line is not as it was written.
 */
export const compactInPlace = async (
  file: JournalFile,
  layout: Layout,
  path: string,
  remember: Remember,
): Promise<void> => {
  const surveyed = await survey(file, layout, path);
  const begun = isMoving(layout) ? layout : await begin(file, layout, planStart(surveyed), remember);
  if (begun === undefined) return;
  await file.write(MOVING_VERSION_BYTE, VERSION_POSITION);
  await file.datasync();
  const mover = createMover(file, begun, surveyed, path, remember);
  for await (const line of linesOf(file, begun, path)) await mover.take(line);
  await finish(file, await mover.end(), remember);
};

const isMoving = (layout: Layout): layout is MovingLayout => layout.move !== undefined;

const writeSlot = (file: JournalFile, slot: Slot, text: string): Promise<void> =>
  file.write(Buffer.from(text), slotPosition(slot));

const begin = async (
  file: JournalFile,
  { sequence, length, slot: committed }: Layout,
  start: number | undefined,
  remember: Remember,
): Promise<MovingLayout | undefined> => {
  if (start === undefined) return undefined;
  const move: Move = { sequence, length, front: start, back: start, checksum: 0 };
  const slot = otherSlot(committed);
  await writeSlot(file, slot, moveSlot(move));
  await file.datasync();
  const layout = { sequence, length, slot, move };
  remember(layout);
  return layout;
};

const finish = async (file: JournalFile, layout: MovingLayout, remember: Remember): Promise<void> => {
  const commit = { sequence: layout.move.sequence, length: layout.move.front };
  const slot = otherSlot(layout.slot);
  // Before the commit: nothing behind it must look like a save that was complete but not committed.
  await file.truncate(commit.length);
  await file.sync();
  await writeSlot(file, slot, commitSlot(commit));
  await file.datasync();
  await file.write(VERSION_BYTE, VERSION_POSITION);
  await file.datasync();
  remember({ ...commit, slot, move: undefined });
};

/** Lines are joined until they are so long. */
const LINE_BYTES = 64 * 1024;

/** The opening of a line is shorter. */
const OPENING_BYTES = 40;

const SEPARATOR = Buffer.from(',');
const CLOSING = Buffer.from(LINE_CLOSING);
const LIST_END = LINE_CLOSING.charCodeAt(0);
const NOTHING: Buffer = Buffer.alloc(0);

/** Takes all lines of a file in their order, and writes those that are needed to its front. */
const createMover = (
  file: JournalFile,
  begun: MovingLayout,
  { places, lines }: Survey,
  path: string,
  remember: Remember,
) => {
  const { length } = begun;
  const { sequence: lastSequence, front: movedTo } = begun.move;
  const found = lines.findIndex(({ end, start }) => end > movedTo || start > movedTo);
  const firstLine = found < 0 ? lines.length : found;
  const firstStart = lines[firstLine]?.start ?? length;

  let layout = begun;
  /** Where the new content has come to, and what of it has not been written yet. */
  let at = movedTo;
  let unwritten: Buffer[] = [];
  let patches: { readonly position: number; readonly bytes: Buffer }[] = [];
  /** The lines of the new content, and the one that is not complete. */
  let sequence = firstLine;
  let open: { readonly start: number; checksum: number; lastByte: number | undefined } | undefined;
  /** From where on the old content is needed, and the JSON from there to the end of that line. */
  let back = begun.move.back;
  let rest = NOTHING;
  let isRestLast = false;

  const room = (): number => layout.move.back - at;

  const needFrom = (line: RawLine, offset: number): void => {
    back = line.positionOf(offset);
    rest = line.json.subarray(offset);
    isRestLast = line.end === length;
  };

  const needFromLine = (position: number): void => {
    back = position;
    rest = NOTHING;
    isRestLast = position === length;
  };

  /** Brings everything so far to the disk. After it there is room for as many bytes as have been left out. */
  const step = async (): Promise<void> => {
    const bytes = Buffer.concat(unwritten);
    if (bytes.length > 0) await file.write(bytes, at - bytes.length);
    for (const patch of patches) await file.write(patch.bytes, patch.position);
    if (bytes.length > 0 || patches.length > 0) await file.datasync();
    const move: Move = {
      sequence: isRestLast ? sequence : lastSequence,
      length,
      front: at,
      back,
      checksum: open === undefined ? 0 : continueChecksum(rest, open.checksum),
    };
    const slot = otherSlot(layout.slot);
    await writeSlot(file, slot, moveSlot(move));
    await file.datasync();
    [unwritten, patches] = [[], []];
    layout = { ...layout, slot, move };
    remember(layout);
  };

  /** Adds to the new content, after a step if need be. What is at its place already needs no room. */
  const add = async (bytes: Buffer, source: number): Promise<void> => {
    if (source !== at) {
      if (room() < bytes.length) await step();
      if (room() < bytes.length) throw new Error(`${path} cannot be compacted in place at byte ${at}`);
      unwritten.push(bytes);
    }
    at += bytes.length;
  };

  const addJson = async (bytes: Buffer, source: number): Promise<void> => {
    await add(bytes, source);
    if (open === undefined) return;
    open.checksum = continueChecksum(bytes, open.checksum);
    open.lastByte = bytes.at(-1);
  };

  const openLine = async (line: RawLine): Promise<void> => {
    needFromLine(line.start);
    const start = at;
    const opening = Buffer.from(lineOpening(sequence + 1));
    await add(opening, line.start);
    sequence += 1;
    open = { start, checksum: continueChecksum(opening.subarray(PREFIX_BYTES)), lastByte: opening.at(-1) };
  };

  const addEntry = async (line: RawLine, entry: RawEntry): Promise<void> => {
    const start = Math.max(entry.start, line.movedBytes ?? 0);
    if (start === entry.start && open?.lastByte === LIST_END) await addJson(SEPARATOR, back);
    needFrom(line, start);
    for (let offset = start; offset < entry.end; ) {
      const source = line.positionOf(offset);
      if (source !== at && room() <= 0) await step();
      const end = source === at ? entry.end : Math.min(entry.end, offset + room());
      await addJson(line.json.subarray(offset, end), source);
      offset = end;
      needFrom(line, offset);
    }
  };

  const closeLine = async (line: RawLine): Promise<void> => {
    const isInPlace = back === at;
    await add(CLOSING, back);
    if (open !== undefined && !isInPlace) {
      const checksum = continueChecksum(CLOSING.subarray(0, -1), open.checksum);
      patches.push({ position: open.start, bytes: Buffer.from(prefixOf(checksum)) });
    }
    open = undefined;
    needFromLine(line.end);
  };

  return {
    async take(line: RawLine): Promise<void> {
      if (line.start < firstStart) return;
      const moved = line.movedBytes ?? 0;
      if (moved > 0) {
        const json = line.json.subarray(0, moved);
        sequence += 1;
        open = { start: line.start, checksum: continueChecksum(json), lastByte: json.at(-1) };
        needFrom(line, moved);
      }
      for (const entry of entriesOf(line.json)) {
        if (moved > 0 && entry.end <= moved) continue;
        const isBegun = moved > 0 && (entry.start < moved || (entry.start === moved && open?.lastByte !== LIST_END));
        if (isBegun || isNeeded(places.get(entry.key), line.positionOf(entry.start), firstLine)) {
          if (open === undefined) await openLine(line);
          await addEntry(line, entry);
        } else if (open !== undefined && back > line.start) {
          needFrom(line, entry.end);
        }
      }
      if (open === undefined) return;
      const gap = back - at;
      const isLong = gap >= OPENING_BYTES && at - open.start >= LINE_BYTES;
      if (isLong || gap === 0 || line.end === length) await closeLine(line);
    },

    /** Resolves with the last layout when everything has been taken. */
    async end(): Promise<MovingLayout> {
      needFromLine(length);
      if (layout.move.back !== length || layout.move.front !== at) await step();
      return layout;
    },
  };
};

/** A deletion is needed as long as there is something before it that would come back. */
const isNeeded = (place: JournalPlace | undefined, position: number, firstLine: number): boolean =>
  place !== undefined && place.position === position && (!place.isDeletion || place.firstLine < firstLine);
