import { statfs } from 'node:fs/promises';
import { messageOf } from '../log.ts';
import { StateError } from './state-error.ts';

/** The room on the volume of a folder. */
export interface Volume {
  /** For who is not root. */
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** The volume of a folder; undefined where the file system does not say. Knows nothing of quotas. */
export const volumeOf = async (folder: string): Promise<Volume | undefined> => {
  const { bavail, blocks, bsize } = await statfs(folder);
  return blocks > 0 ? { freeBytes: bavail * bsize, totalBytes: blocks * bsize } : undefined;
};

/** A journal is rewritten when it is larger than twice the state plus this: most of it is out of date then. */
export const GROWTH_FACTOR = 2;
export const GROWTH_BYTES = 4 * 1024 * 1024;

/** The size of a volume on which there is always room for a second journal. */
const amplePlan = (stateBytes: number): number => (GROWTH_FACTOR + 1) * stateBytes + GROWTH_BYTES;

/** The size of a volume on which a journal that is compacted in place leaves enough room to work with. */
const leastPlan = (stateBytes: number): number => 1.25 * stateBytes + 1024 * 1024;

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
const wholeMegabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;

/** Why a state cannot be saved, and how large its volume must be. */
export const noRoom = (folder: string, stateBytes: number, volume: Volume | undefined, cause: unknown): StateError => {
  const facts = [`state.path ${folder} is full: the state takes ${megabytes(stateBytes)}`];
  if (volume !== undefined) {
    facts.push(`${megabytes(volume.freeBytes)} of the ${megabytes(volume.totalBytes)} of its volume are free`);
  }
  const [least, ample] = [leastPlan(stateBytes), wholeMegabytes(amplePlan(stateBytes))];
  const remedy =
    volume !== undefined && volume.totalBytes >= least
      ? `make room, or use a volume of ${ample} for the state alone`
      : `use a volume of ${ample}, and at least of ${wholeMegabytes(least)}`;
  return new StateError(`${facts.join(', and ')}; ${remedy} (${messageOf(cause)})`, { cause });
};
