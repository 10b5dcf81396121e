import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createRegularFile, journalFile, openRegularFile } from './journal-file.ts';
import {
  commitSlot,
  EMPTY_SLOT,
  entryText,
  HEAD_BYTES,
  lineOf,
  type Slot,
  slotPosition,
  TITLE,
} from './journal-format.ts';
import {
  ENTRIES_PER_LINE,
  expectInPlace,
  type FileIdentity,
  isSame,
  type Journal,
  journalOn,
  removed,
  replaced,
  textsOf,
  wholeBytes,
} from './open-journal.ts';
import { type ParsedJournal, parseJournal } from './parse-journal.ts';
import { codeOf } from './state-error.ts';

export type { Changes, FileIdentity, Journal } from './open-journal.ts';
export { codeOf, StateError } from './state-error.ts';

/** What a journal holds, and what of it was never committed. */
export interface JournalContent extends ParsedJournal {
  readonly identity: FileIdentity;
  /** The first bytes, which change with every save. */
  readonly head: Buffer;
}

/** Reads a journal; undefined when there is none. Throws a StateError over anything that is not perfect. */
export const readJournal = async (path: string): Promise<JournalContent | undefined> => {
  const file = await openRegularFile(path, 'read');
  if (file === undefined) return undefined;
  try {
    const identity = await file.stat();
    const bytes = await file.readFile();
    return { identity, head: Buffer.from(bytes.subarray(0, HEAD_BYTES)), ...parseJournal(bytes, path) };
  } finally {
    await file.close();
  }
};

/**
 * Opens the journal that is there to append to it, where there is no room for a new one. Rejects with a StateError when it is not
 * the one that was read.
 */
export const openJournal = async (path: string, content: JournalContent): Promise<Journal> => {
  const handle = await openRegularFile(path, 'update');
  if (handle === undefined) throw removed(path);
  try {
    const { identity, head, values, sequence, length, unfinishedBytes, slot, move } = content;
    if (!isSame(identity, await handle.stat())) throw replaced(path);
    const file = journalFile(handle);
    if (!(await file.read(0, HEAD_BYTES)).equals(head)) throw replaced(path);
    // Whoever wrote it may have been killed before it was synced.
    await file.sync();
    if (unfinishedBytes > 0) await file.truncate(length);
    const sizes = new Map<string, number>();
    for (const [key, value] of values) sizes.set(key, Buffer.byteLength(entryText(key, value)));
    return journalOn({ handle, path, identity, head, sizes, layout: { sequence, length, slot, move } });
  } catch (error) {
    await handle.close();
    throw error;
  }
};

/** The size of the journal that writeJournal would write, within a few percent. */
export const journalBytes = (values: ReadonlyMap<string, unknown>): number => {
  let bytes = 0;
  for (const [key, value] of values) bytes += Buffer.byteLength(entryText(key, value));
  return wholeBytes(values.size, bytes);
};

/**
 * Writes a whole journal next to the one that is there and puts it in its place: at every moment the path has the old one or
 * the new one, complete. Rejects with a StateError when the one that is there is none of `ours`; the new one is added to them, for
 * what fails can fail after it has its place.
 */
export const writeJournal = async (
  path: string,
  values: ReadonlyMap<string, unknown>,
  ours: FileIdentity[],
): Promise<Journal> => {
  const newPath = newPathOf(path);
  const handle = await createRegularFile(newPath);
  const file = journalFile(handle);
  const identity = await handle.stat();
  const sizes = new Map<string, number>();
  let sequence = 0;
  let length = HEAD_BYTES;
  try {
    await file.write(Buffer.from(TITLE + EMPTY_SLOT + EMPTY_SLOT), 0);
    for (const entries of inLines(values)) {
      const line = lineOf(sequence + 1, textsOf(entries, sizes));
      await file.write(line, length);
      sequence += 1;
      length += line.length;
    }
    const slot: Slot = 0;
    await file.write(Buffer.from(commitSlot({ sequence, length })), slotPosition(slot));
    await file.sync();
    const head = await file.read(0, HEAD_BYTES);
    await expectInPlace(path, ours);
    if ((await expectInPlace(newPath, [identity])) === undefined) throw removed(newPath);
    ours.push(identity);
    await rename(newPath, path);
    await syncFolder(dirname(path));
    return journalOn({ handle, path, identity, head, sizes, layout: { sequence, length, slot, move: undefined } });
  } catch (error) {
    await removeOwn(newPath, identity);
    await handle.close();
    throw error;
  }
};

/** Another daemon may have put its own there. */
const removeOwn = async (path: string, identity: FileIdentity): Promise<void> => {
  const isOwn = await expectInPlace(path, [identity]).catch(() => undefined);
  if (isOwn !== undefined) await rm(path, { force: true }).catch(() => {});
};

/** Where a journal is written before it has its place. */
export const newPathOf = (path: string): string => `${path}.new`;

function* inLines(values: ReadonlyMap<string, unknown>): Generator<readonly (readonly [string, unknown])[]> {
  let line: (readonly [string, unknown])[] = [];
  for (const entry of values) {
    line.push(entry);
    if (line.length < ENTRIES_PER_LINE) continue;
    yield line;
    line = [];
  }
  if (line.length > 0) yield line;
}

/** What file systems answer that know no such thing. */
const NO_FOLDER_SYNC = new Set<unknown>(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP']);

/** A file's name is durable when its folder is. */
export const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (!NO_FOLDER_SYNC.has(codeOf(error))) throw error;
  } finally {
    await handle.close();
  }
};
