import {
  BatchGetDataQualityResultCommand,
  GetCrawlersCommand,
  GetDatabasesCommand,
  GetJobsCommand,
  GetTriggersCommand,
  ListCrawlsCommand,
  ListDataQualityResultsCommand,
} from '@aws-sdk/client-glue';
import { describe, expect, it } from 'vitest';
import { hastyWorld } from '../../src/simulator/fast-world.ts';
import type { Fault } from '../../src/simulator/faults.ts';
import { kinds } from '../../src/simulator/kinds/index.ts';
import type { WireKind } from '../../src/simulator/kinds/kind.ts';
import { operationsOf } from '../../src/simulator/kinds/known-operation.ts';
import { platformWorld } from '../../src/simulator/platform.ts';
import { scriptedEntities } from '../../src/simulator/scripted.ts';
import { tallyOf } from '../../src/simulator/tally.ts';
import { entitiesOf, type JsonObject, type World, withoutRuns } from '../../src/simulator/world.ts';
import { allPages, glueClient, noon, present, simulate } from './clients.ts';

/** An inventory: nothing but a listing. */
const triggers: WireKind = {
  name: 'triggers',
  one: 'Trigger',
  operations: [{ does: 'list entities', name: 'GetTriggers', answer: 'Triggers', most: 200, shows: 'definitions' }],
  createdOn: [],
  unknownValues: { State: 'HIBERNATING' },
  plainDefinition: name => ({ Name: name, Type: 'SCHEDULED', State: 'ACTIVATED' }),
};

/** Histories whose newest run is in the listing as well, in other words. */
const crawlers: WireKind = {
  name: 'crawlers',
  one: 'Crawler',
  operations: [
    {
      does: 'list entities',
      name: 'GetCrawlers',
      answer: 'Crawlers',
      most: 1000,
      shows: 'definitions',
      newest: {
        member: 'LastCrawl',
        shown: ({ State, StartTime }) => ({ Status: State === 'COMPLETED' ? 'SUCCEEDED' : State, StartTime }),
      },
    },
    { does: 'list runs', name: 'ListCrawls', of: 'CrawlerName', answer: 'Crawls', most: 100, promisesOrder: false },
  ],
  run: {
    id: 'CrawlId',
    state: 'State',
    startedOn: 'StartTime',
    completedOn: 'EndTime',
    times: ['StartTime', 'EndTime'],
    late: ['DPUHour'],
    endStates: ['COMPLETED', 'FAILED', 'STOPPED'],
  },
  createdOn: ['CreationTime', 'LastUpdated'],
  unknownValues: { State: 'HIBERNATING' },
  plainDefinition: (name, createdOn) => ({ Name: name, CreationTime: createdOn, LastUpdated: createdOn }),
};

/** A feed: one history of the account, whose listing shows less of a run than a batch does. */
const dataQuality: WireKind = {
  name: 'data_quality',
  one: 'Ruleset',
  operations: [
    {
      does: 'list runs',
      name: 'ListDataQualityResults',
      answer: 'Results',
      most: 1000,
      promisesOrder: false,
      startedAfter: ['Filter', 'StartedAfter'],
      shown: ({ ResultId, StartedOn }) => ({ ResultId, StartedOn }),
    },
    {
      does: 'get runs',
      name: 'BatchGetDataQualityResult',
      ids: 'ResultIds',
      answer: 'Results',
      missing: 'ResultsNotFound',
      most: 100,
    },
  ],
  run: {
    id: 'ResultId',
    state: 'State',
    startedOn: 'StartedOn',
    completedOn: 'CompletedOn',
    times: ['StartedOn', 'CompletedOn'],
    late: [],
    endStates: [],
  },
  createdOn: [],
  unknownValues: {},
  plainDefinition: name => ({ Name: name }),
};

const crawl = (id: number, State: string, more: JsonObject = {}): JsonObject => ({
  CrawlId: `crawl-${id}`,
  State,
  StartTime: noon - 100 * id,
  EndTime: noon - 100 * id + 30,
  DPUHour: 0.5,
  ...more,
});

