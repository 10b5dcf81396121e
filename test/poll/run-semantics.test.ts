// What runs mean as Glue really behaves: restarts, queueing, retries, stops, and workflow runs in which nothing ran.
import { afterEach, describe, expect, test } from 'vitest';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import type { JsonObject } from '../../src/simulator/world.ts';
import { memoryMap } from '../../src/state/durable-map.ts';
import { type PolledTarget, type PolledTargetOptions, pollSimulator } from './polled-target.ts';

const HOUR = 3_600;
const DAY = 24 * HOUR;
const START = Math.floor(Date.now() / 1000);

const opened = new Set<{ readonly simulator: Simulator; readonly polled: PolledTarget }>();
afterEach(async () => {
  for (const { polled, simulator } of opened) {
    polled.stop();
    await simulator.close();
  }
  opened.clear();
});

type Scripted = Omit<Parameters<typeof scriptedWorld>[0], 'accountId' | 'region'>;

const open = async (scripted: Scripted, options: PolledTargetOptions = {}, at = START) => {
  const world = scriptedWorld({ accountId: '111122223333', region: 'eu-west-1', ...scripted });
  const time = { at };
  const simulator = await startSimulator({ worlds: [world], clock: () => time.at });
  const polled = pollSimulator(simulator, options);
  opened.add({ simulator, polled });
  const value = (name: string, labels: Readonly<Record<string, string>> = {}) => polled.value(name, labels);
  return {
    time,
    polled,
    job: (name: string, labels = {}) => value(`aws_glue_job_${name}`, labels),
    workflow: (name: string, labels = {}) => value(`aws_glue_workflow_${name}`, labels),
    status: () => polled.target.describe()[0],
    failures: () => polled.failures.newest(time.at).map(({ id }) => id),
    log: (message: string) => polled.lines.filter(line => line.includes(message)),
    pollAt: async (seconds: number) => {
      time.at = START + seconds;
      // Three answers move the clock.
      for (let polls = 0; polls < 4; polls += 1) await polled.target.poll();
    },
  };
};

const run = (Id: string, JobRunState: string, StartedOn: number, more: JsonObject = {}): JsonObject => ({
  Id,
  JobRunState,
  StartedOn,
  ExecutionTime: 10,
  ...more,
});

