import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf } from '../log.ts';
import { newPathOf, readJournal, syncFolder } from './journal.ts';
import { removeRegularFile } from './journal-file.ts';
import { type JournalSaver, openJournalSaver } from './journal-saver.ts';
import { type Lock, takeLock } from './lock.ts';
import { codeOf, isOutOfSpace, StateError } from './state-error.ts';
import { type Volume, volumeOf as volumeOfFolder } from './volume.ts';

/** JSON values by key. What it says has been saved, where it saves at all. */
export interface DurableMap {
  entries(): Iterable<readonly [key: string, value: unknown]>;
  /** Resolves when the value would survive a power failure; undefined deletes. Rejects with nothing changed. */
  set(key: string, value: unknown): Promise<void>;
  /** Waits for what is being saved, and lets go of the files. */
  close(): Promise<void>;
}

/** Told what is worth a line in the log. */
export interface StateObserver {
  /** A crash had cut off a save that was never reported as saved. */
  unfinishedSave(bytes: number): void;
  /** Nothing keeps a second daemon away. */
  notLocked(path: string): void;
  /** The volume has no room for a second journal: it is compacted in place from now on. */
  smallVolume(): void;
}

/** Keeps nothing on disk. */
export const memoryMap = (): DurableMap => {
  const values = new Map<string, unknown>();
  return {
    entries: () => values,
    async set(key, value) {
      change(values, key, value);
    },
    close: async () => {},
  };
};

const FILE = 'ledgers.journal';
const LOCK = 'lock';

/**
 * Opens the map that is kept in a folder, and makes the folder if there is none. Rejects with a StateError, and changes nothing,
 * when the folder cannot be written to, another process has it, or what is in there is not exactly what was saved.
 */
export const openDurableMap = async (
  folder: string,
  observer: StateObserver,
  volumeOf: (folder: string) => Promise<Volume | undefined> = volumeOfFolder,
): Promise<DurableMap> => {
  const path = join(folder, FILE);
  const lock = await withRemedy(folder, async () => {
    await makeFolder(folder);
    return takeLockOn(folder, path);
  });
  if (lock === undefined) observer.notLocked(folder);
  try {
    const content = await withRemedy(folder, () => readJournal(path));
    if (content !== undefined && content.unfinishedBytes > 0) observer.unfinishedSave(content.unfinishedBytes);
    const values = new Map(content?.values);
    let isSmall = false;
    const onSmallVolume = (): void => {
      if (!isSmall) observer.smallVolume();
      isSmall = true;
    };
    const saver = await withRemedy(folder, () => openJournalSaver({ path, content, values, volumeOf, onSmallVolume }));
    return journaled(values, saver, async () => lock?.release());
  } catch (error) {
    await lock?.release();
    throw error;
  }
};

/** A crash may have left the new journal of a compaction that takes the room for the lock. */
const takeLockOn = async (folder: string, path: string): Promise<Lock | undefined> => {
  const lockPath = join(folder, LOCK);
  try {
    return await takeLock(lockPath);
  } catch (error) {
    if (!isOutOfSpace(error)) throw error;
    await removeRegularFile(newPathOf(path));
    return takeLock(lockPath);
  }
};

/** Node's own recursive mkdir never ends where a file system, such as /proc, takes no folders. */
const makeFolder = async (folder: string): Promise<void> => {
  try {
    await mkdir(folder);
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && (await stat(folder)).isDirectory()) return;
    if (codeOf(error) !== 'ENOENT' || dirname(folder) === folder) throw error;
    await makeFolder(dirname(folder));
    await mkdir(folder);
  }
  await syncFolder(dirname(folder));
};

/** Saves what comes together in one go: while a save is under way, what follows is collected for the next. */
const journaled = (values: Map<string, unknown>, saver: JournalSaver, release: () => Promise<void>): DurableMap => {
  let waiting: Save | undefined;
  let saving: Promise<void> | undefined;

  const saveAll = async (): Promise<void> => {
    while (waiting !== undefined) {
      const { changes, settle, fail } = waiting;
      waiting = undefined;
      try {
        await saver.save(changes);
        for (const [key, value] of changes) change(values, key, value);
        settle();
      } catch (error) {
        fail(error);
      }
    }
    saving = undefined;
  };

  return {
    entries: () => values,
    set(key, value) {
      waiting ??= newSave();
      waiting.changes.set(key, value);
      const { done } = waiting;
      saving ??= saveAll();
      return done;
    },
    async close() {
      await saving;
      await saver.close();
      await release();
    },
  };
};

interface Save {
  readonly changes: Map<string, unknown>;
  readonly done: Promise<void>;
  settle(): void;
  fail(error: unknown): void;
}

const newSave = (): Save => {
  let settle = (): void => {};
  let fail = (_error: unknown): void => {};
  const done = new Promise<void>((resolve, reject) => {
    settle = resolve;
    fail = reject;
  });
  return { changes: new Map(), done, settle, fail };
};

const change = (values: Map<string, unknown>, key: string, value: unknown): void => {
  if (value === undefined) values.delete(key);
  else values.set(key, value);
};

const HINTS: Readonly<Record<string, string>> = {
  EACCES: 'the exporter may not write there; give its user the folder, or set another state.path',
  EPERM: 'the exporter may not write there; give its user the folder, or set another state.path',
  EROFS: 'the file system is read-only; mount a writable volume there, or set another state.path',
  ENOTDIR: 'a part of the path is a file; set state.path to a folder',
  EEXIST: 'it is a file; set state.path to a folder',
  ENOSPC: 'the disk is full; make room',
  EDQUOT: 'the quota is used up; make room',
};

const withRemedy = async <Result>(folder: string, act: () => Promise<Result>): Promise<Result> => {
  try {
    return await act();
  } catch (error) {
    if (error instanceof StateError) throw error;
    const hint = HINTS[`${codeOf(error)}`] ?? 'set state.path to a folder that can be written to';
    throw new StateError(`state.path ${folder} cannot be used: ${messageOf(error)}; ${hint}`, { cause: error });
  }
};
