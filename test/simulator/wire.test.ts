import {
  BatchGetWorkflowsCommand,
  GetJobRunsCommand,
  GetJobsCommand,
  GetTagsCommand,
  GetWorkflowRunsCommand,
  ListJobsCommand,
  ListWorkflowsCommand,
} from '@aws-sdk/client-glue';
import { describe, expect, it } from 'vitest';
import { hastyWorld } from '../../src/simulator/fast-world.ts';
import { platformWorld } from '../../src/simulator/platform.ts';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import { entitiesOf } from '../../src/simulator/world.ts';
import { allPages, glueClient, noon, present, simulate } from './clients.ts';

const place = { accountId: '111122223333', region: 'eu-west-1' };
const world = platformWorld({ seed: 7, ...place, jobs: 60, workflows: 31, nowSeconds: noon });
const names = entitiesOf(world, 'jobs')
  .map(job => job.name)
  .sort();

const outcome = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: Error) => error.name,
  );

describe('the real SDK against the simulator', () => {
  it('finds all jobs with GetJobs and ListJobs, page by page', async () => {
    const client = glueClient(await simulate({ worlds: [world] }));
    const got = await allPages(async NextToken => {
      const page = await client.send(new GetJobsCommand({ MaxResults: 7, NextToken }));
      return { items: page.Jobs, token: page.NextToken };
    });
    expect(got.pages).toBe(9);
    expect(got.items.map(job => job.Name)).toEqual(names);
    const listed = await allPages(async NextToken => {
      const page = await client.send(new ListJobsCommand({ MaxResults: 59, NextToken }));
      return { items: page.JobNames, token: page.NextToken };
    });
    expect(listed).toEqual({ items: names, pages: 2 });
  });

  it('shows a definition in the SDK types', async () => {
    const client = glueClient(await simulate({ worlds: [world] }));
    const { Jobs = [] } = await client.send(new GetJobsCommand({ MaxResults: 1000 }));
    const job = present(Jobs.find(({ Name }) => Name === 'ray-recommendations-training'));
    expect(job).toMatchObject({ Command: { Name: 'glueray', Runtime: 'Ray2.4' }, WorkerType: 'Z.2X', Timeout: 240 });
    expect(job.CreatedOn).toBeInstanceOf(Date);
    expect(job.ExecutionProperty?.MaxConcurrentRuns).toBe(1);
    expect(new Set(Jobs.map(({ Command }) => Command?.Name))).toEqual(
      new Set(['glueetl', 'gluestreaming', 'pythonshell', 'glueray']),
    );
  });

  it('filters ListJobs by tags', async () => {
    const client = glueClient(await simulate({ worlds: [world] }));
    const expected = entitiesOf(world, 'jobs').filter(job => job.tags?.team === 'finance' && job.tags?.env === 'prod');
    const { JobNames } = await client.send(new ListJobsCommand({ Tags: { team: 'finance', env: 'prod' } }));
    expect(expected.length).toBeGreaterThan(0);
    expect(JobNames).toEqual(expected.map(job => job.name).sort());
    expect((await client.send(new ListJobsCommand({ Tags: { team: 'nobody' } }))).JobNames).toEqual([]);
  });

  it('pages through 90 days of runs, newest first, exactly the world’s', async () => {
    const client = glueClient(await simulate({ worlds: [world] }));
    const job = present(entitiesOf(world, 'jobs').find(({ name }) => name === 'etl-returns-hourly'));
    const got = await allPages(async NextToken => {
      const page = await client.send(new GetJobRunsCommand({ JobName: job.name, MaxResults: 200, NextToken }));
      return { items: page.JobRuns, token: page.NextToken };
    });
    const truth = job.runs(noon - 90 * 86_400, noon);
    expect(truth.length).toBeGreaterThan(2100);
    expect(got.items.map(run => run.Id)).toEqual(truth.map(run => run.id));
    expect(got.pages).toBe(Math.ceil(truth.length / 200));
    const starts = got.items.map(run => run.StartedOn?.getTime() ?? 0);
    expect(starts).toEqual([...starts].sort((a, b) => b - a));
  });

  it('shows no run that is older than 90 days or has not been submitted yet', async () => {
    const old = platformWorld({ seed: 7, ...place, jobs: 60, workflows: 1, nowSeconds: noon - 40 * 86_400 });
    const client = glueClient(await simulate({ worlds: [old] }));
    const { items } = await allPages(async NextToken => {
      const command = new GetJobRunsCommand({ JobName: 'etl-orders-hourly', MaxResults: 200, NextToken });
      const page = await client.send(command);
      return { items: page.JobRuns, token: page.NextToken };
    });
    const starts = items.map(run => (run.StartedOn?.getTime() ?? 0) / 1000);
    expect(Math.min(...starts)).toBeGreaterThan(noon - 90 * 86_400);
    expect(Math.min(...starts)).toBeLessThan(noon - 89 * 86_400);
    expect(Math.max(...starts)).toBeLessThanOrEqual(noon);
  });

  it('moves no page when runs start while somebody is paging', async () => {
    let now = noon + 60;
    const hasty = hastyWorld({ seed: 1, ...place, jobs: 3, workflows: 1, fromSeconds: noon });
    const client = glueClient(await simulate({ worlds: [hasty], clock: () => now }));
    const job = present(entitiesOf(hasty, 'jobs')[0]);
    const { items } = await allPages(async NextToken => {
      const page = await client.send(new GetJobRunsCommand({ JobName: job.name, MaxResults: 10, NextToken }));
      now += 3;
      return { items: page.JobRuns, token: page.NextToken };
    });
    expect(items.map(run => run.Id)).toEqual(job.runs(noon - 1, noon + 60).map(run => run.id));
  });

  it('gives fewer items than asked for when told to, and loses none', async () => {
    const client = glueClient(await simulate({ worlds: [world], shortPages: true }));
    const got = await allPages(async NextToken => {
      const page = await client.send(new ListJobsCommand({ MaxResults: 10, NextToken }));
      return { items: page.JobNames, token: page.NextToken };
    });
    expect(got.items).toEqual(names);
    expect(got.pages).toBeGreaterThan(7);
  });

  it('lists workflows and answers them in batches with their newest run', async () => {
    const client = glueClient(await simulate({ worlds: [world] }));
    const listed = await allPages(async NextToken => {
      const page = await client.send(new ListWorkflowsCommand({ MaxResults: 25, NextToken }));
      return { items: page.Workflows, token: page.NextToken };
    });
    expect(listed).toEqual({
      items: entitiesOf(world, 'workflows')
        .map(({ name }) => name)
        .sort(),
      pages: 2,
    });
    const Names = ['orders-daily', 'adhoc-backfill', 'no-such-workflow'];
    const batch = await client.send(new BatchGetWorkflowsCommand({ Names }));
    expect(batch.MissingWorkflows).toEqual(['no-such-workflow']);
    expect(batch.Workflows?.map(({ Name }) => Name)).toEqual(['orders-daily', 'adhoc-backfill']);
    expect(batch.Workflows?.[0]?.LastRun).toMatchObject({ Name: 'orders-daily', Status: 'RUNNING' });
    expect(batch.Workflows?.[1]?.LastRun).toBeUndefined();
  });

  it.each(['newest_first', 'oldest_first', 'shuffled'] as const)('pages workflow runs %s', async order => {
    const ordered = platformWorld({
      seed: 7,
      ...place,
      jobs: 0,
      workflows: 9,
      nowSeconds: noon,
      runOrders: { workflows: order },
    });
    const client = glueClient(await simulate({ worlds: [ordered] }));
    const workflow = present(entitiesOf(ordered, 'workflows').find(({ name }) => name.includes('microbatch')));
    const { items } = await allPages(async NextToken => {
      const page = await client.send(new GetWorkflowRunsCommand({ Name: workflow.name, MaxResults: 100, NextToken }));
      return { items: page.Runs, token: page.NextToken };
    });
    const truth = workflow.runs(noon - 90 * 86_400, noon).map(run => run.id);
    const answered = items.map(run => run.WorkflowRunId);
    expect(truth.length).toBeGreaterThan(500);
    expect([...answered].sort()).toEqual([...truth].sort());
    const inOrder = { newest_first: truth, oldest_first: [...truth].reverse(), shuffled: answered }[order];
    expect(answered).toEqual(inOrder);
    if (order === 'shuffled') {
      expect(answered).not.toEqual(truth);
      expect(answered).not.toEqual([...truth].reverse());
    }
  });

  it('pages job runs oldest first, as emulators do, when told to', async () => {
    const ordered = platformWorld({
      seed: 7,
      ...place,
      jobs: 60,
      workflows: 0,
      nowSeconds: noon,
      runOrders: { jobs: 'oldest_first' },
    });
    const client = glueClient(await simulate({ worlds: [ordered] }));
    const job = present(entitiesOf(ordered, 'jobs').find(({ name }) => name === 'etl-returns-hourly'));
    const { items } = await allPages(async NextToken => {
      const page = await client.send(new GetJobRunsCommand({ JobName: job.name, MaxResults: 150, NextToken }));
      return { items: page.JobRuns, token: page.NextToken };
    });
    const truth = job.runs(noon - 90 * 86_400, noon).map(run => run.id);
    expect(items.map(run => run.Id)).toEqual([...truth].reverse());
  });

  it('refuses page sizes that AWS refuses and takes the largest it takes', async () => {
    const client = glueClient(await simulate({ worlds: [world] }));
    const JobName = 'etl-orders-hourly';
    const Name = 'orders-daily';
    const limits: readonly [number, (MaxResults: number) => Promise<unknown>][] = [
      [1000, MaxResults => client.send(new GetJobsCommand({ MaxResults }))],
      [1000, MaxResults => client.send(new ListJobsCommand({ MaxResults }))],
      [200, MaxResults => client.send(new GetJobRunsCommand({ JobName, MaxResults }))],
      [25, MaxResults => client.send(new ListWorkflowsCommand({ MaxResults }))],
      [1000, MaxResults => client.send(new GetWorkflowRunsCommand({ Name, MaxResults }))],
    ];
    for (const [limit, send] of limits) {
      for (const size of [0, -1, limit + 1]) {
        expect(await outcome(send(size)), `${size}`).toBe('InvalidInputException');
      }
      expect(await outcome(send(limit))).toBe('no error');
    }
    const many = Array.from({ length: 26 }, (_, index) => `workflow-${index}`);
    expect(await outcome(client.send(new BatchGetWorkflowsCommand({ Names: many })))).toBe('InvalidInputException');
    expect(await outcome(client.send(new BatchGetWorkflowsCommand({ Names: [] })))).toBe('InvalidInputException');
  });

  it('answers the errors of AWS', async () => {
    const client = glueClient(await simulate({ worlds: [world] }));
    expect(await outcome(client.send(new GetJobRunsCommand({ JobName: 'gone' })))).toBe('EntityNotFoundException');
    expect(await outcome(client.send(new GetWorkflowRunsCommand({ Name: 'gone' })))).toBe('EntityNotFoundException');
    expect(await outcome(client.send(new GetJobRunsCommand({ JobName: '' })))).toBe('InvalidInputException');
    expect(await outcome(client.send(new GetTagsCommand({ ResourceArn: 'arn' })))).toBe('UnknownOperationException');
    expect(await outcome(client.send(new GetJobsCommand({ NextToken: 'made up' })))).toBe('InvalidInputException');
    const { NextToken } = await client.send(new GetJobRunsCommand({ JobName: 'etl-orders-hourly', MaxResults: 1 }));
    const foreign = new GetJobRunsCommand({ JobName: 'etl-returns-hourly', MaxResults: 1, NextToken });
    expect(await outcome(client.send(foreign))).toBe('InvalidInputException');
  });

  it('tells simulated time in its Date header and counts what it received', async () => {
    const simulator = await simulate({ worlds: [world], clock: () => noon + 0.9 });
    const ask = (target: string, body: string, authorization?: string) =>
      fetch(simulator.endpoint, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/x-amz-json-1.1',
          'X-Amz-Target': target,
          ...(authorization === undefined ? {} : { Authorization: authorization }),
        },
        body,
      });
    const signed =
      'AWS4-HMAC-SHA256 Credential=AKIA1/20260301/eu-west-1/glue/aws4_request, SignedHeaders=host, Signature=0';
    const good = await ask('AWSGlue.GetJobs', '{"MaxResults":1}', signed);
    expect(good.headers.get('date')).toBe('Sun, 01 Mar 2026 12:00:00 GMT');
    expect(good.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
    expect(good.headers.get('content-type')).toBe('application/x-amz-json-1.1');
    const unsigned = await ask('AWSGlue.GetJobs', '{}');
    expect([unsigned.status, await unsigned.json()]).toMatchObject([
      403,
      { __type: 'MissingAuthenticationTokenException' },
    ]);
    const broken = await ask('AWSGlue.GetJobs', '{"MaxResults":', signed);
    expect([broken.status, await broken.json()]).toMatchObject([400, { __type: 'SerializationException' }]);
    const list = await ask('AWSGlue.GetJobs', '[]', signed);
    expect([list.status, await list.json()]).toMatchObject([400, { __type: 'SerializationException' }]);
    const inherited = await ask('AWSGlue.toString', '{}', signed);
    expect([inherited.status, await inherited.json()]).toMatchObject([400, { __type: 'UnknownOperationException' }]);
    const huge = await ask('AWSGlue.GetJobs', 'x'.repeat(2_000_000), signed).then(
      answer => answer.status,
      () => 413,
    );
    expect(huge).toBe(413);
    expect(simulator.requests.get('GetJobs')).toBe(4);
    expect(simulator.requests.get('toString')).toBe(1);
  });

  it('lists no entity outside its lifetime', async () => {
    let now = noon;
    const [first, second] = entitiesOf(scriptedWorld({ ...place, jobs: { first: [], second: [] } }), 'jobs');
    const jobs = [present(first), { ...present(second), exists: (at: number) => at < noon + 10 }];
    const client = glueClient(await simulate({ worlds: [{ ...place, entities: { jobs } }], clock: () => now }));
    expect((await client.send(new ListJobsCommand({}))).JobNames).toEqual(['first', 'second']);
    now = noon + 10;
    expect((await client.send(new ListJobsCommand({}))).JobNames).toEqual(['first']);
    expect(await outcome(client.send(new GetJobRunsCommand({ JobName: 'second' })))).toBe('EntityNotFoundException');
  });

  it('rejects a port that is taken', async () => {
    const simulator = await simulate({ worlds: [world] });
    const port = Number(new URL(simulator.endpoint).port);
    await expect(simulate({ worlds: [world], port })).rejects.toThrow('EADDRINUSE');
  });
});
