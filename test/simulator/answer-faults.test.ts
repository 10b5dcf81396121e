import { GetJobRunsCommand, GetJobsCommand, GetWorkflowRunsCommand, type GlueClient } from '@aws-sdk/client-glue';
import { describe, expect, it } from 'vitest';
import type { Fault } from '../../src/simulator/faults.ts';
import { plantedSecrets } from '../../src/simulator/messages.ts';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import type { JsonObject } from '../../src/simulator/world.ts';
import { glueClient, noon, simulate } from './clients.ts';

const place = { accountId: '111122223333', region: 'eu-west-1' };

const ended = (id: string): JsonObject => ({
  Id: `jr_${id}`,
  WorkflowRunId: `wr_${id}`,
  StartedOn: noon - 60,
  LastModifiedOn: noon - 10,
  CompletedOn: noon - 10,
  JobRunState: 'SUCCEEDED',
  Status: 'COMPLETED',
  ExecutionTime: 50,
  WorkerType: 'G.1X',
  Statistics: { TotalActions: 1 },
});
const { CompletedOn: _, ...unended } = ended('active');
const active: JsonObject = { ...unended, JobRunState: 'RUNNING', Status: 'RUNNING' };
const runs = [active, ended('1'), ended('2')];
const world = scriptedWorld({ ...place, jobs: { a: runs, b: runs, empty: [] }, workflows: { w: runs } });

const jobRuns = async (client: GlueClient, JobName = 'a') =>
  (await client.send(new GetJobRunsCommand({ JobName }))).JobRuns ?? [];
const workflowRuns = async (client: GlueClient) =>
  (await client.send(new GetWorkflowRunsCommand({ Name: 'w' }))).Runs ?? [];

const faulty = async (fault: Omit<Fault, 'rate'>) => {
  const simulator = await simulate({ worlds: [world] });
  simulator.setFaults([{ rate: 1, ...fault }]);
  return { simulator, client: glueClient(simulator) };
};

describe('errors', () => {
  it.each([
    ['not_found', 'EntityNotFoundException'],
    ['invalid_input', 'InvalidInputException'],
    ['operation_timeout', 'OperationTimeoutException'],
    ['unknown_error', 'UnheardOfException'],
  ] as const)('%s is %s, with the status 400', async (kind, name) => {
    const { client, simulator } = await faulty({ kind });
    await expect(jobRuns(client)).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 400 } });
    expect(simulator.faultHits).toEqual(new Map([[kind, 1]]));
  });

  it.each(['access_denied', 'invalid_input', 'html_200', 'html_503'] as const)('%s echoes a secret', async kind => {
    const { simulator } = await faulty({ kind });
    const answer = await fetch(simulator.endpoint, {
      method: 'POST',
      headers: {
        'X-Amz-Target': 'AWSGlue.GetJobRuns',
        Authorization: 'Credential=A/20260301/eu-west-1/glue/aws4_request',
      },
      body: '{"JobName":"a"}',
    });
    const text = await answer.text();
    expect(plantedSecrets.filter(secret => text.includes(secret))).toHaveLength(1);
    if (kind === 'access_denied') expect(text).toContain('perform: glue:GetJobRuns on resource: a');
  });

  it('hit the requests about one job only, when told to', async () => {
    const { client } = await faulty({ kind: 'not_found', entity: 'a' });
    await expect(jobRuns(client, 'a')).rejects.toMatchObject({ name: 'EntityNotFoundException' });
    expect(await jobRuns(client, 'b')).toHaveLength(3);
    expect((await client.send(new GetJobsCommand({}))).Jobs).toHaveLength(3);
  });
});

describe('slow', () => {
  it('answers well, late, with what was true when it was asked', async () => {
    let now = noon;
    const growing = (at: number) => (at > noon ? [ended('2'), ended('1')] : [ended('1')]);
    const simulator = await simulate({ worlds: [scriptedWorld({ ...place, jobs: { a: growing } })], clock: () => now });
    simulator.setFaults([{ kind: 'slow', rate: 1, delaySeconds: 0.3 }]);
    const startedAt = performance.now();
    const answered = jobRuns(glueClient(simulator));
    while (!simulator.faultHits.has('slow')) await new Promise(resolve => setImmediate(resolve));
    now += 1;
    expect(await answered).toHaveLength(1);
    expect(performance.now() - startedAt).toBeGreaterThan(290);
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });
});

