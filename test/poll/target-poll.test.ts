import { afterEach, describe, expect, test } from 'vitest';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { entitiesOf, type JsonObject, mapEntities, type World, withEntities } from '../../src/simulator/world.ts';
import { type DurableMap, memoryMap } from '../../src/state/durable-map.ts';
import { type PolledTarget, type PolledTargetOptions, pollSimulator } from './polled-target.ts';

const NOW = 1_700_000_000;

const ended = (id: string, state: string, at: number): JsonObject => ({
  Id: id,
  JobRunState: state,
  StartedOn: at - 10,
  CompletedOn: at,
  ExecutionTime: 10,
});

const jobsNamed = (names: readonly string[]): Record<string, JsonObject[]> =>
  Object.fromEntries(names.map(name => [name, []]));
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `job-${`${index}`.padStart(3, '0')}`);

const opened: { simulator?: Simulator; polled?: PolledTarget } = {};
afterEach(async () => {
  opened.polled?.stop();
  await opened.simulator?.close();
});

type Scripted = Omit<Parameters<typeof scriptedWorld>[0], 'accountId' | 'region'>;

const account = (scripted: Scripted): World =>
  scriptedWorld({ accountId: '111122223333', region: 'eu-west-1', ...scripted });

const open = async (world: World, options: PolledTargetOptions = {}, clock: () => number = () => NOW) => {
  const simulator = await startSimulator({ worlds: [world], clock });
  const polled = pollSimulator(simulator, options);
  opened.simulator = simulator;
  opened.polled = polled;
  return { simulator, polled, target: polled.target };
};

