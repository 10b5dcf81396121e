// Answers that are early, late, stale, out of order, or not from AWS at all change nothing that is settled, and cost no more requests.
import { afterEach, describe, expect, test } from 'vitest';
import type { Fault } from '../../src/simulator/faults.ts';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import type { JsonObject } from '../../src/simulator/world.ts';
import { memoryMap } from '../../src/state/durable-map.ts';
import { type PolledTarget, type PolledTargetOptions, pollSimulator } from './polled-target.ts';

const HOUR = 3_600;
const DAY = 24 * HOUR;
/** The local clock is right here, as nearly everywhere. */
const START = Math.floor(Date.now() / 1000);

const opened: { simulator?: Simulator; polled?: PolledTarget } = {};
afterEach(async () => {
  opened.polled?.stop();
  await opened.simulator?.close();
});

type Scripted = Omit<Parameters<typeof scriptedWorld>[0], 'accountId' | 'region'>;

/** A target that polls a scripted account; `at` is AWS's time. */
const open = async (scripted: Scripted, options: PolledTargetOptions = {}, faults: readonly Fault[] = []) => {
  const world = scriptedWorld({ accountId: '111122223333', region: 'eu-west-1', ...scripted });
  const time = { at: START };
  const state = memoryMap();
  const simulator = await startSimulator({ worlds: [world], clock: () => time.at });
  simulator.setFaults(faults);
  const polled = pollSimulator(simulator, { state, discoveryIntervalSeconds: HOUR, ...options });
  Object.assign(opened, { simulator, polled });
  const requestsOf = async (act: () => Promise<void>) => {
    const before = new Map(simulator.requests);
    await act();
    const sent = [...simulator.requests].map(([name, count]) => [name, count - (before.get(name) ?? 0)] as const);
    return Object.fromEntries(sent.filter(([, count]) => count > 0));
  };
  const runs = (labels: Readonly<Record<string, string>>, kind = 'job') =>
    polled.value(`aws_glue_${kind}_runs_total`, labels);
  return { time, state, simulator, polled, requestsOf, runs, poll: () => polled.target.poll() };
};

const jobRun = (Id: string, JobRunState: string, StartedOn: number, CompletedOn?: number): JsonObject => ({
  Id,
  JobRunState,
  StartedOn,
  CompletedOn,
  ExecutionTime: 10,
});

