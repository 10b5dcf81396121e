import { ListJobsCommand } from '@aws-sdk/client-glue';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import { glueClient, simulate, stsClient } from './clients.ts';

const worlds = [scriptedWorld({ accountId: '111122223333', region: 'eu-west-1', jobs: { orders: [] } })];
const list = new ListJobsCommand({});

describe('a simulator that goes away and comes back', () => {
  it('refuses connections while it is paused, and has forgotten nothing', async () => {
    const simulator = await simulate({ worlds });
    const client = glueClient(simulator);
    simulator.setFaults([{ kind: 'throttle', rate: 1, times: 2 }]);
    await expect(client.send(list)).rejects.toMatchObject({ name: 'ThrottlingException' });
    await simulator.pause();
    // Not by the first client: its open connection has been reset.
    await expect(glueClient(simulator).send(list)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await simulator.pause();
    await simulator.resume();
    await simulator.resume();
    await expect(glueClient(simulator).send(list)).rejects.toMatchObject({ name: 'ThrottlingException' });
    expect((await client.send(list)).JobNames).toEqual(['orders']);
    expect(simulator.requests.get('ListJobs')).toBe(3);
    expect(simulator.faultHits.get('throttle')).toBe(2);
  });

  it('cuts what is under way', async () => {
    const simulator = await simulate({ worlds });
    simulator.setFaults([{ kind: 'stall', rate: 1 }]);
    const answered = glueClient(simulator).send(list);
    const refused = expect(answered).rejects.toMatchObject({ code: 'ECONNRESET' });
    while (!simulator.faultHits.has('stall')) await new Promise(resolve => setImmediate(resolve));
    await simulator.pause();
    await refused;
  });

  it('leaves its port to another one when it is closed', async () => {
    const first = await simulate({ worlds });
    await glueClient(first).send(list);
    await first.close();
    await expect(glueClient(first).send(list)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    const second = await simulate({ worlds, port: Number(new URL(first.endpoint).port) });
    expect(second.endpoint).toBe(first.endpoint);
    expect((await glueClient(first).send(list)).JobNames).toEqual(['orders']);
    expect(first.requests.get('ListJobs')).toBe(1);
  });
});

describe('the log of requests', () => {
  it('tells of each request: operation, account, time', async () => {
    const seen: (readonly [string, string | undefined, number])[] = [];
    const simulator = await simulate({ worlds, onRequest: (...request) => seen.push(request) });
    const before = Date.now();
    await glueClient(simulator).send(list);
    await stsClient(simulator).send(new GetCallerIdentityCommand({}));
    await fetch(simulator.endpoint, { method: 'POST', headers: { 'X-Amz-Target': 'AWSGlue.ListJobs' }, body: '{}' });
    expect(seen.map(([operation, account]) => [operation, account])).toEqual([
      ['ListJobs', '111122223333'],
      ['GetCallerIdentity', '111122223333'],
      ['ListJobs', undefined],
    ]);
    const times = seen.map(([, , at]) => at);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times[0]).toBeGreaterThan(before - 50);
    expect(times[2]).toBeLessThan(Date.now() + 50);
    expect(simulator.requests).toEqual(
      new Map([
        ['ListJobs', 2],
        ['GetCallerIdentity', 1],
      ]),
    );
    const ofAccount = new Map([
      ['ListJobs', 1],
      ['GetCallerIdentity', 1],
    ]);
    expect(simulator.requestsByAccount).toEqual(new Map([['111122223333', ofAccount]]));
  });
});
