import { dirname } from 'node:path';
import {
  type FileIdentity,
  type Journal,
  type JournalContent,
  journalBytes,
  newPathOf,
  openJournal,
  writeJournal,
} from './journal.ts';
import { removeRegularFile } from './journal-file.ts';
import { isOutOfSpace } from './state-error.ts';
import { noRoom, type Volume } from './volume.ts';

export interface JournalOpening {
  readonly path: string;
  /** What the journal holds; undefined when there is none. */
  readonly content: JournalContent | undefined;
  readonly values: ReadonlyMap<string, unknown>;
  /** The volume of a folder; undefined where nobody knows. */
  readonly volumeOf: (folder: string) => Promise<Volume | undefined>;
  /** Called when there is no room for a second journal. */
  readonly onSmallVolume: () => void;
}

/** What a file system may need for a file in addition to its content. */
export const MARGIN_BYTES = 64 * 1024;

/** With less room no save can be expected to succeed. */
const LEAST_ROOM_BYTES = 16 * 1024;

/** The least that makes it worth to compact a journal in place: with less, it would have to be done again at once. */
export const isWorthCompacting = ({ bytes, neededBytes }: Journal): boolean =>
  bytes - neededBytes >= Math.max(8 * 1024, neededBytes / 64);

/**
 * Opens the journal at a path, and adds it to `ours`. It is rewritten where there is room for a second one, and else used as
 * it is: whether it can be written to is better found out now than at the first run that ends. Rejects with a StateError when
 * there is no room for a save.
 */
export const openOrWriteJournal = async (opening: JournalOpening, ours: FileIdentity[]): Promise<Journal> => {
  const { path, content, values } = opening;
  // A crash in the middle of a compaction left it there. It takes room that whatever follows may need.
  await removeRegularFile(newPathOf(path));
  if (content !== undefined && !(await hasRoomForSecond(opening, content))) return reopen(opening, content);
  const known = ours.length;
  try {
    return await writeJournal(path, values, ours);
  } catch (error) {
    if (!isOutOfSpace(error)) throw error;
    // With a quota there is less room than the file system says.
    if (content !== undefined && ours.length === known) return reopen(opening, content);
    throw await explained(opening, journalBytes(values), error);
  }
};

const freeBytes = async ({ path, volumeOf }: JournalOpening): Promise<number> =>
  (await volumeOf(dirname(path)))?.freeBytes ?? Number.POSITIVE_INFINITY;

const hasRoomForSecond = async (opening: JournalOpening, { length, values }: JournalContent): Promise<boolean> => {
  const room = (await freeBytes(opening)) - MARGIN_BYTES;
  // The first is larger, but known at once.
  return room >= length || room >= journalBytes(values);
};

const explained = async ({ path, volumeOf }: JournalOpening, stateBytes: number, error: unknown): Promise<unknown> =>
  isOutOfSpace(error) ? noRoom(dirname(path), stateBytes, await volumeOf(dirname(path)), error) : error;

const reopen = async (opening: JournalOpening, content: JournalContent): Promise<Journal> => {
  opening.onSmallVolume();
  const journal = await openJournal(opening.path, content);
  const isLow = async (): Promise<boolean> => (await freeBytes(opening)) < LEAST_ROOM_BYTES;
  try {
    if (!journal.isSound || ((await isLow()) && isWorthCompacting(journal))) await journal.compact();
    await appendNothing(journal);
    if (await isLow()) throw Object.assign(new Error('no room for a save'), { code: 'ENOSPC' });
    return journal;
  } catch (error) {
    await journal.close();
    throw await explained(opening, journal.neededBytes, error);
  }
};

/** Proves that the journal can be written to, and shows another daemon that it has found the same file that there is one. */
const appendNothing = async (journal: Journal): Promise<void> => {
  try {
    await journal.append(new Map());
  } catch (error) {
    if (!isOutOfSpace(error) || !journal.isSound || !isWorthCompacting(journal)) throw error;
    await journal.compact();
    await journal.append(new Map());
  }
};
