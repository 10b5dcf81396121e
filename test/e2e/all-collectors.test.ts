import { join } from 'node:path';
import { expect, it } from 'vitest';
import { collectors } from '../../src/collectors/index.ts';
import { platformWorld } from '../../src/simulator/platform.ts';
import { entitiesOf } from '../../src/simulator/world.ts';
import { type Daemon, startDaemon, temporaryFolder } from '../daemon.ts';
import { type ExposedFamily, sampleValue } from '../exposition-parser.ts';
import { truths } from '../truth/index.ts';
import { parts } from '../truth/kind-truth.ts';
import { configFor, NOON, place, simulate, stageClock } from './account.ts';
import { expectSameAccount, toldBy, truthOf } from './truth.ts';

const world = platformWorld({ ...place, seed: 1, jobs: 24, workflows: 10, nowSeconds: NOON });

/** What it exposes after a poll that began at the time at which the clock stands, and another one for what that has awaited. */
const polled = async (daemon: Daemon): Promise<readonly ExposedFamily[]> => {
  await daemon.poll();
  await daemon.poll();
  return daemon.scrape();
};

it('all collectors expose the truth of their entities, and count each run once over a kill and a restart', async () => {
  const clock = stageClock();
  const simulator = await simulate([world], { clock: clock.now });
  const state = { path: join(temporaryFolder(), 'state') };
  const config = { ...configFor(simulator, { state }), collectors: ['all'] };
  const expectTruth = (exposition: readonly ExposedFamily[], at: number): void => {
    expectSameAccount(toldBy(exposition, world, parts, truths), truthOf(world, NOON, at, parts, truths));
    for (const { name } of collectors) {
      const found = sampleValue(exposition, 'aws_glue_exporter_entities', { collector: name });
      expect([name, found]).toEqual([name, entitiesOf(world, name).length]);
      expect([name, sampleValue(exposition, 'aws_glue_exporter_collector_up', { collector: name })]).toEqual([name, 1]);
    }
  };

  const first = await startDaemon({ config });
  await first.ready();
  // Times that are no round minutes, at which runs of the platform often start or end.
  clock.set(NOON + 307);
  expectTruth(await polled(first), NOON + 307);
  clock.set(NOON + 911);
  expectTruth(await polled(first), NOON + 911);
  await first.stop('SIGKILL');

  clock.set(NOON + 1_523);
  const second = await startDaemon({ config });
  await second.ready();
  expectTruth(await second.scrape(), NOON + 1_523);
  clock.set(NOON + 1_817);
  expectTruth(await polled(second), NOON + 1_817);
});
