import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Run } from '../../src/runs/run.ts';
import { type DurableMap, memoryMap } from '../../src/state/durable-map.ts';
import { denied, type FakeFeedScript, fakeFeed, fakeInventory, fakeRun } from './fake-collectors.ts';
import { type FakeTarget, fakeTarget, NOW } from './fake-target.ts';

interface Item {
  readonly of: string;
  readonly run: Run<null>;
}

const item = (of: string, id: string, startedAt: number, completedAt?: number, state?: string): Item => ({
  of,
  run: fakeRun(id, startedAt, completedAt, state),
});

/** What AWS answers of all runs at a time: newest first, those that have started, as far as they have got. */
const visibleAt = (items: readonly Item[], at: number): readonly Item[] =>
  items
    .filter(({ run }) => (run.startedAt ?? 0) <= at)
    .map(({ of, run }) => {
      const { id, startedAt = 0, completedAt, state } = run;
      return completedAt !== undefined && completedAt <= at
        ? { of, run }
        : { of, run: { ...fakeRun(id, startedAt), state: completedAt === undefined ? state : 'RUNNING' } };
    })
    .sort((a, b) => (b.run.startedAt ?? 0) - (a.run.startedAt ?? 0));

const since = (items: readonly Item[], from: number | undefined): readonly Item[] =>
  items.filter(({ run }) => from === undefined || (run.startedAt ?? 0) >= from);

const total = (polled: FakeTarget, of: string, state = 'SUCCEEDED') =>
  polled.value('check_runs_total', { check_name: of, state });

/** A feed of runs that the test sets, selected by time as AWS does. */
const scripted = (items: Item[], more: Partial<FakeFeedScript> = {}) => {
  const reads: (number | undefined)[] = [];
  let now = (): number => NOW;
  const script: FakeFeedScript = {
    runs: from => since(visibleAt(items, now()), from),
    reads,
    ...more,
  };
  const collector = fakeFeed(script);
  return {
    script,
    reads,
    collector,
    open(options: Partial<Parameters<typeof fakeTarget>[0]> = {}) {
      const polled = fakeTarget({ collectors: [collector], ...options });
      now = polled.now;
      return polled;
    },
  };
};

