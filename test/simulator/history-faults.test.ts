import {
  BatchGetWorkflowsCommand,
  GetJobRunCommand,
  GetJobRunsCommand,
  GetWorkflowRunCommand,
  GetWorkflowRunsCommand,
  type GlueClient,
  ListJobsCommand,
} from '@aws-sdk/client-glue';
import { describe, expect, it } from 'vitest';
import { hastyWorld } from '../../src/simulator/fast-world.ts';
import type { Fault } from '../../src/simulator/faults.ts';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import { withVanishingRuns } from '../../src/simulator/vanishing.ts';
import { entitiesOf, type JsonObject, type World, withEntities } from '../../src/simulator/world.ts';
import { allPages, glueClient, noon, present, simulate } from './clients.ts';

const place = { accountId: '111122223333', region: 'eu-west-1' };
const hasty = hastyWorld({ seed: 1, ...place, jobs: 12, workflows: 6, fromSeconds: noon, stretch: 10 });

const start = async (worlds: readonly World[], at = noon) => {
  let now = at;
  const simulator = await simulate({ worlds, clock: () => now });
  return {
    simulator,
    client: glueClient(simulator),
    set: (fault: Omit<Fault, 'rate'>, rate = 1) => simulator.setFaults([{ rate, ...fault }]),
    none: () => simulator.setFaults([]),
    go: (to: number) => {
      now = to;
    },
  };
};

const listedIds = async (client: GlueClient, JobName: string, MaxResults: number) => {
  const { items, pages } = await allPages(async NextToken => {
    const page = await client.send(new GetJobRunsCommand({ JobName, MaxResults, NextToken }));
    return { items: page.JobRuns, token: page.NextToken };
  });
  return { ids: items.map(run => run.Id), pages };
};

describe('short_pages', () => {
  it('hold a part of what was asked for, sometimes nothing, and lose nothing', async () => {
    const { client, set, simulator } = await start([hasty], noon + 60);
    const { name, runs } = present(entitiesOf(hasty, 'jobs')[0]);
    set({ kind: 'short_pages' });
    const sizes: number[] = [];
    const { items } = await allPages(async NextToken => {
      const page = await client.send(new GetJobRunsCommand({ JobName: name, MaxResults: 6, NextToken }));
      sizes.push(page.JobRuns?.length ?? 0);
      return { items: page.JobRuns, token: page.NextToken };
    });
    expect(items.map(run => run.Id)).toEqual(runs(noon, noon + 60).map(run => run.id));
    expect(new Set(sizes).size).toBeGreaterThan(3);
    expect(sizes).toContain(0);
    expect(simulator.faultHits.get('short_pages')).toBe(sizes.length);
  });

  it('hit lists of jobs, too, and nothing that is no list', async () => {
    const { client, set, simulator } = await start([hasty], noon + 60);
    set({ kind: 'short_pages' });
    await client.send(new ListJobsCommand({}));
    await client.send(new BatchGetWorkflowsCommand({ Names: ['hasty-workflow-000'] }));
    expect(simulator.faultHits.get('short_pages')).toBe(1);
  });
});