describe('a wrong Date header', () => {
  /** Some jobs with thirty failures each from the fifty minutes before the start, an active run, and one failure after it. */
  const names = Array.from({ length: 8 }, (_, index) => `job-${index}`);
  const jobs = Object.fromEntries(
    names.map(name => [
      name,
      (at: number) => [
        ...(at >= START + 90 ? [jobRun('after', 'FAILED', START + 60, START + 90)] : []),
        jobRun('active', 'RUNNING', START - 60),
        ...Array.from({ length: 30 }, (_, index) =>
          jobRun(`jr_${index}`, 'FAILED', START - 200 - index * 90, START - 120 - index * 90),
        ),
      ],
    ]),
  );
  const SKEWS = [-10, 60, -HOUR, HOUR, 3 * DAY, -30 * DAY];

  const expectTruth = async ({ runs, state }: Awaited<ReturnType<typeof open>>, failures: number) => {
    expect(await Promise.all(names.map(name => runs({ job_name: name, state: 'FAILED' })))).toEqual(
      names.map(() => failures),
    );
    // Nothing is kept for ever.
    for (const [, value] of state.entries()) expect(JSON.stringify(value)).not.toContain(':null');
  };

  test.each(SKEWS)(
    '%i s off on one answer for each job, early or late, counts nothing of before the start',
    async skewSeconds => {
      for (const isFirst of [true, false]) {
        const on = await open({ jobs });
        if (!isFirst) await on.poll();
        on.simulator.setFaults([
          { kind: 'skewed_date', rate: 1, operations: ['GetJobRuns'], times: names.length, skewSeconds },
        ]);
        await on.poll();
        await on.poll();
        await expectTruth(on, 0);
        on.time.at = START + 100;
        await on.poll();
        await expectTruth(on, 1);
        opened.polled?.stop();
        await opened.simulator?.close();
      }
    },
  );

  test.each(SKEWS)(
    '%i s off on every answer from the second poll on counts what ends meanwhile, once',
    async skewSeconds => {
      const on = await open({ jobs });
      await on.poll();
      on.simulator.setFaults([{ kind: 'skewed_date', rate: 1, skewSeconds }]);
      for (const at of [START, START + 50, START + 100, START + 150]) {
        on.time.at = at;
        await on.poll();
      }
      await expectTruth(on, 1);
      on.simulator.setFaults([]);
      for (let polls = 0; polls < 2; polls += 1) await on.poll();
      await expectTruth(on, 1);
    },
  );

  test('of a proxy, on the very first start, does not move the time from which on is counted', async () => {
    const workflows = { flow: [] };
    const on = await open({ jobs, workflows }, {}, [
      { kind: 'html_503', rate: 1, operations: ['BatchGetWorkflows'], times: 1, skewSeconds: HOUR },
    ]);
    await on.poll();
    on.time.at = START + 100;
    await on.poll();
    await expectTruth(on, 1);
    const epochs = [...on.state.entries()].flatMap(([key, value]) => (key.startsWith('epoch/') ? [value] : []));
    expect(epochs).toHaveLength(1);
    expect(Math.abs(Number(epochs[0]) - START)).toBeLessThan(10);
  });

  test('of AWS, on the first answer of all, is outvoted before anything lasting follows from it', async () => {
    const fault: Fault = { kind: 'skewed_date', rate: 1, operations: ['GetJobs'], times: 1, skewSeconds: HOUR };
    const on = await open({ jobs }, {}, [fault]);
    await on.poll();
    on.time.at = START + 100;
    await on.poll();
    await expectTruth(on, 1);
  });

  test('on a different one each time keeps the target down, which says why, and nothing is saved', async () => {
    const faults = Array.from(
      { length: 20 },
      (_, index): Fault => ({
        kind: 'skewed_date',
        rate: 1,
        times: 1,
        skewSeconds: (index + 1) * HOUR,
      }),
    );
    const on = await open({ jobs }, {}, faults);
    await on.poll();
    expect(on.polled.target.status()).toMatchObject({
      up: false,
      error: expect.stringContaining('disagree about the time'),
    });
    expect([...on.state.entries()].filter(([key]) => key.startsWith('epoch/'))).toEqual([]);
  });
});

describe('a history in which two runs are listed in the wrong order', () => {
  /** A run each minute, and two that start 50 ms apart, of which the older one is listed first. */
  const historyOf = (count: number) => {
    const run = (startedOn: number, index: number) => jobRun(`jr_${index}`, 'SUCCEEDED', startedOn, startedOn + 30);
    const starts = Array.from({ length: count }, (_, index) => START - 600 - index * 60);
    const [first = 0] = starts;
    return [first - 0.05, first, ...starts.slice(1)].map(run);
  };

  test.each([
    [4_000, 1],
    [26_000, 1],
  ])('of %i runs is read with %i request in each poll', async (count, requests) => {
    const history = historyOf(count);
    const { requestsOf, poll, polled } = await open({ jobs: { etl: history } });
    await poll();
    for (let polls = 0; polls < 3; polls += 1) {
      expect(await requestsOf(poll)).toEqual({ GetJobRuns: requests });
    }
    expect(await polled.value('aws_glue_exporter_history_truncated_total', { collector: 'jobs' })).toBe(0);
  });

  test('is trusted again after an answer in no order at all', async () => {
    const history = historyOf(4_000);
    let isShuffled = false;
    const { requestsOf, poll } = await open({ jobs: { etl: () => (isShuffled ? history.toReversed() : history) } });
    await poll();
    isShuffled = true;
    await poll();
    isShuffled = false;
    await poll();
    expect(await requestsOf(poll)).toEqual({ GetJobRuns: 1 });
  });
});

