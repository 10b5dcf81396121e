import { describe, expect, test } from 'vitest';
import type { Run } from '../../src/runs/run.ts';
import { memoryMap } from '../../src/state/durable-map.ts';
import { denied, type FakeHistoriesScript, fakeHistories, fakeInventory, fakeRun } from './fake-collectors.ts';
import { fakeTarget, NOW } from './fake-target.ts';

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `crawler-${index}`);

/** Crawlers whose listing shows their newest run, and what was asked of them. */
const crawlers = (count: number, more: Partial<FakeHistoriesScript> = {}) => {
  const runs = new Map<string, readonly Run<null>[]>(
    numbered(count).map((name, index) => [name, [fakeRun(`${name}-1`, NOW - 5_000 - index, NOW - 4_000)]]),
  );
  const reads: string[] = [];
  let listings = 0;
  const script: FakeHistoriesScript = {
    names: () => [...runs.keys()],
    runs: name => runs.get(name) ?? [],
    showsLatest: true,
    listed: () => {
      listings += 1;
    },
    read: name => reads.push(name),
    ...more,
  };
  return {
    script,
    collector: fakeHistories(script),
    runs,
    reads,
    get listings() {
      return listings;
    },
  };
};

const runsOf = (name: string, state = 'SUCCEEDED') => ({ crawler_name: name, state });

describe('entities whose newest run the listing shows', () => {
  test('are read when that has changed or is active, and not otherwise', async () => {
    const fake = crawlers(20);
    const { collector, runs, reads } = fake;
    const polled = fakeTarget({ collectors: [collector] });
    await polled.pollAt(0);
    expect(reads).toHaveLength(20);
    const renderings = polled.renderings;
    const counted = (name: string) => polled.value('crawler_runs_total', runsOf(name));
    const before = runs.get('crawler-3') ?? [];

    reads.length = 0;
    await polled.pollAt(60);
    expect(reads, 'nothing has changed').toEqual([]);
    runs.set('crawler-3', [fakeRun('new', NOW + 70), ...before]);
    await polled.pollAt(120);
    await polled.pollAt(180);
    expect(reads, 'a run is active').toEqual(['crawler-3', 'crawler-3']);
    runs.set('crawler-3', [fakeRun('new', NOW + 70, NOW + 200), ...before]);
    await polled.pollAt(240);
    expect(await counted('crawler-3')).toBe(1);
    await polled.pollAt(300);
    expect(reads).toEqual(['crawler-3', 'crawler-3', 'crawler-3']);
    expect(polled.renderings - renderings, 'no other is rendered').toBeLessThanOrEqual(4);
    expect(polled.target.status().collectors).toEqual([
      { name: 'crawler', entities: 20, polled: 20, error: undefined },
    ]);
    // 6 polls: 6 listings, 20 readings at first, and 3 of the one that ran.
    expect(polled.sent).toBe(6 + 20 + 3);
    expect(fake.listings).toBe(6);
  });

  test('count as read when they are listed', async () => {
    const { collector } = crawlers(3);
    const polled = fakeTarget({ collectors: [collector] });
    await polled.pollAt(0);
    await polled.pollAt(60);
    for (const data of ['definitions', 'runs']) {
      expect(await polled.value('aws_glue_exporter_oldest_read_timestamp_seconds', { data })).toBe(NOW + 60);
    }
    expect(await polled.value('aws_glue_exporter_last_successful_poll_timestamp_seconds')).toBe(NOW + 60);
  });

  test('are read although nothing has changed where a reading has failed', async () => {
    let isFailing = true;
    const { collector, reads } = crawlers(2, {
      read: name => {
        reads.push(name);
        if (isFailing && name === 'crawler-1') throw denied('ListCrawls');
      },
    });
    const polled = fakeTarget({ collectors: [collector] });
    await polled.pollAt(0);
    isFailing = false;
    await polled.pollAt(60);
    await polled.pollAt(120);
    expect(reads).toEqual(['crawler-0', 'crawler-1', 'crawler-1']);
  });

  test('are read after a failure although a stale listing shows nothing new', async () => {
    let isFailing = false;
    const { collector, reads, runs } = crawlers(1, {
      read: name => {
        reads.push(name);
        if (isFailing) throw denied('ListCrawls');
      },
    });
    const polled = fakeTarget({ collectors: [collector] });
    await polled.pollAt(0);
    const before = runs.get('crawler-0') ?? [];
    runs.set('crawler-0', [fakeRun('new', NOW + 10), ...before]);
    isFailing = true;
    await polled.pollAt(60);
    runs.set('crawler-0', before);
    isFailing = false;
    await polled.pollAt(120);
    expect(reads).toHaveLength(3);
    await polled.pollAt(180);
    expect(reads).toHaveLength(3);
  });

  test('are read once after a restart, though their ledgers are known', async () => {
    const state = memoryMap();
    const { collector, reads } = crawlers(2);
    await fakeTarget({ collectors: [collector], state }).pollAt(0);
    const second = fakeTarget({ collectors: [collector], state, bootedAt: NOW + 600 });
    await second.pollAt(0);
    await second.pollAt(60);
    expect(reads).toHaveLength(4);
  });

  test('take no place of a poll that has not room for all', async () => {
    const fake = crawlers(300);
    const jobs = fakeHistories({
      names: () => Array.from({ length: 60 }, (_, index) => `job-${index}`),
      runs: () => [],
      showsLatest: false,
      name: 'job',
    });
    const options = { requestsPerSecond: 1, timeoutSeconds: 45, secondsPerRequest: 1 };
    const limitWith = async (collectors: Parameters<typeof fakeTarget>[0]['collectors']) => {
      const polled = fakeTarget({ ...options, collectors, discoveryIntervalSeconds: 100_000 });
      do await polled.pollAt(0);
      while (polled.target.incomplete);
      for (let poll = 0; poll < 60; poll += 1) await polled.pollAt(polled.uptime + 20);
      return (await polled.value('aws_glue_exporter_read_age_limit_seconds', { collector: 'job', data: 'runs' })) ?? 0;
    };
    const alone = await limitWith([jobs]);
    // Nothing but a listing of a second with each poll.
    expect(await limitWith([jobs, fake.collector])).toBeLessThanOrEqual(alone * 1.1);
  });
});

