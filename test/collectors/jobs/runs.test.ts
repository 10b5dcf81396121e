import { describe, expect, it } from 'vitest';
import { readJobs } from '../../../src/collectors/jobs/definitions.ts';
import { type JobRunFacts, readJobRuns } from '../../../src/collectors/jobs/runs.ts';
import type { Run } from '../../../src/runs/run.ts';
import { plantedSecrets } from '../../../src/simulator/messages.ts';
import { platformWorld } from '../../../src/simulator/platform.ts';
import { scriptedWorld } from '../../../src/simulator/scripted.ts';
import { entitiesOf, type JsonObject } from '../../../src/simulator/world.ts';
import { connect, everyPage, failureOf, noon, place, simulate } from '../../glue/connect.ts';

/** A run as Glue answers it, with everything that is kept and much that is not. */
const ended: JsonObject = {
  Id: 'jr_1',
  Attempt: 2,
  JobName: 'etl',
  JobRunState: 'SUCCEEDED',
  StartedOn: noon - 1000.5,
  LastModifiedOn: noon - 99.25,
  CompletedOn: noon - 100.125,
  ExecutionTime: 600,
  Timeout: 2880,
  MaxCapacity: 10,
  WorkerType: 'G.1X',
  NumberOfWorkers: 10,
  Arguments: { '--password': 'secret' },
};

const answering = async (runs: readonly JsonObject[]) => {
  const world = scriptedWorld({ ...place, jobs: { etl: runs } });
  const simulator = await simulate({ worlds: [world] });
  return connect(simulator.endpoint);
};

const readRun = async (wire: JsonObject): Promise<Run<JobRunFacts> | undefined> => {
  const { glue } = await answering([wire]);
  return (await readJobRuns(glue, { name: 'etl' }, 10, undefined)).runs[0];
};

