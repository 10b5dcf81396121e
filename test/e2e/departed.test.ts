import { join } from 'node:path';
import { expect, it } from 'vitest';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import { entitiesOf, type JsonObject, withEntities } from '../../src/simulator/world.ts';
import { eventually, startDaemon, temporaryFolder } from '../daemon.ts';
import { samplesOf, sampleValue } from '../exposition-parser.ts';
import { configFor, NOON, place, simulate, stageClock } from './account.ts';

const STAGES = 7;
/** What one page of a listing has, so that no listing is of two stages. */
const JOBS_PER_STAGE = 200;
const STAGE_SECONDS = 100;
const RETURN = NOON + STAGES * STAGE_SECONDS;

it('names that come and go by the hundred: the oldest ledgers are dropped, and one that returns counts no run twice', async () => {
  const clock = stageClock();
  /** One run early in its stage, and another when it has returned. */
  const runsOf = (stage: number) => (at: number) =>
    [RETURN + 10, NOON + stage * STAGE_SECONDS + 10]
      .filter(StartedOn => StartedOn < at)
      .map((StartedOn): JsonObject => {
        const ended = { CompletedOn: StartedOn + 1, JobRunState: 'SUCCEEDED', ExecutionTime: 1 };
        return { Id: `jr_${StartedOn}`, StartedOn, ...ended };
      });
  const stageOf = (name: string): number => Number(name.split('-')[1]);
  const names = Array.from({ length: STAGES }, (_, stage) =>
    Array.from({ length: JOBS_PER_STAGE }, (_, index) => `temporary-${stage}-${index}`),
  ).flat();
  const world = scriptedWorld({ ...place, jobs: Object.fromEntries(names.map(name => [name, runsOf(stageOf(name))])) });
  const jobs = entitiesOf(world, 'jobs').map(job => ({
    ...job,
    exists: (at: number) =>
      at >= RETURN ? job.name.endsWith('-0') : Math.floor((at - NOON) / STAGE_SECONDS) === stageOf(job.name),
  }));
  const simulator = await simulate([withEntities(world, { jobs })], { clock: clock.now });
  const config = configFor(simulator, {
    state: { path: join(temporaryFolder(), 'state') },
    poll: { discovery_interval: '1s' },
  });
  const daemon = await startDaemon({ config });
  await daemon.ready();
  const dropped = async () =>
    sampleValue(await daemon.scrape(), 'aws_glue_exporter_departed_ledgers_dropped_total', { collector: 'jobs' });
  const counted = async () =>
    new Map(
      samplesOf(await daemon.scrape(), 'aws_glue_job_runs_total', { state: 'SUCCEEDED' }).map(({ labels, value }) => [
        labels.job_name,
        value,
      ]),
    );

  for (let stage = 0; stage < STAGES; stage += 1) {
    clock.set(NOON + stage * STAGE_SECONDS + 50);
    // Before a scrape is worth its time.
    for (const _ of [1, 2]) await daemon.poll();
    await eventually(`stage ${stage}`, async () => {
      const totals = [...(await counted())];
      const all = totals.filter(([name, value]) => value === 1 && name?.startsWith(`temporary-${stage}-`));
      return all.length === JOBS_PER_STAGE ? true : undefined;
    });
  }
  await daemon.log('Oldest departed ledgers dropped', line =>
    line.msg === 'Oldest departed ledgers dropped' ? line : undefined,
  );
  expect(await dropped()).toBe(200);
  expect(daemon.logged()).toContainEqual(
    expect.objectContaining({ account: place.accountId, region: place.region, collector: 'jobs', dropped: '200' }),
  );

  clock.set(RETURN + 50);
  for (const _ of [1, 2]) await daemon.poll();
  const totals = await eventually('their return', async () => {
    const all = await counted();
    return all.size === STAGES ? all : undefined;
  });
  // Those of the first stage were dropped with their first runs; the others continue.
  const continued = Array.from({ length: STAGES - 1 }, (_, index) => [`temporary-${index + 1}-0`, 2]);
  expect([...totals].toSorted()).toEqual([['temporary-0-0', 1], ...continued]);
}, 240_000);