describe('a long run behind thousands of newer ones', () => {
  const newer = Array.from({ length: 2_819 }, (_, index) =>
    jobRun(`jr_${index}`, 'SUCCEEDED', START - 300 - index * 60, START - 270 - index * 60),
  );
  const longStart = START - 47 * HOUR;
  const endsAt = START + 600;
  const jobs = {
    etl: (at: number) => {
      const long = at >= endsAt ? jobRun('long', 'FAILED', longStart, endsAt) : jobRun('long', 'RUNNING', longStart);
      return [...newer, long, jobRun('older', 'SUCCEEDED', longStart - 60, longStart - 30)];
    },
  };

  test('costs one request beside the page of what is new, and its end is counted', async () => {
    const on = await open({ jobs });
    await on.poll();
    expect(await on.polled.value('aws_glue_job_active_runs', { state: 'RUNNING' })).toBe(1);
    expect(await on.requestsOf(on.poll)).toEqual({ GetJobRuns: 1, GetJobRun: 1 });
    on.time.at = endsAt + 10;
    expect(await on.requestsOf(on.poll)).toEqual({ GetJobRuns: 1, GetJobRun: 1 });
    expect(await on.runs({ state: 'FAILED' })).toBe(1);
    expect(await on.requestsOf(on.poll)).toEqual({ GetJobRuns: 1 });
  });

  test('is looked for page by page where it may not be asked for, which is tried once an hour', async () => {
    const on = await open({ jobs });
    await on.poll();
    on.simulator.setFaults([{ kind: 'access_denied', rate: 1, operations: ['GetJobRun'] }]);
    const first = await on.requestsOf(on.poll);
    expect(first).toEqual({ GetJobRun: 1, GetJobRuns: expect.any(Number) });
    expect(first.GetJobRuns).toBeGreaterThan(10);
    expect(on.polled.target.status().up).toBe(true);
    expect(await on.requestsOf(on.poll)).toEqual({ GetJobRuns: first.GetJobRuns });
    on.polled.uptime += HOUR;
    on.time.at = endsAt + 10;
    on.simulator.setFaults([]);
    expect(await on.requestsOf(on.poll)).toMatchObject({ GetJobRuns: 1, GetJobRun: 1 });
    expect(await on.runs({ state: 'FAILED' })).toBe(1);
  });

  test('that AWS no longer knows is lost after a while, as one that is no longer listed', async () => {
    let isGone = false;
    const on = await open({ jobs: { etl: at => (isGone ? newer : jobs.etl(at)) } });
    await on.poll();
    isGone = true;
    for (let polls = 0; polls < 4; polls += 1) {
      on.time.at += 150;
      for (let answers = 0; answers < 2; answers += 1) await on.poll();
    }
    expect(await on.polled.value('aws_glue_exporter_runs_lost_total', { collector: 'jobs' })).toBe(1);
    expect(await on.polled.value('aws_glue_job_active_runs', { state: 'RUNNING' })).toBe(0);
  });

  test('and that is queued without a start, costs one request as well', async () => {
    const waiting: JsonObject = { Id: 'waiting', JobRunState: 'WAITING' };
    const on = await open({ jobs: { etl: [...newer, waiting] } });
    await on.poll();
    expect(await on.requestsOf(on.poll)).toEqual({ GetJobRuns: 1, GetJobRun: 1 });
  });

  test('an idle job costs one request', async () => {
    const on = await open({ jobs: { etl: newer } });
    await on.poll();
    expect(await on.requestsOf(on.poll)).toEqual({ GetJobRuns: 1 });
  });
});

