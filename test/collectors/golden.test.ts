import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { collectors } from '../../src/collectors/index.ts';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import type { JsonObject, World } from '../../src/simulator/world.ts';
import { parseOpenMetrics } from '../openmetrics-parser.ts';
import { account, exposedAfter, LATER, polledAt, scrape, T0 } from './exposed-after.ts';

const fixture = (name: string) => JSON.parse(readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8'));

const jobRun = (id: string, state: string, startedOn: number, fields: JsonObject = {}): JsonObject => ({
  Id: id,
  JobName: 'etl-orders',
  Attempt: 0,
  JobRunState: state,
  StartedOn: startedOn,
  LastModifiedOn: startedOn,
  WorkerType: 'G.1X',
  NumberOfWorkers: 10,
  MaxCapacity: 10,
  ...fields,
});

const endedRun = (id: string, state: string, startedOn: number, completedOn: number, fields: JsonObject = {}) =>
  jobRun(id, state, startedOn, { CompletedOn: completedOn, LastModifiedOn: completedOn, ...fields });

test('every family stands in a golden file', () => {
  const folder = new URL('../golden/', import.meta.url);
  const golden = readdirSync(folder)
    .map(name => readFileSync(new URL(name, folder), 'utf8'))
    .join('');
  const families = collectors.flatMap(collector => collector.families.map(({ name }) => name));
  expect(families.length).toBeGreaterThan(30);
  expect(families.filter(name => !golden.includes(`# TYPE ${name} `))).toEqual([]);
});

describe('what is exposed of', () => {
  test("AWS's own examples: a retried job, and a COMPLETED workflow run with actions that never ran", async () => {
    const world = scriptedWorld({
      ...account,
      jobs: { 'my-testing-job': fixture('GetJobRuns.cli-example.json').JobRuns },
      workflows: { myWorkflow: [fixture('GetWorkflowRun.docs-example.json').Run] },
    });
    await expect(await exposedAfter(world, [1_602_880_000])).toMatchFileSnapshot('../golden/aws-examples.prom');
  });

  test('a job with overlapping runs, retries and every end state, counted from the first poll on', async () => {
    const definition = {
      Command: { Name: 'glueetl' },
      GlueVersion: '5.0',
      WorkerType: 'G.1X',
      ExecutionClass: 'FLEX',
      ExecutionProperty: { MaxConcurrentRuns: 5 },
      Timeout: 120,
      MaxRetries: 1,
    };
    const before = [
      jobRun('jr_waiting', 'WAITING', T0 - 10),
      jobRun('jr_running', 'RUNNING', T0 - 100, { ExecutionTime: 60 }),
      endedRun('jr_old', 'FAILED', T0 - 5_000, T0 - 4_000, { ExecutionTime: 900 }),
      endedRun('jr_older', 'SUCCEEDED', T0 - 9_000, T0 - 8_000, { ExecutionTime: 900 }),
    ];
    const after = [
      jobRun('jr_odd', 'PONDERING', T0 + 800, { WorkerType: 'G.99X' }),
      jobRun('jr_stopping', 'STOPPING', T0 + 790, { ExecutionTime: 5 }),
      // Glue rounds the execution time up: more than there was between start and completion.
      endedRun('jr_pondered', 'PONDERED', T0 + 780, T0 + 789.5, { ExecutionTime: 10 }),
      endedRun('jr_expired', 'EXPIRED', T0 + 700, T0 + 705),
      endedRun('jr_error', 'ERROR', T0 + 600, T0 + 610, { ExecutionTime: 0 }),
      endedRun('jr_timeout', 'TIMEOUT', T0 + 500, T0 + 560, { ExecutionTime: 60 }),
      endedRun('jr_stopped', 'STOPPED', T0 + 400, T0 + 430, { ExecutionTime: 20 }),
      endedRun('jr_flex_attempt_1', 'SUCCEEDED', T0 + 300, T0 + 400, {
        ExecutionTime: 80,
        DPUSeconds: 512.5,
        Attempt: 1,
      }),
      endedRun('jr_flex', 'FAILED', T0 + 200, T0 + 290, { ExecutionTime: 70, DPUSeconds: 100 }),
      endedRun('jr_waiting', 'SUCCEEDED', T0 - 10, T0 + 750, { ExecutionTime: 600 }),
      endedRun('jr_running', 'SUCCEEDED', T0 - 100, T0 + 300, { ExecutionTime: 360 }),
      ...before.slice(2),
    ];
    const world = scriptedWorld({
      ...account,
      jobs: { 'etl-orders': at => (at < T0 + 1 ? before : after), 'never-ran': [] },
      definitions: { 'etl-orders': definition },
    });
    await expect(await exposedAfter(world, [T0, T0 + 900, ...LATER])).toMatchFileSnapshot('../golden/job-states.prom');
  });

  test('workflows whose COMPLETED hides failures, that are stopped, that err, and that still run', async () => {
    const workflowRun = (
      status: string,
      startedOn: number,
      completedOn: number | undefined,
      statistics: JsonObject,
    ) => ({
      Name: 'w',
      WorkflowRunId: `wr_${startedOn}`,
      Status: status,
      StartedOn: startedOn,
      CompletedOn: completedOn,
      Statistics: statistics,
    });
    const runs = [
      workflowRun('RUNNING', T0 + 500, undefined, {
        TotalActions: 4,
        SucceededActions: 1,
        RunningActions: 2,
        WaitingActions: 1,
      }),
      workflowRun('ERROR', T0 + 400, T0 + 410, { TotalActions: 4 }),
      workflowRun('STOPPED', T0 + 300, T0 + 350, { TotalActions: 4, SucceededActions: 1, StoppedActions: 1 }),
      workflowRun('COMPLETED', T0 + 200, T0 + 290, { TotalActions: 15, SucceededActions: 3, FailedActions: 6 }),
      workflowRun('COMPLETED', T0 + 100, T0 + 190, { TotalActions: 2, SucceededActions: 2, ErroredActions: 0 }),
    ];
    const world = scriptedWorld({
      ...account,
      workflows: {
        nightly: at => (at < T0 + 1 ? [] : runs),
        'nothing-ran': [workflowRun('COMPLETED', T0 - 60, T0 - 30, { TotalActions: 5, SucceededActions: 0 })],
        'without-statistics': [
          { Name: 'w', WorkflowRunId: 'wr_1', Status: 'COMPLETED', StartedOn: T0 - 60, CompletedOn: T0 - 30 },
        ],
      },
      definitions: { nightly: { MaxConcurrentRuns: 3 } },
    });
    await expect(await exposedAfter(world, [T0, T0 + 600, ...LATER])).toMatchFileSnapshot(
      '../golden/workflow-outcomes.prom',
    );
  });
});

describe('which failed run to look up', () => {
  /** Exemplars by the values of the family's own labels. */
  const exemplars = async (world: World, family: string, labels: readonly string[]) => {
    const openmetrics = await scrape(await polledAt(world, [T0, T0 + 900]), 'openmetrics');
    const samples = parseOpenMetrics(openmetrics).find(({ name }) => name === family)?.samples ?? [];
    return Object.fromEntries(
      samples.flatMap(({ labels: all, exemplar }) =>
        exemplar === undefined ? [] : [[labels.map(label => all[label]).join('/'), exemplar]],
      ),
    );
  };
  const exemplar = (id: string, timestamp: number) => ({ labels: { run_id: id }, value: 1, timestamp });

  test('is told of each state that counts as a failure: the counted run that completed last', async () => {
    const before = [endedRun('jr_uncounted', 'FAILED', T0 - 5_000, T0 - 4_000)];
    const after = [
      endedRun('jr_late', 'SUCCEEDED', T0 + 500, T0 + 800),
      endedRun('jr_stopped', 'STOPPED', T0 + 500, T0 + 700),
      endedRun('jr_short', 'FAILED', T0 + 400, T0 + 450),
      endedRun('jr_long', 'FAILED', T0 + 300, T0 + 600.25),
      endedRun('jr_timeout', 'TIMEOUT', T0 + 200, T0 + 300),
      ...before,
    ];
    const world = scriptedWorld({ ...account, jobs: { 'etl-orders': at => (at < T0 + 1 ? before : after) } });
    expect(await exemplars(world, 'aws_glue_job_runs', ['state'])).toEqual({
      FAILED: exemplar('jr_long', T0 + 600.25),
      TIMEOUT: exemplar('jr_timeout', T0 + 300),
    });
  });

  test('is told of workflows by status, and only where the outcome is failed', async () => {
    const workflowRun = (Status: string, offset: number, statistics: JsonObject) => ({
      Name: 'w',
      WorkflowRunId: `wr_${offset}`,
      Status,
      StartedOn: T0 + offset,
      CompletedOn: T0 + offset + 10,
      Statistics: statistics,
    });
    const runs = [
      workflowRun('COMPLETED', 400, { TotalActions: 1, SucceededActions: 1 }),
      workflowRun('COMPLETED', 300, { TotalActions: 1, FailedActions: 1 }),
      workflowRun('ERROR', 200, { TotalActions: 1 }),
      workflowRun('STOPPED', 100, { TotalActions: 1, StoppedActions: 1 }),
    ];
    const world = scriptedWorld({ ...account, workflows: { nightly: at => (at < T0 + 1 ? [] : runs) } });
    expect(await exemplars(world, 'aws_glue_workflow_runs', ['status', 'outcome'])).toEqual({
      'COMPLETED/failed': exemplar('wr_300', T0 + 310),
      'ERROR/failed': exemplar('wr_200', T0 + 210),
    });
  });
});
