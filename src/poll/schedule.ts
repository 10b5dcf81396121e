/** An entity as the schedule sees it. Times are uptimes. */
export interface Candidate {
  /** -Infinity before the first attempt. */
  readonly lastAttemptAt: number;
  /** Failures since the last success. */
  readonly failures: number;
}

/** What one poll takes on. */
export interface Agenda<Entity> {
  /** In the order to poll them; what there is no time for waits for the next poll. */
  readonly entities: readonly Entity[];
  /** No entity that answers gets older than this before it is read again, in seconds, as long as the room stays what it is. */
  readonly ageLimitSeconds: number;
}

/** What a poll has to do with. */
export interface Room {
  /** Entities that can be polled before the poll's time is over. */
  readonly entities: number;
  /** From the start of one poll to the start of the next. */
  readonly cycleSeconds: number;
  /** From the start of a poll to the last entity that it takes on. */
  readonly pollSeconds: number;
}

/** How much later than its turn an entity is tried again that fails: it must not stand in the way of those that answer. */
const FAILING_DELAY_SECONDS = 300;
/** Once can be bad luck. */
const FAILING_FROM = 2;

/** What the entities without news to expect get of every poll, at least: their age has a limit however much goes on elsewhere. */
export const SWEEP_SHARE = 1 / 3;

/** The room is an estimate: with more taken on, there is something to do until the time is over. */
const TAKE_ON = 1.5;

/**
 * Which entities to poll, and in which order. While there is room for all of them it is all of them, the one polled longest ago
 * first. Beyond that, those come first that were never polled: nothing is exposed of them. Then those with news to expect, and the
 * others share what is left, and a third of the room at least.
 */
export const plan = <Entity extends Candidate>(
  due: readonly Entity[],
  isNewsExpected: (entity: Entity) => boolean,
  now: number,
  room: Room,
): Agenda<Entity> => {
  const places = Math.max(1, Math.floor(room.entities));
  const all = byTurn(due);
  if (due.length <= places) return { entities: all, ageLimitSeconds: ageLimitSeconds(all, places, now, room) };
  const most = Math.ceil(places * TAKE_ON);
  const share = Math.floor(places * SWEEP_SHARE);
  // So little room cannot be shared: everything has its turn.
  if (share === 0) return { entities: all.slice(0, most), ageLimitSeconds: ageLimitSeconds(all, places, now, room) };
  const unknown: Entity[] = [];
  const watched: Entity[] = [];
  const others: Entity[] = [];
  for (const entity of all) {
    if (entity.lastAttemptAt === Number.NEGATIVE_INFINITY) unknown.push(entity);
    else (isNewsExpected(entity) ? watched : others).push(entity);
  }
  const known = interleave(watched, others, Math.max(0, most - unknown.length));
  return {
    entities: [...unknown.slice(0, most), ...known],
    ageLimitSeconds: ageLimitSeconds(all, share, now, room),
  };
};

const turnOf = ({ lastAttemptAt, failures }: Candidate): number =>
  failures < FAILING_FROM ? lastAttemptAt : lastAttemptAt + FAILING_DELAY_SECONDS;

const byTurn = <Entity extends Candidate>(entities: readonly Entity[]): readonly Entity[] =>
  entities.toSorted((a, b) => turnOf(a) - turnOf(b));

/** The first ones in order, but of every few at least one of the second. */
const interleave = <Entity>(first: readonly Entity[], second: readonly Entity[], most: number): readonly Entity[] => {
  const taken: Entity[] = [];
  const left = [first.values(), second.values()] as const;
  const takeFrom = (which: 0 | 1): boolean => {
    const { done, value } = left[which].next();
    if (!done) taken.push(value);
    return !done;
  };
  let swept = 0;
  while (taken.length < most) {
    const isBehind = swept < Math.floor((taken.length + 1) * SWEEP_SHARE);
    if (isBehind && takeFrom(1)) swept += 1;
    else if (!takeFrom(0) && !takeFrom(1)) break;
  }
  return taken;
};

/**
 * The age that the entities reach when each poll reads only so many of them, the one read longest ago first: that happens when
 * news are to be expected of all others.
 */
const ageLimitSeconds = (byAge: readonly Candidate[], share: number, now: number, room: Room): number => {
  const inFull = Math.ceil(byAge.length / share) * room.cycleSeconds + room.pollSeconds;
  return byAge.reduce((limit, { lastAttemptAt, failures }, place) => {
    if (failures > 0 || lastAttemptAt === Number.NEGATIVE_INFINITY) return limit;
    return Math.max(limit, now - lastAttemptAt + Math.floor(place / share) * room.cycleSeconds + room.pollSeconds);
  }, inFull);
};
