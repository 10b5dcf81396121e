// The schedule and the age limit on a virtual clock, beside whatever can come: new entities, news, failures, listings.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createAgeLimit, listingRestSeconds, type Pace } from '../../src/poll/age-limit.ts';
import { type Candidate, createSchedule, type Schedule } from '../../src/poll/schedule.ts';

interface Entity {
  lastAttemptAt: number;
  failures: number;
  /** What it takes, and what it is expected to take. */
  readonly price: number;
  readonly requests: number;
  /** Always fails. */
  readonly isBroken: boolean;
}

interface Life {
  readonly places: number;
  /** Entities at the start for each place. */
  readonly fullness: number;
  readonly timeoutSeconds: number;
  readonly discoveryIntervalSeconds: number;
  readonly listingSeconds: number;
  /** Of each poll, over and over. */
  readonly polls: readonly {
    /** New entities for each place of the poll: with 1 there is one for each request. */
    readonly arrivals: number;
    /** Entities that are deleted, a part of all. */
    readonly deleted: number;
    readonly news: 'none' | 'all' | 'newest' | 'changing' | 'random';
    readonly failing: number;
  }[];
  readonly broken: number;
  /** What tasks take, each with the same chance. */
  readonly prices: readonly number[];
  /** The schedule does not know what tasks take. */
  readonly areCountedAsOne?: boolean;
  readonly seed: number;
}

const INTERVAL_SECONDS = 60;
const POLLS = 120;

/** Park and Miller's generator: from 0 to 1. */
const randomOf = (seed: number): (() => number) => {
  let state = (seed % 2_147_483_646) + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
};

type Plan = Schedule<Entity>['plan'];
type Planning = (schedule: Schedule<Entity>) => Plan;
const asBuilt: Planning = schedule => schedule.plan;

/** What a life comes to: how far ages were beyond the limit, and how many polls too late new entities were tried. */
interface Outcome {
  readonly beyondLimit: number;
  readonly newBeyondBound: number;
  readonly readings: number;
}