describe('a streaming job that Glue restarts', () => {
  const definition = { Command: { Name: 'gluestreaming' }, Timeout: 0, MaxCapacity: 10 };
  const T = START + 100;
  const capacity = { MaxCapacity: 10 };
  const first = run('jr_1', 'RUNNING', T - 7 * DAY, capacity);
  const expired = run('jr_1', 'EXPIRED', T - 7 * DAY, { CompletedOn: T, ExecutionTime: 604_750, ...capacity });
  const second = run('jr_1_restart_1', 'RUNNING', T, capacity);
  const world = (changed: JsonObject = definition, before = definition) => ({
    jobs: { stream: (at: number) => (at < T ? [first] : [second, expired]) },
    definitions: { stream: (at: number) => (at < T ? before : changed) },
  });

  test('neither fails nor succeeds: the run is counted as EXPIRED, and page and log show a restart', async () => {
    const on = await open(world());
    await on.pollAt(0);
    expect(await on.job('active_dpus')).toBe(10);
    await on.pollAt(160);
    expect(await on.job('runs_total', { state: 'EXPIRED' })).toBe(1);
    expect(await on.job('execution_seconds_total', { state: 'EXPIRED' })).toBe(604_750);
    expect(await on.job('last_failure_timestamp_seconds')).toBeUndefined();
    expect(await on.job('last_success_timestamp_seconds')).toBeUndefined();
    expect(await on.job('active_runs', { state: 'RUNNING' })).toBe(1);
    expect(await on.job('active_dpus')).toBe(10);
    expect(await on.job('oldest_executing_run_start_timestamp_seconds')).toBe(T);
    expect(on.failures()).toEqual([]);
    expect(on.status()).toMatchObject({ failing: false, recent: { outcomes: 'GR' }, successRatio: undefined });
    expect(on.log('Run failed')).toEqual([]);
    expect(on.log('Streaming run restarted by AWS')).toEqual([
      expect.stringMatching(/level=INFO .* name=stream run=jr_1 state=EXPIRED/),
    ]);
  });

  test('neither fails nor succeeds where the run that follows is not listed yet', async () => {
    const on = await open({
      jobs: { stream: at => (at < T ? [first] : [expired]) },
      definitions: { stream: definition },
    });
    await on.pollAt(0);
    await on.pollAt(160);
    expect(await on.job('runs_total', { state: 'EXPIRED' })).toBe(1);
    expect(await on.job('last_failure_timestamp_seconds')).toBeUndefined();
    expect([on.failures(), on.status()?.recent.outcomes]).toEqual([[], 'G']);
  });

  test('has no timeout where its Timeout is 0', async () => {
    const on = await open(world());
    await on.pollAt(0);
    expect(await on.job('timeout_seconds')).toBeUndefined();
    expect(await on.job('info', { job_type: 'gluestreaming' })).toBe(1);
  });

  test('is known by the run that follows, too, when the job is no streaming job any more', async () => {
    const on = await open(world({ ...definition, Command: { Name: 'glueetl' } }));
    await on.pollAt(0);
    await on.pollAt(160);
    expect(await on.job('last_failure_timestamp_seconds')).toBeUndefined();
    expect(on.status()?.recent.outcomes).toBe('GR');
  });

  test('fails with EXPIRED where it is another job', async () => {
    const batch = { Command: { Name: 'glueetl' }, Timeout: 2880, MaxCapacity: 10 };
    const on = await open({
      jobs: { batch: at => (at < T ? [first] : [expired]) },
      definitions: { batch },
    });
    await on.pollAt(0);
    await on.pollAt(160);
    expect(await on.job('last_failure_timestamp_seconds')).toBe(T);
    expect(await on.job('timeout_seconds')).toBe(2880 * 60);
    expect(on.failures()).toEqual(['jr_1']);
    expect(on.status()).toMatchObject({ failing: true, recent: { outcomes: 'X' } });
  });

  test('is taken back where an older version has saved the restart as a failure', async () => {
    const state = memoryMap();
    const older = await open({ jobs: { stream: at => (at < T ? [first] : [expired]) } }, { state });
    await older.pollAt(0);
    await older.pollAt(160);
    expect(await older.job('last_failure_timestamp_seconds')).toBe(T);

    const on = await open(world(), { state });
    await on.pollAt(200);
    expect(await on.job('last_failure_timestamp_seconds')).toBeUndefined();
    expect(await on.job('runs_total', { state: 'EXPIRED' })).toBe(1);
  });

  test('holds 10 DPUs all the time, also at the restarts on days 7 and 14 and when it is deployed again on day 17', async () => {
    const starts = [0, 7, 14, 17, 24].map(days => START + days * DAY);
    const ids = ['jr_1', 'jr_1_restart_1', 'jr_1_restart_2', 'jr_2', 'jr_2_restart_1'];
    const on = await open({
      definitions: { stream: definition },
      jobs: {
        stream: at =>
          ids
            .flatMap((id, index) => {
              const [startedOn = 0, endedOn = Number.POSITIVE_INFINITY] = starts.slice(index);
              if (at < startedOn) return [];
              const state = id === 'jr_1_restart_2' ? 'STOPPED' : 'EXPIRED';
              return at < endedOn
                ? [run(id, 'RUNNING', startedOn, capacity)]
                : [
                    run(id, state, startedOn, {
                      ...capacity,
                      CompletedOn: endedOn,
                      ExecutionTime: endedOn - startedOn,
                    }),
                  ];
            })
            .reverse(),
      },
    });
    const held: (number | undefined)[] = [];
    for (let day = 0.5; day < 26; day += 0.5) {
      await on.pollAt(day * DAY + 60);
      held.push(await on.job('active_dpus'));
    }
    expect(new Set(held)).toEqual(new Set([10]));
    expect(await on.job('runs_total', { state: 'EXPIRED' })).toBe(3);
    expect(await on.job('runs_total', { state: 'STOPPED' })).toBe(1);
    expect(await on.job('last_failure_timestamp_seconds')).toBeUndefined();
  });
});

