import { describe, expect, it } from 'vitest';
import { readJobNamesWithTags, readJobs } from '../../../src/collectors/jobs/definitions.ts';
import { scriptedWorld } from '../../../src/simulator/scripted.ts';
import type { JsonObject } from '../../../src/simulator/world.ts';
import { connect, failureOf, place, simulate } from '../../glue/connect.ts';

const answering = async (definition: JsonObject) => {
  const world = scriptedWorld({ ...place, jobs: { etl: [] }, definitions: { etl: definition } });
  return connect((await simulate({ worlds: [world] })).endpoint);
};

describe('a job', () => {
  const readJob = async (definition: JsonObject) => {
    const { glue, seen } = await answering(definition);
    const [job] = await readJobs(glue);
    return { job, seen };
  };

  it('is its definition, with the timeout in seconds', async () => {
    const { job } = await readJob({
      Command: { Name: 'gluestreaming' },
      ExecutionClass: 'FLEX',
      MaxRetries: 3,
      Timeout: 90,
      ExecutionProperty: { MaxConcurrentRuns: 5 },
    });
    expect(job).toEqual({
      name: 'etl',
      jobType: 'gluestreaming',
      glueVersion: '5.1',
      workerType: 'G.1X',
      executionClass: 'FLEX',
      maxConcurrentRuns: 5,
      timeoutSeconds: 5400,
      maxRetries: 3,
      createdAt: expect.any(Number),
      reportsDpuSeconds: true,
    });
  });

  it('may lack everything but its name', async () => {
    const lacking = ['CreatedOn', 'Command', 'ExecutionProperty', 'MaxRetries', 'Timeout', 'GlueVersion', 'WorkerType'];
    const { job } = await readJob(Object.fromEntries(lacking.map(field => [field, undefined])));
    expect(job).toEqual({
      name: 'etl',
      jobType: '',
      glueVersion: '',
      workerType: '',
      executionClass: '',
      maxConcurrentRuns: undefined,
      timeoutSeconds: undefined,
      maxRetries: undefined,
      createdAt: undefined,
      reportsDpuSeconds: false,
    });
  });

  it('may have a worker type that is unknown, which is shown and reported', async () => {
    const { job, seen } = await readJob({ WorkerType: 'G.64X' });
    expect(job?.workerType).toBe('G.64X');
    expect(seen.unknown).toEqual([['worker_type', 'G.64X']]);
  });

  it('that makes no sense makes a bad response', async () => {
    const { glue } = await answering({ Name: undefined });
    expect((await failureOf(readJobs(glue))).message).toBe('GetJobs: Name is missing');
  });
});

describe('discovery', () => {
  const jobs = Object.fromEntries(Array.from({ length: 450 }, (_, n) => [`job-${n}`, []]));
  const tags = { 'job-7': { team: 'data', env: 'prod' }, 'job-8': { team: 'data' }, 'job-9': { team: 'ml' } };

  it('finds all jobs through all pages', async () => {
    const simulator = await simulate({ worlds: [scriptedWorld({ ...place, jobs })] });
    const { glue } = connect(simulator.endpoint);
    expect((await readJobs(glue)).map(({ name }) => name)).toEqual(Object.keys(jobs).sort());
    expect(simulator.requests.get('GetJobs')).toBe(3);
  });

  it('finds the jobs that carry all of the tags', async () => {
    const simulator = await simulate({ worlds: [scriptedWorld({ ...place, jobs, tags })] });
    const { glue } = connect(simulator.endpoint);
    expect(await readJobNamesWithTags(glue, { team: 'data' })).toEqual(['job-7', 'job-8']);
    expect(await readJobNamesWithTags(glue, { team: 'data', env: 'prod' })).toEqual(['job-7']);
    expect(await readJobNamesWithTags(glue, { team: 'nobody' })).toEqual([]);
  });
});
