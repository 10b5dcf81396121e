// Collectors of each shape whose answers the test sets.
import {
  type AnyCollector,
  type Entity,
  type Feed,
  feed,
  type Histories,
  histories,
  inventory,
  type LatestRun,
  type Listed,
} from '../../src/collectors/collector.ts';
import type { Glue } from '../../src/glue/glue.ts';
import { GlueError } from '../../src/glue/reason.ts';
import { familiesOf, known } from '../../src/metrics/family.ts';
import type { Run } from '../../src/runs/run.ts';

/** One request. */
const request = async (glue: Glue): Promise<void> => glue.call('GetJobs', { MaxResults: 1 }, () => undefined);

export const denied = (operation = 'GetJobs'): GlueError =>
  new GlueError(operation, 'access_denied', 'AccessDeniedException');

export interface FakeDefinition {
  readonly name: string;
  readonly labelValues?: readonly string[];
  /** The newest run of the account's listing, where listings show it. */
  readonly latest?: LatestRun | undefined;
  readonly size?: number;
}

const ofListed = familiesOf<Listed<FakeDefinition>>();
const kind = (name: string) => ({
  name,
  words: { one: name, many: name },
  isDefault: false,
  labelNames: [`${name}_name`],
  operations: [],
  consoleLink: () => '',
});

/** An inventory. `script` is read with each listing, of `pages` requests. */
export const fakeInventory = (script: {
  items: readonly FakeDefinition[];
  pages?: number;
  error?: unknown;
  name?: string;
}): AnyCollector =>
  inventory<FakeDefinition>({
    ...kind(script.name ?? 'trigger'),
    families: [
      ofListed({
        name: `${script.name ?? 'trigger'}_size`,
        help: 'Size.',
        type: 'gauge',
        labelNames: [],
        samples: ({ definition }) => known(definition.size ?? 0),
      }),
    ],
    async list(glue) {
      for (let page = 0; page < (script.pages ?? 1); page += 1) await request(glue);
      if (script.error !== undefined) throw script.error;
      return script.items;
    },
  });

const ofRuns = familiesOf<Entity<FakeDefinition, null>>();
const counting = (name: string) => ({
  maxPageSize: 10,
  isFacts: (value: unknown): value is null => value === null,
  tally: ({ state }: Run<null>): Iterable<readonly [string, number]> => [[`runs/${state}`, 1]],
  results: [
    { name: 'SUCCEEDED', verdict: 'success' },
    { name: 'FAILED', verdict: 'failure' },
  ] as const,
  resultOf: (key: string) => key.replace('runs/', ''),
  families: [
    ofRuns({
      name: `${name}_runs_total`,
      help: 'Runs.',
      type: 'counter',
      labelNames: ['state'],
      mostSamples: 2,
      samples: ({ ledger }) =>
        ['SUCCEEDED', 'FAILED'].map(state => ({ labels: [state], value: ledger.totals[`runs/${state}`] ?? 0 })),
    }),
    ofRuns({
      name: `${name}_active_runs`,
      help: 'Active runs.',
      type: 'gauge',
      labelNames: [],
      samples: ({ ledger }) => known(Object.keys(ledger.active).length),
    }),
  ],
});

/** A run; it is active where it has no end. */
export const fakeRun = (id: string, startedAt: number, completedAt?: number, state = 'SUCCEEDED'): Run<null> => ({
  id,
  state: completedAt === undefined ? 'RUNNING' : state,
  ended: completedAt !== undefined,
  verdict: completedAt === undefined ? 'undecided' : state === 'FAILED' ? 'failure' : 'success',
  startedAt,
  modifiedAt: undefined,
  completedAt,
  facts: null,
});

export interface FakeHistoriesScript {
  /** By name, in the order in which they are answered. */
  readonly runs: (name: string) => readonly Run<null>[];
  readonly names: () => readonly string[];
  /** Whether listings show the newest runs. */
  readonly showsLatest: boolean;
  readonly listingPages?: number;
  readonly name?: string;
  listed?: () => void;
  read?: (name: string) => void;
  listingError?: unknown;
}

/** Histories, newest run first. */
export const fakeHistories = (script: FakeHistoriesScript): AnyCollector => {
  const name = script.name ?? 'crawler';
  const collector: Histories<FakeDefinition, null> = {
    ...kind(name),
    ...counting(name),
    async list(glue) {
      script.listed?.();
      for (let page = 0; page < (script.listingPages ?? 1); page += 1) await request(glue);
      if (script.listingError !== undefined) throw script.listingError;
      return script.names().map(each => {
        const [newest] = script.runs(each);
        return { name: each, latest: newest && { id: newest.id, state: newest.state } };
      });
    },
    async readRuns(glue, definition, size, token = '0') {
      if (token === '0') script.read?.(definition.name);
      await request(glue);
      const from = Number(token);
      const runs = script.runs(definition.name);
      return {
        runs: runs.slice(from, from + size),
        nextToken: from + size < runs.length ? `${from + size}` : undefined,
      };
    },
    longestRunSeconds: () => 86_400,
  };
  return histories(script.showsLatest ? { ...collector, latestRun: ({ latest }) => latest } : collector);
};

export interface FakeFeedScript {
  /** In the order in which they are answered; of what is to be answered since a time. */
  runs: (since: number | undefined) => readonly { readonly of: string; readonly run: Run<null> }[];
  readonly pageSize?: number;
  readonly always?: readonly string[];
  readonly forgetAfterSeconds?: number;
  readonly longestRunSeconds?: number;
  /** The token of the next page; that of the place of its first run unless given. */
  readonly tokenOf?: (place: number) => string;
  error?: unknown;
  readonly reads?: (number | undefined)[];
}

/** A feed. */
export const fakeFeed = (script: FakeFeedScript): AnyCollector => {
  const collector: Feed<FakeDefinition, null> = {
    ...kind('check'),
    ...counting('check'),
    async readFeed(glue, since, size, token = '0') {
      await request(glue);
      if (token === '0') script.reads?.push(since);
      if (script.error !== undefined) throw script.error;
      const most = script.pageSize ?? size;
      const from = Number(token);
      const runs = script.runs(since);
      const next = from + most;
      return {
        runs: runs.slice(from, next).map(({ of, run }) => ({ of: { name: of }, run })),
        nextToken: next < runs.length ? (script.tokenOf?.(next) ?? `${next}`) : undefined,
      };
    },
    longestRunSeconds: script.longestRunSeconds ?? 3_600,
    always: (script.always ?? []).map(name => ({ name })),
    forgetAfterSeconds: script.forgetAfterSeconds ?? Number.POSITIVE_INFINITY,
    definitionOf: name => ({ name }),
  };
  return feed(collector);
};
