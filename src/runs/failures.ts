/** An entity of a target. */
export interface EntityId {
  readonly accountId: string;
  readonly region: string;
  readonly collector: string;
  readonly name: string;
}

/** A run that failed. */
export interface FailedRun {
  readonly id: string;
  /** In AWS's spelling. */
  readonly state: string;
  /** Epoch seconds in AWS's clock. */
  readonly endedAt: number;
}

/** A run that failed, whose it is, and why, for people. */
export interface Failure extends EntityId, FailedRun {
  readonly error: string | undefined;
}

/** How long a failure is news. */
export const FAILURE_SECONDS = 86_400;
/** So many are kept of one entity, so that one that fails all the time does not hide the others. */
export const FAILURES_OF_ONE = 3;
/** So many are kept of all targets together, those that ended last. */
export const MOST_FAILURES = 1_000;

/** A list of failures in which one gets the message that AWS has added to it. The same list where there is nothing to add. */
export const withMessage = (
  known: readonly Failure[],
  entity: EntityId,
  runId: string,
  errorOf: (id: string) => string | undefined,
): readonly Failure[] => {
  const place = known.findIndex(one => one.id === runId && one.error === undefined && isOf(entity, one));
  const failure = known[place];
  const error = failure && errorOf(runId);
  return failure === undefined || error === undefined ? known : known.with(place, { ...failure, error });
};

/**
 * Adds failures of one entity to a list that is newest first; what ended before `since` is left out of it. Order and
 * repetitions change nothing. The same list when nothing is new. `errorOf` is asked for those alone that are added.
 */
export const withFailures = (
  known: readonly Failure[],
  entity: EntityId,
  runs: readonly FailedRun[],
  errorOf: (id: string) => string | undefined,
  since: number,
): readonly Failure[] => {
  const own = known.filter(failure => isOf(entity, failure));
  const oldest = [own[FAILURES_OF_ONE - 1], known[MOST_FAILURES - 1]];
  const news = new Map<string, FailedRun & EntityId>();
  for (const run of runs) {
    const failure = { ...entity, ...run };
    if (run.endedAt < since || own.some(({ id }) => id === run.id)) continue;
    if (oldest.every(other => other === undefined || newestFirst(failure, other) < 0)) news.set(run.id, failure);
  }
  const added = [...news.values()].sort(newestFirst).slice(0, FAILURES_OF_ONE);
  if (added.length === 0) return known;
  const best = [...own, ...added.map(failure => ({ ...failure, error: errorOf(failure.id) }))]
    .sort(newestFirst)
    .slice(0, FAILURES_OF_ONE);
  const others = own.length === 0 ? known : known.filter(failure => !own.includes(failure));
  return merged(others, best, since).slice(0, MOST_FAILURES);
};

/** Both are sorted: a thousand need not be sorted again for one. */
const merged = (many: readonly Failure[], few: readonly Failure[], since: number): readonly Failure[] => {
  const all: Failure[] = [];
  let next = 0;
  for (const failure of many) {
    if (failure.endedAt < since) break;
    for (let other = few[next]; other !== undefined && newestFirst(other, failure) < 0; other = few[next]) {
      all.push(other);
      next += 1;
    }
    all.push(failure);
  }
  return [...all, ...few.slice(next).filter(({ endedAt }) => endedAt >= since)];
};

/** Whether something is of an entity. */
export const isOf = (entity: EntityId, other: EntityId): boolean =>
  entity.name === other.name &&
  entity.collector === other.collector &&
  entity.accountId === other.accountId &&
  entity.region === other.region;

const newestFirst = (a: FailedRun & EntityId, b: FailedRun & EntityId): number => {
  if (a.endedAt !== b.endedAt) return b.endedAt - a.endedAt;
  const [one, other] = [keyOf(a), keyOf(b)];
  if (one === other) return 0;
  return one < other ? -1 : 1;
};

const keyOf = ({ accountId, region, collector, name, id }: FailedRun & EntityId): string =>
  [accountId, region, collector, name, id].join('/');
