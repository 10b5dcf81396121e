import {
  BatchGetWorkflowsCommand,
  GetJobRunCommand,
  GetJobRunsCommand,
  GetJobsCommand,
  type GlueClient,
} from '@aws-sdk/client-glue';
import { describe, expect, it } from 'vitest';
import { hastyWorld } from '../../src/simulator/fast-world.ts';
import { platformWorld } from '../../src/simulator/platform.ts';
import { type Recreation, recreated } from '../../src/simulator/recreated.ts';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import { definitionOf, entitiesOf, mapEntities } from '../../src/simulator/world.ts';
import { allPages, glueClient, noon, present, simulate } from './clients.ts';

const place = { accountId: '111122223333', region: 'eu-west-1' };
const recreation: Recreation = { deletedOn: noon + 30, createdOn: noon + 40 };

const hasty = (more: Partial<Recreation> = {}) => {
  const world = hastyWorld({ seed: 3, ...place, jobs: 2, workflows: 2, fromSeconds: noon });
  const again = { ...recreation, ...more };
  return mapEntities(world, entity => recreated(entity, again));
};

const shownIds = async (client: GlueClient, JobName: string) => {
  const { items } = await allPages(async NextToken => {
    const page = await client.send(new GetJobRunsCommand({ JobName, MaxResults: 7, NextToken }));
    return { items: page.JobRuns, token: page.NextToken };
  });
  return items.map(run => run.Id);
};

describe('every definition', () => {
  it.each([
    ['hasty', hastyWorld({ seed: 3, ...place, fromSeconds: noon })],
    ['platform', platformWorld({ seed: 3, ...place, jobs: 30, workflows: 9, nowSeconds: noon })],
    ['scripted', scriptedWorld({ ...place, jobs: { a: [] }, workflows: { w: [] } })],
  ])('has a time of creation before its first run, %s world', (_, world) => {
    for (const { kind, definition, runs } of entitiesOf(world)) {
      const first = runs(Number.NEGATIVE_INFINITY, noon + 60).at(-1);
      for (const member of kind.createdOn) {
        expect(definition[member]).toBeTypeOf('number');
        expect(Number(definition[member])).toBeLessThan(first?.startedOn ?? noon);
      }
    }
  });
});

describe('a job that is deleted and created again', () => {
  it('is gone in between, and has a new CreatedOn and only new runs from then on', async () => {
    const world = hasty();
    const job = present(entitiesOf(world, 'jobs')[0]);
    let now = noon + 29;
    const client = glueClient(await simulate({ worlds: [world], clock: () => now }));
    const createdOn = async () => (await client.send(new GetJobsCommand({}))).Jobs?.[0]?.CreatedOn?.getTime();
    const before = await shownIds(client, job.name);
    expect(before).toEqual(job.runs(noon, now).map(({ id }) => id));
    expect(await createdOn()).toBe(Number(job.definition.CreatedOn) * 1000);

    now = noon + 35;
    expect((await client.send(new GetJobsCommand({}))).Jobs).toEqual([]);
    await expect(shownIds(client, job.name)).rejects.toMatchObject({ name: 'EntityNotFoundException' });

    now = noon + 60;
    const after = await shownIds(client, job.name);
    expect(after.length).toBeGreaterThan(20);
    expect(after).toEqual(job.runs(noon + 40 - 0.001, now).map(({ id }) => id));
    expect(await createdOn()).toBe((noon + 40) * 1000);
    const RunId = present(before[0]);
    await expect(client.send(new GetJobRunCommand({ JobName: job.name, RunId }))).rejects.toMatchObject({
      name: 'EntityNotFoundException',
    });
  });

  it('can show its old runs, but none of the time in which it did not exist', async () => {
    const world = hasty({ showsOldRuns: true });
    const job = present(entitiesOf(world, 'jobs')[0]);
    const client = glueClient(await simulate({ worlds: [world], clock: () => noon + 60 }));
    const starts = job.runs(noon, noon + 60).map(({ startedOn }) => startedOn);
    expect(await shownIds(client, job.name)).toEqual(job.runs(noon, noon + 60).map(({ id }) => id));
    expect(starts.some(start => start < noon + 30)).toBe(true);
    expect(starts.some(start => start >= noon + 30 && start < noon + 40)).toBe(false);
  });

  it('has no newest run until the first one after its creation', async () => {
    const [workflow] = entitiesOf(hasty({ createdOn: noon + 40.001 }), 'workflows');
    const first = present(
      present(workflow)
        .runs(noon + 40, noon + 60)
        .at(-1),
    );
    expect(workflow?.newest(first.startedOn - 0.001)).toBeUndefined();
    expect(workflow?.newest(first.startedOn)).toMatchObject({ WorkflowRunId: first.id });
  });

  it('can be scripted', async () => {
    const definition = (at: number) => (at < noon ? {} : { CreatedOn: noon });
    const world = scriptedWorld({
      ...place,
      jobs: { etl: at => (at < noon ? [{ Id: 'jr_old' }] : []) },
      workflows: { flow: [] },
      definitions: { etl: definition, flow: definition },
    });
    let now = noon - 1;
    const client = glueClient(await simulate({ worlds: [world], clock: () => now }));
    const seen = async () => {
      const { Jobs } = await client.send(new GetJobsCommand({}));
      const { Workflows } = await client.send(new BatchGetWorkflowsCommand({ Names: ['flow'] }));
      return [Jobs?.[0]?.CreatedOn?.getUTCFullYear(), Workflows?.[0]?.CreatedOn?.getUTCFullYear()];
    };
    expect(await seen()).toEqual([2019, 2019]);
    expect(await shownIds(client, 'etl')).toEqual(['jr_old']);
    now = noon;
    expect(await seen()).toEqual([2026, 2026]);
    expect(await shownIds(client, 'etl')).toEqual([]);
    expect(definitionOf(present(entitiesOf(world, 'jobs')[0]), noon)).toMatchObject({
      Name: 'etl',
      CreatedOn: noon,
      Timeout: 2880,
    });
  });
});
