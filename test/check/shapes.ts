// Collectors of each shape that no Glue has, and a Glue that answers them.
import {
  type AnyCollector,
  type Entity,
  type EntityDefinition,
  feed,
  histories,
  inventory,
  type LatestRun,
  type Listed,
} from '../../src/collectors/collector.ts';
import type { Glue } from '../../src/glue/glue.ts';
import type { Operation } from '../../src/glue/operations.ts';
import { GlueError } from '../../src/glue/reason.ts';
import { familiesOf, known } from '../../src/metrics/family.ts';
import type { Run } from '../../src/runs/run.ts';
import { isNumber } from '../../src/runs/stored.ts';

export const NOW = 1_772_366_400;

/** A Glue that answers everything with an empty object, but what is denied; and the operations that it was asked. */
export const fakeGlue = (denied: readonly Operation[] = []) => {
  const asked: string[] = [];
  const glue: Glue = {
    async call(operation, _input, read) {
      asked.push(operation);
      if (denied.includes(operation)) throw new GlueError(operation, 'access_denied', 'AccessDeniedException: no');
      return read({}, undefined);
    },
    now: () => NOW,
    earliestNow: () => NOW,
    isTimeConfirmed: () => true,
    observer: { requested: () => {}, failed: () => {}, unknownValue: () => {} },
    region: async () => 'eu-west-1',
    accountId: async () => '111122223333',
    close: () => {},
  };
  return { glue, asked };
};

const ask = (glue: Glue, operation: 'GetJobs' | 'ListJobs'): Promise<undefined> =>
  glue.call(operation, { MaxResults: 100 }, () => undefined);

const askRuns = (glue: Glue, JobName: string): Promise<undefined> =>
  glue.call('GetJobRuns', { JobName }, () => undefined);

/** A run that took a minute. */
export const runAt = (startedAt: number): Run<number> => ({
  id: `run-${startedAt}`,
  state: 'DONE',
  ended: true,
  verdict: 'success',
  startedAt,
  modifiedAt: undefined,
  completedAt: startedAt + 60,
  facts: 0,
});

const kind = (name: string) => ({
  name,
  words: { one: name.slice(0, -1), many: `${name} of a test` },
  isDefault: false,
  labelNames: ['name'],
  consoleLink: () => '',
});

const counting = {
  maxPageSize: 100,
  isFacts: isNumber,
  tally: () => [],
  results: [{ name: 'DONE', verdict: 'success' }],
  resultOf: () => undefined,
} as const;

const family = familiesOf<Entity<EntityDefinition, number>>();
/** One series for each entity, and another for those that have succeeded. */
const runFamilies = [
  family({
    name: 'aws_glue_thing_info',
    help: '',
    type: 'gauge',
    labelNames: [],
    samples: () => [{ labels: [], value: 1 }],
  }),
  family({
    name: 'aws_glue_thing_last_success_timestamp_seconds',
    help: '',
    type: 'gauge',
    labelNames: [],
    samples: ({ ledger }) => known(ledger.lastSuccessAt),
  }),
];

/** So many triggers, in two requests; every other one has a second series. */
export const triggers = (count: number): AnyCollector =>
  inventory<EntityDefinition>({
    ...kind('triggers'),
    operations: ['GetJobs'],
    tagOperation: 'ListJobs',
    async list(glue, tags) {
      await ask(glue, 'GetJobs');
      await ask(glue, tags === undefined ? 'GetJobs' : 'ListJobs');
      return Array.from({ length: count }, (_, index) => ({
        name: `trigger-${index}`,
        createdAt: index % 2 || undefined,
      }));
    },
    families: [
      familiesOf<Listed<EntityDefinition>>()({
        name: 'aws_glue_trigger_info',
        help: '',
        type: 'gauge',
        labelNames: [],
        mostSamples: 3,
        samples: ({ definition }) => [{ labels: [], value: 1 }, ...known(definition.createdAt)],
      }),
    ],
  });

/** So many crawlers, each with one run; `latestRun` where their listing shows it. */
export const crawlers = (count: number, latestRun?: () => LatestRun): AnyCollector =>
  histories<EntityDefinition, number>({
    ...kind('crawlers'),
    ...counting,
    operations: ['GetJobs', 'GetJobRuns'],
    optionalOperations: ['GetWorkflowRun'],
    async list(glue) {
      await ask(glue, 'GetJobs');
      return Array.from({ length: count }, (_, index) => ({ name: `crawler-${index}` }));
    },
    async readRuns(glue, { name }) {
      await askRuns(glue, name);
      return { runs: [runAt(NOW - 3_600)], nextToken: undefined };
    },
    longestRunSeconds: () => 86_400,
    ...(latestRun === undefined ? {} : { latestRun }),
    families: runFamilies,
  });

/** A feed of so many pages, newest first; each has a run of these entities every `everySeconds`. */
export const sessions = (
  pages: number,
  names: readonly string[],
  { everySeconds = 60, always = [] }: { everySeconds?: number; always?: readonly EntityDefinition[] } = {},
): AnyCollector =>
  feed<EntityDefinition, number>({
    ...kind('sessions'),
    ...counting,
    operations: ['GetJobRuns'],
    async readFeed(glue, _since, maxResults, token = '0') {
      await askRuns(glue, 'all');
      const page = Number(token);
      const runs = Array.from({ length: pages === 0 ? 0 : maxResults }, (_, index) => {
        const number = page * maxResults + index;
        return { of: { name: names[number % names.length] ?? '' }, run: runAt(NOW - 100 - number * everySeconds) };
      });
      return { runs, nextToken: page + 1 < pages ? `${page + 1}` : undefined };
    },
    longestRunSeconds: 7 * 86_400,
    always,
    forgetAfterSeconds: 86_400,
    definitionOf: () => undefined,
    families: runFamilies,
  });