describe('a feed', () => {
  test('counts the runs of each of its entities once, and reads no further back than it needs', async () => {
    const items = [
      item('a', 'old', NOW - 500, NOW - 400),
      item('a', '1', NOW + 10, NOW + 20),
      item('b', '2', NOW + 30, NOW + 40, 'FAILED'),
      item('a', '3', NOW + 50, NOW + 300),
    ];
    const { open, reads } = scripted(items);
    const polled = open();
    for (const uptime of [0, 60, 120, 180, 240, 300, 360]) await polled.pollAt(uptime);
    expect([await total(polled, 'a'), await total(polled, 'b', 'FAILED'), await total(polled, 'b')]).toEqual([2, 1, 0]);
    // The first request learns the time.
    expect(reads.slice(0, 2)).toEqual([NOW, NOW - 3_600 - 1]);
    expect(reads.at(-1)).toBe(NOW + 50 - 300 - 1);
    expect(polled.sent).toBe(1 + 7);
    expect(polled.target.status().collectors).toEqual([{ name: 'check', entities: 2, polled: 2, error: undefined }]);
    expect(polled.target.describe().map(({ name }) => name)).toEqual(['a', 'b']);
    expect(await polled.value('aws_glue_exporter_oldest_read_timestamp_seconds', { data: 'runs' })).toBe(NOW + 360);
    expect(
      await polled.value('aws_glue_exporter_read_age_limit_seconds', { collector: 'check', data: 'definitions' }),
    ).toBeUndefined();
  });

  test('follows an active run until it ends, however many start after it', async () => {
    const items = [item('a', 'long', NOW + 5, NOW + 7_000)];
    for (let minute = 1; minute < 100; minute += 1)
      items.push(item('b', `${minute}`, NOW + minute * 60, NOW + minute * 60 + 9));
    const { open, reads } = scripted(items);
    const polled = open();
    for (let minute = 0; minute <= 120; minute += 1) await polled.pollAt(minute * 60);
    expect([await total(polled, 'a'), await total(polled, 'b')]).toEqual([1, 99]);
    expect(reads.at(100)).toBe(NOW + 5 - 1);
    expect(await polled.value('check_active_runs', { check_name: 'a' })).toBe(0);
    expect(polled.target.status().collectors[0]?.polled).toBe(2);
  });

  test('finds a run at its first poll that has been active since before the start', async () => {
    const { open } = scripted([item('a', 'early', NOW - 3_000, NOW + 100)]);
    const polled = open();
    await polled.pollAt(0);
    expect(await polled.value('check_active_runs', { check_name: 'a' })).toBe(1);
    await polled.pollAt(120);
    expect(await total(polled, 'a')).toBe(1);
  });

  test('takes a run for lost that vanishes', async () => {
    const items = [item('a', 'gone', NOW - 30)];
    const { open } = scripted(items);
    const polled = open();
    await polled.pollAt(0);
    expect(await polled.value('check_active_runs')).toBe(1);
    items.length = 0;
    for (const uptime of [60, 180, 300, 420]) await polled.pollAt(uptime);
    expect(await polled.value('check_active_runs')).toBe(0);
    expect(await polled.value('aws_glue_exporter_runs_lost_total', { collector: 'check' })).toBe(1);
  });

  test('exposes entities that always exist, and after a restart those of its state, before any run', async () => {
    const items: Item[] = [];
    const state = memoryMap();
    const { open, reads } = scripted(items, { always: ['account'] });
    const first = open({ state });
    await first.pollAt(0);
    expect(await total(first, 'account')).toBe(0);
    items.push(item('a', '1', NOW + 10, NOW + 20));
    await first.pollAt(60);
    const second = open({ state, bootedAt: NOW + 100_000 });
    await second.pollAt(0);
    expect([await total(second, 'account'), await total(second, 'a')]).toEqual([0, 1]);
    // From where the readings before it were complete.
    expect(reads.at(-1)).toBeLessThanOrEqual(NOW);
  });

  test('counts the runs of an account, which has no name, and logs none', async () => {
    const items = [item('', 'before', NOW - 50), item('', '1', NOW + 10, NOW + 20, 'FAILED')];
    const state = memoryMap();
    const { open } = scripted(items, { always: [''] });
    const first = open({ state });
    await first.pollAt(60);
    expect(await total(first, '', 'FAILED')).toBe(1);
    const failed = first.lines.filter(line => line.includes('Run failed'));
    expect(failed).toHaveLength(1);
    expect(failed[0]).toContain('collector=check run=1 ');
    const second = open({ state, bootedAt: NOW + 100 });
    await second.pollAt(0);
    expect(await total(second, '', 'FAILED')).toBe(1);
    // It was active when the process ended.
    items.splice(0, 1);
    for (const uptime of [60, 120, 400, 460]) await second.pollAt(uptime);
    expect(second.lines.find(line => line.includes('Runs vanished'))).toContain('collector=check runs=1');
  });

  test('forgets entities without a run for too long, whose totals continue when they return', async () => {
    const items = [item('a', '1', NOW + 10, NOW + 20), item('b', '2', NOW + 10, NOW + 900)];
    const { open } = scripted(items, { forgetAfterSeconds: 1_000, always: ['account'] });
    const polled = open();
    await polled.pollAt(60);
    expect(await total(polled, 'a')).toBe(1);
    await polled.pollAt(1_020);
    expect(await total(polled, 'a')).toBe(1);
    await polled.pollAt(1_080);
    expect(await total(polled, 'a')).toBeUndefined();
    expect(await total(polled, 'b'), 'it ended later').toBe(1);
    expect(await total(polled, 'account')).toBe(0);
    expect(polled.target.has('check', 'a')).toBe(false);
    expect(await polled.value('aws_glue_exporter_entities', { collector: 'check' })).toBe(2);
    items.push(item('a', '3', NOW + 1_100, NOW + 1_110));
    await polled.pollAt(1_140);
    expect(await total(polled, 'a')).toBe(2);
  });

  test('admits entities by name', async () => {
    const { open } = scripted([item('a', '1', NOW + 10, NOW + 20), item('b', '2', NOW + 10, NOW + 20)]);
    const polled = open({ admits: name => name === 'b' });
    await polled.pollAt(60);
    expect([await total(polled, 'a'), await total(polled, 'b')]).toEqual([undefined, 1]);
  });

  test('whose tokens come round again counts what it saw, and settles nothing', async () => {
    const items = Array.from({ length: 30 }, (_, index) => item('a', `${index}`, NOW + index, NOW + index + 5));
    let isRepeating = true;
    const { open, script } = scripted(items, {
      pageSize: 10,
      tokenOf: place => (isRepeating ? '10' : `${place}`),
    });
    expect(script.pageSize).toBe(10);
    const polled = open();
    await polled.pollAt(60);
    expect(await total(polled, 'a')).toBe(20);
    expect(await polled.value('aws_glue_exporter_history_truncated_total')).toBe(1);
    expect(polled.target.succeeded).toBe(true);
    isRepeating = false;
    await polled.pollAt(120);
    expect(await total(polled, 'a')).toBe(30);
  });

  test('without an end is cut short after a hundred pages', async () => {
    const { open } = scripted([], {
      pageSize: 1,
      runs: () => Array.from({ length: 1_000 }, (_, index) => item('a', `${index}`, NOW - index, NOW - index + 1)),
    });
    const polled = open();
    await polled.pollAt(60);
    expect(polled.sent).toBe(1 + 100);
    expect(await polled.value('aws_glue_exporter_history_truncated_total')).toBe(1);
  });

  test('that is denied blocks neither readiness nor other collectors, and loses its series after a while', async () => {
    const { script, collector, open } = scripted([item('a', '1', NOW + 10, NOW + 20)]);
    script.error = denied('ListChecks');
    const polled = open({ collectors: [collector, fakeInventory({ items: [{ name: 't' }] })], staleAfterSeconds: 100 });
    await polled.pollAt(0);
    expect([polled.target.settled, polled.target.succeeded, polled.target.incomplete]).toEqual([true, false, false]);
    expect(await polled.value('trigger_size')).toBe(0);
    script.error = undefined;
    await polled.pollAt(60);
    expect(await total(polled, 'a')).toBe(1);
    script.error = denied('ListChecks');
    for (const uptime of [120, 180, 220]) await polled.pollAt(uptime);
    expect(await total(polled, 'a')).toBe(1);
    await polled.pollAt(221);
    expect(await total(polled, 'a')).toBeUndefined();
    expect(polled.target.status().collectors[0]?.error).toMatch(/AccessDenied/);
    script.error = undefined;
    await polled.pollAt(280);
    expect(await total(polled, 'a')).toBe(1);
  });

  test('that is denied from the start and alone leaves its target down, and ready', async () => {
    const { script, open } = scripted([]);
    script.error = denied('ListChecks');
    const polled = open();
    await polled.pollAt(0);
    expect([polled.target.settled, polled.target.status().up]).toEqual([true, false]);
  });

  test('has a price: what it took lately counts as so many places of a poll', async () => {
    const items = Array.from({ length: 300 }, (_, index) => item('a', `${index}`, NOW - index, NOW - index + 5));
    const limitWith = async (pageSize: number) => {
      const polled = scripted(items, { pageSize }).open({ requestsPerSecond: 1, timeoutSeconds: 10 });
      for (const uptime of [60, 120]) await polled.pollAt(uptime);
      return (await polled.value('aws_glue_exporter_read_age_limit_seconds', { data: 'runs' })) ?? 0;
    };
    expect(await limitWith(10)).toBeGreaterThan((await limitWith(300)) + 60);
  });
});

