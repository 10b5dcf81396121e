import { GetJobRunCommand, GetWorkflowRunCommand } from '@aws-sdk/client-glue';
import { describe, expect, it } from 'vitest';
import { hastyWorld } from '../../src/simulator/fast-world.ts';
import { platformWorld } from '../../src/simulator/platform.ts';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import { withVanishingRuns } from '../../src/simulator/vanishing.ts';
import { entitiesOf, type JsonObject, runIdOf, type SimulatedEntity, withEntities } from '../../src/simulator/world.ts';
import { glueClient, noon, present, simulate } from './clients.ts';

const place = { accountId: '111122223333', region: 'eu-west-1' };

describe.each([
  ['hasty', hastyWorld({ seed: 4, ...place, fromSeconds: noon - 300, retentionSeconds: 120 })],
  ['platform', platformWorld({ seed: 4, ...place, jobs: 40, workflows: 10, nowSeconds: noon })],
])('a run by its id, %s world', (_name, generated) => {
  it('is the run that the history shows at the time, retries included', () => {
    const hasSingleRuns = ({ kind }: SimulatedEntity) => kind.operations.some(({ does }) => does.startsWith('get run'));
    for (const entity of entitiesOf(generated).filter(hasSingleRuns)) {
      const shown = entity.page(noon, undefined, 40).runs;
      for (const run of shown) expect(entity.run(noon, runIdOf(entity, run))).toEqual(run);
    }
  });

  it('is not there before it starts, nor after the history has dropped it, nor in another entity', () => {
    const job = present(entitiesOf(generated, 'jobs')[0]);
    const run = present(job.runs(Number.NEGATIVE_INFINITY, noon).at(-1));
    const { runs: oldest } = job.page(run.startedOn, undefined, 1);
    expect(job.run(run.startedOn, run.id)).toEqual(oldest[0]);
    expect(job.run(run.startedOn - 0.001, run.id)).toBeUndefined();
    expect(job.run(run.startedOn + 91 * 86_400, run.id)).toBeUndefined();
    for (const other of entitiesOf(generated, 'jobs').slice(1))
      expect(other.run(run.startedOn + 1, run.id)).toBeUndefined();
    expect(job.run(noon, 'jr_unknown')).toBeUndefined();
  });
});

const jobRun: JsonObject = {
  Id: 'jr_1',
  StartedOn: noon - 60,
  LastModifiedOn: noon - 10,
  CompletedOn: noon - 10,
  JobRunState: 'SUCCEEDED',
  WorkerType: 'G.1X',
};
const workflowRun: JsonObject = {
  WorkflowRunId: 'wr_1',
  StartedOn: noon - 60,
  CompletedOn: noon - 10,
  Status: 'COMPLETED',
};
const world = scriptedWorld({ ...place, jobs: { etl: [jobRun], other: [] }, workflows: { flow: [workflowRun] } });

const getJobRun = (RunId: string, JobName = 'etl') => new GetJobRunCommand({ JobName, RunId });
const getWorkflowRun = (RunId: string, Name = 'flow') => new GetWorkflowRunCommand({ Name, RunId });

describe('GetJobRun and GetWorkflowRun', () => {
  it('answer with the run, and count as requests', async () => {
    const simulator = await simulate({ worlds: [world] });
    const glue = glueClient(simulator);
    expect((await glue.send(getJobRun('jr_1'))).JobRun).toMatchObject({ Id: 'jr_1', JobRunState: 'SUCCEEDED' });
    expect((await glue.send(getWorkflowRun('wr_1'))).Run).toMatchObject({ WorkflowRunId: 'wr_1', Status: 'COMPLETED' });
    expect(Object.fromEntries(simulator.requests)).toEqual({ GetJobRun: 1, GetWorkflowRun: 1 });
  });

  it.each([
    ['an unknown run', getJobRun('jr_2')],
    ['an unknown job', getJobRun('jr_1', 'nobody')],
    ['a run of another job', getJobRun('jr_1', 'other')],
    ['an unknown workflow run', getWorkflowRun('wr_2')],
    ['an unknown workflow', getWorkflowRun('wr_1', 'nobody')],
  ])('answer EntityNotFoundException for %s', async (_, command) => {
    const glue = glueClient(await simulate({ worlds: [world] }));
    // The SDK's types of the two commands have no send in common.
    const sent = command instanceof GetJobRunCommand ? glue.send(command) : glue.send(command);
    await expect(sent).rejects.toMatchObject({
      name: 'EntityNotFoundException',
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('answer InvalidInputException without a run id', async () => {
    const glue = glueClient(await simulate({ worlds: [world] }));
    await expect(glue.send(getJobRun(''))).rejects.toMatchObject({ name: 'InvalidInputException' });
  });

  it('do not find a run that has vanished', async () => {
    const jobs = entitiesOf(world, 'jobs').map(job => withVanishingRuns(job, id => id === 'jr_1'));
    const glue = glueClient(await simulate({ worlds: [withEntities(world, { jobs })] }));
    await expect(glue.send(getJobRun('jr_1'))).rejects.toMatchObject({ name: 'EntityNotFoundException' });
  });

  it('are hit by the faults that bend runs', async () => {
    const simulator = await simulate({ worlds: [world] });
    const glue = glueClient(simulator);
    simulator.setFaults([{ kind: 'malformed_run', rate: 1 }]);
    await expect(glue.send(getJobRun('jr_1'))).rejects.toThrow(TypeError);
    await expect(glue.send(getWorkflowRun('wr_1'))).rejects.toThrow(TypeError);
    simulator.setFaults([{ kind: 'unknown_values', rate: 1 }]);
    expect((await glue.send(getJobRun('jr_1'))).JobRun?.WorkerType).toBe('G.99X');
    simulator.setFaults([{ kind: 'missing_dates', rate: 1 }]);
    expect((await glue.send(getJobRun('jr_1'))).JobRun).not.toHaveProperty('CompletedOn');
    expect((await glue.send(getWorkflowRun('wr_1'))).Run).not.toHaveProperty('CompletedOn');
    expect(Object.fromEntries(simulator.faultHits)).toEqual({ malformed_run: 2, unknown_values: 1, missing_dates: 2 });
  });

  it('are hit by the faults of one job', async () => {
    const simulator = await simulate({ worlds: [world] });
    simulator.setFaults([{ kind: 'throttle', rate: 1, operations: ['GetJobRun'], entity: 'etl' }]);
    await expect(glueClient(simulator).send(getJobRun('jr_1'))).rejects.toMatchObject({ name: 'ThrottlingException' });
  });
});
