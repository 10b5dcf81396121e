import { GetJobRunsCommand } from '@aws-sdk/client-glue';
import { describe, expect, it } from 'vitest';
import { hastyWorld } from '../../src/simulator/fast-world.ts';
import { tallyOf } from '../../src/simulator/tally.ts';
import { activeRuns, endedRuns, entitiesOf, lastEndedRun, type SimulatedEntity } from '../../src/simulator/world.ts';
import { allPages, glueClient, noon, present, simulate } from './clients.ts';

const place = { accountId: '111122223333', region: 'eu-west-1' };
const day = 86_400;
/** A hasty world at a pace at which a day of it can be told in full. */
const leisurely = { seed: 1, ...place, fromSeconds: noon, startEvery: [30, 600], stretch: 50 } as const;
const world = hastyWorld(leisurely);
const entities = entitiesOf(world);
const ids = (entity: SimulatedEntity, from: number, to: number) => endedRuns(entity, from, to).map(run => run.id);

describe('a day of 60 jobs and 12 workflows', () => {
  const tally = tallyOf(world, noon);

  it('has more than 55,000 ended runs: short, long, overlapping, retried, of all end states', () => {
    tally.upTo(noon + day);
    expect(tally.total()).toBeGreaterThan(55_000);
    const states = (of: readonly SimulatedEntity[]) =>
      [
        ...new Set(
          of.flatMap(entity => [
            ...(tally
              .upTo(noon + day)
              .get(entity)
              ?.runs.keys() ?? []),
          ]),
        ),
      ].sort();
    expect(states(entitiesOf(world, 'jobs'))).toEqual([
      'ERROR',
      'EXPIRED',
      'FAILED',
      'STOPPED',
      'SUCCEEDED',
      'TIMEOUT',
    ]);
    expect(states(entitiesOf(world, 'workflows'))).toEqual(['COMPLETED', 'ERROR', 'STOPPED']);
    const runs = entities.flatMap(entity => entity.runs(noon + day - 7200, noon + day));
    const lengths = runs.map(run => run.completedOn - run.startedOn);
    expect(Math.min(...lengths)).toBeLessThan(10);
    expect(Math.max(...lengths)).toBeGreaterThan(600);
    expect(runs.some(run => run.id.endsWith('_attempt_2'))).toBe(true);
    expect(entities.some(entity => activeRuns(entity, noon + day).length > 5)).toBe(true);
  });

  it('starts each entity’s runs as far apart as it is told to', () => {
    const gaps = entities.flatMap(entity => {
      const first = entity.runs(noon - 1, noon + 20_000).filter(run => !/_(attempt|restart)_/.test(run.id));
      return first.slice(1).map((run, index) => present(first[index]).startedOn - run.startedOn);
    });
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(29.999);
    expect(Math.min(...gaps)).toBeLessThan(35);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(600.001);
    expect(Math.max(...gaps)).toBeGreaterThan(550);
  });

  it('is added up in steps as it is in one', () => {
    const inSteps = tallyOf(world, noon);
    for (let at = noon; at < noon + 7200; at += 713.3) inSteps.upTo(at);
    const stepped = inSteps.upTo(noon + 7200);
    inSteps.upTo(noon + 7200);
    let total = 0;
    for (const entity of entities) {
      const ended = endedRuns(entity, noon, noon + 7200);
      const ofState = (state: string) => ended.filter(run => run.endState === state);
      const { runs, sums } = present(stepped.get(entity));
      expect([...runs.values()].reduce((a, b) => a + b, 0)).toBe(ended.length);
      for (const [state, count] of runs) {
        const wires = ofState(state).map(run => run.wire(noon + 7200));
        expect(wires).toHaveLength(count);
        const executed = wires.reduce((sum, { ExecutionTime }) => sum + Number(ExecutionTime ?? 0), 0);
        expect(sums.get(state)?.get('ExecutionTime') ?? 0).toBe(executed);
      }
      total += ended.length;
    }
    expect(inSteps.total()).toBe(total);
    const workflow = present(entitiesOf(world, 'workflows')[0]);
    const actions = endedRuns(workflow, noon, noon + 7200).flatMap(run => {
      const { Statistics } = run.wire(run.completedOn);
      return run.endState === 'COMPLETED' ? [JSON.parse(JSON.stringify(Statistics)).TotalActions] : [];
    });
    expect(stepped.get(workflow)?.sums.get('COMPLETED')?.get('TotalActions')).toBe(actions.reduce((a, b) => a + b, 0));
  });

  it('knows the run that was the last to end', () => {
    for (const entity of entities) {
      for (const at of [noon, noon + 100, noon + 5000]) {
        expect(lastEndedRun(entity, at)?.id).toBe(ids(entity, -Infinity, at).at(-1));
      }
    }
  });
});

describe('the history of a day', () => {
  const retentionSeconds = 3600;

  it.each(['newest_first', 'oldest_first', 'shuffled'] as const)(
    'is kept as long as told, for jobs as well: %s',
    async order => {
      const kept = hastyWorld({ ...leisurely, retentionSeconds, runOrders: { jobs: order, workflows: order } });
      const at = noon + 50_000;
      const client = glueClient(await simulate({ worlds: [kept], clock: () => at }));
      for (const job of entitiesOf(kept, 'jobs')
        .slice(0, 60)
        .filter((_, index) => index % 12 === 0)) {
        const { items } = await allPages(async NextToken => {
          const page = await client.send(new GetJobRunsCommand({ JobName: job.name, MaxResults: 20, NextToken }));
          return { items: page.JobRuns, token: page.NextToken };
        });
        const truth = job.runs(at - retentionSeconds, at).map(run => run.id);
        const answered = items.map(run => run.Id);
        expect(truth.length).toBeGreaterThan(4);
        const expected = { newest_first: truth, oldest_first: [...truth].reverse(), shuffled: [...truth].sort() }[
          order
        ];
        expect(answered).toEqual(expected);
      }
    },
  );

  it('takes no longer to answer late in the day than early', () => {
    const pages = (from: number): number => {
      const startedAt = performance.now();
      for (let round = 0; round < 10; round += 1) {
        for (const entity of entities) entity.page(from + round, undefined, 20);
      }
      return performance.now() - startedAt;
    };
    pages(noon + 20_000);
    // Ten times as far into the day; a cost that grows with it would show as ten times the time.
    expect(pages(noon + 80_000)).toBeLessThan(4 * pages(noon + 8000) + 100);
  });
});