test('a crash between the ledgers of two entities loses no run, however long ago it started', async () => {
  const items = [item('a', 'late', NOW + 5_000, NOW + 5_010), item('b', 'early', NOW + 10, NOW + 20)];
  const state = memoryMap();
  const { open } = scripted(items, { longestRunSeconds: 60 });
  await open({ state }).pollAt(0);
  await open({ state: mortal(state, () => 1), bootedAt: NOW + 6_000 }).pollAt(0);
  expect([...state.entries()].map(([key]) => key).filter(key => key.startsWith('ledger/'))).toHaveLength(1);
  const polled = open({ state, bootedAt: NOW + 6_100 });
  await polled.pollAt(0);
  expect([await total(polled, 'a'), await total(polled, 'b')]).toEqual([1, 1]);
});

interface Life {
  readonly items: readonly {
    readonly owner: number;
    readonly start: number;
    readonly seconds: number;
    readonly fails: boolean;
  }[];
  readonly pageSize: number;
  readonly order: 'newest first' | 'oldest first' | 'shuffled';
  readonly selects: boolean;
  /** After which polls the process is killed, and after how many saves of the next one. */
  readonly kills: readonly { readonly poll: number; readonly saves: number }[];
  readonly pollSeconds: number;
}

const lives: fc.Arbitrary<Life> = fc.record({
  items: fc.array(
    fc.record({
      owner: fc.integer({ min: 0, max: 4 }),
      start: fc.integer({ min: -2_000, max: 3_000 }),
      seconds: fc.integer({ min: 1, max: 2_500 }),
      fails: fc.boolean(),
    }),
    { maxLength: 60 },
  ),
  pageSize: fc.integer({ min: 1, max: 12 }),
  order: fc.constantFrom('newest first', 'oldest first', 'shuffled'),
  selects: fc.boolean(),
  kills: fc.array(fc.record({ poll: fc.integer({ min: 0, max: 30 }), saves: fc.integer({ min: 0, max: 6 }) }), {
    maxLength: 5,
  }),
  pollSeconds: fc.constantFrom(60, 200, 900),
});