const result = (id: number, ruleset: string): JsonObject => ({
  ResultId: `dqresult-${id}`,
  RulesetName: ruleset,
  JobName: `check-${ruleset}`,
  Score: id / 10,
  StartedOn: noon - 100 * id,
  CompletedOn: noon - 100 * id + 10,
});

const world: World = {
  accountId: '111122223333',
  region: 'eu-west-1',
  entities: {
    triggers: ['nightly', 'hourly', 'weekly'].map(name => ({
      kind: triggers,
      name,
      definition: triggers.plainDefinition(name, 0),
      ...withoutRuns,
    })),
    crawlers: scriptedEntities(crawlers, {
      runs: { lake: [crawl(1, 'COMPLETED'), crawl(2, 'FAILED')], 'never-crawled': [] },
    }),
    data_quality: scriptedEntities(dataQuality, {
      runs: {
        orders: [1, 3, 5].map(id => result(id, 'orders')),
        returns: [2, 4].map(id => result(id, 'returns')),
      },
    }),
  },
};

const start = async (...faults: readonly Fault[]) => {
  const simulator = await simulate({ worlds: [world], kinds: [triggers, crawlers, dataQuality] });
  simulator.setFaults(faults);
  return { simulator, client: glueClient(simulator) };
};

describe('an inventory', () => {
  it('is listed page by page, and never runs', async () => {
    const { client } = await start();
    const { items, pages } = await allPages(async NextToken => {
      const page = await client.send(new GetTriggersCommand({ MaxResults: 2, NextToken }));
      return { items: page.Triggers, token: page.NextToken };
    });
    expect(pages).toBe(2);
    expect(items.map(({ Name, State }) => [Name, State])).toEqual([
      ['hourly', 'ACTIVATED'],
      ['nightly', 'ACTIVATED'],
      ['weekly', 'ACTIVATED'],
    ]);
    const tally = tallyOf(world, noon - 86_400).upTo(noon);
    expect(entitiesOf(world, 'triggers').map(trigger => tally.get(trigger)?.runs.size)).toEqual([0, 0, 0]);
  });

  it('is hit by faults of listings, and by none of histories', async () => {
    const { client, simulator } = await start({ kind: 'malformed_run', rate: 1 }, { kind: 'unknown_values', rate: 1 });
    const { Triggers } = await client.send(new GetTriggersCommand({}));
    expect(Triggers?.map(({ State }) => State)).toEqual(Array(3).fill('HIBERNATING'));
    expect(simulator.faultHits).toEqual(new Map([['unknown_values', 1]]));
  });
});

describe('a kind whose listing shows the newest run', () => {
  it('shows it in the words of the listing, and nothing for what never ran', async () => {
    const { client } = await start();
    const { Crawlers } = await client.send(new GetCrawlersCommand({}));
    expect(Crawlers?.map(({ Name, LastCrawl }) => [Name, LastCrawl?.Status, LastCrawl?.StartTime])).toEqual([
      ['lake', 'SUCCEEDED', new Date((noon - 100) * 1000)],
      ['never-crawled', undefined, undefined],
    ]);
  });

  it('has a history for each entity, and an error for one that does not exist', async () => {
    const { client } = await start();
    const { Crawls } = await client.send(new ListCrawlsCommand({ CrawlerName: 'lake' }));
    expect(Crawls?.map(({ CrawlId, State }) => [CrawlId, State])).toEqual([
      ['crawl-1', 'COMPLETED'],
      ['crawl-2', 'FAILED'],
    ]);
    await expect(client.send(new ListCrawlsCommand({ CrawlerName: 'gone' }))).rejects.toMatchObject({
      name: 'EntityNotFoundException',
      message: 'Crawler with name gone not found.',
    });
  });

  it('is bent by faults under its own names', async () => {
    const read = async (fault: Omit<Fault, 'rate'>) => {
      const { client, simulator } = await start({ rate: 1, entity: 'lake', ...fault });
      const { Crawls } = await client.send(new ListCrawlsCommand({ CrawlerName: 'lake' }));
      expect(simulator.faultHits.get(fault.kind)).toBe(1);
      return present(Crawls?.[0]);
    };
    expect(await read({ kind: 'missing_dates' })).toEqual({ CrawlId: 'crawl-1', State: 'COMPLETED', DPUHour: 0.5 });
    expect(await read({ kind: 'late_fields', lateSeconds: 200, lateAs: 'absent' })).not.toHaveProperty('DPUHour');
    await expect(read({ kind: 'malformed_run' })).rejects.toThrow(TypeError);
  });

  it('adds up its ended runs', () => {
    const tally = tallyOf(world, noon - 86_400)
      .upTo(noon)
      .get(present(entitiesOf(world, 'crawlers')[0]));
    expect(tally?.runs).toEqual(
      new Map([
        ['FAILED', 1],
        ['COMPLETED', 1],
      ]),
    );
    expect(tally?.sums.get('COMPLETED')?.get('DPUHour')).toBe(0.5);
  });
});

