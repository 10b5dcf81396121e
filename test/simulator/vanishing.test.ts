import { GetJobRunsCommand } from '@aws-sdk/client-glue';
import { describe, expect, it } from 'vitest';
import { hastyWorld } from '../../src/simulator/fast-world.ts';
import { withVanishingRuns } from '../../src/simulator/vanishing.ts';
import { endedRuns, entitiesOf, withEntities } from '../../src/simulator/world.ts';
import { allPages, glueClient, noon, present, simulate } from './clients.ts';

const place = { accountId: '111122223333', region: 'eu-west-1' };
const world = hastyWorld({ seed: 1, ...place, jobs: 2, workflows: 1, fromSeconds: noon - 60 });
const plain = present(entitiesOf(world, 'jobs')[0]);

describe('runs that vanish', () => {
  it('are gone from the history from a time on, the newest included; the truth stays', async () => {
    const gone = new Set(plain.runs(noon - 10, noon).map(run => run.id));
    const job = withVanishingRuns(plain, (id, at) => at >= noon + 1 && gone.has(id));
    let now = noon;
    const client = glueClient(await simulate({ worlds: [withEntities(world, { jobs: [job] })], clock: () => now }));
    const shown = async () => {
      const { items } = await allPages(async NextToken => {
        const page = await client.send(new GetJobRunsCommand({ JobName: job.name, MaxResults: 7, NextToken }));
        return { items: page.JobRuns, token: page.NextToken };
      });
      return items.map(run => run.Id);
    };
    expect(gone.size).toBeGreaterThan(10);
    expect(await shown()).toEqual(plain.runs(-Infinity, noon).map(run => run.id));
    now = noon + 1;
    const left = plain
      .runs(-Infinity, now)
      .map(run => run.id)
      .filter(id => !gone.has(id));
    expect(await shown()).toEqual(left);
    expect(endedRuns(job, -Infinity, now)).toHaveLength(endedRuns(plain, -Infinity, now).length);
  });

  it('leave the newest of those that are left, or none', () => {
    const [newest, next] = plain.runs(-Infinity, noon);
    const withoutNewest = withVanishingRuns(plain, id => id === present(newest).id);
    expect(withoutNewest.newest(noon)).toMatchObject({ Id: present(next).id });
    expect(withVanishingRuns(plain, () => true).newest(noon)).toBeUndefined();
  });
});