describe('inverted_pairs', () => {
  const starts = [100, 99.95, 60, 30, 28, 10];
  const runs = starts.map((seconds): JsonObject => ({ Id: `jr_${seconds}`, StartedOn: noon - 200 + seconds }));
  const world = scriptedWorld({ ...place, jobs: { etl: runs } });
  const inOrder = starts.map(seconds => `jr_${seconds}`);
  const wrong = [99.95, 100, 60, 28, 30, 10].map(seconds => `jr_${seconds}`);

  it.each([1, 2, 3, 4, 5, 6, 100])('are listed in the wrong order, whatever the page length (%d)', async limit => {
    const { client, set } = await start([world]);
    set({ kind: 'inverted_pairs' });
    expect((await listedIds(client, 'etl', limit)).ids).toEqual(wrong);
    set({ kind: 'inverted_pairs', inversionSeconds: 0.1 });
    expect((await listedIds(client, 'etl', limit)).ids).toEqual([...wrong.slice(0, 2), ...inOrder.slice(2)]);
    set({ kind: 'inverted_pairs', inversionSeconds: 0.01 });
    expect((await listedIds(client, 'etl', limit)).ids).toEqual(inOrder);
  });

  it('lose and repeat no run when only some of the pages are hit', async () => {
    const { client, set, simulator } = await start([hasty], noon + 60);
    for (const { name, runs: truth } of entitiesOf(hasty, 'jobs').slice(0, 4)) {
      for (const limit of [1, 2, 7]) {
        set({ kind: 'inverted_pairs', inversionSeconds: 20 }, 0.5);
        const { ids } = await listedIds(client, name, limit);
        const expected = truth(noon, noon + 60).map(run => run.id);
        expect([...ids].sort()).toEqual([...expected].sort());
      }
    }
    expect(simulator.faultHits.get('inverted_pairs')).toBeGreaterThan(20);
  });

  it('stay where they are when new runs start', async () => {
    const { client, set, go } = await start([hasty], noon + 100);
    const { name, runs: truth } = present(entitiesOf(hasty, 'jobs')[1]);
    set({ kind: 'inverted_pairs', inversionSeconds: 20 });
    const before = (await listedIds(client, name, 5)).ids;
    go(noon + 160);
    const after = (await listedIds(client, name, 5)).ids;
    expect(after.length).toBeGreaterThan(before.length);
    const old = new Set(before);
    expect(after.filter(id => old.has(id))).toEqual(before);
    expect(before).not.toEqual(truth(noon, noon + 100).map(run => run.id));
  });

  it('lose no run of a history from which others have vanished', async () => {
    const gone = (id: string) => id.charCodeAt(5) % 3 === 0;
    const jobs = entitiesOf(hasty, 'jobs').map(job => withVanishingRuns(job, gone));
    const { client, set } = await start([withEntities(hasty, { jobs })], noon + 60);
    const { name, runs: truth } = present(jobs[0]);
    const left = truth(noon, noon + 60).flatMap(({ id }) => (gone(id) ? [] : [id]));
    for (const limit of [1, 2, 7, 100]) {
      set({ kind: 'inverted_pairs', inversionSeconds: 20 }, 0.7);
      const { ids } = await listedIds(client, name, limit);
      expect([...new Set(ids)].sort()).toEqual([...left].sort());
    }
  });

  it('are not counted where there are none', async () => {
    const { client, set, simulator } = await start([scriptedWorld({ ...place, jobs: { a: runs.slice(3, 4), b: [] } })]);
    set({ kind: 'inverted_pairs' });
    await listedIds(client, 'a', 5);
    await listedIds(client, 'b', 5);
    expect(simulator.faultHits.size).toBe(0);
  });
});