describe('a feed', () => {
  it.each([1, 2, 100])('lists the runs of all entities, newest first, %d a page', async MaxResults => {
    const { client } = await start();
    const { items } = await allPages(async NextToken => {
      const page = await client.send(new ListDataQualityResultsCommand({ MaxResults, NextToken }));
      return { items: page.Results, token: page.NextToken };
    });
    expect(items.map(({ ResultId }) => ResultId)).toEqual([1, 2, 3, 4, 5].map(id => `dqresult-${id}`));
    // The SDK would read it from the wire.
    expect(items[0]).not.toHaveProperty('JobName');
  });

  it('lists only the runs that started after a time', async () => {
    const { client } = await start();
    const Filter = { StartedAfter: new Date((noon - 300) * 1000) };
    const { Results } = await client.send(new ListDataQualityResultsCommand({ Filter }));
    expect(Results?.map(({ ResultId }) => ResultId)).toEqual(['dqresult-1', 'dqresult-2']);
  });

  it('gives whole runs by their ids, and names those that it does not know', async () => {
    const { client } = await start();
    const ResultIds = ['dqresult-2', 'dqresult-9'];
    const { Results, ResultsNotFound } = await client.send(new BatchGetDataQualityResultCommand({ ResultIds }));
    expect(Results).toMatchObject([
      { ResultId: 'dqresult-2', RulesetName: 'returns', JobName: 'check-returns', Score: 0.2 },
    ]);
    expect(ResultsNotFound).toEqual(['dqresult-9']);
  });

  it('can be listed in nearly the right order', async () => {
    const { client, simulator } = await start({ kind: 'inverted_pairs', rate: 1, inversionSeconds: 150 });
    const { Results } = await client.send(new ListDataQualityResultsCommand({}));
    const ids = Results?.map(({ ResultId }) => ResultId) ?? [];
    expect([...ids].sort()).toEqual([1, 2, 3, 4, 5].map(id => `dqresult-${id}`));
    expect(ids).not.toEqual([...ids].sort());
    expect(simulator.faultHits.get('inverted_pairs')).toBe(1);
  });
});

describe('the kinds of a simulator', () => {
  it('are all whose operations it knows', async () => {
    const { client } = await start();
    const error = { name: 'UnknownOperationException' };
    await expect(client.send(new GetJobsCommand({}))).rejects.toMatchObject(error);
    const usual = glueClient(await simulate({ worlds: [world] }));
    await expect(usual.send(new GetDatabasesCommand({}))).rejects.toMatchObject(error);
    expect((await usual.send(new GetJobsCommand({}))).Jobs).toEqual([]);
  });

  it('name every state in which a run of theirs ends', () => {
    const place = { accountId: '111122223333', region: 'eu-west-1' };
    const fast = hastyWorld({ ...place, seed: 1, fromSeconds: noon });
    const platform = platformWorld({ ...place, seed: 1, jobs: 22, workflows: 12, nowSeconds: noon });
    const withRuns = kinds.filter(({ run }) => run !== undefined).map(({ name }) => name);
    expect(Object.keys(platform.entities)).toEqual(expect.arrayContaining(withRuns));
    for (const { kind, runs } of [...entitiesOf(fast), ...entitiesOf(platform)]) {
      for (const { endState } of runs(noon, noon + 60)) expect(kind.run?.endStates).toContain(endState);
    }
  });

  it('share no operation', () => {
    const names = kinds.flatMap(({ operations }) => operations.map(({ name }) => name));
    expect(operationsOf(kinds).size).toBe(names.length);
  });
});
