import { describe, expect, it } from 'vitest';
import { readWorkflows } from '../../../src/collectors/workflows/definitions.ts';
import { readWorkflowRuns, settledWorkflowRun } from '../../../src/collectors/workflows/runs.ts';
import { plantedSecrets } from '../../../src/simulator/messages.ts';
import { platformWorld } from '../../../src/simulator/platform.ts';
import { scriptedWorld } from '../../../src/simulator/scripted.ts';
import { entitiesOf, type JsonObject } from '../../../src/simulator/world.ts';
import { connect, everyPage, failureOf, noon, place, simulate } from '../../glue/connect.ts';

const statistics = {
  TotalActions: 11,
  SucceededActions: 9,
  FailedActions: 0,
  ErroredActions: 0,
  TimeoutActions: 0,
  StoppedActions: 0,
  RunningActions: 0,
  WaitingActions: 0,
};

const completed: JsonObject = {
  Name: 'flow',
  WorkflowRunId: 'wr_1',
  Status: 'COMPLETED',
  StartedOn: noon - 500.5,
  CompletedOn: noon - 20.25,
  WorkflowRunProperties: { password: 'secret' },
  ErrorMessage: 'a secret',
  Statistics: statistics,
};

const answering = async (runs: readonly JsonObject[]) => {
  const world = scriptedWorld({ ...place, workflows: { flow: runs } });
  return connect((await simulate({ worlds: [world] })).endpoint);
};

const readRun = async (wire: JsonObject) => {
  const { glue } = await answering([wire]);
  return (await readWorkflowRuns(glue, { name: 'flow' }, 10, undefined)).runs[0];
};

