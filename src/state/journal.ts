import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';

/** Values by key; undefined deletes. */
export type Changes = ReadonlyMap<string, unknown>;

/** Which file a path leads to. */
export interface FileIdentity {
  readonly ino: number;
  readonly dev: number;
}

/** What a journal holds, and what of it was never committed. */
export interface JournalContent {
  readonly identity: FileIdentity;
  readonly values: ReadonlyMap<string, unknown>;
  /** Bytes of a save that a crash cut off. None of it was ever reported as saved. */
  readonly unfinishedBytes: number;
}

/** A file to which changes are appended. Calls must not overlap. */
export interface Journal {
  /** Resolves when the changes would survive a power failure; after a rejection nothing may be appended any more. */
  append(changes: Changes): Promise<void>;
  readonly identity: FileIdentity;
  readonly bytes: number;
  close(): Promise<void>;
}

/** A state file that cannot be used as it is; the message says why, and what to do. */
export class StateError extends Error {
  override readonly name = 'StateError';
}

/*
 * The format, version 1. Text, one thing a line:
 *
 *   aws-glue-exporter state 1
 *   commit SEQUENCE LENGTH CRC      (two of these, written in turn, each of a fixed width)
 *   CRC [SEQUENCE,[[KEY,VALUE],…]]  (one line for each save; null deletes)
 *
 * A save is appended and synced before it is committed, and committed and synced before anybody is told. So everything up to
 * the committed LENGTH must be perfect: what is not is damage. Whatever comes after it was never told to anybody: a crash can
 * leave anything there. That is what tells a torn end from a truncated file.
 */
const MAGIC = 'aws-glue-exporter state ';
const VERSION = 1;
const TITLE = `${MAGIC}${VERSION}\n`;
const NUMBER_WIDTH = 15;
const COMMIT_BYTES = 'commit '.length + 2 * (NUMBER_WIDTH + 1) + 8 + 1;
const HEAD_BYTES = TITLE.length + 2 * COMMIT_BYTES;
const NEWLINE = 0x0a;
const CRC_DIGITS = 8;

/** Entries in one line of a whole file: few enough that writing it holds nothing up. */
const ENTRIES_PER_LINE = 100;

interface Commit {
  readonly sequence: number;
  readonly length: number;
}

const checksum = (data: string | Uint8Array): string => crc32(data).toString(16).padStart(CRC_DIGITS, '0');

const commitLine = ({ sequence, length }: Commit): string => {
  const text = [sequence, length].map(number => `${number}`.padStart(NUMBER_WIDTH, '0')).join(' ');
  return `commit ${text} ${checksum(text)}\n`;
};

const NO_COMMIT = `${'-'.repeat(COMMIT_BYTES - 1)}\n`;

const recordLine = (sequence: number, changes: Iterable<readonly [string, unknown]>): string => {
  const json = JSON.stringify([sequence, [...changes].map(([key, value]) => [key, value ?? null])]);
  return `${checksum(json)} ${json}\n`;
};

/** Reads a journal; undefined when there is none. Throws a StateError over anything that is not perfect. */
export const readJournal = async (path: string): Promise<JournalContent | undefined> => {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const identity = await file.stat();
    return { identity, ...parseJournal(await file.readFile(), path) };
  } finally {
    await file.close();
  }
};

const parseJournal = (bytes: Buffer, path: string): Omit<JournalContent, 'identity'> => {
  const title = bytes.subarray(0, TITLE.length).toString('latin1');
  if (title !== TITLE) throw strange(bytes, path);
  const commits = [0, 1].flatMap(slot => readCommit(bytes, slot) ?? []);
  const last = commits.reduce<Commit | undefined>((a, b) => (a && a.sequence > b.sequence ? a : b), undefined);
  if (last === undefined) throw damaged(path, 'it says nowhere how much of it was saved');
  if (bytes.length < last.length) {
    throw damaged(path, `it is truncated: ${last.length - bytes.length} of ${last.length} bytes are missing`);
  }

  const values = new Map<string, unknown>();
  let at = HEAD_BYTES;
  let sequence = 0;
  while (at < bytes.length) {
    const end = bytes.indexOf(NEWLINE, at);
    const changes = end < 0 ? undefined : readRecord(bytes.subarray(at, end), sequence + 1);
    if (changes === undefined) {
      if (at >= last.length) break;
      throw damaged(path, `what begins at byte ${at} is not what was saved there`);
    }
    for (const [key, value] of changes) {
      if (value === null) values.delete(key);
      else values.set(key, value);
    }
    sequence += 1;
    at = end + 1;
  }
  if (sequence < last.sequence) throw damaged(path, `save ${last.sequence} is missing`);
  return { values, unfinishedBytes: bytes.length - at };
};