describe('malformed_run', () => {
  it('spoils one run of a page, another one each time', async () => {
    const { client, simulator } = await faulty({ kind: 'malformed_run', fields: ['ExecutionTime', 'JobRunState'] });
    for (const spoilt of [0, 1, 2, 0]) {
      const types = (await jobRuns(client)).map(run => [typeof run.ExecutionTime, typeof run.JobRunState]);
      expect(types).toEqual(
        runs.map((_run, index) => (index === spoilt ? ['string', 'number'] : ['number', 'string'])),
      );
    }
    expect(simulator.faultHits.get('malformed_run')).toBe(4);
  });

  it('costs the SDK the whole page when it is a date, of the chosen job or workflow alone', async () => {
    const { client } = await faulty({ kind: 'malformed_run', entity: 'a' });
    await expect(jobRuns(client, 'a')).rejects.toThrow(TypeError);
    expect(await jobRuns(client, 'b')).toHaveLength(3);
    expect(await workflowRuns(client)).toHaveLength(3);
    const other = await faulty({ kind: 'malformed_run', entity: 'w' });
    await expect(workflowRuns(other.client)).rejects.toThrow(TypeError);
    expect(await jobRuns(other.client, 'a')).toHaveLength(3);
  });

  it('does not hit what has no runs', async () => {
    const { client, simulator } = await faulty({ kind: 'malformed_run', times: 1 });
    expect(await jobRuns(client, 'empty')).toEqual([]);
    await client.send(new GetJobsCommand({}));
    expect(simulator.faultHits.size).toBe(0);
    await expect(jobRuns(client)).rejects.toThrow(TypeError);
    expect(await jobRuns(client)).toHaveLength(3);
  });
});

describe('unknown_values', () => {
  it('are states of runs that have not ended, and worker types of all', async () => {
    const { client, simulator } = await faulty({ kind: 'unknown_values' });
    expect((await jobRuns(client)).map(run => [run.JobRunState, run.WorkerType])).toEqual([
      ['HIBERNATING', 'G.99X'],
      ['SUCCEEDED', 'G.99X'],
      ['SUCCEEDED', 'G.99X'],
    ]);
    expect((await workflowRuns(client)).map(run => run.Status)).toEqual(['HIBERNATING', 'COMPLETED', 'COMPLETED']);
    const { Jobs = [] } = await client.send(new GetJobsCommand({}));
    expect(new Set(Jobs.map(job => job.WorkerType))).toEqual(new Set(['G.99X']));
    expect(simulator.faultHits.get('unknown_values')).toBe(3);
  });

  it('are end states, too, when those fields are named', async () => {
    const { client } = await faulty({ kind: 'unknown_values', fields: ['JobRunState'] });
    const seen = (await jobRuns(client)).map(run => [run.JobRunState, run.WorkerType]);
    expect(seen).toEqual(runs.map(() => ['HIBERNATING', 'G.1X']));
  });
});

describe('missing_dates', () => {
  it('are those of ended runs', async () => {
    const { client } = await faulty({ kind: 'missing_dates' });
    const [first, ...others] = await jobRuns(client);
    expect(first?.StartedOn).toBeInstanceOf(Date);
    expect(first?.LastModifiedOn).toBeInstanceOf(Date);
    for (const run of [...others, ...(await workflowRuns(client)).slice(1)]) {
      expect(run).not.toHaveProperty('StartedOn');
      expect(run).not.toHaveProperty('CompletedOn');
      expect(run).not.toHaveProperty('LastModifiedOn');
    }
    expect(others).toHaveLength(2);
  });

  it('are the named ones only', async () => {
    const { client } = await faulty({ kind: 'missing_dates', fields: ['CompletedOn'] });
    const run = (await jobRuns(client))[1];
    expect(run?.StartedOn).toBeInstanceOf(Date);
    expect(run).not.toHaveProperty('CompletedOn');
  });
});