const live = (life: Life, planning: Planning = asBuilt): Outcome => {
  const random = randomOf(life.seed);
  const schedule = createSchedule<Entity>();
  const plan = planning(schedule);
  const ageLimit = createAgeLimit();
  const pace: Pace = {
    intervalSeconds: INTERVAL_SECONDS,
    timeoutSeconds: life.timeoutSeconds,
    discoveryIntervalSeconds: life.discoveryIntervalSeconds,
    listingSeconds: life.listingSeconds,
    // One that has begun when the time is over still comes to its end.
    readingSeconds: life.timeoutSeconds * (1 + (Math.max(...life.prices) - 1) / life.places),
  };
  const create = (): Entity => {
    const isBroken = random() < life.broken;
    const price = life.prices.length === 1 ? life.prices[0] : life.prices[Math.floor(random() * life.prices.length)];
    return {
      lastAttemptAt: Number.NEGATIVE_INFINITY,
      failures: 0,
      price: price ?? 1,
      requests: life.areCountedAsOne ? 1 : (price ?? 1),
      isBroken,
    };
  };
  let now = 0;
  let listedAt = Number.NEGATIVE_INFINITY;
  let restsUntil = 0;
  let existing = Array.from({ length: Math.round(life.fullness * life.places) }, create);
  let listed: Entity[] = [];
  let limit = Number.POSITIVE_INFINITY;
  /** The last poll that may try a new entity first. */
  const triedBy = new Map<Entity, number>();
  const outcome = { beyondLimit: 0, newBeyondBound: 0, readings: 0 };

  for (let poll = 0; poll < POLLS; poll += 1) {
    const { arrivals, deleted, news, failing } = life.polls[poll % life.polls.length] ?? {
      arrivals: 0,
      deleted: 0,
      news: 'none',
      failing: 0,
    };
    const startedAt = now;
    existing = existing.filter(() => random() >= deleted);
    for (let index = 0; index < Math.round(arrivals * life.places); index += 1) existing.push(create());
    if (now - listedAt >= life.discoveryIntervalSeconds && now >= restsUntil) {
      now += life.listingSeconds;
      listedAt = now;
      restsUntil = now + listingRestSeconds(life.listingSeconds);
      listed = [...existing];
    }
    const readFrom = now;
    schedule.begin(listed);
    const unread = listed.filter(({ lastAttemptAt }) => lastAttemptAt < 0);
    for (const entity of unread) {
      const polls = life.places < 3 ? (3 * unread.length) / life.places : unread.length / Math.floor(life.places / 3);
      // Those of the first poll are read at full speed, and before them.
      const before = Math.ceil(schedule.startingLeft / life.places);
      if (!triedBy.has(entity)) triedBy.set(entity, poll + before + Math.ceil(polls) - 1);
    }
    const newest = listed.toSorted((a, b) => b.lastAttemptAt - a.lastAttemptAt).slice(0, life.places);
    const isNewest = new Set(newest);
    const flip = new Map(listed.map((entity, index) => [entity, (index + poll) % 2 === 0]));
    const expecting = new Set(
      listed.filter(entity => {
        if (entity.failures === 1) return true;
        if (news === 'random') return random() < 0.3;
        if (news === 'newest') return isNewest.has(entity);
        if (news === 'changing') return flip.get(entity);
        return news === 'all';
      }),
    );

    const turnSeconds = life.timeoutSeconds / life.places;
    let left = life.places;
    let waiting: readonly Entity[] = listed;
    while (left > 0 && waiting.length > 0) {
      const read = new Set<Entity>();
      for (const entity of plan(waiting, each => expecting.has(each), life.places)) {
        if (left <= 0) break;
        read.add(entity);
        if (entity.lastAttemptAt >= 0 && entity.failures === 0) {
          outcome.readings += 1;
          outcome.beyondLimit = Math.max(outcome.beyondLimit, now - entity.lastAttemptAt - limit);
        }
        const fails = entity.isBroken || random() < failing;
        entity.failures = fails ? entity.failures + 1 : 0;
        entity.lastAttemptAt = now;
        now += turnSeconds * entity.price;
        left -= entity.price;
      }
      waiting = waiting.filter(entity => !read.has(entity));
    }
    if (listed.length > 0) {
      limit = ageLimit.polled({
        startedAt: readFrom,
        entities: listed,
        starting: schedule.startingLeft,
        places: life.places,
        pace,
      });
    }
    for (const entity of listed) {
      const { lastAttemptAt, failures } = entity;
      if (lastAttemptAt >= 0 && failures === 0) {
        outcome.beyondLimit = Math.max(outcome.beyondLimit, now - lastAttemptAt - limit);
      }
      const tooLong = 1 + poll - (triedBy.get(entity) ?? Number.POSITIVE_INFINITY);
      if (lastAttemptAt < 0) outcome.newBeyondBound = Math.max(outcome.newBeyondBound, tooLong);
    }
    // The next poll comes at once while something was never tried.
    if (!listed.some(({ lastAttemptAt }) => lastAttemptAt < 0)) now = Math.max(now, startedAt + INTERVAL_SECONDS);
  }
  return outcome;
};

const lives: fc.Arbitrary<Life> = fc.record({
  places: fc.integer({ min: 1, max: 30 }),
  /** Some just fit into a poll. */
  fullness: fc.constantFrom(0, 0.5, 0.7, 0.9, 1, 2, 5),
  timeoutSeconds: fc.integer({ min: 10, max: 60 }),
  discoveryIntervalSeconds: fc.constantFrom(1, 60, 300),
  listingSeconds: fc.constantFrom(0, 5, 100),
  polls: fc.array(
    fc.record({
      arrivals: fc.constantFrom(0, 0, 0.1, 1, 3),
      deleted: fc.constantFrom(0, 0, 0.05, 0.9),
      news: fc.constantFrom('none', 'all', 'newest', 'changing', 'random'),
      failing: fc.constantFrom(0, 0, 0.1, 0.9),
    }),
    { minLength: 1, maxLength: 8 },
  ),
  broken: fc.constantFrom(0, 0.2),
  prices: fc.constant([1]),
  seed: fc.nat(),
});

const sorted = (entities: readonly Entity[]): readonly Entity[] =>
  entities.toSorted((a, b) => a.lastAttemptAt - b.lastAttemptAt);
const isUnread = ({ lastAttemptAt }: Candidate): boolean => lastAttemptAt < 0;

/** As it was: nothing else is read while something was never read. */
const unreadFirst: Planning =
  () =>
  (waiting): readonly Entity[] =>
    sorted(waiting);
