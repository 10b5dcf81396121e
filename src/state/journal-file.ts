import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, rm, stat } from 'node:fs/promises';
import { codeOf, StateError } from './state-error.ts';

/** What a journal needs of a file. A mock of it can lose power. */
export interface JournalFile {
  /** Exactly so many bytes; rejects when there are fewer. */
  read(position: number, bytes: number): Promise<Buffer>;
  write(bytes: Uint8Array, position: number): Promise<void>;
  truncate(length: number): Promise<void>;
  /** Resolves when the content would survive a power failure. */
  datasync(): Promise<void>;
  /** As datasync, and the size after a truncation too. */
  sync(): Promise<void>;
}

/** An open file as a journal sees it. */
export const journalFile = (handle: FileHandle): JournalFile => ({
  async read(position, bytes) {
    const buffer = Buffer.alloc(bytes);
    let done = 0;
    while (done < bytes) {
      const { bytesRead } = await handle.read(buffer, done, bytes - done, position + done);
      if (bytesRead === 0) throw new Error(`the file ends at byte ${position + done}`);
      done += bytesRead;
    }
    return buffer;
  },
  async write(bytes, position) {
    let done = 0;
    while (done < bytes.length) {
      done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
    }
  },
  truncate: length => handle.truncate(length),
  datasync: () => handle.datasync(),
  sync: () => handle.sync(),
});

/**
 * Opens a file, through symlinks too; undefined when there is none. Rejects with a StateError, and never blocks, when it is
 * anything else: opening a FIFO waits for somebody who writes to it.
 */
export const openRegularFile = async (path: string, access: 'read' | 'update'): Promise<FileHandle | undefined> => {
  try {
    const there = await stat(path);
    if (!there.isFile()) throw notRegular(path, there);
    // What is there can be replaced before it is opened.
    const handle = await open(path, (access === 'read' ? constants.O_RDONLY : constants.O_RDWR) | constants.O_NONBLOCK);
    const opened = await handle.stat();
    if (opened.isFile()) return handle;
    await handle.close();
    throw notRegular(path, opened);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
};

/**
 * Makes a new file to write to. What a crash has left there is removed first, because it takes room; rejects with a StateError
 * when it is no regular file, symlinks included: it is nothing that the exporter has made.
 */
export const createRegularFile = async (path: string): Promise<FileHandle> => {
  await removeRegularFile(path);
  // Never opens what is there.
  return open(path, 'wx+');
};

/** Removes a file if there is one; rejects with a StateError when it is no regular file. */
export const removeRegularFile = async (path: string): Promise<void> => {
  let there: Stats;
  try {
    there = await lstat(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  if (!there.isFile()) throw notRegular(path, there);
  await rm(path, { force: true });
};

const kindOf = (stats: Stats): string => {
  if (stats.isDirectory()) return 'a directory';
  if (stats.isFIFO()) return 'a FIFO (named pipe)';
  if (stats.isSocket()) return 'a socket';
  if (stats.isSymbolicLink()) return 'a symlink';
  return 'a device';
};

const notRegular = (path: string, stats: Stats): StateError =>
  new StateError(
    `${path} is ${kindOf(stats)}, not a regular file; move it away and start again, or set state.path to a folder of its own`,
  );
