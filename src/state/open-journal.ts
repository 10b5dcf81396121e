import { type FileHandle, stat } from 'node:fs/promises';
import { compactInPlace, type Layout } from './compact-in-place.ts';
import { journalFile } from './journal-file.ts';
import { commitSlot, entryText, HEAD_BYTES, lineOf, otherSlot, slotPosition } from './journal-format.ts';
import { codeOf, isOutOfSpace, StateError } from './state-error.ts';

/** Values by key; undefined deletes. */
export type Changes = ReadonlyMap<string, unknown>;

/** Which file a path leads to. */
export interface FileIdentity {
  readonly ino: number;
  readonly dev: number;
}

/** A file to which changes are appended. Calls must not overlap. */
export interface Journal {
  /** Resolves when the changes would survive a power failure. After a rejection `isSound` says whether more may be appended. */
  append(changes: Changes): Promise<void>;
  /** Whether it is known what the disk has. */
  readonly isSound: boolean;
  /** Makes it sound again, with what was saved last, without room for a second file. */
  restore(): Promise<void>;
  /** Removes what is out of date without room for a second file. */
  compact(): Promise<void>;
  /** Frees the blocks of the file if its path was removed; false when it was not. */
  releaseRemoved(): Promise<boolean>;
  readonly identity: FileIdentity;
  readonly bytes: number;
  /** The size of a journal with the same values and nothing out of date, within a few percent. */
  readonly neededBytes: number;
  close(): Promise<void>;
}

/** Entries in one line of a whole file: few enough that writing it holds nothing up. */
export const ENTRIES_PER_LINE = 100;

/** What a line has in addition to its entries and the separators between them. */
const LINE_OVERHEAD_BYTES = 32;

/** About the size of a journal of so many entries. */
export const wholeBytes = (entries: number, entryBytes: number): number =>
  HEAD_BYTES + entryBytes + entries + Math.ceil(entries / ENTRIES_PER_LINE) * LINE_OVERHEAD_BYTES;

/** The entries as text; their sizes are noted by key. */
export const textsOf = (entries: Iterable<readonly [string, unknown]>, sizes: Map<string, number>): string[] => {
  const texts: string[] = [];
  for (const [key, value] of entries) {
    const text = entryText(key, value);
    texts.push(text);
    sizes.set(key, Buffer.byteLength(text));
  }
  return texts;
};

/** An open file that holds a journal. */
export interface OpenJournal {
  readonly handle: FileHandle;
  readonly path: string;
  readonly identity: FileIdentity;
  readonly head: Buffer;
  /** The bytes of the entry of each key. */
  readonly sizes: Map<string, number>;
  readonly layout: Layout;
}

/** Appends to a file from where its layout says that it ends. */
export const journalOn = ({
  handle,
  path,
  identity,
  head: firstHead,
  sizes,
  layout: firstLayout,
}: OpenJournal): Journal => {
  const file = journalFile(handle);
  /** The head as it is in the file, unless something failed. */
  let head = firstHead;
  let isHeadKnown = true;
  let layout = firstLayout;
  let isSound = layout.move === undefined;
  let entryBytes = 0;
  for (const bytes of sizes.values()) entryBytes += bytes;

  const expectOwn = async (): Promise<void> => {
    if ((await expectInPlace(path, [identity])) === undefined) throw removed(path);
  };

  /** Where two daemons have the same file, on two machines, what one of them has saved changes its head. */
  const expectOwnHead = async (): Promise<void> => {
    if (isHeadKnown && !(await file.read(0, HEAD_BYTES)).equals(head)) throw replaced(path);
  };

  /** Does what ends with a new head. */
  const change = async (act: () => Promise<Buffer>): Promise<void> => {
    isSound = false;
    await expectOwn();
    await expectOwnHead();
    isHeadKnown = false;
    head = await act();
    isHeadKnown = true;
    isSound = true;
  };

  const remember = (known: Layout): void => {
    layout = known;
  };

  const compact = (): Promise<void> =>
    change(async () => {
      await compactInPlace(file, layout, path, remember);
      return file.read(0, HEAD_BYTES);
    });

  /** Takes back what an append that failed may have written. */
  const takeBack = (): Promise<void> =>
    change(async () => {
      // Nobody knows whether the other slot has its commit: with its lines gone, the file would be truncated.
      await file.write(Buffer.from(commitSlot(layout)), slotPosition(otherSlot(layout.slot)));
      await file.datasync();
      await file.truncate(layout.length);
      await file.sync();
      return file.read(0, HEAD_BYTES);
    });

  const restore = (): Promise<void> => (layout.move === undefined ? takeBack() : compact());

  const note = (changes: Changes, newSizes: ReadonlyMap<string, number>): void => {
    for (const [key, value] of changes) {
      const bytes = newSizes.get(key) ?? 0;
      entryBytes += (value === undefined ? 0 : bytes) - (sizes.get(key) ?? 0);
      if (value === undefined) sizes.delete(key);
      else sizes.set(key, bytes);
    }
  };

  return {
    identity,
    async append(changes) {
      const newSizes = new Map<string, number>();
      const line = lineOf(layout.sequence + 1, textsOf(changes, newSizes));
      const next = { sequence: layout.sequence + 1, length: layout.length + line.length };
      const slot = otherSlot(layout.slot);
      const commit = Buffer.from(commitSlot(next));
      const nextHead = Buffer.from(head);
      commit.copy(nextHead, slotPosition(slot));
      try {
        await change(async () => {
          await file.write(line, layout.length);
          await file.datasync();
          await file.write(commit, slotPosition(slot));
          await file.datasync();
          return nextHead;
        });
      } catch (error) {
        if (isOutOfSpace(error)) await takeBack().catch(() => {});
        throw error;
      }
      layout = { ...next, slot, move: undefined };
      note(changes, newSizes);
    },
    get isSound() {
      return isSound;
    },
    restore,
    compact,
    async releaseRemoved() {
      const { nlink } = await handle.stat();
      if (nlink === 0) await file.truncate(0);
      return nlink === 0;
    },
    get bytes() {
      return layout.length;
    },
    get neededBytes() {
      return wholeBytes(sizes.size, entryBytes);
    },
    close: () => handle.close(),
  };
};

/** Whatever the lock says: what another daemon has put there must not be written over. Undefined when there is nothing. */
export const expectInPlace = async (path: string, ours: readonly FileIdentity[]): Promise<FileIdentity | undefined> => {
  let there: FileIdentity;
  try {
    there = await stat(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  if (ours.some(identity => isSame(identity, there))) return there;
  throw replaced(path);
};

/** Whether two are the same file. */
export const isSame = (a: FileIdentity, b: FileIdentity): boolean => a.ino === b.ino && a.dev === b.dev;

/** Two daemons have the same folder. */
export const replaced = (path: string): StateError =>
  new StateError(`${path} was replaced while it was in use: two daemons must not share state.path`);

export const removed = (path: string): StateError => new StateError(`${path} was removed`);
