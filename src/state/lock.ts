import { randomUUID } from 'node:crypto';
import { link, lstat, rename, rm, stat } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { codeOf, StateError } from './state-error.ts';

/** A path that one process at a time can hold. */
export interface Lock {
  release(): Promise<void>;
}

/** File systems without sockets, such as some network shares. */
const NO_SOCKETS = new Set<unknown>(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL', 'ENOSYS']);

/** What the address of a socket has room for on every system. */
const LONGEST_PATH_BYTES = 100;

/**
 * Takes a lock that the system releases when its holder dies, however it dies, and that holds among containers of one
 * machine too: a socket that somebody listens on. Rejects with a StateError when another process has it; undefined where the file
 * system has no sockets.
 */
export const takeLock = async (path: string): Promise<Lock | undefined> => {
  if (Buffer.byteLength(path) > LONGEST_PATH_BYTES) {
    throw new StateError(
      `${path} is longer than ${LONGEST_PATH_BYTES} bytes, which is too long for a lock; choose a shorter state.path`,
    );
  }
  try {
    return await listenOn(path);
  } catch (error) {
    if (NO_SOCKETS.has(codeOf(error))) return undefined;
    if (codeOf(error) !== 'EADDRINUSE') throw error;
  }
  // Not through a symlink, which leads to a lock of somebody else, or to nothing.
  if (!(await lstat(path)).isSocket()) {
    throw new StateError(
      `${path} is in the way: it is not a lock of aws-glue-exporter; set state.path to a folder of its own`,
    );
  }
  if (await isHeld(path)) throw inUse(path);
  // Somebody else may be doing the same: what is taken away must be the dead one.
  const dead = `${path}.${randomUUID().slice(0, 8)}`;
  try {
    await rename(path, dead);
    if (await isHeld(dead)) {
      await link(dead, path);
      throw inUse(path);
    }
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  } finally {
    await rm(dead, { force: true });
  }
  try {
    return await listenOn(path);
  } catch (error) {
    throw codeOf(error) === 'EADDRINUSE' ? inUse(path) : error;
  }
};

const inUse = (path: string): StateError =>
  new StateError(
    `${path} is held by another aws-glue-exporter: give each its own state.path, or wait until it has ended`,
  );

const listenOn = async (path: string): Promise<Lock> => {
  // Whoever connects has learnt what they wanted to know.
  const server = createServer(socket => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  server.unref();
  const own = await stat(path);
  return { release: () => release(server, path, own.ino) };
};

const release = async (server: Server, path: string, inode: number): Promise<void> => {
  // Node removes the path as it closes, whoever it belongs to by then.
  const there = await stat(path).catch(() => undefined);
  if (there !== undefined && there.ino !== inode) return;
  await new Promise<void>(resolve => server.close(() => resolve()));
};

const isHeld = (path: string): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', error => {
      if (codeOf(error) === 'ECONNREFUSED' || codeOf(error) === 'ENOENT') resolve(false);
      else reject(error);
    });
  });
