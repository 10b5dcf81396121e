// Polls of an account that has more to read than there are requests: nothing is left out for something else.
import { afterEach, describe, expect, test } from 'vitest';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { entitiesOf, type World, withEntities } from '../../src/simulator/world.ts';
import { type PolledTarget, type PolledTargetOptions, pollSimulator } from './polled-target.ts';

const NOW = 1_700_000_000;
const INTERVAL_SECONDS = 60;

const opened: { simulator?: Simulator; polled?: PolledTarget } = {};
afterEach(async () => {
  opened.polled?.stop();
  await opened.simulator?.close();
});

const numbered = (kind: string, count: number): Record<string, []> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${kind}-${index}`, []]));

const place = { accountId: '111122223333', region: 'eu-west-1' };

/** `old` jobs that exist from the start; from second 120 on three more in each second; a workflow that comes at second 150. */
const growing = (old: number, seconds: number): World => {
  const created = numbered('new', 3 * (seconds - 120));
  const world = scriptedWorld({ ...place, jobs: { ...numbered('old', old), ...created }, workflows: { late: [] } });
  return withEntities(world, {
    jobs: entitiesOf(world, 'jobs').map((job, index) => ({
      ...job,
      exists: (at: number) => index < old || at >= NOW + 120 + (index - old) / 3,
    })),
    workflows: entitiesOf(world, 'workflows').map(workflow => ({
      ...workflow,
      exists: (at: number) => at >= NOW + 150,
    })),
  });
};

/** `isTimed` for a world that changes. AWS time that runs by a minute with each answer, and the process's own not, would not be believed. */
const open = async (world: World, options: PolledTargetOptions, isTimed = true): Promise<PolledTarget> => {
  const simulator = await startSimulator({ worlds: [world], clock: () => (isTimed ? NOW + polled.uptime : NOW) });
  const polled: PolledTarget = pollSimulator(simulator, {
    concurrency: 1,
    intervalSeconds: INTERVAL_SECONDS,
    timeoutSeconds: 50,
    discoveryIntervalSeconds: 60,
    ...options,
  });
  opened.simulator = simulator;
  opened.polled = polled;
  return polled;
};

/** As the loop does: the next poll comes at once while something was never read. */
const pollOnce = async (polled: PolledTarget): Promise<void> => {
  const startedAt = polled.uptime;
  await polled.target.poll();
  if (!polled.target.incomplete) polled.uptime = Math.max(polled.uptime, startedAt + INTERVAL_SECONDS);
};

const oldestReadAt = ({ target }: PolledTarget): number => (target.status().oldestReadAt ?? Number.NaN) - NOW;
const ageLimit = ({ target }: PolledTarget): number => target.status().readAgeLimitSeconds ?? Number.NaN;
const counts = ({ target }: PolledTarget): { readonly entities: number; readonly read: number } => {
  const all = target.status().collectors;
  const sum = (of: (one: (typeof all)[number]) => number): number => all.reduce((total, one) => total + of(one), 0);
  return { entities: sum(({ entities }) => entities), read: sum(({ polled }) => polled) };
};

describe('three new jobs each second at three requests a second', () => {
  test('keep no known job, and no other new entity, waiting for longer than was promised', async () => {
    const seconds = 900;
    const polled = await open(growing(100, seconds), {
      requestsPerSecond: 3,
      onRequest: () => {
        polled.uptime += 1 / 3;
      },
    });
    while (polled.uptime < 200) await pollOnce(polled);
    const calmAt = polled.uptime;
    const calmLimit = ageLimit(polled);
    // Of 135 places 90 in the first poll, and 45 in the second.
    expect(calmLimit).toBeLessThan(2 * INTERVAL_SECONDS + 60);

    let promised = calmLimit;
    let latePolls = 0;
    let lateBound = Number.POSITIVE_INFINITY;
    while (polled.uptime < seconds) {
      const isLateListed = polled.target.has('workflows', 'late');
      await pollOnce(polled);
      expect(polled.uptime - oldestReadAt(polled)).toBeLessThanOrEqual(promised);
      if (polled.uptime > calmAt + calmLimit + INTERVAL_SECONDS) expect(oldestReadAt(polled)).toBeGreaterThan(calmAt);
      promised = ageLimit(polled);
      if (polled.target.has('workflows', 'late') && !isLateListed) {
        const { entities, read } = counts(polled);
        lateBound = Math.ceil((entities - read) / 45);
      }
      if (polled.target.awaits('workflows', 'late') && isLateListed) latePolls += 1;
    }
    expect(polled.target.awaits('workflows', 'late')).toBe(false);
    expect(latePolls).toBeLessThanOrEqual(lateBound);
    const { entities, read } = counts(polled);
    expect(entities).toBeGreaterThan(2_000);
    // A third of the requests reads new jobs. The limit is what the number of known ones comes to.
    expect(read).toBeGreaterThan(600);
    expect(promised).toBeLessThan((1 + (read - 90) / 45) * INTERVAL_SECONDS + 60);
    expect(polled.uptime - oldestReadAt(polled)).toBeLessThan(read / 2);
  }, 60_000);
});

describe('listings that take long', () => {
  test('take a third of the time at most, however often they are wanted', async () => {
    let listingSeconds = 0;
    const polled = await open(
      scriptedWorld({ ...place, jobs: numbered('job', 300) }),
      {
        timeoutSeconds: 20,
        discoveryIntervalSeconds: 1,
        requestsPerSecond: 3,
        onOperation: operation => {
          const isListing = operation !== 'GetJobRuns';
          polled.uptime += isListing ? 30 : 1 / 3;
          if (isListing) listingSeconds += 30;
        },
      },
      false,
    );
    while (polled.target.incomplete || polled.uptime === 0) await pollOnce(polled);
    const startedAt = polled.uptime;
    const listedBefore = listingSeconds;
    let limit = ageLimit(polled);
    while (polled.uptime < startedAt + 3_600) {
      await pollOnce(polled);
      expect(polled.uptime - oldestReadAt(polled)).toBeLessThanOrEqual(limit);
      limit = ageLimit(polled);
    }
    const share = (listingSeconds - listedBefore) / (polled.uptime - startedAt);
    expect(share).toBeGreaterThan(0.25);
    expect(share).toBeLessThanOrEqual(1 / 3);
  });

  test('that fail take no more of it', async () => {
    let listings = 0;
    const polled = await open(
      scriptedWorld({ ...place, jobs: numbered('job', 30) }),
      {
        discoveryIntervalSeconds: 1,
        requestsPerSecond: 3,
        onOperation: operation => {
          const isListing = operation !== 'GetJobRuns';
          polled.uptime += isListing ? 60 : 1 / 3;
          if (operation === 'GetJobs') listings += 1;
        },
      },
      false,
    );
    await pollOnce(polled);
    opened.simulator?.setFaults([{ kind: 'server_error', rate: 1, operations: ['GetJobs', 'ListWorkflows'] }]);
    listings = 0;
    const startedAt = polled.uptime;
    while (polled.uptime < startedAt + 3_600) await pollOnce(polled);
    // Two requests of 60 s each, and twice as long without any.
    expect(listings).toBeLessThanOrEqual(10);
    expect(listings).toBeGreaterThanOrEqual(8);
  });
});

describe('the limit', () => {
  test('stays while AWS throttles, and ages exceed it', async () => {
    let rate = 3;
    const polled = await open(scriptedWorld({ ...place, jobs: numbered('job', 100) }), {
      discoveryIntervalSeconds: 10_000,
      get requestsPerSecond() {
        return rate;
      },
      onRequest: () => {
        polled.uptime += 1 / rate;
      },
    });
    for (let poll = 0; poll < 3; poll += 1) await pollOnce(polled);
    const limit = ageLimit(polled);
    rate = 3 / 20;
    const startedAt = polled.uptime;
    let beyondSince = Number.NaN;
    while (polled.uptime < startedAt + 1_800) {
      await pollOnce(polled);
      expect(ageLimit(polled)).toBeLessThan(limit * 1.1);
      // The ratio at which GlueDataOld fires.
      if (polled.uptime - oldestReadAt(polled) <= 1.5 * ageLimit(polled)) beyondSince = Number.NaN;
      else if (Number.isNaN(beyondSince)) beyondSince = polled.uptime;
    }
    expect(polled.uptime - beyondSince).toBeGreaterThan(600);
    rate = 3;
    for (let poll = 0; poll < 3; poll += 1) await pollOnce(polled);
    expect(polled.uptime - oldestReadAt(polled)).toBeLessThanOrEqual(limit);
  });

  test('does not follow an age: what was left alone for hours has the same', async () => {
    const polled = await open(scriptedWorld({ ...place, jobs: numbered('job', 100) }), { requestsPerSecond: 3 });
    await pollOnce(polled);
    const limit = ageLimit(polled);
    polled.uptime += 7_200;
    opened.simulator?.setFaults([{ kind: 'server_error', rate: 1, operations: ['GetJobRuns'] }]);
    await pollOnce(polled);
    expect(ageLimit(polled)).toBe(limit);
    opened.simulator?.setFaults([]);
    await pollOnce(polled);
    expect(ageLimit(polled)).toBe(limit);
  });
});
