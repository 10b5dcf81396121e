import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { GetJobRunsCommand, GlueClient } from '@aws-sdk/client-glue';
import { readJobRuns } from '../src/collectors/jobs/runs.ts';
import { connectGlue } from '../src/glue/client.ts';

export const PAGES = [3, 10, 200] as const;
type Page = (typeof PAGES)[number];

/** What a way of calling GetJobRuns costs; CPU of all of the process's threads, the collector's included. */
export interface GlueClientRow {
  readonly what: string;
  /** By the number of runs in the page. */
  readonly cpuMsPerCall: Readonly<Record<Page, number>>;
}

export interface GlueClientBenchOptions {
  /** Each way takes so many turns at each page; the median counts. */
  readonly turns?: number;
  /** Calls in a turn, at pages of 10. */
  readonly calls?: number;
}

interface Way {
  readonly what: string;
  readonly call: (page: Page) => Promise<number>;
  readonly close: () => void;
}

const CONCURRENCY = 8;
const region = 'eu-west-1';
const credentials = { accessKeyId: 'AKIATESTTESTTESTTEST', secretAccessKey: 'secret' };

/** AWS's own example of an answer, as often as the page is long. */
const bodyOf = (page: number): string => {
  const file = fileURLToPath(new URL('../test/fixtures/GetJobRuns.cli-example.json', import.meta.url));
  const example: { JobRuns: readonly unknown[] } = JSON.parse(readFileSync(file, 'utf8'));
  return JSON.stringify({
    JobRuns: Array.from({ length: page }, (_, index) => example.JobRuns[index % example.JobRuns.length]),
  });
};

const startServer = async () => {
  const child = fork(fileURLToPath(new URL('./canned-glue.mjs', import.meta.url)));
  const [port] = await once(child, 'message');
  for (const page of PAGES) child.send({ page, body: bodyOf(page) });
  return { endpoint: `http://127.0.0.1:${port}`, stop: () => child.disconnect() };
};

const sdkWay = (endpoint: string): Way => {
  const client = new GlueClient({ region, endpoint, credentials });
  return {
    what: "the SDK's default client",
    async call(page) {
      const answer = await client.send(new GetJobRunsCommand({ JobName: 'my-testing-job', MaxResults: page }));
      return answer.JobRuns?.length ?? 0;
    },
    close: () => client.destroy(),
  };
};

const ourWay = (endpoint: string): Way => {
  const address = { roleArn: undefined, externalId: undefined, accountId: undefined, stsEndpoint: undefined };
  const glue = connectGlue(
    { ...address, region, endpoint },
    { requestTimeoutSeconds: 15, maxAttempts: 4, maxSockets: CONCURRENCY },
    {
      observer: { requested: () => {}, failed: () => {}, unknownValue: () => {} },
      admit: async () => {},
      signal: new AbortController().signal,
      credentials,
    },
  );
  return {
    what: 'aws-glue-exporter, parsed into its model',
    call: async page => (await readJobRuns(glue, { name: 'my-testing-job' }, page, undefined)).runs.length,
    close: glue.close,
  };
};

const bareWay = (endpoint: string): Way => {
  const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY });
  const call = (page: Page): Promise<number> =>
    new Promise((resolve, reject) => {
      const asked = request(endpoint, { method: 'POST', agent }, response => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const { JobRuns }: { JobRuns: readonly unknown[] } = JSON.parse(Buffer.concat(chunks).toString());
          resolve(JobRuns.length);
        });
      });
      asked.on('error', reject);
      asked.end(JSON.stringify({ JobName: 'my-testing-job', MaxResults: page }));
    });
  return { what: 'the floor: node:http and JSON.parse, unsigned', call, close: () => agent.destroy() };
};

/** CPU milliseconds per call of a turn. */
const turn = async (way: Way, page: Page, calls: number): Promise<number> => {
  let left = calls;
  const before = process.cpuUsage();
  const work = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const runs = await way.call(page);
      if (runs !== page) throw new Error(`${way.what}: ${runs} runs instead of ${page}`);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / calls;
};

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Calls a Glue in another process in turns, so that whatever disturbs the machine disturbs all ways alike. */
export const measureGlueClient = async (options: GlueClientBenchOptions = {}): Promise<readonly GlueClientRow[]> => {
  const { turns = 15, calls = 400 } = options;
  const server = await startServer();
  const ways = [sdkWay, ourWay, bareWay].map(open => open(server.endpoint));
  try {
    const measured = ways.map(way => ({ way, 3: [] as number[], 10: [] as number[], 200: [] as number[] }));
    for (let round = -1; round < turns; round += 1) {
      for (const page of PAGES) {
        for (const figures of measured) {
          const cpu = await turn(figures.way, page, page === 200 ? Math.ceil(calls / 4) : calls);
          // The first round warms up.
          if (round >= 0) figures[page].push(cpu);
        }
      }
    }
    return measured.map(({ way, ...figures }) => ({
      what: way.what,
      cpuMsPerCall: { 3: median(figures[3]), 10: median(figures[10]), 200: median(figures[200]) },
    }));
  } finally {
    for (const way of ways) way.close();
    server.stop();
  }
};