/** A state whose saves fail from some save on, as those of a process that was killed. */
const mortal = (kept: DurableMap, saves: () => number): DurableMap => {
  let saved = 0;
  return {
    ...kept,
    async set(key, value) {
      saved += key.startsWith('ledger/') ? 1 : 0;
      if (saved > saves()) throw new Error('killed');
      await kept.set(key, value);
    },
  };
};

const END = 6_000;

/** What is counted in the end, by entity and state. */
const live = async (life: Life): Promise<Readonly<Record<string, number>>> => {
  const items = life.items.map(({ owner, start, seconds, fails }, index) =>
    item(`${owner}`, `r${index}`, NOW + start, NOW + start + seconds, fails ? 'FAILED' : 'SUCCEEDED'),
  );
  const inOrder = (visible: readonly Item[]): readonly Item[] => {
    if (life.order === 'newest first') return visible;
    if (life.order === 'oldest first') return visible.toReversed();
    return visible.toSorted(
      (a, b) => (((a.run.startedAt ?? 0) * 7_919) % 101) - (((b.run.startedAt ?? 0) * 7_919) % 101),
    );
  };
  let polled: FakeTarget | undefined;
  const collector = fakeFeed({
    pageSize: life.pageSize,
    runs: from => inOrder(since(visibleAt(items, polled?.now() ?? NOW), life.selects ? from : undefined)),
  });
  const state = memoryMap();
  let mostSaves = Number.POSITIVE_INFINITY;
  const boot = (at: number): FakeTarget =>
    fakeTarget({ collectors: [collector], state: mortal(state, () => mostSaves), bootedAt: NOW + at });
  polled = boot(0);
  let bootedAt = 0;
  for (let poll = 0; poll * life.pollSeconds < END + life.pollSeconds; poll += 1) {
    const at = poll * life.pollSeconds;
    const kill = life.kills.find(each => each.poll === poll);
    if (kill !== undefined) {
      mostSaves = kill.saves;
      polled = boot(at);
      await polled.pollAt(0);
      mostSaves = Number.POSITIVE_INFINITY;
      polled = boot(at);
      bootedAt = at;
    }
    await polled.pollAt(at - bootedAt);
  }
  const totals: Record<string, number> = {};
  for (const { labels, value } of await polled.samples('check_runs_total')) {
    if (value > 0) totals[`${labels.check_name}/${labels.state}`] = value;
  }
  return totals;
};

const expected = ({ items }: Life): Readonly<Record<string, number>> => {
  const totals: Record<string, number> = {};
  for (const { owner, start, seconds, fails } of items) {
    if (start + seconds < 0) continue;
    const key = `${owner}/${fails ? 'FAILED' : 'SUCCEEDED'}`;
    totals[key] = (totals[key] ?? 0) + 1;
  }
  return totals;
};

describe('whatever the order of its answers, the size of its pages, and when its process is killed', () => {
  test('a feed counts each run once', async () => {
    await fc.assert(
      fc.asyncProperty(lives, async life => {
        expect(await live(life)).toEqual(expected(life));
      }),
      { numRuns: 150 },
    );
  }, 120_000);
});
