import { expect, test } from 'vitest';
import { platformWorld } from '../../src/simulator/platform.ts';
import { definitionOf, mapEntities, type SimulatedEntity, type World } from '../../src/simulator/world.ts';
import { account, polledAt, scrape } from '../collectors/exposed-after.ts';
import { expectSameAccount, toldBy, truthOf } from '../e2e/truth.ts';
import { parseExposition } from '../exposition-parser.ts';
import { truths } from './index.ts';
import { parts } from './kind-truth.ts';

const FROM = 1_772_366_400;
const TO = FROM + 3_600;

/** The same world, in which nothing happens any more from a time on: runs whose facts AWS completes late can settle. */
const haltedAt = (world: World, end: number): World =>
  mapEntities(
    world,
    (entity): SimulatedEntity => ({
      ...entity,
      definitionAt: at => definitionOf(entity, Math.min(at, end)),
      page: (at, cursor, limit) => entity.page(Math.min(at, end), cursor, limit),
      run: (at, id) => entity.run(Math.min(at, end), id),
      newest: at => entity.newest(Math.min(at, end)),
    }),
  );

test('an hour of all kinds is exposed as it was', async () => {
  const world = platformWorld({ ...account, seed: 1, jobs: 14, workflows: 8, nowSeconds: FROM });
  const hour = Array.from({ length: 7 }, (_, index) => FROM + index * 600);
  const exporter = await polledAt(haltedAt(world, TO), [...hour, TO + 400, TO + 800]);
  const exposition = parseExposition(await scrape(exporter, 'text'));
  const truth = truthOf(world, FROM, TO, parts, truths);
  for (const { name } of truths) {
    const counted = truthOf(
      world,
      FROM,
      TO,
      ['counters'],
      truths.filter(kind => kind.name === name),
    );
    expect(
      Object.values(counted).some(value => Number(value) > 0),
      `runs of ${name} ended`,
    ).toBe(true);
  }
  expectSameAccount(toldBy(exposition, world, parts, truths), truth);
}, 60_000);