const newsFirst: Planning = () => (waiting, isChangeExpected) => [
  ...sorted(waiting.filter(isChangeExpected)),
  ...sorted(waiting.filter(entity => !isChangeExpected(entity))),
];
const knownFirst: Planning = () => waiting => [
  ...sorted(waiting.filter(entity => !isUnread(entity))),
  ...waiting.filter(isUnread),
];

/** As many new entities as requests, and entities with news enough to fill each poll. */
const busy: Life = {
  places: 30,
  fullness: 3,
  timeoutSeconds: 50,
  discoveryIntervalSeconds: 60,
  listingSeconds: 2,
  polls: [{ arrivals: 1, deleted: 0, news: 'newest', failing: 0.05 }],
  broken: 0.1,
  prices: [1],
  seed: 1,
};

describe('whatever comes', () => {
  test('no known entity that answers exceeds the limit exposed before, and no new one the wait that a third of the places makes', () => {
    fc.assert(
      fc.property(lives, life => {
        const { beyondLimit, newBeyondBound } = live(life);
        expect(beyondLimit).toBeLessThanOrEqual(1e-6);
        expect(newBeyondBound).toBe(0);
      }),
      { numRuns: 150 },
    );
  });
});

describe('tasks that take more than one request', () => {
  const pricedLives = fc.record({
    life: lives,
    prices: fc.array(fc.constantFrom(1, 1, 2, 5, 20), { minLength: 1, maxLength: 4 }),
  });
  /** A third of the places at most: more can use up a poll. */
  const affordable = (prices: readonly number[], places: number): readonly number[] =>
    prices.map(price => Math.max(1, Math.min(price, Math.floor(places / 3))));

  test('make nobody wait beyond the limit either', () => {
    fc.assert(
      fc.property(pricedLives, ({ life, prices }) => {
        expect(live({ ...life, prices: affordable(prices, life.places) }).beyondLimit).toBeLessThanOrEqual(1e-6);
      }),
      { numRuns: 150 },
    );
  });

  test('let others have their turn, even if one uses up a poll', () => {
    const entity = (requests: number): Entity => ({
      lastAttemptAt: 0,
      failures: 0,
      price: requests,
      requests,
      isBroken: false,
    });
    const dear = entity(100);
    const others = Array.from({ length: 10 }, () => entity(1));
    const schedule = createSchedule<Entity>();
    const places = 12;
    for (let poll = 1; poll <= 30; poll += 1) {
      schedule.begin([dear, ...others]);
      let left = places;
      for (const next of schedule.plan([dear, ...others], each => each === dear, places)) {
        if (left <= 0) break;
        next.lastAttemptAt = poll;
        left -= next.price;
      }
    }
    for (const { lastAttemptAt } of [dear, ...others]) expect(lastAttemptAt).toBeGreaterThan(0);
  });

  test('would, if they counted as one', () => {
    const quiet = { arrivals: 0, deleted: 0, news: 'newest', failing: 0 } as const;
    const few: Life = { ...busy, polls: [quiet], prices: [1, 20], broken: 0, fullness: 2 };
    expect(live(few).beyondLimit).toBeLessThanOrEqual(0);
    expect(live({ ...few, areCountedAsOne: true }).beyondLimit).toBeGreaterThan(60);
  });
});

describe('as many new entities as requests', () => {
  test('make nobody wait beyond the limit', () => {
    const { readings, beyondLimit, newBeyondBound } = live(busy);
    expect(readings).toBeGreaterThan(1_000);
    expect(beyondLimit).toBeLessThanOrEqual(0);
    expect(newBeyondBound).toBeLessThanOrEqual(0);
  });

  test('would, in each order that puts one group before the others: the limit does not follow the age', () => {
    expect(live(busy, unreadFirst).beyondLimit).toBeGreaterThan(3_600);
    const quiet = { arrivals: 0, deleted: 0, news: 'none', failing: 0 } as const;
    const loud = { ...quiet, news: 'newest' } as const;
    const polls = [...Array<typeof quiet>(20).fill(quiet), ...Array<typeof loud>(100).fill(loud)];
    expect(live({ ...busy, polls }, newsFirst).beyondLimit).toBeGreaterThan(3_600);
    expect(live(busy, knownFirst).newBeyondBound).toBeGreaterThan(10);
  });
});
