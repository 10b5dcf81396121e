/** A task as the schedule sees it: an entity, or a feed. Times are uptimes. */
export interface Candidate {
  /** -Infinity before the first attempt. */
  readonly lastAttemptAt: number;
  /** Failures since the last success. */
  readonly failures: number;
  /** Requests that reading it is expected to take; 1 unless given. */
  readonly requests?: number;
}

/** The price of a candidate. */
export const requestsOf = ({ requests = 1 }: Candidate): number => requests;

/** Decides which entities a poll reads, and in which order. */
export interface Schedule<Entity extends Candidate> {
  /** Starts a poll; `listed` are all tasks of the target. */
  begin(listed: readonly Entity[]): void;
  /**
   * The entities to read next, in order. `places` is how many requests can be expected of those that are read before the poll's
   * time is over: an estimate, so a few more are returned. What there is no time for waits for the next poll.
   */
  plan(waiting: readonly Entity[], isChangeExpected: (entity: Entity) => boolean, places: number): readonly Entity[];
  /** Expected requests of entities of the first poll that were never read. They are read before all others. */
  readonly startingLeft: number;
}

/** How much later than its turn an entity is tried again that fails: it must not stand in the way of those that answer. */
const FAILING_DELAY_SECONDS = 300;
/** Once can be bad luck. */
const FAILING_FROM = 2;

/** The room is an estimate: with more taken on, there is something to do until the time is over. */
const TAKE_ON = 1.5;

type Group = 'watched' | 'others' | 'unread';

/**
 * The groups take turns, so each gets a third of the places if it needs them. A place that a group does not need goes to the
 * next group in the row. Entities that were read before come first there, because their age has a limit.
 */
const TURNS: readonly (readonly Group[])[] = [
  ['watched', 'others', 'unread'],
  ['others', 'watched', 'unread'],
  ['unread', 'watched', 'others'],
];

/** With fewer places than this the groups share the places of successive polls. */
const SMALL_ROOM = TURNS.length;

/**
 * The most polls, after the one that read it, until an entity that answers is read again. It follows from expected requests alone:
 * those of `known` entities, which were tried before, of `starting` ones, which are left of the first poll, `allPlaces`, which each poll has
 * at least, and `dearest`, the most that one entity takes. Which of them have probably changed, which fail and how many are new makes no difference.
 *
 * It holds while no entity takes more than a third of the places. One that does can use up a whole poll: then ages exceed the limit.
 *
 * Proof, where each takes one request; one that takes more stands for as many, which are read together with the first of them.
 * Of each three places, two are for known entities and one is for the group of this entity. An entity of its group that is read
 * before it has waited longer than it, and is behind it from then on. Places of the other group can go to entities that were read
 * after this one. In the first poll there are only as many of these as are not ahead of it, so two thirds of the places come off the
 * queue; later, and after entities of the first poll were read, it is one third. When a poll ends, each of the two other groups may
 * have been read ahead of its turns, by less than the dearest entity.
 */
export const mostPollsBetween = (known: number, starting: number, allPlaces: number, dearest = 1): number => {
  const startingPolls = Math.ceil(starting / allPlaces);
  const places = Math.max(allPlaces / TURNS.length, allPlaces - 2 * (dearest - 1));
  if (places < SMALL_ROOM) return startingPolls + Math.max(1, Math.ceil((3 * known) / (2 * places)));
  const groupPlaces = Math.floor((places + 1) / 3);
  const firstPlaces = starting > 0 ? groupPlaces : Math.ceil((2 * places) / 3);
  // Infinite places have room for all.
  const furtherPolls = known <= firstPlaces ? 0 : Math.ceil((known - firstPlaces) / groupPlaces);
  return startingPolls + 1 + furtherPolls;
};

/**
 * The schedule of one target, before its first poll. A poll with room for everything reads everything, the entity that was
 * tried longest ago first. Otherwise three groups share the room: entities that have probably changed (watched), those that were
 * never tried (unread), and all others. Within a group the entity that has waited longest is first; one that fails waits five
 * minutes longer.
 *
 * mostPollsBetween limits the wait of known entities. A new one waits for those that were new when it was listed, at a third of
 * the places. The entities of the first poll are an exception: nothing else waits when they are listed, so they are read first.
 */