describe('a queued run', () => {
  const usual = [1, 2, 3].map(index =>
    run(`jr_old_${index}`, 'SUCCEEDED', START - index * DAY, {
      // An hour in the queue, and two minutes at work.
      CompletedOn: START - index * DAY + HOUR + 120,
      ExecutionTime: 120,
    }),
  );
  const queued = (at: number): JsonObject =>
    at < START + HOUR
      ? run('jr_1', 'WAITING', START, { StateDetail: 'Job run queued:\n max DPU limit', MaxCapacity: 4 })
      : run('jr_1', 'RUNNING', START, { MaxCapacity: 4 });

  test('is not slow: it executes since it was last seen WAITING', async () => {
    const on = await open({ jobs: { etl: at => [queued(at), ...usual] } });
    await on.pollAt(60);
    const executing = () => on.job('oldest_executing_run_start_timestamp_seconds');
    expect(await executing()).toBeUndefined();
    expect(await on.job('active_dpus')).toBe(0);
    expect(await on.job('oldest_active_run_start_timestamp_seconds')).toBe(START);
    await on.pollAt(HOUR - 30);
    await on.pollAt(HOUR + 30);
    const since = await executing();
    expect(since).toBeGreaterThan(START + HOUR - 35);
    expect(since).toBeLessThan(START + HOUR);
    expect(await on.job('active_dpus')).toBe(4);
    expect(on.status()).toMatchObject({ usualSeconds: 120, active: { jr_1: { waitingAt: since } } });
  });

  test('shows why it waits, on the page and once in the log', async () => {
    const on = await open({ jobs: { etl: at => [queued(at)] } });
    await on.pollAt(60);
    await on.pollAt(120);
    expect(on.status()?.active.jr_1).toMatchObject({ state: 'WAITING', reason: 'Job run queued: max DPU limit' });
    expect(on.log('Run is waiting')).toEqual([
      expect.stringContaining('name=etl run=jr_1 reason="Job run queued: max DPU limit"'),
    ]);
    await on.pollAt(HOUR + 60);
    expect(on.status()?.active.jr_1).not.toHaveProperty('reason');
  });

  test('executes since the same time after a restart of the exporter', async () => {
    const state = memoryMap();
    const before = await open({ jobs: { etl: at => [queued(at)] } }, { state });
    await before.pollAt(HOUR - 60);
    const on = await open({ jobs: { etl: at => [queued(at)] } }, { state });
    await on.pollAt(HOUR + 600);
    expect(await on.job('oldest_executing_run_start_timestamp_seconds')).toBeLessThan(START + HOUR);
    expect(await on.job('oldest_executing_run_start_timestamp_seconds')).toBeGreaterThan(START + HOUR - 65);
  });
});

describe('a run that Glue retries', () => {
  const attempt = (number: number, state: string, at: number, more: JsonObject = {}): JsonObject =>
    run(number === 0 ? 'jr_1' : `jr_1_attempt_${number}`, state, at, {
      Attempt: number,
      ...(number === 0 ? {} : { PreviousRunId: number === 1 ? 'jr_1' : `jr_1_attempt_${number - 1}` }),
      ...more,
    });
  const failed = attempt(0, 'FAILED', START + 10, { CompletedOn: START + 50 });

  test('is not failing while the retry is active, and not after the retry has succeeded', async () => {
    const on = await open({
      jobs: {
        etl: at => {
          if (at < START + 50) return [];
          if (at < START + 200) return [attempt(1, 'RUNNING', START + 60), failed];
          return [attempt(1, 'SUCCEEDED', START + 60, { CompletedOn: START + 190 }), failed];
        },
      },
      definitions: { etl: { MaxRetries: 2 } },
    });
    await on.pollAt(0);
    await on.pollAt(100);
    expect(await on.job('last_failure_timestamp_seconds')).toBe(START + 50);
    expect(await on.job('active_retries')).toBe(1);
    expect(on.status()).toMatchObject({ failing: false, active: { jr_1_attempt_1: { attempt: 1 } } });
    await on.pollAt(260);
    expect(await on.job('active_retries')).toBe(0);
    expect(await on.job('last_success_timestamp_seconds')).toBe(START + 190);
    expect(on.status()).toMatchObject({ failing: false });
  });

  test('is failing when the last retry has failed', async () => {
    const last = attempt(1, 'FAILED', START + 60, { CompletedOn: START + 90 });
    const on = await open({ jobs: { etl: at => (at < START + 90 ? [] : [last, failed]) } });
    await on.pollAt(0);
    await on.pollAt(100);
    expect(await on.job('active_retries')).toBe(0);
    expect(on.status()).toMatchObject({ failing: true });
  });
});

