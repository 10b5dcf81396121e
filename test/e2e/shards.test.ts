import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hastyWorld } from '../../src/simulator/fast-world.ts';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import { entitiesOf, type JsonObject } from '../../src/simulator/world.ts';
import { type Daemon, startDaemon, temporaryFolder } from '../daemon.ts';
import { type ExposedFamily, samplesOf, sampleValue } from '../exposition-parser.ts';
import { configFor, NOON, place, simulate, stageClock } from './account.ts';
import { endedIn, expectSameAccount, toldBy, truthOf } from './truth.ts';

/** One daemon for each shard, called as the pods of a StatefulSet. */
const startShards = async (shards: number, config: (ordinal: number) => object): Promise<readonly Daemon[]> => {
  const daemons = await Promise.all(
    Array.from({ length: shards }, (_, ordinal) =>
      startDaemon({ config: config(ordinal), args: [`--shard=glue-exporter-${ordinal}/${shards}`] }),
    ),
  );
  await Promise.all(daemons.map(daemon => daemon.ready()));
  return daemons;
};

/** What all of them expose after two more polls: the first after a jump of time may still take the old one for it. */
const scrapeAll = async (daemons: readonly Daemon[]): Promise<readonly (readonly ExposedFamily[])[]> =>
  Promise.all(
    daemons.map(async daemon => {
      for (const _ of [1, 2]) expect((await daemon.poll()).up).toBe(true);
      return daemon.scrape();
    }),
  );

const namesIn = (exposition: readonly ExposedFamily[]): readonly string[] => [
  ...new Set(
    exposition
      .flatMap(({ samples }) => samples)
      .flatMap(({ labels }) => labels.job_name ?? labels.workflow_name ?? [])
      .sort(),
  ),
];

/** Which shard exposes what. Fails when two expose the same. */
const ownersIn = (expositions: readonly (readonly ExposedFamily[])[]): ReadonlyMap<string, number> => {
  const owned = expositions.flatMap((exposition, shard) => namesIn(exposition).map(name => [name, shard] as const));
  const owners = new Map(owned);
  expect(owners.size).toBe(owned.length);
  return owners;
};

describe('four shards of one account', () => {
  it('have each job and workflow once, and tell every run once', async () => {
    const BEGIN = NOON + 60;
    const END = BEGIN + 10;
    const world = hastyWorld({ ...place, seed: 'shards', fromSeconds: BEGIN });
    const clock = stageClock();
    const simulator = await simulate([world], { clock: clock.now });
    const daemons = await startShards(4, () => configFor(simulator));
    clock.run(BEGIN, END);
    await clock.finished();
    const expositions = await scrapeAll(daemons);

    const owners = ownersIn(expositions);
    expect([...owners.keys()].sort()).toEqual(
      entitiesOf(world)
        .map(({ name }) => name)
        .sort(),
    );
    expect(new Set(owners.values())).toEqual(new Set([0, 1, 2, 3]));
    expect(endedIn(world, NOON, END)).toBeGreaterThan(200);
    // A series that two shards have would be refused here.
    expectSameAccount(toldBy(expositions.flat(), world), truthOf(world, NOON, END));

    const own = (name: string, labels = {}) =>
      expositions.map(exposition => sampleValue(exposition, `aws_glue_exporter_${name}`, labels));
    expect([own('shard_ordinal'), own('shards')]).toEqual([
      [0, 1, 2, 3],
      [4, 4, 4, 4],
    ]);
    const sum = (numbers: readonly (number | undefined)[]) => numbers.reduce<number>((a, b) => a + (b ?? 0), 0);
    expect([sum(own('entities', { collector: 'jobs' })), sum(own('entities', { collector: 'workflows' }))]).toEqual([
      entitiesOf(world, 'jobs').length,
      entitiesOf(world, 'workflows').length,
    ]);
    // The account's budget, not four of it.
    expect(own('api_budget_requests_per_second')).toEqual([125, 125, 125, 125]);
    expect(daemons[2]?.logged()).toContainEqual(
      expect.objectContaining({ msg: 'Starting aws-glue-exporter', shard: '2/4' }),
    );
  });
});

