import { BatchGetWorkflowsCommand, GetJobRunsCommand } from '@aws-sdk/client-glue';
import { describe, expect, it } from 'vitest';
import { acceleratedClock } from '../../src/simulator/clock.ts';
import { plantedSecrets } from '../../src/simulator/messages.ts';
import { platformWorld } from '../../src/simulator/platform.ts';
import { entitiesOf, type SimulatedEntity, type World } from '../../src/simulator/world.ts';
import { glueClient, noon, present, simulate } from './clients.ts';

const place = { accountId: '111122223333', region: 'eu-west-1' };
const platform = (seed: number, jobs = 40, workflows = 10): World =>
  platformWorld({ seed, ...place, jobs, workflows, nowSeconds: noon });

/** EXPIRED is of runs that another one continues. */
const jobStates = 'ERROR FAILED RUNNING STARTING STOPPED STOPPING SUCCEEDED TIMEOUT WAITING'.split(' ');
const workflowStatuses = 'COMPLETED ERROR RUNNING STOPPED STOPPING'.split(' ');

const newestStates = (entities: readonly SimulatedEntity[], at: number) =>
  entities.flatMap(entity => {
    const run = entity.newest(at);
    return run === undefined ? [] : [String(run.JobRunState ?? run.Status)];
  });

describe('a platform at its beginning', () => {
  it.each([1, 2, 3, 42, 1234])('seed %i: shows every state for more than a minute', seed => {
    const made = platform(seed);
    const jobs = entitiesOf(made, 'jobs');
    const workflows = entitiesOf(made, 'workflows');
    for (let seconds = 0; seconds <= 75; seconds += 1) {
      expect([...new Set(newestStates(jobs, noon + seconds))].sort()).toEqual(jobStates);
      expect([...new Set(newestStates(workflows, noon + seconds))].sort()).toEqual(workflowStatuses);
    }
  });

  it('shows them over the wire', async () => {
    const world = platform(42);
    const client = glueClient(await simulate({ worlds: [world] }));
    const states = await Promise.all(
      entitiesOf(world, 'jobs').map(async job => {
        const { JobRuns } = await client.send(new GetJobRunsCommand({ JobName: job.name, MaxResults: 1 }));
        return JobRuns?.[0]?.JobRunState;
      }),
    );
    expect(states.filter(state => state === undefined)).toHaveLength(1);
    expect([...new Set(states)].filter(state => state !== undefined).sort()).toEqual(jobStates);
    const Names = entitiesOf(world, 'workflows').map(({ name }) => name);
    const { Workflows = [] } = await client.send(new BatchGetWorkflowsCommand({ Names }));
    const statuses = new Set(Workflows.flatMap(({ LastRun }) => LastRun?.Status ?? []));
    expect([...statuses].sort()).toEqual(workflowStatuses);
  });

  it('has the workflow that COMPLETED with 6 failures, 3 successes and 6 that never ran', () => {
    const run = present(
      entitiesOf(platform(9), 'workflows')
        .find(({ name }) => name === 'finance-closing')
        ?.newest(noon),
    );
    expect(run).toMatchObject({
      Status: 'COMPLETED',
      Statistics: { TotalActions: 15, FailedActions: 6, SucceededActions: 3, RunningActions: 0 },
    });
  });

  it('has a retry in the air, overlapping runs, streams, and entities that never ran', () => {
    const made = platform(42, 60, 12);
    const jobs = entitiesOf(made, 'jobs');
    const workflows = entitiesOf(made, 'workflows');
    const job = (name: string) => present(jobs.find(candidate => candidate.name === name));
    expect(job('etl-returns-hourly').newest(noon)).toMatchObject({ Attempt: 2, JobRunState: 'RUNNING' });
    const overlapping = job('ingest-shipping-5min').runs(noon - 7200, noon);
    expect(overlapping.filter(run => run.completedOn > noon).length).toBeGreaterThan(1);
    expect(job('stream-clickstream-events').newest(noon)).toMatchObject({
      JobRunState: 'RUNNING',
      ExecutionTime: 207_299,
    });
    expect(jobs.filter(({ newest }) => newest(noon) === undefined).map(({ name }) => name)).toEqual([
      'adhoc-schema-migration',
    ]);
    expect(workflows.filter(({ newest }) => newest(noon) === undefined).map(({ name }) => name)).toEqual([
      'adhoc-backfill',
    ]);
  });

  it('changes every few seconds', () => {
    const jobs = entitiesOf(platform(42, 60, 12), 'jobs');
    const seen = Array.from({ length: 61 }, (_, second) => newestStates(jobs, noon + second).join());
    const changes = seen.filter((states, second) => second > 0 && states !== seen[second - 1]).length;
    expect(changes).toBeGreaterThan(12);
  });

  it('streams run one at a time, for days, and are restarted every week', () => {
    const job = present(entitiesOf(platform(5), 'jobs').find(({ name }) => name === 'stream-clickstream-events'));
    const runs = job.runs(noon - 89 * 86_400, noon);
    expect(runs.length).toBeGreaterThan(12);
    const expired = runs.filter(({ endState }) => endState === 'EXPIRED');
    expect(expired.length).toBeGreaterThan(6);
    for (const run of expired) {
      const [base, number = '0'] = run.id.split('_restart_');
      const next = runs.find(({ id }) => id === `${base}_restart_${Number(number) + 1}`);
      const startedOn = next?.startedOn ?? 0;
      expect(startedOn - run.completedOn).toBeCloseTo(1);
      expect(run.wire(noon)).toMatchObject({ Attempt: 0, ExecutionTime: 7 * 86_400, ErrorMessage: undefined });
    }
    for (const [index, run] of runs.entries()) {
      const newer = runs[index - 1];
      if (newer !== undefined) expect(newer.startedOn).toBeGreaterThan(run.completedOn);
    }
  });

  it('plants its secrets where exporters could find them', () => {
    const made = platform(42, 60, 12);
    const jobs = entitiesOf(made, 'jobs');
    const workflows = entitiesOf(made, 'workflows');
    const said = JSON.stringify(
      [...jobs, ...workflows].map(({ runs }) => runs(noon - 86_400, noon).map(run => run.wire(noon))),
    );
    for (const secret of plantedSecrets) expect(said).toContain(secret);
    const defined = JSON.stringify(jobs.map(({ definition }) => definition));
    expect(plantedSecrets.some(secret => defined.includes(secret))).toBe(true);
    expect(said).toContain('--db_password');
    expect(said).toContain('\\n');
  });

  it('comes in any size, with as many names', () => {
    for (const jobs of [0, 1, 13, 25, 3000]) {
      const world = platform(1, jobs, 40);
      expect(new Set(entitiesOf(world, 'jobs').map(({ name }) => name)).size).toBe(jobs);
      expect(new Set(entitiesOf(world, 'workflows').map(({ name }) => name)).size).toBe(40);
    }
  });
});

describe('the accelerated clock', () => {
  it('starts where it is told and never goes back', () => {
    const clock = acceleratedClock({ startSeconds: noon, speed: 1_000_000 });
    const first = clock();
    expect(first).toBeGreaterThanOrEqual(noon);
    let last = first;
    while (last < noon + 3600) {
      const next = clock();
      expect(next).toBeGreaterThanOrEqual(last);
      last = next;
    }
    expect(acceleratedClock({ startSeconds: noon, speed: 0 })()).toBe(noon);
  });
});
