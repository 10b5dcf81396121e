import { describe, expect, it } from 'vitest';
import { readWorkflows } from '../../../src/collectors/workflows/definitions.ts';
import { scriptedWorld } from '../../../src/simulator/scripted.ts';
import { entitiesOf, withEntities } from '../../../src/simulator/world.ts';
import { connect, failureOf, place, simulate } from '../../glue/connect.ts';

describe('discovery', () => {
  it('finds all workflows through all pages, with their definitions', async () => {
    const names = Array.from({ length: 60 }, (_, n) => `flow-${String(n).padStart(2, '0')}`);
    const world = scriptedWorld({
      ...place,
      workflows: Object.fromEntries(names.map(name => [name, []])),
      definitions: { 'flow-59': { MaxConcurrentRuns: 3 } },
    });
    const simulator = await simulate({ worlds: [world] });
    const { glue } = connect(simulator.endpoint);
    const found = await readWorkflows(glue);
    expect(found.map(({ name }) => name)).toEqual(names);
    const createdAt = expect.any(Number);
    expect(found.at(-1)).toEqual({ name: 'flow-59', maxConcurrentRuns: 3, createdAt });
    expect(found[0]).toEqual({ name: 'flow-00', maxConcurrentRuns: undefined, createdAt });
    expect([simulator.requests.get('ListWorkflows'), simulator.requests.get('BatchGetWorkflows')]).toEqual([3, 3]);
  });

  it('finds none where there are none, and asks for no definitions then', async () => {
    const simulator = await simulate({ worlds: [scriptedWorld(place)] });
    expect(await readWorkflows(connect(simulator.endpoint).glue)).toEqual([]);
    expect(simulator.requests.get('BatchGetWorkflows')).toBeUndefined();
  });

  it('leaves out a workflow that is deleted meanwhile', async () => {
    const world = scriptedWorld({ ...place, workflows: { gone: [], kept: [] } });
    let listed = 0;
    const workflows = entitiesOf(world, 'workflows').map(flow =>
      flow.name === 'gone' ? { ...flow, exists: () => listed++ === 0 } : flow,
    );
    const simulator = await simulate({ worlds: [withEntities(world, { workflows })] });
    const found = await readWorkflows(connect(simulator.endpoint).glue);
    expect(found.map(({ name }) => name)).toEqual(['kept']);
    expect(listed).toBeGreaterThan(1);
  });

  it('that makes no sense makes a bad response', async () => {
    const world = scriptedWorld({ ...place, workflows: { flow: [] }, definitions: { flow: { Name: 5 } } });
    const { glue } = connect((await simulate({ worlds: [world] })).endpoint);
    const failure = await failureOf(readWorkflows(glue));
    expect(failure).toMatchObject({ operation: 'BatchGetWorkflows', reason: 'bad_response' });
  });
});