describe('late_fields', () => {
  const workflow = present(entitiesOf(hasty, 'workflows')[0]);
  const flex = present(entitiesOf(hasty, 'jobs')[0]);
  const completed = workflow.runs(noon, noon + 300).filter(run => run.endState === 'COMPLETED');
  const [first] = completed;
  const endedOn = present(first).completedOn;
  const workflowRun = async (client: GlueClient, RunId = present(first).id) =>
    (await client.send(new GetWorkflowRunCommand({ Name: workflow.name, RunId }))).Run;

  it('are Statistics as they stood before the end, while the run is COMPLETED', async () => {
    const { client, set, go } = await start([hasty], endedOn + 59);
    set({ kind: 'late_fields', lateAs: 'stale' });
    const late = await workflowRun(client);
    const before = present(first).wire(endedOn - 0.001);
    expect(late).toMatchObject({ Status: 'COMPLETED', CompletedOn: new Date(Math.round(endedOn * 1000)) });
    expect(late?.Statistics).toEqual(JSON.parse(JSON.stringify(before.Statistics)));
    expect(late?.Statistics?.RunningActions).toBeGreaterThan(0);
    go(endedOn + 60);
    expect((await workflowRun(client))?.Statistics?.RunningActions).toBe(0);
  });

  it('are absent, or one or the other for each run', async () => {
    const { client, set } = await start([hasty], endedOn + 100);
    set({ kind: 'late_fields', lateAs: 'absent', lateSeconds: 200 });
    expect(await workflowRun(client)).not.toHaveProperty('Statistics');
    set({ kind: 'late_fields', lateSeconds: 299 });
    const runs = (await client.send(new GetWorkflowRunsCommand({ Name: workflow.name }))).Runs ?? [];
    const ended = runs.filter(run => run.CompletedOn !== undefined);
    expect(ended.some(run => run.Statistics === undefined)).toBe(true);
    expect(ended.some(run => (run.Statistics?.RunningActions ?? 0) > 0)).toBe(true);
    expect(runs.filter(run => run.CompletedOn === undefined).every(run => run.Statistics)).toBe(true);
  });

  it('are shown by BatchGetWorkflows, too', async () => {
    const ending = hastyWorld({ seed: 1, ...place, jobs: 0, workflows: 2, fromSeconds: noon, untilSeconds: noon + 60 });
    const { name, runs } = present(entitiesOf(ending, 'workflows')[0]);
    const newest = present(runs(noon, noon + 100)[0]);
    const { client, set } = await start([ending], newest.completedOn + 1);
    set({ kind: 'late_fields', lateAs: 'absent' });
    const { Workflows } = await client.send(new BatchGetWorkflowsCommand({ Names: [name] }));
    expect(Workflows?.[0]?.LastRun).toMatchObject({ WorkflowRunId: newest.id, Status: newest.endState });
    expect(Workflows?.[0]?.LastRun).not.toHaveProperty('Statistics');
  });

  it('are DPUSeconds of jobs that report them', async () => {
    const run = present(flex.runs(noon, noon + 100).find(each => each.wire(each.completedOn).DPUSeconds !== undefined));
    const { client, set, go } = await start([hasty], run.completedOn);
    const shown = async () =>
      (await client.send(new GetJobRunCommand({ JobName: flex.name, RunId: run.id }))).JobRun?.DPUSeconds;
    set({ kind: 'late_fields', lateAs: 'absent' });
    expect(await shown()).toBeUndefined();
    set({ kind: 'late_fields', lateAs: 'stale' });
    expect(await shown()).toBeLessThan(Number(run.wire(run.completedOn).DPUSeconds));
    go(run.completedOn + 60);
    expect(await shown()).toBe(run.wire(run.completedOn).DPUSeconds);
  });

  it('are those in fields only, CompletedOn and ErrorMessage if they are named', async () => {
    const run = present(flex.runs(noon, noon + 200).find(each => each.endState === 'FAILED'));
    const { client, set } = await start([hasty], run.completedOn);
    const shown = async () => (await client.send(new GetJobRunCommand({ JobName: flex.name, RunId: run.id }))).JobRun;
    set({ kind: 'late_fields', fields: ['CompletedOn', 'ErrorMessage'] });
    const late = await shown();
    expect(late).toMatchObject({ JobRunState: 'FAILED', DPUSeconds: run.wire(run.completedOn).DPUSeconds });
    expect(late).not.toHaveProperty('CompletedOn');
    expect(late).not.toHaveProperty('ErrorMessage');
    set({ kind: 'late_fields' });
    expect(await shown()).toHaveProperty('ErrorMessage');
  });

  it('are absent where a scripted run has no past', async () => {
    const run = { WorkflowRunId: 'wr_1', StartedOn: noon - 9, CompletedOn: noon - 5, Statistics: { TotalActions: 1 } };
    const { client, set, simulator } = await start([
      scriptedWorld({ ...place, workflows: { flow: [run], other: [run] } }),
    ]);
    set({ kind: 'late_fields', lateAs: 'stale', entity: 'flow' });
    const shown = async (Name: string) => (await client.send(new GetWorkflowRunsCommand({ Name }))).Runs?.[0];
    expect(await shown('flow')).not.toHaveProperty('Statistics');
    expect(await shown('other')).toHaveProperty('Statistics');
    const { Workflows } = await client.send(new BatchGetWorkflowsCommand({ Names: ['flow', 'other'] }));
    expect(Workflows?.map(each => each.LastRun?.Statistics?.TotalActions)).toEqual([undefined, 1]);
    expect(simulator.faultHits.get('late_fields')).toBe(2);
  });

  it('are not counted where no run has just ended', async () => {
    const { client, set, simulator } = await start([hasty], endedOn - 0.001);
    set({ kind: 'late_fields' });
    await workflowRun(client);
    expect(simulator.faultHits.size).toBe(0);
  });
});