describe('what AWS adds to a run after its end', () => {
  const workflowRun = (Statistics: JsonObject | undefined): JsonObject => ({
    Name: 'nightly',
    WorkflowRunId: 'wr_1',
    Status: 'COMPLETED',
    StartedOn: START + 10,
    CompletedOn: START + 50,
    Statistics,
  });
  const outcomes = (on: Awaited<ReturnType<typeof open>>) =>
    Promise.all(['succeeded', 'failed'].map(outcome => on.runs({ status: 'COMPLETED', outcome }, 'workflow')));

  test.each([
    ['none yet', undefined],
    ['an action that goes on', { TotalActions: 2, SucceededActions: 1, RunningActions: 1 }],
    ['an action that is missing', { TotalActions: 2, SucceededActions: 1 }],
  ])('is waited for where its Statistics are late: %s', async (_what, early) => {
    const final = { TotalActions: 2, SucceededActions: 1, FailedActions: 1 };
    const on = await open({
      workflows: { nightly: at => (at < START + 50 ? [] : [workflowRun(at < START + 120 ? early : final)]) },
    });
    await on.poll();
    on.time.at = START + 60;
    await on.poll();
    expect(await outcomes(on)).toEqual([0, 0]);
    expect(await on.polled.value('aws_glue_workflow_last_run_outcome', { outcome: 'running' })).toBe(1);
    expect(await on.polled.value('aws_glue_workflow_last_success_timestamp_seconds')).toBeUndefined();
    expect(on.polled.failures.newest(on.time.at)).toEqual([]);

    on.time.at = START + 120;
    await on.poll();
    // Metrics, page, log and the list of failures tell the same.
    expect(await outcomes(on)).toEqual([0, 1]);
    expect(await on.polled.value('aws_glue_workflow_last_run_outcome', { outcome: 'failed' })).toBe(1);
    expect(await on.polled.value('aws_glue_workflow_last_failure_timestamp_seconds')).toBe(START + 50);
    expect(await on.polled.value('aws_glue_workflow_last_success_timestamp_seconds')).toBeUndefined();
    expect(on.polled.lines.filter(line => line.includes('Run failed'))).toHaveLength(1);
    expect(on.polled.failures.newest(on.time.at)).toMatchObject([{ id: 'wr_1', state: 'COMPLETED' }]);
    const [status] = on.polled.target.describe();
    expect(status).toMatchObject({ failing: true, lastFailureAt: START + 50, recent: { outcomes: 'F' } });
    await on.poll();
    expect(await outcomes(on)).toEqual([0, 1]);
    expect(await on.polled.value('aws_glue_workflow_actions_total', { state: 'failed' })).toBe(1);
  });

  test('is not waited for where an action has failed: that is final at once, and its actions follow', async () => {
    const early = { TotalActions: 3, SucceededActions: 1, FailedActions: 1, RunningActions: 1 };
    const final = { TotalActions: 3, SucceededActions: 2, FailedActions: 1 };
    const on = await open({
      workflows: { nightly: at => (at < START + 50 ? [] : [workflowRun(at < START + 120 ? early : final)]) },
    });
    await on.poll();
    on.time.at = START + 60;
    await on.poll();
    expect(await outcomes(on)).toEqual([0, 1]);
    const actions = (state: string) => on.polled.value('aws_glue_workflow_actions_total', { state });
    expect([await actions('succeeded'), await actions('failed'), await actions('running')]).toEqual([0, 0, 0]);
    on.time.at = START + 130;
    await on.poll();
    expect([await actions('succeeded'), await actions('failed'), await actions('running')]).toEqual([2, 1, 0]);
    expect(await outcomes(on)).toEqual([0, 1]);
    expect(on.polled.lines.filter(line => line.includes('Run failed'))).toHaveLength(1);
  });

  test('is waited for five minutes, and then counted as it is', async () => {
    const on = await open({ workflows: { nightly: at => (at < START + 50 ? [] : [workflowRun(undefined)]) } });
    await on.poll();
    const told: (number | undefined)[] = [];
    const labels = { status: 'COMPLETED', outcome: 'no_statistics' };
    for (const at of [60, 340, 360]) {
      on.time.at = START + at;
      // Three answers move the clock.
      for (let polls = 0; polls < 4; polls += 1) await on.poll();
      told.push(await on.runs(labels, 'workflow'));
    }
    expect(told).toEqual([0, 0, 1]);
    expect(await outcomes(on)).toEqual([0, 0]);
    expect(on.polled.target.describe()[0]?.recent.outcomes).toBe('U');
    expect(await on.polled.value('aws_glue_workflow_last_success_timestamp_seconds')).toBeUndefined();
  });

  test('are the DPU-seconds of FLEX runs, which are not estimated meanwhile', async () => {
    const run = (DPUSeconds?: number): JsonObject => ({
      ...jobRun('jr_1', 'FAILED', START + 10, START + 50),
      MaxCapacity: 10,
      ExecutionClass: 'FLEX',
      DPUSeconds,
    });
    const on = await open({
      jobs: { etl: at => (at < START + 50 ? [] : [run(at < START + 120 ? undefined : at < START + 180 ? 70 : 77)]) },
    });
    await on.poll();
    on.time.at = START + 60;
    await on.poll();
    const dpu = (source: string) => on.polled.value('aws_glue_job_dpu_seconds_total', { source });
    expect([await on.runs({ state: 'FAILED' }), await dpu('estimated'), await dpu('reported')]).toEqual([1, 0, 0]);
    on.time.at = START + 120;
    await on.poll();
    expect([await on.runs({ state: 'FAILED' }), await dpu('estimated'), await dpu('reported')]).toEqual([1, 0, 70]);
    on.time.at = START + 180;
    await on.poll();
    expect([await on.runs({ state: 'FAILED' }), await dpu('estimated'), await dpu('reported')]).toEqual([1, 0, 77]);
    expect(await on.polled.value('aws_glue_job_last_completed_run_dpu_seconds')).toBe(77);
  });

  test('is a message, which the list of failures gets', async () => {
    const run = (ErrorMessage?: string): JsonObject => ({
      ...jobRun('jr_1', 'FAILED', START + 10, START + 50),
      ErrorMessage,
    });
    const on = await open({
      jobs: { etl: at => (at < START + 50 ? [] : [run(at < START + 120 ? undefined : 'OutOfMemoryError')]) },
    });
    await on.poll();
    on.time.at = START + 60;
    await on.poll();
    expect(on.polled.failures.newest(on.time.at)).toMatchObject([{ id: 'jr_1', error: undefined }]);
    on.time.at = START + 120;
    await on.poll();
    expect(on.polled.failures.newest(on.time.at)).toMatchObject([{ id: 'jr_1', error: 'OutOfMemoryError' }]);
  });
});