describe('a fifth shard, added while all stand still, and taken away again', () => {
  /** Of every 100 s the first 30, and one run that spans the change to five. */
  const CHANGE_TO_FIVE = NOON + 290;
  const CHANGE_TO_FOUR = NOON + 490;
  const spans: (readonly [from: number, to: number])[] = [
    ...Array.from({ length: 6 }, (_, index) => [NOON + 100 * index, NOON + 100 * index + 30] as const),
    [CHANGE_TO_FIVE - 80, CHANGE_TO_FIVE + 120],
  ];
  const runs = (at: number): JsonObject[] =>
    spans
      .filter(([from]) => from <= at)
      .sort(([a], [b]) => b - a)
      .map(([from, to]) => {
        const ended = { CompletedOn: to, JobRunState: 'SUCCEEDED', Status: 'COMPLETED', ExecutionTime: to - from };
        const id = { Id: `jr_${from}`, WorkflowRunId: `wr_${from}`, StartedOn: from };
        const Statistics = { TotalActions: 1, SucceededActions: 1 };
        return to <= at
          ? { ...id, ...ended, Statistics }
          : { ...id, JobRunState: 'RUNNING', Status: 'RUNNING', Statistics };
      });
  const named = (kind: string, count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`${kind}-${index}`, runs]));
  const world = scriptedWorld({ ...place, jobs: named('job', 40), workflows: named('workflow', 10) });
  const everything = entitiesOf(world).map(({ name }) => name);

  const countsIn = (expositions: readonly (readonly ExposedFamily[])[]): ReadonlyMap<string, number> =>
    new Map(
      expositions
        .flatMap(exposition => [
          ...samplesOf(exposition, 'aws_glue_job_runs_total', { state: 'SUCCEEDED' }),
          ...samplesOf(exposition, 'aws_glue_workflow_runs_total', { status: 'COMPLETED', outcome: 'succeeded' }),
        ])
        .map(({ labels, value }) => [labels.job_name ?? labels.workflow_name ?? '', value]),
    );

  it('takes a fifth of each, which begins at 0; the others go on; no run is counted twice, and none is lost', async () => {
    const clock = stageClock();
    const simulator = await simulate([world], { clock: clock.now });
    const folder = temporaryFolder();
    const config = (ordinal: number) => configFor(simulator, { state: { path: join(folder, `${ordinal}`) } });
    const stopAll = (daemons: readonly Daemon[]) => Promise.all(daemons.map(daemon => daemon.stop()));

    const four = await startShards(4, config);
    clock.set(CHANGE_TO_FIVE);
    const before = await scrapeAll(four);
    const ownersBefore = ownersIn(before);
    expect([...ownersBefore.keys()].sort()).toEqual([...everything].sort());
    expect(new Set(countsIn(before).values())).toEqual(new Set([3]));
    await stopAll(four);

    const five = await startShards(5, config);
    const owners = ownersIn(await scrapeAll(five));
    expect([...owners.keys()].sort()).toEqual([...everything].sort());
    const moved = everything.filter(name => owners.get(name) !== ownersBefore.get(name));
    expect(moved.length).toBeGreaterThan(0);
    expect(moved.length).toBeLessThan(everything.length / 2);
    expect(moved.every(name => owners.get(name) === 4)).toBe(true);
    const expected = (ofMoved: number, ofOthers: number) =>
      new Map(everything.map(name => [name, moved.includes(name) ? ofMoved : ofOthers]));
    const sorted = (counts: ReadonlyMap<string, number>) => Object.fromEntries(counts);
    expect(sorted(countsIn(await scrapeAll(five)))).toEqual(sorted(expected(0, 3)));
    clock.set(CHANGE_TO_FOUR);
    // Two short ones and the one that was active during the change.
    expect(sorted(countsIn(await scrapeAll(five)))).toEqual(sorted(expected(3, 6)));
    await stopAll(five);

    const again = await startShards(4, config);
    expect(ownersIn(await scrapeAll(again))).toEqual(ownersBefore);
    clock.set(NOON + 535);
    // What comes back begins at 0 as well: the fifth has counted meanwhile.
    expect(sorted(countsIn(await scrapeAll(again)))).toEqual(sorted(expected(1, 7)));
  }, 120_000);
});
