import { describe, expect, it } from 'vitest';
import { entitiesOf, withEntities } from '../../../src/simulator/world.ts';
import { eventually } from '../../daemon.ts';
import { samplesOf, sampleValue } from '../../exposition-parser.ts';
import { configFor, targetOf } from '../account.ts';
import { BEGIN, impatient, smallWorld, stage, toldJobs } from './row.ts';

describe('Nothing is a burden', () => {
  it('more series than series.limit', async () => {
    const world = smallWorld('bomb');
    const bomb = entitiesOf(smallWorld('bomb', { jobs: 150, workflows: 0 }), 'jobs').map(job => ({
      ...job,
      name: `bomb-${job.name}`,
      definition: { ...job.definition, Name: `bomb-${job.name}` },
      exists: (at: number) => at >= BEGIN + 20 && at < BEGIN + 40,
    }));
    const limit = 500;
    const on = await stage({
      worlds: [withEntities(world, { jobs: [...entitiesOf(world, 'jobs'), ...bomb] })],
      config: simulator =>
        configFor(simulator, { aws: impatient, poll: { discovery_interval: '1s' }, series: { limit } }),
    });
    const { clock, daemon, own, line } = on;
    clock.set(BEGIN + 10);
    await daemon.poll();
    await on.expectTruth(BEGIN + 10, [world]);
    expect(await own('series_dropped_total')).toBe(0);

    clock.set(BEGIN + 25);
    await line({
      level: 'WARN',
      msg: 'Series limit reached, some entities are not exposed',
      collector: 'jobs',
      names: /^(bomb-[\w-]+, ){4}bomb-[\w-]+$/,
      more: /^\d+$/,
    });
    expect(await own('series_dropped_total')).toBeGreaterThan(0);
    const exposition = await daemon.scrape();
    const glue = exposition.filter(({ name }) => /^aws_glue_(job|workflow)_/.test(name));
    const series = glue.reduce((sum, { samples }) => sum + samples.length, 0);
    const entities = samplesOf(exposition, 'aws_glue_job_info').length + 2;
    expect(entities, 'each takes as many as it can have').toBe(Math.floor(limit / 46));
    expect(series).toBeLessThanOrEqual(limit);
    expect(samplesOf(exposition, 'aws_glue_exporter_series').map(({ value }) => value)).toEqual([series]);
    expect(toldJobs(exposition).filter(name => name.startsWith('hasty-'))).toHaveLength(4);

    clock.set(BEGIN + 45);
    await eventually('a discovery', async () =>
      toldJobs(await daemon.scrape()).some(name => name.startsWith('bomb-')) ? undefined : true,
    );
    await daemon.poll();
    expect(toldJobs(await daemon.scrape())).toHaveLength(4);
    await on.expectTruth(BEGIN + 45, [world]);
    await line({ level: 'INFO', msg: 'All entities are exposed again', collector: 'jobs' });
    const dropped = await own('series_dropped_total');
    await daemon.poll();
    expect(await own('series_dropped_total')).toBe(dropped);
  });

  it('a pattern that backtracks without end', async () => {
    const world = smallWorld('pattern');
    const name = `${'a'.repeat(250)}!`;
    const [first] = entitiesOf(world, 'jobs');
    if (first === undefined) throw new Error('no job');
    const long = { ...first, name, definition: { ...first.definition, Name: name } };
    const pattern = '^(a+)+$';
    const on = await stage({
      worlds: [withEntities(world, { jobs: [...entitiesOf(world, 'jobs'), long] })],
      config: simulator => {
        const jobs = { include: [pattern, 'hasty'], exclude: [pattern] };
        return configFor(simulator, { aws: impatient, targets: [targetOf(simulator, { jobs })] });
      },
    });
    // Of the CPU, so that others on the machine do not count.
    const workSeconds = async () => sampleValue(await on.daemon.scrape(), 'process_cpu_seconds_total') ?? Number.NaN;
    const before = await workSeconds();
    on.clock.set(BEGIN + 20);
    const { up } = await on.daemon.poll();
    expect(up).toBe(true);
    expect((await workSeconds()) - before).toBeLessThan(1);
    expect(toldJobs(await on.daemon.scrape())).not.toContain(name);
    await on.expectTruth(BEGIN + 20, [world]);
  });

  it('many targets that start together', async () => {
    const accounts = Array.from({ length: 12 }, (_, index) => `1111222233${String(index).padStart(2, '0')}`);
    const times: number[] = [];
    const intervalSeconds = 20;
    const on = await stage({
      worlds: [smallWorld('together')],
      simulator: {
        onRequest: (operation, _account, at) => operation === 'GetJobs' && times.push(at),
      },
      config: simulator =>
        configFor(simulator, {
          aws: impatient,
          poll: { interval: `${intervalSeconds}s` },
          targets: accounts.map(account_id => ({
            region: 'eu-west-1',
            account_id,
            endpoint: simulator.endpoint,
            workflows: { exclude: ['.'] },
          })),
        }),
    });
    expect(times).toHaveLength(accounts.length);
    // Twelve times of up to a tenth of the interval each: that they lie within half a second happens once in 300,000 starts.
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(500);
    expect(await on.own('target_up', { aws_account_id: `${accounts[0]}` })).toBe(1);
  });
});