describe('a job that is deleted and created again under its name', () => {
  const RECREATED = START + 1_000;
  const definitions = { etl: (at: number) => ({ CreatedOn: at < RECREATED ? START - DAY : RECREATED }) };
  const old = [jobRun('old-active', 'RUNNING', START - 50), jobRun('old', 'FAILED', START + 10, START + 50)];

  test.each([
    ['is shown without the old one, whose history is gone', false],
    ['is shown without the old one, whose history is still listed', true],
  ])('%s; its totals continue', async (_what, isListed) => {
    const on = await open(
      {
        definitions,
        jobs: {
          etl: at => [
            ...(at >= RECREATED + 500 ? [jobRun('new', 'SUCCEEDED', RECREATED + 100, RECREATED + 200)] : []),
            ...(at >= START + 50 && (at < RECREATED || isListed) ? old : []),
          ],
        },
      },
      { discoveryIntervalSeconds: 0 },
    );
    const told = async (name: string, labels = {}) => on.polled.value(`aws_glue_job_${name}`, labels);
    await on.poll();
    on.time.at = START + 60;
    await on.poll();
    expect(await on.runs({ state: 'FAILED' })).toBe(1);
    expect([await told('active_runs', { state: 'RUNNING' }), await told('last_failure_timestamp_seconds')]).toEqual([
      1,
      START + 50,
    ]);

    on.time.at = RECREATED + 10;
    await on.poll();
    await on.poll();
    expect(await told('active_runs', { state: 'RUNNING' })).toBe(0);
    expect(await told('last_run_state', { state: 'FAILED' })).toBeUndefined();
    expect(await told('last_failure_timestamp_seconds')).toBeUndefined();
    expect(await on.runs({ state: 'FAILED' })).toBe(1);
    expect(on.polled.failures.newest(on.time.at)).toEqual([]);
    expect(on.polled.target.describe()[0]).toMatchObject({ active: {}, recent: { outcomes: '' }, failing: false });

    on.time.at = RECREATED + 500;
    await on.poll();
    expect(await told('last_run_state', { state: 'SUCCEEDED' })).toBe(1);
    expect([await on.runs({ state: 'SUCCEEDED' }), await on.runs({ state: 'FAILED' })]).toEqual([1, 1]);
    expect(on.polled.target.describe()[0]).toMatchObject({ recent: { outcomes: 'S' } });
  });
});
