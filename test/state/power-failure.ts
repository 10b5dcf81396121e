// A file in memory that can lose power: whatever was not synced may be there, not be there, or be there in part.
import type { JournalFile } from '../../src/state/journal-file.ts';

interface Change {
  readonly position: number;
  readonly bytes: Buffer | 'truncate';
}

const apply = (image: Buffer, { position, bytes }: Change): Buffer => {
  if (bytes === 'truncate') return Buffer.from(image.subarray(0, position));
  const grown = Buffer.alloc(Math.max(image.length, position + bytes.length));
  image.copy(grown);
  bytes.copy(grown, position);
  return grown;
};

/** A part of a change, as a disk that lost power in the middle of it has it. */
const torn = ({ position, bytes }: Change): readonly Change[] => {
  if (bytes === 'truncate' || bytes.length < 2) return [];
  const middle = Math.floor(bytes.length / 2);
  return [
    { position, bytes: bytes.subarray(0, middle) },
    { position: position + middle, bytes: bytes.subarray(middle) },
    { position, bytes: Buffer.concat([bytes.subarray(0, middle), Buffer.alloc(bytes.length - middle)]) },
  ];
};

/** What may be on the disk when these changes were made since the last sync. */
function* images(synced: Buffer, changes: readonly Change[]): Generator<Buffer> {
  const of = (...some: readonly Change[]): Buffer => some.reduce(apply, synced);
  // One change, with none or all of the others.
  for (const [index, change] of changes.entries()) {
    const others = changes.filter((_, other) => other !== index);
    for (const made of [[], [change], ...torn(change).map(part => [part])]) {
      yield of(...made);
      if (others.length > 0) yield of(...others, ...made);
    }
  }
}

export interface UnreliableFile extends JournalFile {
  readonly bytes: Buffer;
  readonly syncs: number;
}

/** Calls `look` with all that a power failure could leave, after each operation. */
export const unreliableFile = (content: Buffer, look?: (image: Buffer) => void): UnreliableFile => {
  let current: Buffer = Buffer.from(content);
  let synced: Buffer = current;
  let changes: Change[] = [];
  let syncs = 0;
  const change = (made: Change): void => {
    current = apply(current, made);
    changes.push(made);
    if (look === undefined) return;
    for (const image of images(synced, changes)) look(image);
  };
  const sync = (isComplete: boolean): void => {
    syncs += 1;
    const left = isComplete ? [] : changes.filter(({ bytes }) => bytes === 'truncate');
    synced = changes.filter(made => !left.includes(made)).reduce(apply, synced);
    changes = left;
  };
  return {
    async read(position, bytes) {
      if (position + bytes > current.length) throw new Error('read beyond the end');
      return Buffer.from(current.subarray(position, position + bytes));
    },
    async write(bytes, position) {
      change({ position, bytes: Buffer.from(bytes) });
    },
    async truncate(length) {
      change({ position: length, bytes: 'truncate' });
    },
    async datasync() {
      sync(false);
    },
    async sync() {
      sync(true);
    },
    get bytes() {
      return current;
    },
    get syncs() {
      return syncs;
    },
  };
};