const readCommit = (bytes: Buffer, slot: number): Commit | undefined => {
  const start = TITLE.length + slot * COMMIT_BYTES;
  const line = bytes.subarray(start, start + COMMIT_BYTES).toString('latin1');
  const [, sequence, length] = /^commit (\d+) (\d+) /.exec(line) ?? [];
  if (sequence === undefined || length === undefined) return undefined;
  const commit = { sequence: Number(sequence), length: Number(length) };
  return commitLine(commit) === line ? commit : undefined;
};

/** The changes of one line without its newline; undefined when it is not exactly what was written. */
const readRecord = (line: Buffer, sequence: number): readonly (readonly [string, unknown])[] | undefined => {
  const json = line.subarray(CRC_DIGITS + 1);
  if (line.subarray(0, CRC_DIGITS + 1).toString('latin1') !== `${checksum(json)} `) return undefined;
  let content: unknown;
  try {
    content = JSON.parse(json.toString());
  } catch {
    return undefined;
  }
  if (!Array.isArray(content) || content[0] !== sequence || !Array.isArray(content[1])) return undefined;
  const entries: readonly unknown[] = content[1];
  const changes = entries.flatMap(entry =>
    Array.isArray(entry) && typeof entry[0] === 'string' ? [[entry[0], entry[1]] as const] : [],
  );
  return changes.length === entries.length ? changes : undefined;
};

/**
 * Writes a whole journal beside the one that is there and puts it in its place: at every moment the path has the old one or
 * the new one, complete. Rejects with a StateError when the one that is there is none of `ours`; the new one is added to them, for
 * what fails can fail after it has its place.
 */
export const writeJournal = async (
  path: string,
  values: ReadonlyMap<string, unknown>,
  ours: FileIdentity[],
): Promise<Journal> => {
  const newPath = `${path}.new`;
  const file = await open(newPath, 'w');
  const identity = await file.stat();
  let sequence = 0;
  let bytes = HEAD_BYTES;
  const write = async (text: string, position: number): Promise<number> => {
    const buffer = Buffer.from(text);
    let written = 0;
    while (written < buffer.length) {
      written += (await file.write(buffer, written, buffer.length - written, position + written)).bytesWritten;
    }
    return written;
  };
  const commit = (): Promise<number> =>
    write(commitLine({ sequence, length: bytes }), TITLE.length + (sequence % 2) * COMMIT_BYTES);

  try {
    await write(TITLE + NO_COMMIT + NO_COMMIT, 0);
    for (const entries of inLines(values)) {
      sequence += 1;
      bytes += await write(recordLine(sequence, entries), bytes);
    }
    await commit();
    await file.sync();
    await expectInPlace(path, ours);
    ours.push(identity);
    await rename(newPath, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await file.close();
    await rm(newPath, { force: true }).catch(() => {});
    throw error;
  }
  return {
    identity,
    async append(changes) {
      if ((await expectInPlace(path, [identity])) === undefined) throw new StateError(`${path} was removed`);
      const added = await write(recordLine(sequence + 1, changes), bytes);
      await file.datasync();
      sequence += 1;
      bytes += added;
      await commit();
      await file.datasync();
    },
    get bytes() {
      return bytes;
    },
    close: () => file.close(),
  };
};

/** Whatever the lock says: what another daemon has put there must not be written over. Undefined when there is nothing. */
const expectInPlace = async (path: string, ours: readonly FileIdentity[]): Promise<FileIdentity | undefined> => {
  let there: FileIdentity;
  try {
    there = await stat(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  if (ours.some(({ ino, dev }) => there.ino === ino && there.dev === dev)) return there;
  throw new StateError(`${path} was replaced while it was in use: two daemons must not share state.path`);
};

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

/** The code of an error of the system, such as ENOENT. */
export const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

const REMEDY =
  'Nothing in it was changed. Put a good copy in its place; or move it away and start again, and counting begins anew';

const damaged = (path: string, why: string): StateError => new StateError(`${path} is damaged: ${why}. ${REMEDY}`);

const strange = (bytes: Buffer, path: string): StateError => {
  const version = new RegExp(`^${MAGIC}(\\d+)\\n`).exec(bytes.subarray(0, 64).toString('latin1'))?.[1];
  if (version !== undefined) {
    return new StateError(
      `${path} has format ${version}, and this version of the exporter reads format ${VERSION}. Run the version that wrote it, or move the file away and start again, and counting begins anew`,
    );
  }
  if (bytes.length < TITLE.length && TITLE.startsWith(bytes.toString('latin1'))) {
    return damaged(path, `it is truncated after ${bytes.length} bytes`);
  }
  return new StateError(`${path} is not a state file of aws-glue-exporter; set state.path to a folder of its own`);
};