describe('the poll of a target', () => {
  test('logs when it started, however long scrapes take to show what it found', async () => {
    const { polled, target } = await open(account({ jobs: jobsNamed(['orders']) }), {
      logLevel: 'debug',
      onRequest: () => {
        polled.uptime += 1;
      },
      onRefresh: () => {
        polled.uptime += 30;
      },
    });
    polled.uptime = 100;
    await target.poll();
    expect(polled.lines.find(line => line.includes('msg="Poll ended"'))).toContain(
      ' started=2023-11-14T22:15:00.000Z ',
    );
  });

  test('what a poll did not get to goes first in the next', async () => {
    const { polled, target, simulator } = await open(account({ jobs: jobsNamed(numbered(30)) }), {
      concurrency: 1,
      timeoutSeconds: 10,
      onRequest: () => {
        polled.uptime += 1;
      },
    });
    await target.poll();
    const first = simulator.requests.get('GetJobRuns') ?? 0;
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(15);
    expect(target.incomplete).toBe(true);
    expect(target.settled).toBe(false);
    expect(target.status().up).toBe(true);
    expect(polled.lines.filter(line => line.includes('First poll complete'))).toEqual([]);
    while (target.incomplete) await target.poll();
    expect(simulator.requests.get('GetJobRuns')).toBeLessThanOrEqual(30 + 10);
    // From the start, however many polls that took.
    const logged = polled.lines.flatMap(line => /"First poll complete".* duration_seconds=(\S+)/.exec(line)?.[1] ?? []);
    expect(logged.map(Number)).toEqual([polled.uptime]);
    expect(target.status().collectors).toContainEqual({ name: 'jobs', entities: 30, polled: 30 });
    expect(target.settled).toBe(true);
  });

  test('an outage ends a poll after ten failures in a row instead of asking for every job', async () => {
    const { polled, target, simulator } = await open(account({ jobs: jobsNamed(numbered(100)) }), { concurrency: 1 });
    simulator.setFaults([{ kind: 'server_error', rate: 1, operations: ['GetJobRuns'] }]);
    await target.poll();
    expect(simulator.requests.get('GetJobRuns')).toBe(10);
    expect(await polled.value('aws_glue_exporter_collector_up', { collector: 'jobs' })).toBe(0);
    expect(target.settled).toBe(true);
    simulator.setFaults([]);
    await target.poll();
    expect(await polled.value('aws_glue_exporter_collector_up', { collector: 'jobs' })).toBe(1);
    expect(target.status().collectors).toContainEqual({ name: 'jobs', entities: 100, polled: 100 });
  });

  test('a listing that failed keeps its collector down until one succeeds, also in polls that list nothing', async () => {
    const { polled, target, simulator } = await open(account({ jobs: jobsNamed(['a']) }), {
      discoveryIntervalSeconds: 1,
      onOperation: operation => {
        if (operation === 'GetJobs') polled.uptime += 20;
      },
    });
    await target.poll();
    expect(target.succeeded).toBe(true);
    polled.uptime += 1_000;
    simulator.setFaults([{ kind: 'server_error', rate: 1, operations: ['GetJobs'] }]);
    const listings: number[] = [];
    const ups: (boolean | undefined)[] = [];
    for (let polls = 0; polls < 8; polls += 1) {
      const before = simulator.requests.get('GetJobs') ?? 0;
      await target.poll();
      polled.uptime += 1;
      listings.push((simulator.requests.get('GetJobs') ?? 0) - before);
      if (listings.includes(1)) ups.push(target.succeeded);
    }
    // Slow listings rest for a while.
    expect(listings).toContain(0);
    expect(new Set(ups)).toEqual(new Set([false]));
    simulator.setFaults([]);
    polled.uptime += 1_000;
    await target.poll();
    expect(target.succeeded).toBe(true);
  });

  test('failures here and there are no outage: every job is asked for', async () => {
    const { target, simulator } = await open(account({ jobs: jobsNamed(numbered(60)) }), { concurrency: 1 });
    simulator.setFaults([{ kind: 'server_error', rate: 0.5, operations: ['GetJobRuns'] }]);
    await target.poll();
    expect(simulator.requests.get('GetJobRuns')).toBe(60);
    expect(target.succeeded).toBe(false);
  });

  test('a job that failed twice stands back for those that answer; once is bad luck', async () => {
    const order: string[] = [];
    const world = account({
      jobs: Object.fromEntries(
        ['a', 'b', 'c'].map(name => [
          name,
          () => {
            order.push(name);
            return [];
          },
        ]),
      ),
    });
    const { polled, target, simulator } = await open(world, {
      concurrency: 1,
      discoveryIntervalSeconds: 10_000,
      onRequest: () => {
        polled.uptime += 1;
      },
    });
    const pollOnce = async (failingFirst: boolean) => {
      order.length = 0;
      simulator.setFaults(
        failingFirst ? [{ kind: 'server_error', rate: 1, operations: ['GetJobRuns'], times: 1 }] : [],
      );
      await target.poll();
      return order.join('');
    };
    expect(await pollOnce(true)).toBe('bc');
    expect(await pollOnce(true)).toBe('bc');
    expect(await pollOnce(false)).toBe('bca');
    polled.uptime += 1_000;
    expect(await pollOnce(false)).toBe('bca');
  });

  test('where some jobs are denied, the others are read, and keep their series', async () => {
    const denied = numbered(12);
    let readings = 0;
    const good = () => {
      readings += 1;
      return [];
    };
    const jobs = { ...jobsNamed(denied), 'good-1': good, 'good-2': good };
    const { polled, target, simulator } = await open(account({ jobs }), {
      concurrency: 1,
      staleAfterSeconds: 100,
      discoveryIntervalSeconds: 10_000,
    });
    await target.poll();
    simulator.setFaults(denied.map(entity => ({ kind: 'access_denied', rate: 1, entity })));
    readings = 0;
    for (let poll = 0; poll < 20; poll += 1) {
      polled.uptime += 60;
      await target.poll();
      // The denied ones came first.
      if (poll === 0) expect(readings).toBe(3);
    }
    expect(target.succeeded).toBe(false);
    // Each of the two in every poll, and now and then to tell this from an outage.
    expect(readings).toBeGreaterThanOrEqual(2 * 20);
    expect(readings).toBeLessThanOrEqual(2 * 20 + 20);
    expect(await polled.value('aws_glue_job_info', { job_name: 'good-1' })).toBe(1);
    expect(await polled.value('aws_glue_job_info', { job_name: 'good-2' })).toBe(1);
    expect(await polled.value('aws_glue_job_info', { job_name: 'job-003' })).toBeUndefined();
  });

  test('an idle job is not rendered again', async () => {
    const { polled, target } = await open(account({ jobs: { etl: [ended('a', 'FAILED', NOW - 5)] } }));
    await target.poll();
    await target.poll();
    await target.poll();
    expect(polled.renderings).toBe(1);
  });

  test('one malformed job does not bring the target down, and the others live', async () => {
    const jobs = {
      good: [ended('a', 'FAILED', NOW - 5)],
      bad: [{ Id: 'b', JobRunState: 'FAILED', StartedOn: NOW - 9, ExecutionTime: -3 }],
    };
    const { polled, target } = await open(account({ jobs }));
    await target.poll();
    expect(await polled.value('aws_glue_exporter_target_up')).toBe(1);
    expect(await polled.value('aws_glue_job_last_run_state', { job_name: 'good', state: 'FAILED' })).toBe(1);
    expect(await polled.value('aws_glue_job_last_run_state', { job_name: 'bad', state: 'FAILED' })).toBeUndefined();
    expect(
      await polled.value('aws_glue_exporter_api_failures_total', { operation: 'GetJobRuns', reason: 'bad_response' }),
    ).toBe(1);
    expect(polled.lines.filter(line => line.includes('name=bad'))).toHaveLength(1);
  });

  test('a failing collector leaves the other alone', async () => {
    const { polled, target, simulator } = await open(account({ jobs: { a: [] }, workflows: { w: [] } }));
    simulator.setFaults([{ kind: 'access_denied', rate: 1, operations: ['ListWorkflows'] }]);
    await target.poll();
    expect(await polled.value('aws_glue_exporter_target_up')).toBe(1);
    expect(await polled.value('aws_glue_exporter_collector_up', { collector: 'jobs' })).toBe(1);
    expect(await polled.value('aws_glue_exporter_collector_up', { collector: 'workflows' })).toBe(0);
    expect(target.succeeded).toBe(false);
    expect(target.status().collectors).toEqual([
      { name: 'jobs', entities: 1, polled: 1, error: undefined },
      {
        name: 'workflows',
        entities: 0,
        polled: 0,
        error: expect.stringMatching(/^ListWorkflows: AccessDeniedException/),
      },
    ]);
    expect(await polled.value('aws_glue_exporter_last_successful_poll_timestamp_seconds', { collector: 'jobs' })).toBe(
      NOW,
    );
    expect(
      await polled.value('aws_glue_exporter_last_successful_poll_timestamp_seconds', { collector: 'workflows' }),
    ).toBeUndefined();
    expect(await polled.value('aws_glue_job_info', { job_name: 'a' })).toBe(1);
    expect(target.status().error).toMatch(/^ListWorkflows: AccessDeniedException/);
  });

  test('series of a target that stays down are dropped after a while and come back with their totals', async () => {
    const runs = [ended('a', 'FAILED', NOW + 5)];
    const { polled, target, simulator } = await open(
      account({ jobs: { etl: at => (at < NOW + 1 ? [] : runs) } }),
      { staleAfterSeconds: 100 },
      () => NOW + polled.uptime,
    );
    await target.poll();
    polled.uptime = 10;
    await target.poll();
    const failed = () => polled.value('aws_glue_job_runs_total', { job_name: 'etl', state: 'FAILED' });
    expect(await failed()).toBe(1);

    simulator.setFaults([{ kind: 'access_denied', rate: 1 }]);
    polled.uptime = 200;
    await target.poll();
    polled.uptime = 300;
    await target.poll();
    expect(await failed()).toBe(1);
    polled.uptime = 301;
    await target.poll();
    expect(await failed()).toBeUndefined();
    expect(await polled.value('aws_glue_exporter_target_up')).toBe(0);

    simulator.setFaults([]);
    await target.poll();
    expect(await failed()).toBe(1);
    expect(await polled.value('aws_glue_exporter_target_up')).toBe(1);
  });

  test('a job that is gone loses its series with the next discovery; a discovery that fails removes nothing', async () => {
    let names = ['a', 'b'];
    const all = account({ jobs: jobsNamed(names) });
    const world = mapEntities(all, job => ({ ...job, exists: () => names.includes(job.name) }));
    const { polled, target, simulator } = await open(world);
    await target.poll();
    names = ['a'];
    simulator.setFaults([{ kind: 'server_error', rate: 1, operations: ['GetJobs'] }]);
    await target.poll();
    expect(await polled.value('aws_glue_job_info', { job_name: 'b' })).toBe(1);
    simulator.setFaults([]);
    await target.poll();
    expect(await polled.value('aws_glue_job_info', { job_name: 'b' })).toBeUndefined();
    expect(await polled.value('aws_glue_job_info', { job_name: 'a' })).toBe(1);
    expect(await polled.value('aws_glue_exporter_entities', { collector: 'jobs' })).toBe(1);
  });

  test('what could not be saved is not exposed, and counted once when it can be', async () => {
    let broken = true;
    const kept = memoryMap();
    const state: DurableMap = {
      ...kept,
      async set(key, value) {
        if (broken && key.startsWith('ledger/')) throw new Error('disk full');
        await kept.set(key, value);
      },
    };
    const runs = [ended('a', 'FAILED', NOW + 5)];
    const { polled, target } = await open(
      account({ jobs: { etl: at => (at < NOW + 1 ? [] : runs) } }),
      { state },
      () => NOW + polled.uptime,
    );
    await target.poll();
    expect(await polled.value('aws_glue_job_info')).toBeUndefined();
    expect(await polled.value('aws_glue_exporter_state_save_failures_total')).toBe(1);
    expect(await polled.value('aws_glue_exporter_collector_up', { collector: 'jobs' })).toBe(0);
    expect(target.status().error).toBe('the state could not be saved: disk full');
    broken = false;
    await target.poll();
    broken = true;
    polled.uptime = 10;
    await target.poll();
    const failed = () => polled.value('aws_glue_job_runs_total', { state: 'FAILED' });
    expect(await failed()).toBe(0);
    broken = false;
    await target.poll();
    await target.poll();
    expect(await failed()).toBe(1);
  });

  test('a job that is gone for a while goes on counting where it stopped', async () => {
    let isListed = true;
    let runs = [ended('a', 'FAILED', NOW + 5)];
    const world = account({ jobs: { etl: () => runs } });
    const { polled, target } = await open(
      mapEntities(world, job => ({ ...job, exists: () => isListed })),
      {},
      () => NOW + polled.uptime,
    );
    const failed = () => polled.value('aws_glue_job_runs_total', { job_name: 'etl', state: 'FAILED' });
    polled.uptime = 10;
    await target.poll();
    expect(await failed()).toBe(1);
    isListed = false;
    polled.uptime = 20;
    await target.poll();
    expect(await failed()).toBeUndefined();
    isListed = true;
    // As if Glue had kept nothing of what was.
    runs = [ended('b', 'FAILED', NOW + 25)];
    polled.uptime = 30;
    await target.poll();
    expect(await failed()).toBe(2);
  });

  test('nothing is saved while nothing changes', async () => {
    const kept = memoryMap();
    const saved: string[] = [];
    const set = (key: string, value: unknown) => {
      saved.push(key);
      return kept.set(key, value);
    };
    const jobs = { etl: [ended('a', 'FAILED', NOW - 500)] };
    const { polled, target } = await open(account({ jobs }), { state: { ...kept, set } });
    await target.poll();
    expect(saved).toEqual(['epoch/111122223333/eu-west-1', 'ledger/111122223333/eu-west-1/jobs/etl']);
    polled.uptime = 60;
    await target.poll();
    expect(saved).toHaveLength(2);
  });

  test('a run that vanishes is counted as lost', async () => {
    const active = { Id: 'a', JobRunState: 'RUNNING', StartedOn: NOW - 5 };
    let runs: JsonObject[] = [active];
    const { polled, target } = await open(account({ jobs: { etl: () => runs } }), {}, () => NOW + polled.uptime);
    await target.poll();
    runs = [];
    for (let poll = 0; poll < 5; poll += 1) {
      polled.uptime += 90;
      await target.poll();
    }
    expect(await polled.value('aws_glue_exporter_runs_lost_total', { collector: 'jobs' })).toBe(1);
    expect(await polled.value('aws_glue_job_active_runs', { state: 'RUNNING' })).toBe(0);
  });

  test('the runs of all jobs and workflows are counted by account, from 0 on, each once', async () => {
    const endings = ['SUCCEEDED', 'FAILED', 'SUCCEEDED'];
    let runs: JsonObject[] = [];
    let workflowRuns: JsonObject[] = [];
    const { polled, target } = await open(
      account({ jobs: { a: () => runs, b: () => runs }, workflows: { w: () => workflowRuns } }),
      {},
      () => NOW + polled.uptime,
    );
    const counted = (collector: string, result: string) =>
      polled.value('aws_glue_exporter_runs_counted_total', { collector, result });
    await target.poll();
    expect(await Promise.all([counted('jobs', 'TIMEOUT'), counted('workflows', 'failed')])).toEqual([0, 0]);
    runs = endings.map((state, index) => ended(`jr_${index}`, state, NOW + 30 + index)).reverse();
    workflowRuns = [
      {
        WorkflowRunId: 'wr_1',
        Status: 'COMPLETED',
        StartedOn: NOW + 20,
        CompletedOn: NOW + 30,
        Statistics: { TotalActions: 1, FailedActions: 1 },
      },
    ];
    for (let poll = 0; poll < 3; poll += 1) {
      polled.uptime += 60;
      await target.poll();
    }
    expect(await Promise.all([counted('jobs', 'SUCCEEDED'), counted('jobs', 'FAILED')])).toEqual([4, 2]);
    expect(await counted('workflows', 'failed')).toBe(1);
  });

  test('an endless history is cut short and counted', async () => {
    const runs = Array.from({ length: 400 }, (_, index) => ended(`jr_${index}`, 'SUCCEEDED', NOW - index * 60));
    const { polled, target, simulator } = await open(account({ jobs: { etl: runs } }));
    simulator.setFaults([{ kind: 'repeat_token', rate: 1, operations: ['GetJobRuns'] }]);
    await target.poll();
    expect(await polled.value('aws_glue_exporter_history_truncated_total', { collector: 'jobs' })).toBe(1);
    expect(await polled.value('aws_glue_exporter_target_up')).toBe(1);
  });

  test('an account that another target has is refused, with a word on what to do', async () => {
    const { polled, target } = await open(account({ jobs: { a: [] } }), { claim: () => false });
    await target.poll();
    expect(target.status()).toMatchObject({
      up: false,
      error:
        'account 111122223333 in eu-west-1 is polled by another target; merge the two: one target takes all of an account and region',
    });
    expect(await polled.value('aws_glue_job_info')).toBeUndefined();
  });

  test('at the series limit every job that is exposed stays when it fails, and those that came later wait for room', async () => {
    let now = NOW;
    const failing = new Set<string>();
    const names = ['first', 'second', 'third', 'a-late-one', 'b-late-one'];
    const runs = Object.fromEntries(
      names.map(name => [name, () => (failing.has(name) ? [ended(`jr_${name}`, 'FAILED', NOW + 50)] : [])]),
    );
    const world = account({ jobs: runs });
    const exists: Readonly<Record<string, (at: number) => boolean>> = {
      'a-late-one': at => at >= NOW + 60,
      'b-late-one': at => at >= NOW + 60,
      second: at => at < NOW + 300,
    };
    const jobs = entitiesOf(world, 'jobs').map(job => ({ ...job, exists: exists[job.name] ?? (() => true) }));
    // A job has 24 series before its first run, and can have 49.
    const { polled, target } = await open(
      withEntities(world, { jobs }),
      { seriesLimit: 3 * 49, concurrency: 1 },
      () => now,
    );
    const poll = async (at: number) => {
      now = at;
      polled.uptime = at - NOW;
      await target.poll();
      const info = await Promise.all(names.map(name => polled.value('aws_glue_job_info', { job_name: name })));
      return names.filter((_, index) => info[index] === 1);
    };
    const dropped = () => polled.value('aws_glue_exporter_series_dropped_total');
    const linesAbout = (message: string) => polled.lines.filter(line => line.includes(message));

    expect(await poll(NOW)).toEqual(['first', 'second', 'third']);
    expect(await dropped()).toBe(0);
    for (const [index, name] of ['second', 'first', 'third'].entries()) {
      failing.add(name);
      expect(await poll(NOW + 60 * (index + 1)), `${name} has failed`).toEqual(['first', 'second', 'third']);
      expect(await polled.value('aws_glue_job_last_failure_timestamp_seconds', { job_name: name })).toBe(NOW + 50);
    }
    expect(await dropped(), 'each attempt counts').toBe(3 * 2 * 24);
    expect(linesAbout('Series limit reached')).toEqual([
      expect.stringMatching(/level=WARN .* collector=jobs entities=2 names="a-late-one, b-late-one"\n$/),
    ]);

    expect(await poll(NOW + 300), 'one was deleted').toEqual(['first', 'third', 'a-late-one']);
    expect(await poll(NOW + 360)).toEqual(['first', 'third', 'a-late-one']);
    expect(linesAbout('Series limit reached')).toHaveLength(1);
  });

  test.each([
    [48, 0],
    [72, 1],
    [105, 2],
    [147, 3],
  ])(
    'with a series limit of %d no idle job that is exposed disappears with its first failure',
    async (seriesLimit, room) => {
      const failing = new Set<string>();
      const names = ['a', 'b', 'c'];
      const runs = names.map(name => [name, () => (failing.has(name) ? [ended('jr', 'FAILED', NOW)] : [])] as const);
      const { polled, target } = await open(account({ jobs: Object.fromEntries(runs) }), {
        seriesLimit,
        concurrency: 1,
      });
      const poll = async () => {
        await target.poll();
        const info = await Promise.all(names.map(name => polled.value('aws_glue_job_info', { job_name: name })));
        return names.filter((_, index) => info[index] === 1).join('');
      };
      expect(await poll()).toBe('abc'.slice(0, room));
      for (const name of names) {
        failing.add(name);
        expect(await poll(), `${name} has failed`).toBe('abc'.slice(0, room));
      }
    },
  );

  test('an entity that waits for its turn keeps its series while another one fails', async () => {
    const { polled, target, simulator } = await open(account({ jobs: jobsNamed(numbered(20)) }), {
      concurrency: 1,
      timeoutSeconds: 100,
      discoveryIntervalSeconds: 10_000,
      staleAfterSeconds: 100,
      onRequest: () => {
        polled.uptime += 20;
      },
    });
    while (target.incomplete || !target.settled) await target.poll();
    simulator.setFaults([{ kind: 'server_error', rate: 1, operations: ['GetJobRuns'], times: 1 }]);
    await target.poll();
    expect(await polled.value('aws_glue_exporter_collector_up', { collector: 'jobs' })).toBe(0);
    const exposed = await Promise.all(numbered(20).map(name => polled.value('aws_glue_job_info', { job_name: name })));
    expect(exposed.filter(value => value === undefined).length).toBeLessThanOrEqual(1);
  });

  test('a target is down when none of its collectors succeeds', async () => {
    const { polled, target, simulator } = await open(account({ jobs: { a: [] }, workflows: { w: [] } }));
    simulator.setFaults([{ kind: 'access_denied', rate: 1, operations: ['ListWorkflows', 'GetJobs'] }]);
    await target.poll();
    expect(await polled.value('aws_glue_exporter_target_up')).toBe(0);
    expect(target.settled, 'there is nothing to wait for').toBe(true);
    simulator.setFaults([{ kind: 'access_denied', rate: 1, operations: ['ListWorkflows'] }]);
    await target.poll();
    expect(await polled.value('aws_glue_exporter_target_up')).toBe(1);
  });

  test('a collector whose every job fails is down, although each could have a fault of its own', async () => {
    const bad = [{ Id: 'b', JobRunState: 'FAILED', StartedOn: NOW - 9, ExecutionTime: -3 }];
    const { polled, target } = await open(account({ jobs: { a: bad, b: bad } }));
    await target.poll();
    expect(await polled.value('aws_glue_exporter_collector_up', { collector: 'jobs' })).toBe(0);
    expect(target.status().error).toMatch(/ExecutionTime is a malformed number/);
  });

  test('a malformed definition hides neither its job nor the others', async () => {
    const { polled, target } = await open(
      account({ jobs: jobsNamed(['good', 'odd']), definitions: { odd: { Timeout: -1 } } }),
    );
    await target.poll();
    expect(await polled.value('aws_glue_exporter_target_up')).toBe(1);
    expect(await polled.value('aws_glue_job_timeout_seconds', { job_name: 'good' })).toBe(172_800);
    expect(await polled.value('aws_glue_job_info', { job_name: 'odd' })).toBe(1);
    expect(await polled.value('aws_glue_job_timeout_seconds', { job_name: 'odd' })).toBeUndefined();
    const failures = { operation: 'GetJobs', reason: 'bad_response' };
    expect(await polled.value('aws_glue_exporter_api_failures_total', failures)).toBe(1);
  });

  test('a discovery that takes long leaves the jobs all of their time', async () => {
    const { polled, target } = await open(account({ jobs: { a: [] }, workflows: { w: [] } }), {
      timeoutSeconds: 10,
      onRequest: () => {
        polled.uptime += 8;
      },
    });
    await target.poll();
    expect(target.status().collectors).toContainEqual({ name: 'jobs', entities: 1, polled: 1 });
  });

  test('is not ready when a single failure comes before the first complete poll', async () => {
    const { polled, target, simulator } = await open(account({ jobs: jobsNamed(numbered(30)) }), {
      concurrency: 1,
      timeoutSeconds: 10,
      onRequest: () => {
        polled.uptime += 2;
      },
    });
    simulator.setFaults([{ kind: 'server_error', rate: 1, operations: ['GetJobRuns'], times: 1 }]);
    await target.poll();
    expect(target.succeeded).toBe(false);
    expect(target.settled).toBe(false);
  });

  test('a down target keeps its error on display while it is polled again', async () => {
    let errorDuringPoll: string | undefined;
    const { target, simulator } = await open(account({ jobs: { a: [] } }), {
      onRequest: () => {
        errorDuringPoll = target?.status().error;
      },
    });
    simulator.setFaults([{ kind: 'access_denied', rate: 1 }]);
    await target.poll();
    await target.poll();
    expect(errorDuringPoll).toMatch(/AccessDenied/);
  });

  test('an idle job is asked for few runs, a new one for its history', async () => {
    const runs = Array.from({ length: 300 }, (_, index) =>
      ended(`jr_${index}`, index === 0 ? 'FAILED' : 'SUCCEEDED', NOW - index * 3600),
    );
    const { target, simulator } = await open(account({ jobs: { etl: runs } }));
    await target.poll();
    const first = simulator.requests.get('GetJobRuns');
    await target.poll();
    expect(simulator.requests.get('GetJobRuns')).toBe((first ?? 0) + 1);
  });

  test('with more workflows than a poll has room for, those are read first of which a glance tells a new run', async () => {
    const names = numbered(200);
    const newest = {
      Name: 'job-150',
      WorkflowRunId: 'wr-new',
      Status: 'COMPLETED',
      StartedOn: NOW + 70,
      CompletedOn: NOW + 80,
    };
    const workflows = Object.fromEntries(
      names.map(name => [name, (at: number) => (name === 'job-150' && at >= NOW + 70 ? [newest] : [])]),
    );
    const { polled, target, simulator } = await open(
      account({ workflows }),
      { concurrency: 1, timeoutSeconds: 10, requestsPerSecond: 2, discoveryIntervalSeconds: 10_000 },
      () => NOW + polled.uptime,
    );
    do await target.poll();
    while (target.incomplete);
    polled.uptime = 100;
    const before = simulator.requests.get('BatchGetWorkflows') ?? 0;
    // 200 workflows in calls of 25, two for a poll: after four polls every one was glanced at.
    for (let poll = 0; poll < 4; poll += 1) {
      await target.poll();
      polled.uptime += 60;
    }
    expect((simulator.requests.get('BatchGetWorkflows') ?? 0) - before).toBe(8);
    expect(await polled.value('aws_glue_workflow_last_run_start_timestamp_seconds', { workflow_name: 'job-150' })).toBe(
      NOW + 70,
    );
  });

  test('tells how old what it exposes can be, and how much of the budget it used', async () => {
    const { polled, target } = await open(account({ jobs: jobsNamed(numbered(100)) }), {
      concurrency: 1,
      timeoutSeconds: 10,
      requestsPerSecond: 3,
      onRequest: () => {
        polled.uptime += 1 / 3;
      },
    });
    const oldest = () =>
      polled.value('aws_glue_exporter_oldest_read_timestamp_seconds', { collector: 'jobs', data: 'runs' });
    expect(await oldest()).toBeUndefined();
    while (target.incomplete || target.status().up === undefined) await target.poll();
    for (let poll = 0; poll < 20; poll += 1) {
      polled.uptime += 40;
      await target.poll();
      const limit =
        (await polled.value('aws_glue_exporter_read_age_limit_seconds', { collector: 'jobs', data: 'runs' })) ?? 0;
      expect(NOW + polled.uptime - ((await oldest()) ?? 0)).toBeLessThanOrEqual(limit);
      expect(limit).toBeLessThan(15 * 60);
      const used = await polled.value('aws_glue_exporter_api_budget_used_ratio');
      expect(used).toBeGreaterThan(0.15);
      expect(used).toBeLessThan(0.3);
    }
  });

  test('a job that is being read is not read once more to tell denied ones from an outage', async () => {
    const denied = numbered(12);
    let readings = 0;
    const slow = () => {
      readings += 1;
      return [];
    };
    const { polled, target, simulator } = await open(account({ jobs: { slow, ...jobsNamed(denied) } }), {
      discoveryIntervalSeconds: 10_000,
    });
    simulator.setFaults(denied.map(entity => ({ kind: 'access_denied', rate: 1, entity })));
    await target.poll();
    simulator.setFaults([
      { kind: 'slow', rate: 1, entity: 'slow', delaySeconds: 0.3 },
      ...denied.map(entity => ({ kind: 'access_denied' as const, rate: 1, entity })),
    ]);
    readings = 0;
    polled.uptime += 60;
    await target.poll();
    expect(simulator.faultHits.get('slow')).toBe(1);
    expect(readings).toBe(1);
  });

  test('a collector that is denied leaves its time to the other one', async () => {
    const workflows = jobsNamed(numbered(100).map(name => `flow-${name}`));
    const { polled, target, simulator } = await open(account({ jobs: jobsNamed(numbered(100)), workflows }), {
      concurrency: 1,
      timeoutSeconds: 10,
      requestsPerSecond: 3,
      discoveryIntervalSeconds: 10_000,
      onRequest: () => {
        polled.uptime += 1 / 3;
      },
    });
    simulator.setFaults([{ kind: 'access_denied', rate: 1, operations: ['GetJobRuns'] }]);
    const read = () => target.status().collectors.find(({ name }) => name === 'workflows')?.polled ?? 0;
    for (let poll = 0; poll < 12; poll += 1) {
      polled.uptime += 50;
      await target.poll();
    }
    expect(read()).toBe(100);
  });

  test('a glance that fails costs nothing but the hint', async () => {
    const { polled, target, simulator } = await open(account({ workflows: jobsNamed(numbered(60)) }), {
      timeoutSeconds: 10,
      requestsPerSecond: 2,
      discoveryIntervalSeconds: 10_000,
    });
    do await target.poll();
    while (target.incomplete);
    polled.uptime += 60;
    simulator.setFaults([{ kind: 'server_error', rate: 1, operations: ['BatchGetWorkflows'] }]);
    const before = simulator.requests.get('BatchGetWorkflows') ?? 0;
    await target.poll();
    expect((simulator.requests.get('BatchGetWorkflows') ?? 0) - before).toBe(1);
    expect(target.status().up).toBe(true);
  });

  test('workflows that are gone are not glanced at', async () => {
    const all = account({ workflows: jobsNamed(numbered(60)) });
    let exists = (_name: string) => true;
    const world = mapEntities(all, one => ({ ...one, exists: () => exists(one.name) }));
    const { polled, target } = await open(world, { timeoutSeconds: 5, requestsPerSecond: 1 });
    do await target.poll();
    while (target.incomplete);
    exists = name => name >= 'job-050';
    for (let poll = 0; poll < 4; poll += 1) {
      polled.uptime += 60;
      await target.poll();
      expect(target.status().up).toBe(true);
    }
    expect(
      await polled.value('aws_glue_exporter_api_failures_total', { operation: 'BatchGetWorkflows' }),
    ).toBeUndefined();
  });

  test('a failure here and there does not keep a round of readings from being complete', async () => {
    const { polled, target, simulator } = await open(account({ jobs: jobsNamed(numbered(40)) }), {
      concurrency: 1,
      timeoutSeconds: 10,
      requestsPerSecond: 2,
      discoveryIntervalSeconds: 10_000,
      onRequest: () => {
        polled.uptime += 1 / 2;
      },
    });
    const complete = () =>
      polled.value('aws_glue_exporter_last_successful_poll_timestamp_seconds', { collector: 'jobs' });
    for (let poll = 0; poll < 12; poll += 1) {
      polled.uptime += 50;
      const isBad = poll % 2 === 0;
      simulator.setFaults(isBad ? [{ kind: 'server_error', rate: 1, operations: ['GetJobRuns'], times: 1 }] : []);
      await target.poll();
    }
    expect(await complete()).toBeGreaterThan(NOW + 300);
  });

  test('one failure of a job that waits for its turn costs it neither its series nor its turn', async () => {
    let readings = 0;
    const unlucky = () => {
      readings += 1;
      return [];
    };
    const jobs = { ...jobsNamed(numbered(60)), 'job-000': unlucky };
    const { polled, target, simulator } = await open(account({ jobs }), {
      concurrency: 1,
      timeoutSeconds: 10,
      requestsPerSecond: 1,
      staleAfterSeconds: 100,
      discoveryIntervalSeconds: 10_000,
      onRequest: () => {
        polled.uptime += 1;
      },
    });
    while (target.incomplete || target.status().up === undefined) await target.poll();
    simulator.setFaults([{ kind: 'server_error', rate: 1, operations: ['GetJobRuns'], times: 1, entity: 'job-000' }]);
    const failures = () =>
      polled.value('aws_glue_exporter_api_failures_total', { operation: 'GetJobRuns', reason: 'server_error' });
    while ((await failures()) === undefined) await target.poll();
    expect(simulator.faultHits.get('server_error')).toBe(1);
    const before = readings;
    polled.uptime += 200;
    await target.poll();
    // Of sixty, ten have their turn.
    expect(readings).toBe(before + 1);
    expect(target.status().up).toBe(true);
    expect(await polled.value('aws_glue_job_info', { job_name: 'job-000' })).toBe(1);
  });

  test('in an outage the series of what was not even tried are dropped as well', async () => {
    const { polled, target, simulator } = await open(account({ jobs: jobsNamed(numbered(60)) }), {
      concurrency: 1,
      staleAfterSeconds: 100,
      discoveryIntervalSeconds: 10_000,
    });
    await target.poll();
    simulator.setFaults([{ kind: 'server_error', rate: 1 }]);
    for (const uptime of [60, 120, 160]) {
      polled.uptime = uptime;
      await target.poll();
    }
    expect(await polled.value('aws_glue_job_info', { job_name: 'job-050' })).toBe(1);
    polled.uptime = 161;
    await target.poll();
    expect(await polled.value('aws_glue_job_info', { job_name: 'job-050' })).toBeUndefined();
  });

  test('the limit that is told has room for a slow listing', async () => {
    const { polled, target } = await open(account({ jobs: jobsNamed(['a']) }), {
      timeoutSeconds: 30,
      discoveryIntervalSeconds: 10_000,
      onRequest: () => {
        polled.uptime += 20;
      },
    });
    await target.poll();
    polled.uptime += 60;
    await target.poll();
    // Two listings of 20 s each, and one job of 20 s, that could have been the last of 30 s.
    expect(await polled.value('aws_glue_exporter_read_age_limit_seconds', { data: 'runs' })).toBeGreaterThanOrEqual(
      60 + 2 * 20 + 30,
    );
  });
});
