import { type Is, isNumber, isText, objectOf, optional } from '../runs/stored.ts';

/**
 * Which shards have written the state of a target, in their order. Each change of the shard begins another assignment, and
 * assignments are numbered: their order depends on no clock.
 */
export interface ShardHistory {
  /** The shard that writes the state now, such as 2/4. */
  readonly shard: string;
  /** The number of the current assignment, from 0 on. */
  readonly assignment: number;
  /** The assignments before it, oldest first; of each shard only the last, and none of the current shard. */
  readonly earlier: readonly EarlierAssignment[];
}

export interface EarlierAssignment {
  readonly number: number;
  readonly shard: string;
  /**
   * From when on the assignments after it count what it did not take, AWS's epoch seconds: the start of the first process after
   * it that reached AWS. Undefined until there is one.
   */
  readonly countedFrom: number | undefined;
}

/** Stands for shards that are not known any more. Takes nothing. */
const UNKNOWN_SHARD = '';

/** More distinct shards than one exporter ever is; the oldest become unknown beyond that. */
const MOST_EARLIER = 50;

const WHOLE = '0/1';

/** Of states without a record: before there were shards, one exporter took everything. */
export const WRITTEN_BY_WHOLE: ShardHistory = { shard: WHOLE, assignment: 0, earlier: [] };

/** The history of a target that the state has nothing of. */
export const newHistory = (shard: string): ShardHistory => ({ shard, assignment: 0, earlier: [] });

/** Whether a state without a record has this history. */
export const isImplied = ({ shard, assignment }: ShardHistory): boolean => shard === WHOLE && assignment === 0;

const isEarlier = objectOf<EarlierAssignment>({ number: isNumber, shard: isText, countedFrom: optional(isNumber) });

export const isShardHistory: Is<ShardHistory> = objectOf<ShardHistory>({
  shard: isText,
  assignment: isNumber,
  earlier: (value): value is readonly EarlierAssignment[] => Array.isArray(value) && value.every(isEarlier),
});

/** What was saved before assignments were numbered. */
export interface UnnumberedShard {
  readonly shard: string;
  /** From when on it counted what came to it; undefined where no shard was before it. */
  readonly since: number | undefined;
}

export const isUnnumberedShard = objectOf<UnnumberedShard>({ shard: isText, since: optional(isNumber) });

/** The history in an unnumbered record: one assignment after another of which nothing is known. */
export const numbered = ({ shard, since }: UnnumberedShard): ShardHistory => ({
  shard,
  assignment: 1,
  earlier: since === undefined ? [] : [{ number: 0, shard: UNKNOWN_SHARD, countedFrom: since }],
});

/**
 * In which assignment a ledger without a number was last saved: ledgers have none in assignment 0, nor where they were saved with
 * an unnumbered record. What had departed there before the last change is of a time before all assignments, -1; the order of
 * these two times is all that such a state says.
 */
export const impliedAssignment = ({ earlier }: ShardHistory, departedAt: number | undefined): number => {
  const before = earlier.find(({ number, shard }) => number === 0 && shard === UNKNOWN_SHARD);
  if (before?.countedFrom === undefined) return 0;
  return departedAt === undefined || departedAt >= before.countedFrom ? 1 : -1;
};

/** The history once another shard writes the state; the same object where it is the same shard. */
export const changedTo = (history: ShardHistory, shard: string): ShardHistory => {
  if (history.shard === shard) return history;
  const last = { number: history.assignment, shard: history.shard, countedFrom: undefined };
  // What a shard takes does not change, so that its last assignment stands for all. All that is asked for is of the current one.
  const earlier = [...history.earlier.filter(assignment => assignment.shard !== last.shard), last].filter(
    assignment => assignment.shard !== shard,
  );
  return { shard, assignment: history.assignment + 1, earlier: withoutOldest(earlier) };
};

const withoutOldest = (earlier: readonly EarlierAssignment[]): readonly EarlierAssignment[] => {
  const [oldest, ...rest] = earlier.slice(-MOST_EARLIER);
  if (oldest === undefined || earlier.length <= MOST_EARLIER) return earlier;
  return [{ ...oldest, shard: UNKNOWN_SHARD }, ...rest];
};

/** The history once it is known from when on what has come is counted; the same object where that was known. */
export const countedFrom = (history: ShardHistory, at: number): ShardHistory => {
  if (history.earlier.every(assignment => assignment.countedFrom !== undefined)) return history;
  return {
    ...history,
    earlier: history.earlier.map(assignment => ({ ...assignment, countedFrom: assignment.countedFrom ?? at })),
  };
};

/** The last assignment after a number, -1 for all, whose shard did not take something; undefined where each took it. */
export const lastWithout = (
  { earlier }: ShardHistory,
  after: number,
  isTakenBy: (shard: string) => boolean,
): EarlierAssignment | undefined =>
  earlier.findLast(({ number, shard }) => number > after && !(shard !== UNKNOWN_SHARD && isTakenBy(shard)));