describe('a workflow run', () => {
  it('is what the ledger needs, in seconds', async () => {
    expect(await readRun(completed)).toEqual({
      id: 'wr_1',
      state: 'COMPLETED',
      ended: true,
      verdict: 'undecided',
      startedAt: noon - 500.5,
      modifiedAt: undefined,
      completedAt: noon - 20.25,
      // Two of 11 actions are missing, and AWS may add them.
      isProvisional: true,
      facts: {
        outcome: 'running',
        actions: { total: 11, succeeded: 9, failed: 0, errored: 0, timeout: 0, stopped: 0, running: 0, waiting: 0 },
      },
    });
  });

  it('may have nothing but its id and status', async () => {
    expect(await readRun({ WorkflowRunId: 'wr_1', Status: 'RUNNING' })).toEqual({
      id: 'wr_1',
      state: 'RUNNING',
      ended: false,
      verdict: 'other',
      startedAt: undefined,
      modifiedAt: undefined,
      completedAt: undefined,
      facts: { outcome: 'running', actions: undefined },
    });
  });

  it.each([
    ['RUNNING', {}, false, 'running', 'other'],
    ['STOPPING', {}, false, 'running', 'other'],
    ['COMPLETED', { SucceededActions: 11 }, true, 'succeeded', 'success'],
    ['COMPLETED', { FailedActions: 1 }, true, 'failed', 'failure'],
    ['COMPLETED', { TimeoutActions: 1 }, true, 'failed', 'failure'],
    ['COMPLETED', { ErroredActions: 1 }, true, 'failed', 'failure'],
    ['COMPLETED', { StoppedActions: 1 }, true, 'stopped', 'stopped'],
    ['STOPPED', {}, true, 'stopped', 'stopped'],
    ['ERROR', {}, true, 'failed', 'failure'],
  ])('that is %s with %j', async (status, counts, ended, outcome, verdict) => {
    const run = await readRun({ ...completed, Status: status, Statistics: { ...statistics, ...counts } });
    expect(run).toMatchObject({ state: status, ended, verdict, facts: { outcome } });
  });

  describe('that has ended', () => {
    const all = { ...statistics, SucceededActions: 11 };

    it.each([
      ['all of its actions have succeeded', 'COMPLETED', all, undefined, 'succeeded'],
      [
        'an action never ran because another has failed',
        'COMPLETED',
        { ...statistics, FailedActions: 1 },
        undefined,
        'failed',
      ],
      ['it was cut off', 'STOPPED', statistics, undefined, 'stopped'],
      ['actions are missing', 'COMPLETED', statistics, true, 'running'],
      ['an action goes on', 'COMPLETED', { ...all, SucceededActions: 10, RunningActions: 1 }, true, 'running'],
      ['an action waits', 'STOPPED', { ...statistics, WaitingActions: 1 }, true, 'running'],
      [
        'one has failed and one goes on',
        'COMPLETED',
        { ...statistics, FailedActions: 1, RunningActions: 1 },
        true,
        'failed',
      ],
      ['it has no Statistics', 'COMPLETED', undefined, true, 'running'],
      ['its Statistics are empty', 'COMPLETED', {}, true, 'running'],
      ['no action has run yet', 'COMPLETED', { TotalActions: 5 }, true, 'running'],
      ['it is an ERROR without Statistics', 'ERROR', undefined, true, 'failed'],
    ])('is as provisional as its Statistics: %s', async (_what, status, Statistics, isProvisional, outcome) => {
      const run = await readRun({ ...completed, Status: status, Statistics });
      expect([run?.isProvisional, run?.facts.outcome]).toEqual([isProvisional, outcome]);
    });

    it('is taken as it stands when AWS says no more', async () => {
      const run = await readRun(completed);
      expect(run && settledWorkflowRun(run)).toMatchObject({ verdict: 'success', facts: { outcome: 'succeeded' } });
    });
  });

  it('in an unknown status is UNKNOWN, ends with its completion, and is reported', async () => {
    const { glue, seen } = await answering([
      { ...completed, Status: 'PAUSED' },
      { WorkflowRunId: 'wr_2', Status: 'PAUSED' },
    ]);
    const { runs } = await readWorkflowRuns(glue, { name: 'flow' }, 10, undefined);
    expect(runs.map(run => [run.state, run.ended])).toEqual([
      ['UNKNOWN', true],
      ['UNKNOWN', false],
    ]);
    expect(seen.unknown).toEqual([
      ['workflow_run_status', 'PAUSED'],
      ['workflow_run_status', 'PAUSED'],
    ]);
  });

  it.each([
    [{ WorkflowRunId: undefined }, 'GetWorkflowRuns: WorkflowRunId is missing'],
    [{ WorkflowRunId: '' }, 'GetWorkflowRuns: WorkflowRunId is missing'],
    [{ Status: undefined }, 'GetWorkflowRuns: Status is missing'],
    [{ Status: 5 }, 'GetWorkflowRuns: Status is a malformed number'],
    [{ StartedOn: 'yesterday' }, 'GetWorkflowRuns: StartedOn is a malformed string'],
    [{ Statistics: 'none' }, 'GetWorkflowRuns: Statistics is a malformed string'],
    [
      { Statistics: { ...statistics, FailedActions: 'one' } },
      'GetWorkflowRuns: Statistics.FailedActions is a malformed string',
    ],
    [
      { Statistics: { ...statistics, TotalActions: -1 } },
      'GetWorkflowRuns: Statistics.TotalActions is a malformed number',
    ],
  ])('with %j makes a bad response', async (change, message) => {
    const { glue, seen } = await answering([completed, { ...completed, ...change }]);
    const failure = await failureOf(readWorkflowRuns(glue, { name: 'flow' }, 10, undefined));
    expect([failure.reason, failure.message]).toEqual(['bad_response', message]);
    expect(seen.failed).toEqual([['GetWorkflowRuns', 'bad_response']]);
  });

  it('that does not exist is not found', async () => {
    const { glue } = await answering([]);
    expect(await failureOf(readWorkflowRuns(glue, { name: 'gone' }, 10, undefined))).toMatchObject({
      operation: 'GetWorkflowRuns',
      reason: 'not_found',
    });
  });
});

describe('run properties and error messages', () => {
  it('never get further than the wire', async () => {
    const world = platformWorld({ seed: 7, ...place, jobs: 1, workflows: 12, nowSeconds: noon, historyDays: 30 });
    const simulator = await simulate({ worlds: [world] });
    const { glue } = connect(simulator.endpoint);
    const kept: unknown[] = [await readWorkflows(glue)];
    let wire = '';
    for (const { name } of entitiesOf(world, 'workflows')) {
      kept.push(await everyPage((reader, token) => readWorkflowRuns(reader, { name }, 200, token), glue));
      await glue.call('GetWorkflowRuns', { Name: name, MaxResults: 200 }, answer => {
        wire += JSON.stringify(answer);
      });
    }
    const text = JSON.stringify(kept);
    expect(text).toContain('COMPLETED');
    expect(
      plantedSecrets.some(secret => wire.includes(secret)),
      'or this test could not fail',
    ).toBe(true);
    for (const secret of plantedSecrets) expect(text).not.toContain(secret);
  });
});