describe('a job run', () => {
  it('is what the ledger needs, in seconds', async () => {
    expect(await readRun(ended)).toEqual({
      id: 'jr_1',
      state: 'SUCCEEDED',
      ended: true,
      verdict: 'success',
      startedAt: noon - 1000.5,
      modifiedAt: noon - 99.25,
      completedAt: noon - 100.125,
      facts: { attempt: 2, executionSeconds: 600, dpuSeconds: { value: 6000, source: 'estimated' } },
    });
  });

  it('may have nothing but its id and state', async () => {
    expect(await readRun({ Id: 'jr_1', JobRunState: 'STARTING' })).toEqual({
      id: 'jr_1',
      state: 'STARTING',
      ended: false,
      verdict: 'other',
      startedAt: undefined,
      modifiedAt: undefined,
      completedAt: undefined,
      facts: { attempt: 0, executionSeconds: undefined, dpuSeconds: undefined },
    });
  });

  it('takes null for absent', async () => {
    const nulls = Object.fromEntries(Object.keys(ended).map(key => [key, null]));
    expect(await readRun({ ...nulls, Id: 'jr_1', JobRunState: 'RUNNING' })).toMatchObject({
      startedAt: undefined,
      facts: { attempt: 0, executionSeconds: undefined },
    });
  });

  it.each([
    ['STARTING', false, 'other'],
    ['RUNNING', false, 'other'],
    ['STOPPING', false, 'other'],
    ['WAITING', false, 'other'],
    ['STOPPED', true, 'stopped'],
    ['SUCCEEDED', true, 'success'],
    ['FAILED', true, 'failure'],
    ['TIMEOUT', true, 'failure'],
    ['ERROR', true, 'failure'],
    ['EXPIRED', true, 'failure'],
  ])('that is %s has ended: %s, as a %s', async (state, isEnded, verdict) => {
    expect(await readRun({ ...ended, JobRunState: state })).toMatchObject({ state, ended: isEnded, verdict });
  });

  it('has reported DPU-seconds where AWS gives them', async () => {
    const run = await readRun({ ...ended, DPUSeconds: 1234.5 });
    expect(run?.facts.dpuSeconds).toEqual({ value: 1234.5, source: 'reported' });
  });

  it('in an unknown state is UNKNOWN, ends with its completion, and is reported', async () => {
    const { glue, seen } = await answering([
      { ...ended, JobRunState: 'HIBERNATING' },
      { Id: 'jr_2', JobRunState: 'HIBERNATING' },
    ]);
    const { runs } = await readJobRuns(glue, { name: 'etl' }, 10, undefined);
    expect(runs.map(run => [run.state, run.ended, run.verdict])).toEqual([
      ['UNKNOWN', true, 'other'],
      ['UNKNOWN', false, 'other'],
    ]);
    expect(seen.unknown).toEqual([
      ['job_run_state', 'HIBERNATING'],
      ['job_run_state', 'HIBERNATING'],
    ]);
  });

  it('has the dates that AWS gave, and those of the future are reported once the time is sure', async () => {
    const { glue, seen } = await answering([
      { ...ended, StartedOn: noon + 400_000, LastModifiedOn: noon + 301, CompletedOn: noon + 1e9 },
      { ...ended, Id: 'jr_2', StartedOn: noon + 200, LastModifiedOn: noon + 299, CompletedOn: noon + 299 },
    ]);
    for (let call = 0; call < 2; call += 1) await readJobRuns(glue, { name: 'etl' }, 10, undefined);
    seen.unknown.splice(0);
    const { runs } = await readJobRuns(glue, { name: 'etl' }, 10, undefined);
    expect(runs.map(({ startedAt, modifiedAt, completedAt }) => [startedAt, modifiedAt, completedAt])).toEqual([
      [noon + 400_000, noon + 301, noon + 1e9],
      [noon + 200, noon + 299, noon + 299],
    ]);
    expect(seen.unknown.map(([field, value]) => `${field} ${value}`).sort()).toEqual([
      'future_date CompletedOn',
      'future_date LastModifiedOn',
      'future_date StartedOn',
    ]);
  });

  it('has dates that may be right, as long as the local clock alone says that they are of the future', async () => {
    const { glue, seen } = await answering([{ ...ended, StartedOn: Date.now() / 1000 + 86_400 }]);
    await readJobRuns(glue, { name: 'etl' }, 10, undefined);
    expect(seen.unknown).toEqual([]);
  });

  describe('of which AWS reports DPU-seconds', () => {
    const flex = { ...ended, ExecutionClass: 'FLEX' };
    const autoScaled = { ...ended, Arguments: { '--enable-auto-scaling': 'true' } };

    it.each([
      ['a FLEX run without them', flex, {}, true],
      ['a FLEX run with them, which may grow', { ...flex, DPUSeconds: 7 }, {}, true],
      ['an auto-scaled run', autoScaled, {}, true],
      ['a run of a FLEX job', ended, { reportsDpuSeconds: true }, true],
      ['a run that used nothing', { ...flex, ExecutionTime: 0 }, {}, undefined],
      ['a run that goes on', { ...flex, JobRunState: 'RUNNING' }, {}, undefined],
      ['any other', ended, {}, undefined],
    ])('%s is provisional: %j', async (_what, wire, job, isProvisional) => {
      const { glue } = await answering([wire]);
      const { runs } = await readJobRuns(glue, { name: 'etl', ...job }, 10, undefined);
      expect(runs.map(run => run.isProvisional)).toEqual([isProvisional]);
    });
  });

  it('on an unknown worker type has no estimate, and is reported', async () => {
    const { MaxCapacity: _none, ...withoutCapacity } = ended;
    const { glue, seen } = await answering([{ ...withoutCapacity, WorkerType: 'G.64X' }]);
    const { runs } = await readJobRuns(glue, { name: 'etl' }, 10, undefined);
    expect(runs[0]?.facts.dpuSeconds).toBeUndefined();
    expect(seen.unknown).toEqual([['worker_type', 'G.64X']]);
  });

  it.each([
    ['Id', undefined, 'GetJobRuns: Id is missing'],
    ['Id', '', 'GetJobRuns: Id is missing'],
    ['Id', 5, 'GetJobRuns: Id is a malformed number'],
    ['JobRunState', undefined, 'GetJobRuns: JobRunState is missing'],
    ['JobRunState', null, 'GetJobRuns: JobRunState is missing'],
    ['JobRunState', {}, 'GetJobRuns: JobRunState is a malformed object'],
    ['Attempt', 'second', 'GetJobRuns: Attempt is a malformed string'],
    ['ExecutionTime', '600', 'GetJobRuns: ExecutionTime is a malformed string'],
    ['ExecutionTime', -1, 'GetJobRuns: ExecutionTime is a malformed number'],
    ['MaxCapacity', true, 'GetJobRuns: MaxCapacity is a malformed boolean'],
    ['NumberOfWorkers', [], 'GetJobRuns: NumberOfWorkers is a malformed object'],
    ['WorkerType', 5, 'GetJobRuns: WorkerType is a malformed number'],
    ['StartedOn', 'yesterday', 'GetJobRuns: StartedOn is a malformed string'],
    ['StartedOn', 1e300, 'GetJobRuns: StartedOn is a malformed number'],
    ['CompletedOn', { not: 'a time' }, 'GetJobRuns: CompletedOn is a malformed object'],
  ])('whose %s is %j makes a bad response', async (field, value, message) => {
    const { glue, seen } = await answering([ended, { ...ended, Id: 'jr_2', [field]: value }]);
    const failure = await failureOf(readJobRuns(glue, { name: 'etl' }, 10, undefined));
    expect([failure.reason, failure.message]).toEqual(['bad_response', message]);
    expect(seen.failed).toEqual([['GetJobRuns', 'bad_response']]);
  });
});

