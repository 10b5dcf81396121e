import { dirname } from 'node:path';
import { type Changes, type FileIdentity, writeJournal } from './journal.ts';
import { isWorthCompacting, type JournalOpening, MARGIN_BYTES, openOrWriteJournal } from './journal-opening.ts';
import { isOutOfSpace } from './state-error.ts';
import { GROWTH_BYTES, GROWTH_FACTOR, noRoom } from './volume.ts';

/** Saves changes in a journal, and keeps it as small as its volume needs it. Calls must not overlap. */
export interface JournalSaver {
  /** Resolves when the changes would survive a power failure. After a rejection some of them may be saved. */
  save(changes: Changes): Promise<void>;
  close(): Promise<void>;
}

/** A new journal is written while there is room for it and for at least so much more: the next save takes some. */
const EARLY_BYTES = 256 * 1024;

/**
 * Opens the journal at a path. The values are brought up to date by the caller after each save. Rejects with a StateError when
 * the journal cannot be written to, or has no room.
 */
export const openJournalSaver = async (opening: JournalOpening): Promise<JournalSaver> => {
  const { path, content, values, volumeOf, onSmallVolume } = opening;
  const folder = dirname(path);
  const ours: FileIdentity[] = content === undefined ? [] : [content.identity];
  // Kept open until there is another: as long as it is, no other file can have its identity.
  let journal = await openOrWriteJournal(opening, ours);
  ours.splice(0, ours.length, journal.identity);
  /** Set when nobody knows which file has its place. */
  let isLost = false;
  /** The size up to which no new journal is tried again, for want of room. */
  let retryAtBytes = 0;

  const hasRoomFor = async (bytes: number): Promise<boolean> => {
    const volume = await volumeOf(folder);
    return volume === undefined || volume.freeBytes >= bytes + MARGIN_BYTES;
  };

  /** A new file of everything, with changes that are not known to be saved. */
  const rewrite = async (changes: Changes): Promise<void> => {
    const all = new Map(values);
    for (const [key, value] of changes) {
      if (value === undefined) all.delete(key);
      else all.set(key, value);
    }
    const known = ours.length;
    const old = journal;
    try {
      journal = await writeJournal(path, all, ours);
    } catch (error) {
      if (ours.length > known) isLost = true;
      throw error;
    }
    ours.splice(0, ours.length, journal.identity);
    isLost = false;
    retryAtBytes = 0;
    await old.close();
  };

  /** False when there is no room. */
  const hasRewritten = async (changes: Changes): Promise<boolean> => {
    try {
      await rewrite(changes);
      return true;
    } catch (error) {
      if (!isOutOfSpace(error) || isLost) throw error;
      return false;
    }
  };

  /** Writes a new file when the old one has grown too large, or when soon there would be no room for a new one. */
  const keepSmall = async (all: Changes, addedBytes: number): Promise<void> => {
    const { bytes, neededBytes } = journal;
    if (bytes < retryAtBytes) return;
    const isLarge = bytes > GROWTH_FACTOR * neededBytes + GROWTH_BYTES;
    if (!isLarge && bytes - neededBytes < Math.max(neededBytes / 4, MARGIN_BYTES)) return;
    if (!isLarge && (await hasRoomFor(neededBytes + Math.max(EARLY_BYTES, 2 * addedBytes)))) return;
    if ((await hasRoomFor(neededBytes)) && (await hasRewritten(all))) return;
    retryAtBytes = bytes + Math.max(neededBytes / 4, MARGIN_BYTES);
  };

  /** Appends a part of all changes of a save. `isCompact` says that the journal was compacted for it already. */
  const append = async (changes: Changes, all: Changes, isCompact = false): Promise<void> => {
    const before = journal.bytes;
    try {
      await journal.append(changes);
    } catch (error) {
      if (!isOutOfSpace(error) || !journal.isSound) throw error;
      if (isCompact || !isWorthCompacting(journal)) return appendInParts(changes, all, error);
      if ((await hasRoomFor(journal.neededBytes)) && (await hasRewritten(all))) return;
      onSmallVolume();
      await journal.compact();
      return append(changes, all, true);
    }
    await keepSmall(all, journal.bytes - before);
  };

  /** What a part replaces makes room for the next part. */
  const appendInParts = async (changes: Changes, all: Changes, error: unknown): Promise<void> => {
    const parts = halves(changes);
    if (parts.length < 2) throw noRoom(folder, journal.neededBytes, await volumeOf(folder), error);
    for (const part of parts) await append(part, all);
  };

  return {
    async save(changes) {
      if (isLost || !journal.isSound) {
        // After a failure nothing is known of what reached the disk: only a new file is beyond doubt.
        if (await hasRewritten(changes)) return;
        if ((await journal.releaseRemoved()) && (await hasRewritten(changes))) return;
        await journal.restore();
      }
      await append(changes, changes);
    },
    close: () => journal.close(),
  };
};

const halves = (changes: Changes): readonly Changes[] => {
  const entries = [...changes];
  const middle = Math.ceil(entries.length / 2);
  return [entries.slice(0, middle), entries.slice(middle)].filter(part => part.length > 0).map(part => new Map(part));
};
