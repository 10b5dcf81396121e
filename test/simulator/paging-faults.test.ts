import { GetJobRunsCommand, GetWorkflowRunsCommand, ListJobsCommand } from '@aws-sdk/client-glue';
import { describe, expect, it } from 'vitest';
import { hastyWorld } from '../../src/simulator/fast-world.ts';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import { entitiesOf } from '../../src/simulator/world.ts';
import { glueClient, noon, present, simulate } from './clients.ts';

const place = { accountId: '111122223333', region: 'eu-west-1' };
const world = hastyWorld({ seed: 1, ...place, jobs: 3, workflows: 1, fromSeconds: noon - 600 });
const [job] = entitiesOf(world, 'jobs');
const [workflow] = entitiesOf(world, 'workflows');
const JobName = present(job).name;

describe('cycle_tokens', () => {
  it.each(['runs of a job', 'runs of a workflow', 'names of jobs'])(
    'lets two tokens lead to each other: %s',
    async of => {
      let now = noon;
      const simulator = await simulate({ worlds: [world], clock: () => now });
      simulator.setFaults([{ kind: 'cycle_tokens', rate: 1 }]);
      const client = glueClient(simulator);
      const ask = async (NextToken?: string) => {
        const paging = { MaxResults: 2, NextToken };
        // Runs start while somebody is paging.
        now += 5;
        if (of === 'names of jobs') {
          const { JobNames, NextToken: token } = await client.send(new ListJobsCommand(paging));
          return { items: JobNames, token };
        }
        if (of === 'runs of a job') {
          const { JobRuns, NextToken: token } = await client.send(new GetJobRunsCommand({ JobName, ...paging }));
          return { items: JobRuns?.map(run => run.Id), token };
        }
        const Name = present(workflow).name;
        const { Runs, NextToken: token } = await client.send(new GetWorkflowRunsCommand({ Name, ...paging }));
        return { items: Runs?.map(run => run.WorkflowRunId), token };
      };
      const first = await ask();
      const tokens: (string | undefined)[] = [];
      let { token } = first;
      for (let page = 0; page < 6; page += 1) {
        tokens.push(token);
        ({ token } = await ask(token));
      }
      const [a, b] = tokens;
      expect(a).toBeDefined();
      expect(a).not.toBe(b);
      expect(tokens).toEqual([a, b, a, b, a, b]);
      const second = await ask(a);
      expect(second.items).not.toEqual(first.items);
      expect(second.items?.length).toBeGreaterThan(0);
      expect((await ask(b)).items).not.toEqual(second.items);
      expect(simulator.faultHits).toEqual(new Map([['cycle_tokens', 9]]));
    },
  );

  it('makes even a list of one page endless', async () => {
    const short = scriptedWorld({ ...place, jobs: { only: [{ Id: 'jr_1', StartedOn: noon }] } });
    const simulator = await simulate({ worlds: [short] });
    simulator.setFaults([{ kind: 'cycle_tokens', rate: 1 }]);
    const client = glueClient(simulator);
    const tokens: (string | undefined)[] = [undefined];
    for (let page = 0; page < 5; page += 1) {
      const answer = await client.send(new GetJobRunsCommand({ JobName: 'only', NextToken: tokens.at(-1) }));
      expect(answer.JobRuns).toHaveLength(1);
      tokens.push(answer.NextToken);
    }
    expect(new Set(tokens.slice(1)).size).toBe(2);
  });
});

describe('expire_token', () => {
  it('refuses a token in the middle of a listing, and nothing else', async () => {
    const simulator = await simulate({ worlds: [world] });
    const client = glueClient(simulator);
    simulator.setFaults([{ kind: 'expire_token', rate: 1, times: 1 }]);
    const page = (NextToken?: string) => client.send(new GetJobRunsCommand({ JobName, MaxResults: 5, NextToken }));
    const { NextToken } = await page();
    expect(simulator.faultHits.size).toBe(0);
    await expect(page(NextToken)).rejects.toMatchObject({
      name: 'InvalidInputException',
      message: 'NextToken has expired',
      $metadata: { httpStatusCode: 400 },
    });
    expect((await page(NextToken)).JobRuns).toHaveLength(5);
    expect(simulator.faultHits).toEqual(new Map([['expire_token', 1]]));
  });
});