export const createSchedule = <Entity extends Candidate>(): Schedule<Entity> => {
  /** Never read, in the order in which they were listed. */
  let starting: readonly Entity[] = [];
  let newcomers: readonly Entity[] = [];
  let hasBegun = false;
  /** The next turn, where a poll may not come to each group. */
  let turn = 0;

  return {
    begin(listed) {
      const unread = new Set(listed.filter(isUnread));
      starting = hasBegun ? starting.filter(entity => unread.has(entity)) : [...unread];
      hasBegun = true;
      newcomers = newcomers.filter(entity => unread.has(entity));
      for (const entity of [...starting, ...newcomers]) unread.delete(entity);
      newcomers = [...newcomers, ...unread];
    },

    plan(waiting, isChangeExpected, room) {
      const places = Math.max(1, Math.floor(room));
      const all = byTurn(waiting);
      if (requestsOfAll(all) <= places) return all;
      const isSmall = places < SMALL_ROOM;
      const watched: Entity[] = [];
      const others: Entity[] = [];
      const unread = new Set<Entity>();
      for (const entity of all) {
        if (isUnread(entity)) unread.add(entity);
        // In a small room, an entity that changes its group with each poll could miss each turn.
        else if (!isSmall && isChangeExpected(entity)) watched.push(entity);
        else others.push(entity);
      }
      const inQueue = (queue: readonly Entity[]): readonly Entity[] => queue.filter(entity => unread.has(entity));
      const most = Math.ceil(places * TAKE_ON);
      const first = firstOf(inQueue(starting), most);
      const groups = { watched, others, unread: inQueue(newcomers) };
      // One that uses up a poll must not be in the first group of every poll.
      const isCrowded = isSmall || all.some(entity => requestsOf(entity) > places / TURNS.length);
      const shared = deal(groups, isCrowded ? turn : 0, most - requestsOfAll(first));
      if (isCrowded) turn = (turn + (isSmall ? places : 1)) % TURNS.length;
      return [...first, ...shared];
    },

    get startingLeft() {
      return requestsOfAll(starting.filter(isUnread));
    },
  };
};

/** Whether it was never tried. */
export const isUnread = ({ lastAttemptAt }: Candidate): boolean => lastAttemptAt === Number.NEGATIVE_INFINITY;

const turnOf = ({ lastAttemptAt, failures }: Candidate): number =>
  failures < FAILING_FROM ? lastAttemptAt : lastAttemptAt + FAILING_DELAY_SECONDS;

const byTurn = <Entity extends Candidate>(entities: readonly Entity[]): readonly Entity[] =>
  entities.toSorted((a, b) => turnOf(a) - turnOf(b));

/** The price of candidates together. */
export const requestsOfAll = (candidates: readonly Candidate[]): number => {
  let sum = 0;
  for (const candidate of candidates) sum += requestsOf(candidate);
  return sum;
};

/** The first entities, until they take so many requests. */
const firstOf = <Entity extends Candidate>(entities: readonly Entity[], most: number): readonly Entity[] => {
  let requests = 0;
  const end = entities.findIndex(entity => {
    if (requests >= most) return true;
    requests += requestsOf(entity);
    return false;
  });
  return end === -1 ? entities : entities.slice(0, end);
};

/** Entities for so many requests at most, of the groups in turns. One that takes more than one request uses as many turns of its group. */
const deal = <Entity extends Candidate>(
  groups: Readonly<Record<Group, readonly Entity[]>>,
  firstTurn: number,
  most: number,
): readonly Entity[] => {
  const left = { watched: groups.watched.values(), others: groups.others.values(), unread: groups.unread.values() };
  /** Turns that were used ahead. */
  const ahead = { watched: 0, others: 0, unread: 0 };
  const dealt: Entity[] = [];
  const dealOne = (row: readonly Group[]): boolean =>
    row.some(group => {
      if (ahead[group] >= 1) {
        ahead[group] -= 1;
        return true;
      }
      const { done, value } = left[group].next();
      if (done) return false;
      dealt.push(value);
      ahead[group] += requestsOf(value) - 1;
      return true;
    });
  for (let turns = 0; turns < most; turns += 1) {
    if (!dealOne(TURNS[(firstTurn + turns) % TURNS.length] ?? [])) break;
  }
  return dealt;
};