describe('listings', () => {
  test('of each poll are not held up by a long one, and those of all others rest', async () => {
    const quick = fakeInventory({ items: [{ name: 'a' }] });
    let listings = 0;
    const long = fakeHistories({
      names: () => [],
      runs: () => [],
      showsLatest: false,
      listingPages: 500,
      name: 'job',
      listed: () => {
        listings += 1;
      },
    });
    const polled = fakeTarget({ collectors: [quick, long], secondsPerRequest: 0.2, discoveryIntervalSeconds: 1 });
    await polled.pollAt(0);
    expect(listings).toBe(1);
    const listedAt = () =>
      polled.value('aws_glue_exporter_oldest_read_timestamp_seconds', { collector: 'trigger', data: 'definitions' });
    for (const uptime of [120, 180, 240]) {
      await polled.pollAt(uptime);
      expect(await listedAt()).toBeCloseTo(NOW + uptime + 0.2);
    }
    expect(listings, 'twice as long as it took').toBe(1);
    await polled.pollAt(301);
    expect(listings).toBe(2);
  });

  test('of each poll that take long leave entities two thirds of the time, and keep the limit', async () => {
    const huge = fakeInventory({ items: [{ name: 'a' }], pages: 100 });
    const jobs = fakeHistories({ names: () => ['x'], runs: () => [], showsLatest: false, name: 'job' });
    const polled = fakeTarget({ collectors: [huge, jobs], secondsPerRequest: 1 });
    await polled.pollAt(0);
    const startedAt = polled.uptime;
    const sentBefore = polled.sent;
    const value = (name: string) =>
      polled.value(`aws_glue_exporter_${name}`, { collector: 'trigger', data: 'definitions' });
    let limit = Number.POSITIVE_INFINITY;
    let polls = 0;
    while (polled.uptime < startedAt + 3_600) {
      const before = polled.uptime;
      const listedBefore = await value('oldest_read_timestamp_seconds');
      await polled.pollAt(polled.uptime);
      polls += 1;
      const listedAt = (await value('oldest_read_timestamp_seconds')) ?? 0;
      // It was as old as this just before it was replaced.
      expect(listedAt - (listedBefore ?? 0)).toBeLessThanOrEqual(limit);
      limit = (await value('read_age_limit_seconds')) ?? 0;
      polled.uptime = Math.max(polled.uptime, before + 60);
      expect(polled.now() - ((await value('oldest_read_timestamp_seconds')) ?? 0)).toBeLessThanOrEqual(limit);
    }
    const listingSeconds = polled.sent - sentBefore - polls;
    expect(listingSeconds / (polled.uptime - startedAt)).toBeLessThanOrEqual(1 / 3);
    expect(listingSeconds).toBeGreaterThan(600);
  });

  test.each([1, 60, 300])(
    'keep the limit of definitions, with a discovery interval of %i s and a full poll',
    async discovery => {
      const names = Array.from({ length: 200 }, (_, index) => `job-${index}`);
      const jobs = fakeHistories({
        names: () => names,
        runs: () => [],
        showsLatest: false,
        name: 'job',
        listingPages: 20,
      });
      const triggers = fakeInventory({ items: [{ name: 'a' }] });
      const polled = fakeTarget({
        collectors: [jobs, triggers, crawlers(40).collector],
        secondsPerRequest: 0.5,
        requestsPerSecond: 2,
        discoveryIntervalSeconds: discovery,
      });
      const kinds = ['job', 'trigger', 'crawler'];
      const all = async (name: string) =>
        Promise.all(
          kinds.map(async collector => {
            const labels = { collector, data: 'definitions' };
            return (await polled.value(`aws_glue_exporter_${name}`, labels)) ?? Number.NaN;
          }),
        );
      do await polled.pollAt(polled.uptime);
      while (polled.target.incomplete);
      for (let poll = 0; poll < 60; poll += 1) {
        const startedAt = polled.uptime;
        const [listedBefore, limits] = await Promise.all([
          all('oldest_read_timestamp_seconds'),
          all('read_age_limit_seconds'),
        ]);
        await polled.pollAt(polled.uptime);
        const listedAt = await all('oldest_read_timestamp_seconds');
        for (const [index, name] of kinds.entries()) {
          const age = (listedAt[index] ?? 0) - (listedBefore[index] ?? 0);
          expect(age, name).toBeLessThanOrEqual(limits[index] ?? 0);
        }
        polled.uptime = Math.max(polled.uptime, startedAt + 60);
      }
    },
  );

  test('that are denied for too long take the series of histories along, which return with the next reading', async () => {
    for (const showsLatest of [false, true]) {
      const { collector, script } = crawlers(3, { showsLatest });
      const options = { staleAfterSeconds: 100, discoveryIntervalSeconds: 60 };
      const polled = fakeTarget({ ...options, collectors: [collector, fakeInventory({ items: [] })] });
      await polled.pollAt(0);
      script.listingError = denied();
      const exposed = () => polled.value('crawler_active_runs', { crawler_name: 'crawler-1' });
      for (const uptime of [60, 120, 160]) await polled.pollAt(uptime);
      expect(await exposed()).toBe(0);
      await polled.pollAt(161);
      const { renderings } = polled;
      for (const uptime of [220, 280]) {
        await polled.pollAt(uptime);
        expect(await exposed()).toBeUndefined();
      }
      expect(polled.renderings, 'and they do not come and go').toBe(renderings);
      expect(polled.target.settled).toBe(true);
      expect(await polled.value('aws_glue_exporter_collector_up', { collector: 'crawler' })).toBe(0);
      script.listingError = undefined;
      await polled.pollAt(340);
      expect(await exposed()).toBe(0);
    }
  });

  test('that are late, because polls take long, make nothing stale', async () => {
    const { collector } = crawlers(50, { showsLatest: false });
    const polled = fakeTarget({
      collectors: [collector],
      staleAfterSeconds: 10,
      secondsPerRequest: 20,
      discoveryIntervalSeconds: 60,
    });
    do {
      await polled.pollAt(polled.uptime);
      expect(polled.lines.filter(line => line.includes('Series dropped'))).toEqual([]);
    } while (polled.target.incomplete);
    expect(await polled.samples('crawler_active_runs')).toHaveLength(50);
  });

  test('that never succeeded do not block readiness', async () => {
    const { collector, script } = crawlers(1);
    script.listingError = denied();
    const polled = fakeTarget({ collectors: [collector, fakeInventory({ items: [] })] });
    await polled.pollAt(0);
    expect([polled.target.settled, polled.target.succeeded, polled.target.status().up]).toEqual([true, false, true]);
  });
});
