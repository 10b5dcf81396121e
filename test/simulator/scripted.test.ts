import { readFileSync } from 'node:fs';
import { GetJobRunsCommand, GetWorkflowRunsCommand } from '@aws-sdk/client-glue';
import { describe, expect, it } from 'vitest';
import { platformWorld } from '../../src/simulator/platform.ts';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import { entitiesOf, type JsonObject } from '../../src/simulator/world.ts';
import { allPages, glueClient, noon, simulate } from './clients.ts';

const place = { accountId: '111122223333', region: 'eu-west-1' };
const fixture = (name: string) => JSON.parse(readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8'));
const jobRuns: JsonObject[] = fixture('GetJobRuns.cli-example.json').JobRuns;
const workflowRun: JsonObject = fixture('GetWorkflowRun.docs-example.json').Run;

describe('a scripted world', () => {
  it('serves AWS’s own examples as they are', async () => {
    const world = scriptedWorld({
      ...place,
      jobs: { 'my-testing-job': jobRuns },
      workflows: { myWorkflow: [workflowRun] },
    });
    const client = glueClient(await simulate({ worlds: [world] }));
    const { JobRuns = [] } = await client.send(new GetJobRunsCommand({ JobName: 'my-testing-job' }));
    expect(JobRuns.map(run => run.Id)).toEqual(jobRuns.map(run => run.Id));
    expect(JobRuns[0]?.CompletedOn?.getTime()).toBe(1602874075985);
    const { Runs } = await client.send(new GetWorkflowRunsCommand({ Name: 'myWorkflow' }));
    expect(Runs?.[0]?.Statistics).toEqual(workflowRun.Statistics);
  });

  it('keeps the given order over pages, unknown states and all', async () => {
    const oldestFirst = [5, 1, 3].map(n => ({ Id: `jr_${n}`, StartedOn: noon + n, JobRunState: 'HIBERNATING' }));
    const world = scriptedWorld({ ...place, jobs: { odd: oldestFirst } });
    const client = glueClient(await simulate({ worlds: [world] }));
    const { items, pages } = await allPages(async NextToken => {
      const page = await client.send(new GetJobRunsCommand({ JobName: 'odd', MaxResults: 2, NextToken }));
      return { items: page.JobRuns, token: page.NextToken };
    });
    expect(pages).toBe(2);
    expect(items.map(run => [run.Id, run.JobRunState])).toEqual([
      ['jr_5', 'HIBERNATING'],
      ['jr_1', 'HIBERNATING'],
      ['jr_3', 'HIBERNATING'],
    ]);
    expect(entitiesOf(world, 'jobs')[0]?.newest(noon)).toMatchObject({ Id: 'jr_5' });
  });

  it('serves values that the SDK chokes on', async () => {
    const world = scriptedWorld({ ...place, jobs: { bad: [{ Id: 'jr_1', StartedOn: { not: 'a time' } }] } });
    const client = glueClient(await simulate({ worlds: [world] }));
    await expect(client.send(new GetJobRunsCommand({ JobName: 'bad' }))).rejects.toThrow(TypeError);
  });

  it('serves whatever is scripted: starts in the future, missing dates, unknown values, further fields', async () => {
    const odd: readonly JsonObject[] = [
      { Id: 'jr_future', StartedOn: noon + 3600, JobRunState: 'RUNNING' },
      { Id: 'jr_dateless', JobRunState: 'SUCCEEDED', ExecutionTime: -1 },
      { Id: 'jr_new', StartedOn: noon, CompletedOn: noon - 5, JobRunState: 'ARCHIVED', WorkerType: 'Q.1X', Novel: [1] },
    ];
    const workflow = { WorkflowRunId: 'wr_new', Status: 'ARCHIVED', Statistics: { TotalActions: -3 } };
    const world = scriptedWorld({ ...place, jobs: { odd }, workflows: { odd: [workflow] } });
    const client = glueClient(await simulate({ worlds: [world] }));
    const { JobRuns = [] } = await client.send(new GetJobRunsCommand({ JobName: 'odd' }));
    expect(JobRuns.map(run => run.Id)).toEqual(['jr_future', 'jr_dateless', 'jr_new']);
    expect(JobRuns[0]?.StartedOn?.getTime()).toBe((noon + 3600) * 1000);
    expect(JobRuns[1]).toEqual({ Id: 'jr_dateless', JobRunState: 'SUCCEEDED', ExecutionTime: -1 });
    expect(JobRuns[2]).toMatchObject({ JobRunState: 'ARCHIVED', WorkerType: 'Q.1X' });
    const { Runs } = await client.send(new GetWorkflowRunsCommand({ Name: 'odd' }));
    expect(Runs?.[0]).toMatchObject({ Status: 'ARCHIVED', Statistics: { TotalActions: -3 } });
  });

  it('asks for the runs at each time when they are a function', async () => {
    let now = noon;
    const runs = (at: number) => (at > noon ? [{ Id: 'jr_2' }, { Id: 'jr_1' }] : [{ Id: 'jr_1' }]);
    const world = scriptedWorld({ ...place, jobs: { growing: runs } });
    const client = glueClient(await simulate({ worlds: [world], clock: () => now }));
    expect((await client.send(new GetJobRunsCommand({ JobName: 'growing' }))).JobRuns).toHaveLength(1);
    now = noon + 1;
    expect((await client.send(new GetJobRunsCommand({ JobName: 'growing' }))).JobRuns).toHaveLength(2);
  });
});

describe('generated runs', () => {
  const world = platformWorld({ seed: 7, ...place, jobs: 60, workflows: 12, nowSeconds: noon });
  const shown = entitiesOf(world, 'jobs').flatMap(job => job.runs(noon - 86_400, noon).map(run => run.wire(noon)));

  it('have the fields of AWS’s example, of the same types', () => {
    const [example = {}] = jobRuns;
    const like = shown.filter(run => run.WorkerType === 'G.1X' && run.JobRunState === 'SUCCEEDED');
    expect(like.length).toBeGreaterThan(0);
    for (const run of like) {
      for (const [field, value] of Object.entries(example)) expect(typeof run[field], field).toBe(typeof value);
    }
  });

  it('retry as in AWS’s example: ids, attempts, predecessors', () => {
    const retried = shown.filter(run => typeof run.Attempt === 'number' && run.Attempt === 2);
    expect(retried.length).toBeGreaterThan(0);
    for (const run of retried) {
      expect(run.Id).toMatch(/^jr_[0-9a-f]{64}_attempt_2$/);
      expect(run.PreviousRunId).toBe(String(run.Id).replace('_attempt_2', '_attempt_1'));
    }
    expect(jobRuns[1]?.Id).toMatch(/^jr_[0-9a-f]{64}_attempt_2$/);
  });
});