describe('stale_answer', () => {
  const job = present(entitiesOf(hasty, 'jobs')[3]);

  it('shows runs as they stood: those that have ended are active again, those that have started are missing', async () => {
    const { client, set, none, simulator } = await start([hasty], noon + 400);
    const shown = async () => {
      const { JobRuns } = await client.send(new GetJobRunsCommand({ JobName: job.name, MaxResults: 200 }));
      return JobRuns?.map(run => [run.Id, run.JobRunState]);
    };
    set({ kind: 'stale_answer', staleSeconds: 100 });
    const stale = await shown();
    expect(stale).toEqual(job.page(noon + 300, undefined, 200).runs.map(run => [run.Id, run.JobRunState]));
    none();
    const fresh = new Map((await shown())?.map(([id, state]) => [id, state]));
    const known = new Set(stale?.map(([id]) => id));
    expect([...fresh.keys()].some(id => !known.has(id))).toBe(true);
    expect(stale?.some(([id, state]) => state === 'RUNNING' && fresh.get(id) !== 'RUNNING')).toBe(true);
    expect(simulator.faultHits.get('stale_answer')).toBe(1);
  });

  it('is 120 seconds old unless told otherwise', async () => {
    const { client, set } = await start([hasty], noon + 400);
    set({ kind: 'stale_answer' });
    const { ids } = await listedIds(client, job.name, 200);
    expect(ids).toEqual(job.runs(noon, noon + 280).map(run => run.id));
  });

  it('does not know a run that started since, nor a job that was made since', async () => {
    const run = present(job.runs(noon, noon + 380)[0]);
    const old = present(job.runs(noon, noon + 200)[0]);
    const young = { ...job, exists: (at: number) => at >= noon + 350 };
    const { client, set, none, simulator } = await start([withEntities(hasty, { jobs: [young] })], noon + 400);
    const read = (RunId: string) => client.send(new GetJobRunCommand({ JobName: job.name, RunId }));
    const notFound = { name: 'EntityNotFoundException' };
    set({ kind: 'stale_answer', staleSeconds: noon + 400 - run.startedOn + 1 });
    await expect(read(run.id)).rejects.toMatchObject(notFound);
    expect((await read(old.id)).JobRun?.Id).toBe(old.id);
    set({ kind: 'stale_answer', staleSeconds: 60 });
    await expect(read(old.id)).rejects.toMatchObject(notFound);
    expect(simulator.faultHits.get('stale_answer')).toBe(2);
    none();
    expect((await read(run.id)).JobRun?.Id).toBe(run.id);
  });

  it('is no fault, and not counted, where nothing has happened since', async () => {
    const quiet = hastyWorld({ seed: 1, ...place, jobs: 3, workflows: 1, fromSeconds: noon, untilSeconds: noon + 60 });
    const { client, set, simulator } = await start([quiet], noon + 400);
    set({ kind: 'stale_answer' });
    await client.send(new GetJobRunsCommand({ JobName: present(entitiesOf(quiet, 'jobs')[0]).name }));
    expect(simulator.faultHits.size).toBe(0);
  });
});

describe('times of faults', () => {
  it.each<Fault>([
    { kind: 'late_fields', rate: 1, lateSeconds: 300 },
    { kind: 'stale_answer', rate: 1, staleSeconds: 300 },
    { kind: 'stale_answer', rate: 1, staleSeconds: -1 },
    { kind: 'stale_answer', rate: 1, staleSeconds: Number.NaN },
  ])('are below what is settled by then: %o', async fault => {
    const { simulator } = await start([hasty]);
    expect(() => simulator.setFaults([fault])).toThrow(RangeError);
  });
});