describe('pages of runs', () => {
  it('come in the order of AWS, with the token of the next', async () => {
    const runs = [3, 2, 1].map(n => ({ ...ended, Id: `jr_${n}`, StartedOn: noon - 10 + n }));
    const { glue } = await answering(runs);
    const first = await readJobRuns(glue, { name: 'etl' }, 2, undefined);
    expect(first.runs.map(({ id }) => id)).toEqual(['jr_3', 'jr_2']);
    const second = await readJobRuns(glue, { name: 'etl' }, 2, first.nextToken);
    expect(second.runs.map(({ id }) => id)).toEqual(['jr_1']);
    expect(second.nextToken).toBeUndefined();
  });

  it('may be none at all', async () => {
    const { glue } = await answering([]);
    expect(await readJobRuns(glue, { name: 'etl' }, 200, undefined)).toMatchObject({ runs: [], nextToken: undefined });
  });
});

describe('arguments and secrets in error messages', () => {
  const world = platformWorld({ seed: 7, ...place, jobs: 60, workflows: 1, nowSeconds: noon, historyDays: 10 });

  it('never get further than the wire', async () => {
    const simulator = await simulate({ worlds: [world] });
    const { glue } = connect(simulator.endpoint);
    const kept: unknown[] = [await readJobs(glue)];
    let wire = '';
    let shown = '';
    await glue.call('GetJobs', { MaxResults: 1000 }, answer => {
      wire += JSON.stringify(answer);
    });
    for (const { name } of entitiesOf(world, 'jobs')) {
      kept.push(await everyPage((reader, token) => readJobRuns(reader, { name }, 200, token), glue));
      const { errors = new Map() } = await readJobRuns(glue, { name }, 200, undefined);
      for (const error of errors.values()) shown += `${error()}\n`;
      await glue.call('GetJobRuns', { JobName: name, MaxResults: 200 }, answer => {
        wire += JSON.stringify(answer);
      });
    }
    const text = JSON.stringify(kept);
    expect(text).toContain('etl-orders-hourly');
    for (const secret of plantedSecrets) {
      expect(wire, 'or this test could not fail').toContain(secret);
      expect(text + shown).not.toContain(secret);
    }
    expect(shown).toMatch(/Traceback.*password=\*\*\*.*PSQLException/);
    expect(wire).toContain('"ErrorMessage"');
    expect(text).not.toMatch(/Traceback|LAUNCH ERROR|--job-language|s3:/);
  });
});
