import { MAGIC, TITLE, VERSION } from './journal-format.ts';
import { StateError } from './state-error.ts';

const REMEDY =
  'Nothing in it was changed. Put a good copy in its place; or move it away and start again, which resets all counters';

/** A journal that does not hold what was saved in it. */
export const damaged = (path: string, why: string): StateError =>
  new StateError(`${path} is damaged: ${why}. ${REMEDY}`);

/** A journal that does not hold what was saved at a position. */
export const corruptAt = (path: string, at: number): StateError =>
  damaged(path, `what begins at byte ${at} is not what was saved there`);

/** A file that is no journal of this format, or too short to be one. */
export const noJournal = (bytes: Buffer, path: string): StateError => {
  const version = new RegExp(`^${MAGIC}(\\d+)\\n`).exec(bytes.subarray(0, 64).toString('latin1'))?.[1];
  if (version !== undefined) {
    return new StateError(
      `${path} has format ${version}, and this version of the exporter reads format ${VERSION}. Run the version that wrote it, or move the file away and start again, which resets all counters`,
    );
  }
  if (bytes.length < TITLE.length && TITLE.startsWith(bytes.toString('latin1'))) {
    return damaged(path, `it is truncated after ${bytes.length} bytes`);
  }
  return new StateError(`${path} is not a state file of aws-glue-exporter; set state.path to a folder of its own`);
};
