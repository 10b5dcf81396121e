import { GetJobRunsCommand, GetWorkflowRunsCommand } from '@aws-sdk/client-glue';
import { describe, expect, it } from 'vitest';
import { hastyWorld } from '../../src/simulator/fast-world.ts';
import { platformWorld } from '../../src/simulator/platform.ts';
import { simulateWorkflow } from '../../src/simulator/workflow-runs.ts';
import { activeRuns, endedRuns, entitiesOf, type JsonObject, type SimulatedEntity } from '../../src/simulator/world.ts';
import { allPages, glueClient, noon, present, simulate } from './clients.ts';

const place = { accountId: '111122223333', region: 'eu-west-1' };
const hasty = (seed: number) => hastyWorld({ seed, ...place, fromSeconds: noon });
const platform = (seed: number) => platformWorld({ seed, ...place, jobs: 60, workflows: 12, nowSeconds: noon });

const shownBy = (entities: readonly SimulatedEntity[], from: number, to: number) =>
  entities.map(entity => entity.runs(from, to).map(run => run.wire(to)));

describe('a world is a function of its seed and the time', () => {
  it.each([
    ['hasty', hasty],
    ['platform', platform],
  ])('%s: the same seed gives the same runs, another one others', (_, make) => {
    const all = (seed: number) => {
      const made = make(seed);
      const jobs = entitiesOf(made, 'jobs');
      const workflows = entitiesOf(made, 'workflows');
      return JSON.stringify([shownBy(jobs, noon - 9000, noon + 60), shownBy(workflows, noon - 9000, noon + 60)]);
    };
    expect(all(1)).toBe(all(1));
    expect(all(1)).not.toBe(all(2));
  });

  it('does not depend on what was asked before, nor on how the span is cut', () => {
    const asked = platform(3);
    for (const job of entitiesOf(asked, 'jobs')) job.runs(noon - 9000, noon + 9000);
    for (const [index, job] of entitiesOf(platform(3), 'jobs').entries()) {
      const whole = job.runs(noon - 20_000, noon).map(run => run.id);
      const cut = [job.runs(noon - 4321, noon), job.runs(noon - 20_000, noon - 4321)].flat().map(run => run.id);
      expect(cut).toEqual(whole);
      expect(
        present(entitiesOf(asked, 'jobs')[index])
          .runs(noon - 20_000, noon)
          .map(run => run.id),
      ).toEqual(whole);
    }
  });

  it('loses no run and repeats none when the span is cut at any moment, that of a start or an end included', () => {
    for (const job of entitiesOf(hasty(9), 'jobs').slice(10, 20)) {
      const runs = job.runs(noon, noon + 30);
      const ended = endedRuns(job, noon, noon + 30);
      const oldestFirst = [...runs].reverse().map(run => run.id);
      const halves = Array.from({ length: 61 }, (_, index) => noon + index / 2);
      const starts = [noon, ...[...runs].reverse().map(run => run.startedOn), noon + 30];
      for (const cuts of [halves, starts]) {
        const parts = cuts.slice(1).flatMap((to, index) => [...job.runs(present(cuts[index]), to)].reverse());
        expect(parts.map(run => run.id)).toEqual(oldestFirst);
      }
      const ends = [noon, ...ended.map(run => run.completedOn), noon + 30];
      const parts = ends.slice(1).flatMap((to, index) => endedRuns(job, present(ends[index]), to));
      expect(parts.map(run => run.id)).toEqual(ended.map(run => run.id));
      expect(ended.length).toBeGreaterThan(2);
      const { id, completedOn } = present(ended[1]);
      expect(endedRuns(job, completedOn - 0.001, completedOn).map(run => run.id)).toContain(id);
    }
  });

  it('gives every run an id of its own', () => {
    const made = hasty(1);
    const jobs = entitiesOf(made, 'jobs');
    const workflows = entitiesOf(made, 'workflows');
    const ids = [...jobs, ...workflows].flatMap(entity => entity.runs(noon - 1, noon + 600).map(run => run.id));
    expect(ids.length).toBeGreaterThan(10_000);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

/** What a run may be after each state, from submission to end. */
const order = ['WAITING', 'STARTING', 'RUNNING', 'STOPPING', 'ended'];

describe('the life of a run', () => {
  it('goes through its states in order, and its numbers agree with them', () => {
    for (const job of entitiesOf(hasty(5), 'jobs').slice(20, 40)) {
      for (const run of job.runs(noon, noon + 12)) {
        let rank = -1;
        let executed = 0;
        const span = run.completedOn - run.startedOn;
        for (let step = 0; step <= 24; step += 1) {
          const at = run.startedOn + (span * step) / 20;
          const wire = run.wire(at);
          const ended = at >= run.completedOn;
          const now = order.indexOf(ended ? 'ended' : String(wire.JobRunState));
          expect(now).toBeGreaterThanOrEqual(Math.max(0, rank));
          rank = now;
          expect(wire.CompletedOn).toBe(ended ? run.completedOn : undefined);
          if (ended) expect(wire.JobRunState).toBe(run.endState);
          expect(Number(wire.LastModifiedOn)).toBeLessThanOrEqual(Math.max(at, run.completedOn));
          expect(Number(wire.LastModifiedOn)).toBeGreaterThanOrEqual(run.startedOn);
          expect(Number(wire.ExecutionTime)).toBeGreaterThanOrEqual(executed);
          expect(Number.isInteger(wire.ExecutionTime)).toBe(true);
          executed = Number(wire.ExecutionTime);
        }
        expect(rank).toBe(4);
        expect(run.startedOn + executed).toBeLessThanOrEqual(run.completedOn);
      }
    }
  });

  it('retries after a failure and after nothing else', () => {
    const retried = entitiesOf(platform(2), 'jobs').flatMap(job => {
      const runs = job.runs(noon - 3 * 86_400, noon);
      const byId = new Map(runs.map(run => [run.id, run]));
      return runs.flatMap(run => {
        const previous = byId.get(String(run.wire(noon + 1e6).PreviousRunId));
        return previous === undefined ? [] : [{ run, previous }];
      });
    });
    expect(retried.length).toBeGreaterThan(50);
    for (const { run, previous } of retried) {
      expect(previous.endState).toBe('FAILED');
      expect(run.startedOn).toBeGreaterThan(previous.completedOn);
    }
  });

  it('reports DPU-seconds of FLEX and auto-scaled runs only', () => {
    const jobs = entitiesOf(hasty(2), 'jobs');
    for (const [index, job] of jobs.entries()) {
      const executed = job.runs(noon, noon + 60).map(run => run.wire(noon + 120));
      for (const run of executed.filter(({ ExecutionTime }) => Number(ExecutionTime) > 0)) {
        const reports = index % 5 === 0 || index % 7 === 0;
        if (run.ExecutionClass !== undefined) expect(run.ExecutionClass).toBe(index % 5 === 0 ? 'FLEX' : 'STANDARD');
        expect(typeof run.DPUSeconds).toBe(reports ? 'number' : 'undefined');
      }
    }
    const runs = entitiesOf(platform(2), 'jobs').flatMap(job =>
      job
        .runs(noon - 86_400, noon)
        .slice(0, 10)
        .map(run => run.wire(noon)),
    );
    expect(runs.some(run => run.ExecutionClass === 'FLEX' && Number(run.DPUSeconds) > 0)).toBe(true);
    expect(runs.some(run => run.WorkerType === undefined && run.MaxCapacity === 0.0625)).toBe(true);
    expect(runs.some(run => run.MaxCapacity === undefined && run.WorkerType === 'Z.2X')).toBe(true);
  });
});

describe('the hasty world keeps its promises', () => {
  const world = hasty(11);
  const from = noon;
  const to = noon + 300;
  const runs = entitiesOf(world).flatMap(entity => entity.runs(-Infinity, to));

  it('has no history, and runs of 0.05 to 14 s', () => {
    expect(Math.min(...runs.map(run => run.startedOn))).toBeGreaterThanOrEqual(from);
    const lengths = runs.map(run => run.completedOn - run.startedOn);
    expect(Math.min(...lengths)).toBeGreaterThanOrEqual(0.0499);
    expect(Math.min(...lengths)).toBeLessThan(0.3);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(14.001);
    expect(Math.max(...lengths)).toBeGreaterThan(11);
  });

  it('starts a first attempt every 0.4 to 12 s', () => {
    const gaps = entitiesOf(world).flatMap(entity => {
      const first = entity.runs(from - 1, to).filter(run => !/_(attempt|restart)_/.test(run.id));
      return first.slice(1).map((run, index) => present(first[index]).startedOn - run.startedOn);
    });
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0.399);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(12.001);
    expect(Math.min(...gaps)).toBeLessThan(0.5);
    expect(Math.max(...gaps)).toBeGreaterThan(10);
  });

  it('has every end state, overlapping runs and retries', () => {
    const states = (entities: readonly SimulatedEntity[]) =>
      new Set(entities.flatMap(entity => endedRuns(entity, from, to).map(run => run.endState)));
    expect([...states(entitiesOf(world, 'jobs'))].sort()).toEqual([
      'ERROR',
      'EXPIRED',
      'FAILED',
      'STOPPED',
      'SUCCEEDED',
      'TIMEOUT',
    ]);
    expect([...states(entitiesOf(world, 'workflows'))].sort()).toEqual(['COMPLETED', 'ERROR', 'STOPPED']);
    expect(entitiesOf(world, 'jobs').some(job => activeRuns(job, noon + 100).length > 5)).toBe(true);
    expect(runs.some(run => run.id.endsWith('_attempt_2'))).toBe(true);
  });
});

describe('the truth is what the wire says', () => {
  /** Counts by state what an observer of the whole history sees ended. */
  const count = (states: readonly string[]) => {
    const counts: Record<string, number> = {};
    for (const state of states) counts[state] = (counts[state] ?? 0) + 1;
    return counts;
  };

  it('for jobs and workflows, over the real SDK, in the middle of things', async () => {
    const world = hasty(4);
    const at = noon + 45.678;
    const client = glueClient(await simulate({ worlds: [world], clock: () => at }));
    for (const job of entitiesOf(world, 'jobs')) {
      const { items } = await allPages(async NextToken => {
        const page = await client.send(new GetJobRunsCommand({ JobName: job.name, MaxResults: 200, NextToken }));
        return { items: page.JobRuns, token: page.NextToken };
      });
      const ended = items.filter(run => run.CompletedOn !== undefined);
      expect(count(ended.map(run => run.JobRunState ?? ''))).toEqual(
        count(endedRuns(job, -Infinity, at).map(run => run.endState)),
      );
      expect(items.length - ended.length).toBe(activeRuns(job, at).length);
    }
    for (const workflow of entitiesOf(world, 'workflows')) {
      const page = await client.send(new GetWorkflowRunsCommand({ Name: workflow.name, MaxResults: 1000 }));
      const ended = (page.Runs ?? []).filter(run => run.CompletedOn !== undefined);
      expect(count(ended.map(run => run.Status ?? ''))).toEqual(
        count(endedRuns(workflow, -Infinity, at).map(run => run.endState)),
      );
    }
  });

  it('adds up when time is cut anywhere', () => {
    const cuts = [noon - 1, noon + 0.5, noon + 7, noon + 7.001, noon + 40, noon + 90];
    for (const job of entitiesOf(hasty(6), 'jobs')) {
      const parts = cuts.slice(1).flatMap((cut, index) => endedRuns(job, present(cuts[index]), cut));
      expect(parts.map(run => run.id)).toEqual(endedRuns(job, noon - 1, noon + 90).map(run => run.id));
    }
    const job = present(entitiesOf(platform(1), 'jobs')[0]);
    const bounded = endedRuns(job, noon - 5000, noon).map(run => run.id);
    const all = job.runs(-Infinity, noon).filter(run => run.completedOn > noon - 5000 && run.completedOn <= noon);
    expect(bounded.length).toBeGreaterThan(0);
    expect(new Set(bounded)).toEqual(new Set(all.map(run => run.id)));
  });
});

describe('Statistics', () => {
  it('of a stopped run know what had ended, what was cut off, and what never ran', () => {
    const workflow = simulateWorkflow('seed', {
      name: 'cut-off',
      schedule: { anchorSeconds: noon, periodSeconds: 3600, jitterSeconds: 0, firstIndex: 0, pinned: true },
      habits: {
        totalActions: [1, 1],
        running: [1, 1],
        stopping: [1, 1],
        outcomes: [['COMPLETED', 1]],
        failureShare: 0,
      },
      // Three stages of three actions would take 20 s.
      pinned: { running: 10, stopping: 2, endStatus: 'STOPPED', totalActions: 9, actions: Array(9).fill('Succeeded') },
    });
    expect(workflow.newest(noon + 11)).toMatchObject({ Status: 'STOPPING', Statistics: { RunningActions: 3 } });
    expect(workflow.newest(noon + 12)).toMatchObject({
      Status: 'STOPPED',
      Statistics: { TotalActions: 9, SucceededActions: 3, StoppedActions: 3, RunningActions: 0, FailedActions: 0 },
    });
  });

  const fieldsOf = (statistics: JsonObject[string]): JsonObject => {
    if (typeof statistics !== 'object' || statistics === null || Array.isArray(statistics)) throw new Error('none');
    return Object.fromEntries(Object.entries(statistics));
  };
  const numberOf = (statistics: JsonObject, field: string) => Number(statistics[field] ?? 0);
  const ends = ['TimeoutActions', 'FailedActions', 'StoppedActions', 'SucceededActions', 'ErroredActions'];

  it('have actions that never ran without any failure, when told to, as AWS’s own example', () => {
    const options = { seed: 8, ...place, fromSeconds: noon };
    const plain = hastyWorld(options);
    const world = hastyWorld({ ...options, neverRunShare: 0.2 });
    let runs = 0;
    let likeTheExample = 0;
    entitiesOf(world, 'workflows').forEach((workflow, index) => {
      const others = present(entitiesOf(plain, 'workflows')[index]).runs(noon, noon + 60);
      workflow.runs(noon, noon + 60).forEach((run, number) => {
        const statistics = fieldsOf(run.wire(run.completedOn).Statistics);
        const before = fieldsOf(present(others[number]).wire(run.completedOn).Statistics);
        const more = numberOf(statistics, 'TotalActions') - numberOf(before, 'TotalActions');
        expect(statistics).toEqual({ ...before, TotalActions: statistics.TotalActions });
        expect([0, 1, 2]).toContain(more);
        const failures = ['FailedActions', 'TimeoutActions', 'ErroredActions'];
        const isFine = failures.every(field => numberOf(statistics, field) === 0);
        runs += 1;
        if (more > 0 && isFine && run.endState === 'COMPLETED') likeTheExample += 1;
      });
    });
    expect(likeTheExample).toBeGreaterThan(runs * 0.03);
    expect(likeTheExample).toBeLessThan(runs * 0.2);
  });

  it('never count more actions than there are, nor running ones after the end', () => {
    let hidden = 0;
    let notRun = 0;
    for (const workflow of entitiesOf(hasty(8), 'workflows')) {
      for (const run of workflow.runs(noon, noon + 60)) {
        const span = run.completedOn - run.startedOn;
        let before = 0;
        for (let step = 0; step <= 10; step += 1) {
          const wire = run.wire(run.startedOn + (span * step) / 10);
          const fields = fieldsOf(wire.Statistics);
          const ended = ends.reduce((sum, field) => sum + numberOf(fields, field), 0);
          const open = numberOf(fields, 'RunningActions') + numberOf(fields, 'WaitingActions');
          const total = numberOf(fields, 'TotalActions');
          expect(ended + open).toBeLessThanOrEqual(total);
          expect(ended).toBeGreaterThanOrEqual(before);
          before = ended;
          if (step < 10) continue;
          expect(open).toBe(0);
          if (wire.Status === 'COMPLETED' && numberOf(fields, 'FailedActions') > 0) hidden += 1;
          if (ended < total) notRun += 1;
        }
      }
    }
    expect(hidden).toBeGreaterThan(10);
    expect(notRun).toBeGreaterThan(10);
  });
});

describe('runs of auto-scaled jobs', () => {
  it('say so in an argument, as the definition does, and report DPUSeconds', () => {
    const autoScaling = (fields: JsonObject, member: string) => JSON.stringify(fields[member]).includes('auto-scaling');
    const jobs = entitiesOf(hasty(1), 'jobs');
    for (const [index, job] of jobs.slice(0, 15).entries()) {
      const isAutoScaled = index % 7 === 0;
      const run = present(endedRuns(job, noon, noon + 60).find(({ endState }) => endState === 'SUCCEEDED'));
      const wire = run.wire(run.completedOn);
      expect(autoScaling(job.definition, 'DefaultArguments')).toBe(isAutoScaled);
      expect(autoScaling(wire, 'Arguments')).toBe(isAutoScaled);
      expect(wire.DPUSeconds !== undefined).toBe(isAutoScaled || index % 5 === 0);
    }
  });
});