describe('a run that somebody stopped', () => {
  const stopped = run('jr_1', 'STOPPED', START + 10, { CompletedOn: START + 50 });
  const stoppedWorkflow: JsonObject = {
    Name: 'nightly',
    WorkflowRunId: 'wr_1',
    Status: 'STOPPED',
    StartedOn: START + 10,
    CompletedOn: START + 50,
    Statistics: { TotalActions: 2, SucceededActions: 1, StoppedActions: 1 },
  };
  const world: Scripted = {
    jobs: { etl: at => (at < START + 50 ? [] : [stopped]) },
    workflows: { nightly: at => (at < START + 50 ? [] : [stoppedWorkflow]) },
  };

  test('is neither a failure nor a success by default', async () => {
    const on = await open(world);
    await on.pollAt(0);
    await on.pollAt(100);
    expect(await on.job('runs_total', { state: 'STOPPED' })).toBe(1);
    expect(await on.job('last_failure_timestamp_seconds')).toBeUndefined();
    expect(await on.workflow('last_failure_timestamp_seconds')).toBeUndefined();
    expect(on.failures()).toEqual([]);
    for (const status of on.polled.target.describe()) {
      expect(status).toMatchObject({ failing: false, successRatio: undefined, recent: { outcomes: 'P' } });
    }
  });

  test('is a failure with stopped_is_failure, counted in the same series, and the log says that it was stopped', async () => {
    const on = await open(world, { stoppedIsFailure: true });
    await on.pollAt(0);
    await on.pollAt(100);
    expect(await on.job('runs_total', { state: 'STOPPED' })).toBe(1);
    expect(await on.job('last_failure_timestamp_seconds')).toBe(START + 50);
    expect(await on.workflow('runs_total', { status: 'STOPPED', outcome: 'stopped' })).toBe(1);
    expect(await on.workflow('last_failure_timestamp_seconds')).toBe(START + 50);
    expect(on.failures().sort()).toEqual(['jr_1', 'wr_1']);
    expect(on.log('Run stopped, counted as failed')).toEqual([
      expect.stringMatching(/level=WARN .* name=etl run=jr_1 state=STOPPED error="The run was stopped before it ended/),
      expect.stringMatching(/level=WARN .* name=nightly run=wr_1 state=STOPPED/),
    ]);
    // The share of successes is that of the dashboards, which leave out what was stopped.
    for (const status of on.polled.target.describe()) {
      expect(status).toMatchObject({ failing: true, successRatio: undefined, recent: { outcomes: 'P' } });
    }
  });

  test('is no failure any more when the setting is removed', async () => {
    const state = memoryMap();
    const before = await open(world, { state, stoppedIsFailure: true });
    await before.pollAt(0);
    await before.pollAt(100);
    const on = await open(world, { state });
    await on.pollAt(200);
    expect(await on.job('last_failure_timestamp_seconds')).toBeUndefined();
    expect(await on.workflow('last_failure_timestamp_seconds')).toBeUndefined();
    expect(await on.job('runs_total', { state: 'STOPPED' })).toBe(1);
  });

  test('leaves the failure before it when the setting is removed', async () => {
    const state = memoryMap();
    const failed = run('jr_0', 'FAILED', START + 5, { CompletedOn: START + 20 });
    const both = { jobs: { etl: (at: number) => (at < START + 50 ? [] : [stopped, failed]) } };
    const before = await open(both, { state, stoppedIsFailure: true });
    await before.pollAt(0);
    await before.pollAt(100);
    expect(await before.job('last_failure_timestamp_seconds')).toBe(START + 50);
    const on = await open(both, { state });
    await on.pollAt(200);
    expect(await on.job('last_failure_timestamp_seconds')).toBe(START + 20);
  });
});

describe('a workflow run', () => {
  const workflowRun = (Status: string, Statistics: JsonObject | undefined): JsonObject => ({
    Name: 'nightly',
    WorkflowRunId: 'wr_1',
    Status,
    StartedOn: START + 10,
    CompletedOn: START + 50,
    Statistics,
  });
  const nothing = { TotalActions: 5, SucceededActions: 0, FailedActions: 0, StoppedActions: 0, RunningActions: 0 };
  const outcome = (on: Awaited<ReturnType<typeof open>>, status: string, name: string) =>
    on.workflow('runs_total', { status, outcome: name });

  test('in which nothing ran is neither a success nor a failure, and is logged', async () => {
    const on = await open({
      workflows: { nightly: at => (at < START + 50 ? [] : [workflowRun('COMPLETED', nothing)]) },
    });
    await on.pollAt(0);
    await on.pollAt(100);
    expect(await outcome(on, 'COMPLETED', 'nothing_ran'), 'its Statistics may be late').toBe(0);
    await on.pollAt(400);
    expect(await outcome(on, 'COMPLETED', 'nothing_ran')).toBe(1);
    expect(await on.workflow('last_success_timestamp_seconds')).toBeUndefined();
    expect(await on.workflow('last_failure_timestamp_seconds')).toBeUndefined();
    expect(await on.workflow('last_run_outcome', { outcome: 'nothing_ran' })).toBe(1);
    expect(on.status()).toMatchObject({ failing: false, recent: { outcomes: 'N' }, successRatio: undefined });
    expect(on.log('Workflow run completed without running any action')).toHaveLength(1);
  });

  test("of AWS's example stays a success, after its Statistics were waited for", async () => {
    const statistics = { ...nothing, TotalActions: 11, SucceededActions: 9 };
    const on = await open({
      workflows: { nightly: at => (at < START + 50 ? [] : [workflowRun('COMPLETED', statistics)]) },
    });
    await on.pollAt(0);
    await on.pollAt(400);
    expect(await outcome(on, 'COMPLETED', 'succeeded')).toBe(1);
    expect(await on.workflow('last_success_timestamp_seconds')).toBe(START + 50);
  });

  const stopped = { TotalActions: 5, SucceededActions: 3, RunningActions: 1 };
  const failedLater = { TotalActions: 5, SucceededActions: 3, FailedActions: 1 };

  test('that was STOPPED with an action that fails within five minutes has failed, for metrics, page and log', async () => {
    const on = await open({
      workflows: {
        nightly: at => (at < START + 50 ? [] : [workflowRun('STOPPED', at < START + 200 ? stopped : failedLater)]),
      },
    });
    await on.pollAt(0);
    await on.pollAt(100);
    await on.pollAt(220);
    expect([await outcome(on, 'STOPPED', 'failed'), await outcome(on, 'STOPPED', 'stopped')]).toEqual([1, 0]);
    expect(on.status()).toMatchObject({ failing: true, recent: { outcomes: 'F' } });
    expect([on.failures(), on.log('Run failed').length]).toEqual([['wr_1'], 1]);
  });

  test('that was STOPPED with an action that fails later stays stopped, for metrics, page and log, and after a restart', async () => {
    const state = memoryMap();
    const world: Scripted = {
      workflows: {
        nightly: at => (at < START + 50 ? [] : [workflowRun('STOPPED', at < START + 500 ? stopped : failedLater)]),
      },
    };
    const before = await open(world, { state });
    const expectStopped = async (on: typeof before) => {
      expect([await outcome(on, 'STOPPED', 'failed'), await outcome(on, 'STOPPED', 'stopped')]).toEqual([0, 1]);
      expect(await on.workflow('last_failure_timestamp_seconds')).toBeUndefined();
      expect(on.status()).toMatchObject({ failing: false, recent: { outcomes: 'P' } });
      expect([on.failures(), on.log('Run failed')]).toEqual([[], []]);
    };
    await before.pollAt(0);
    await before.pollAt(100);
    await before.pollAt(400);
    await expectStopped(before);
    await before.pollAt(600);
    await expectStopped(before);
    const after = await open(world, { state }, START + 700);
    await after.pollAt(700);
    await expectStopped(after);
  });
});
