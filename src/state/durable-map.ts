import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf } from '../log.ts';
import { codeOf, type Journal, readJournal, StateError, syncFolder, writeJournal } from './journal.ts';
import { takeLock } from './lock.ts';

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
  /** A crash had cut off a save that nobody was told of. */
  unfinishedSave(bytes: number): void;
  /** Nothing keeps a second daemon away. */
  notLocked(path: string): void;
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

/** A journal is written anew when it has become so much larger than what it holds: most of it is out of date then. */
const GROWTH_FACTOR = 2;
const GROWTH_BYTES = 4 * 1024 * 1024;

/**
 * Opens the map that is kept in a folder, and makes the folder if there is none. Rejects with a StateError, and changes nothing,
 * when the folder cannot be written to, another process has it, or what is in there is not exactly what was saved.
 */
export const openDurableMap = async (folder: string, observer: StateObserver): Promise<DurableMap> => {
  const path = join(folder, FILE);
  const lock = await withRemedy(folder, async () => {
    await makeFolder(folder);
    return takeLock(join(folder, LOCK));
  });
  if (lock === undefined) observer.notLocked(folder);
  try {
    const content = await withRemedy(folder, () => readJournal(path));
    if (content !== undefined && content.unfinishedBytes > 0) observer.unfinishedSave(content.unfinishedBytes);
    const values = new Map(content?.values);
    // Written anew at once: whether the folder can be written to is better found out now than at the first run that ends.
    const ours = content === undefined ? [] : [content.identity];
    const journal = await withRemedy(folder, () => writeJournal(path, values, ours));
    return journaled(path, values, journal, async () => lock?.release());
  } catch (error) {
    await lock?.release();
    throw error;
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
const journaled = (
  path: string,
  values: Map<string, unknown>,
  first: Journal,
  release: () => Promise<void>,
): DurableMap => {
  // Kept open until there is another: as long as it is, no other file can have its identity.
  let journal = first;
  let isSound = true;
  let writtenBytes = first.bytes;
  const ours = [first.identity];
  let waiting: Save | undefined;
  let saving: Promise<void> | undefined;

  /** A new file of everything, with changes that are not known to be saved. */
  const rewrite = async (changes: ReadonlyMap<string, unknown>): Promise<void> => {
    const all = new Map(values);
    for (const [key, value] of changes) change(all, key, value);
    isSound = false;
    const old = journal;
    journal = await writeJournal(path, all, ours);
    ours.splice(0, ours.length, journal.identity);
    writtenBytes = journal.bytes;
    isSound = true;
    await old.close();
  };

  const save = async (changes: ReadonlyMap<string, unknown>): Promise<void> => {
    // After a failure nothing is known of what reached the disk: only a new file is beyond doubt.
    if (!isSound) return rewrite(changes);
    try {
      await journal.append(changes);
    } catch (error) {
      isSound = false;
      throw error;
    }
    if (journal.bytes > GROWTH_FACTOR * writtenBytes + GROWTH_BYTES) await rewrite(changes);
  };

  const saveAll = async (): Promise<void> => {
    while (waiting !== undefined) {
      const { changes, settle, fail } = waiting;
      waiting = undefined;
      try {
        await save(changes);
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
      await journal.close();
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
