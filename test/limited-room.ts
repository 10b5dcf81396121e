// A folder in which there is only so much room, without a file system of its own: writes to its files fail as on a full disk.
import { readdirSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Volume } from '../src/state/volume.ts';

const PAGE_BYTES = 4096;
const pages = (bytes: number): number => Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;

export interface LimitedRoom {
  /** How much there is; can be changed. */
  totalBytes: number;
  readonly usedBytes: number;
  /** What the file system says of it. */
  volumeOf(): Promise<Volume>;
}

/** The code is ENOSPC for a full disk and EDQUOT for a quota. Until the end of the test. */
export const limitRoom = async (
  folder: string,
  totalBytes: number,
  code: 'ENOSPC' | 'EDQUOT' = 'ENOSPC',
): Promise<LimitedRoom> => {
  const used = (): number =>
    readdirSync(folder).reduce((sum, name) => {
      const stats = statSync(join(folder, name), { throwIfNoEntry: false });
      return sum + (stats?.isFile() ? pages(stats.size) : 0);
    }, 0);
  const room: LimitedRoom = {
    totalBytes,
    get usedBytes() {
      return used();
    },
    volumeOf: async () => ({ freeBytes: Math.max(0, room.totalBytes - used()), totalBytes: room.totalBytes }),
  };

  const handle = await open(folder, 'r');
  const prototype: FileHandle = Object.getPrototypeOf(handle);
  await handle.close();
  const write = prototype.write;
  const limited = async function (this: FileHandle, ...parameters: unknown[]): Promise<unknown> {
    const [bytes, offset, length, position] = parameters;
    if (!(bytes instanceof Uint8Array)) throw new Error('only bytes are written');
    const { size } = await this.stat();
    const end = Number(position) + Number(length);
    const added = pages(end) - pages(size);
    const lacking = Math.min(added, pages(used() + added - room.totalBytes));
    // What overwrites needs no room, however full it is.
    if (lacking <= 0) return Reflect.apply(write, this, parameters);
    const fitting = Math.min(Number(length), pages(end) - lacking - Number(position));
    if (fitting > 0) return Reflect.apply(write, this, [bytes, offset, fitting, position]);
    throw Object.assign(new Error(`${code}: no room, write`), { code });
  };
  Reflect.set(prototype, 'write', limited);
  onTestFinished(() => void Reflect.set(prototype, 'write', write));
  return room;
};
