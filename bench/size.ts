import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Block, longestBlockMs, longestOwnBlockMs } from './blocks.ts';
import { type Child, type Costs, startChild, startWitnesses } from './child.ts';
import { compareScrapes, type Latency, scrape } from './scrapes.ts';

/** One way to expose the same series. */
export interface Way {
  readonly gzip: Latency;
  readonly plain: Latency;
  /** When all of that was over. */
  readonly rss: number;
  /** The longest time for which the event loop stood still, whatever the cause; and of what it did itself. */
  readonly longestBlockMs: number;
  readonly longestOwnBlockMs: number;
}

/** What an account of one size costs. */
export interface SizeResult {
  readonly jobs: number;
  /** Of polls and scrapes before memory was looked at. */
  readonly hours: number;
  readonly series: number;
  readonly plainBytes: number;
  readonly gzipBytes: number;
  readonly ours: Way;
  readonly floor: Way;
  /** Of prom-client also what its own rendering takes, without the server around it. */
  readonly promClient: Way & { readonly renderMs: number };
  /** CPU to bring scrapes up to date after 1% of the jobs changed, that lie together or apart; and to compress everything once. */
  readonly refresh: { readonly togetherMs: number; readonly scatteredMs: number; readonly gzipOnceMs: number };
  /** For how long the machine itself stood still, at the most, while ours and the floor were scraped. */
  readonly longestStandstillMs: number;
  readonly rssLater: number;
  readonly cpuMsPerCall: number;
  readonly callsPerSecond: number;
}

export interface SizeOptions {
  readonly jobs: number;
  /** The part of an hour's polls and scrapes that is lived through before memory is looked at. */
  readonly hours: number;
  readonly scrapes: number;
  readonly tell: (what: string) => void;
}

/** As the budget of a large account is set. */
const CALLS_PER_SECOND = 50;
/** The account has a workflow for every twenty jobs. */
const ENTITIES_PER_JOB = 1.05;
/** An hour in six minutes. */
const TIMES_AS_FAST = 10;
const HOUR_SECONDS = 3_600;
const SCRAPES_PER_HOUR = 240;
const PORT = 19_583;
const METRICS = `http://127.0.0.1:${PORT}/metrics`;
const GZIP = { 'Accept-Encoding': 'gzip' };

/** Runs the built exporter on a simulated account, and the others on the series that it exposes. */
export const measureSize = async (options: SizeOptions): Promise<SizeResult> => {
  const { jobs, hours, scrapes, tell } = options;
  const folder = await mkdtemp(join(tmpdir(), 'aws-glue-exporter-bench-'));
  const children: Child[] = [];
  const start = (script: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Child => {
    const child = startChild(script, args, env);
    children.push(child);
    return child;
  };
  try {
    const account = start('account.mjs', [`${jobs}`]);
    const endpoint = await account.endpoint;
    const run = async (name: string, interval: string, requestsPerSecond: number): Promise<Child> => {
      const configFile = join(folder, `${name}.json`);
      await writeFile(configFile, JSON.stringify(configFor(endpoint, join(folder, name), interval, requestsPerSecond)));
      const flags = [`--config.file=${configFile}`, `--web.listen-address=127.0.0.1:${PORT}`, '--log.level=error'];
      const exporter = start('../dist/main.js', flags, { AWS_ACCESS_KEY_ID: 'bench', AWS_SECRET_ACCESS_KEY: 'bench' });
      await until('the first poll', async () => (await fetch(METRICS.replace('/metrics', '/-/ready'))).ok);
      tell(`${jobs} jobs are exposed`);
      return exporter;
    };

    const perSecond = Math.min(CALLS_PER_SECOND, (jobs * ENTITIES_PER_JOB) / 60);
    const hasty = await run('hasty', `${60 / TIMES_AS_FAST}s`, perSecond * TIMES_AS_FAST);
    await live(account, perSecond * HOUR_SECONDS * hours, SCRAPES_PER_HOUR * hours);
    const { rss: rssLater } = await hasty.costs();
    await hasty.stop();
    tell(`it has lived through ${hours} h`);

    // At that rate all the time, however few there are.
    const intervalSeconds = Math.min(60, Math.ceil((jobs * ENTITIES_PER_JOB) / CALLS_PER_SECOND));
    const exporter = await run('steady', `${intervalSeconds}s`, CALLS_PER_SECOND);
    const plain: Buffer[] = [];
    await scrape({ url: METRICS, headers: {} }, plain);
    const body = Buffer.concat(plain);
    await writeFile(join(folder, 'plain'), body);
    const gzipped: Buffer[] = [];
    await scrape({ url: METRICS, headers: GZIP }, gzipped);
    await writeFile(join(folder, 'gzip'), Buffer.concat(gzipped));

    const cpu = await cpuPerCall(exporter, account);
    tell(`a call takes ${cpu.cpuMsPerCall.toFixed(2)} ms of CPU`);

    const floor = start('floor.mjs', [folder]);
    const floorEndpoint = await floor.endpoint;
    const witnesses = startWitnesses();
    children.push(...witnesses);
    await Promise.all([floor, exporter, ...witnesses].map(child => child.costs()));
    const [ourGzip, floorGzip] = await compareScrapes(
      [
        { url: METRICS, headers: GZIP },
        { url: `${floorEndpoint}/gzip`, headers: GZIP },
      ],
      scrapes,
      20,
    );
    const [ourPlain, floorPlain] = await compareScrapes(
      [
        { url: METRICS, headers: {} },
        { url: `${floorEndpoint}/plain`, headers: {} },
      ],
      Math.ceil(scrapes / 8),
      20,
    );
    const [ourCosts, floorCosts] = await Promise.all([exporter.costs(), floor.costs()]);
    const standstills = await blocksOf(witnesses);
    tell('scrapes are measured');

    // The others are gone, so that this one has the machine to itself.
    await Promise.all(children.filter(child => !witnesses.includes(child)).map(child => child.stop()));
    const promClient = start('prom-client.mjs', [folder]);
    const promEndpoint = await promClient.endpoint;
    await Promise.all([promClient, ...witnesses].map(child => child.costs()));
    const [promGzip] = await compareScrapes([{ url: `${promEndpoint}/metrics`, headers: GZIP }], 12, 100);
    const [promPlain] = await compareScrapes([{ url: `${promEndpoint}/metrics`, headers: {} }], 6, 100);
    const renderMs = Number(await (await fetch(`${promEndpoint}/render-ms`)).text());
    const promCosts = await promClient.costs();
    const laterStandstills = await blocksOf(witnesses);
    tell('prom-client is measured');
    await Promise.all(children.map(child => child.stop()));
    const refresh = start('refresh.mjs', [`${jobs}`]);
    const refreshed = {
      togetherMs: await refresh.result('together'),
      scatteredMs: await refresh.result('scattered'),
      gzipOnceMs: await refresh.result('gzipOnce'),
    };

    return {
      jobs,
      hours,
      series: body.toString('latin1').match(/^aws_glue_(?!exporter)[^#]/gm)?.length ?? 0,
      plainBytes: body.length,
      gzipBytes: Buffer.concat(gzipped).length,
      ours: wayOf([ourGzip, ourPlain], ourCosts, standstills),
      floor: wayOf([floorGzip, floorPlain], floorCosts, standstills),
      promClient: { ...wayOf([promGzip, promPlain], promCosts, laterStandstills), renderMs },
      longestStandstillMs: longestOwnBlockMs(standstills, []),
      refresh: refreshed,
      rssLater,
      ...cpu,
    };
  } finally {
    await Promise.all(children.map(child => child.stop()));
    await rm(folder, { recursive: true, force: true });
  }
};

const configFor = (endpoint: string, statePath: string, interval: string, requestsPerSecond: number): object => ({
  targets: [{ region: 'eu-west-1', endpoint, sts_endpoint: endpoint }],
  poll: { interval, concurrency: 16 },
  aws: { requests_per_second: requestsPerSecond },
  state: { path: statePath },
});

const wayOf = (
  [gzip, plain]: readonly [Latency | undefined, Latency | undefined],
  { rss, blocks }: Costs,
  standstills: readonly Block[],
): Way => {
  if (gzip === undefined || plain === undefined) throw new Error('nothing was scraped');
  return {
    gzip,
    plain,
    rss,
    longestBlockMs: longestBlockMs(blocks),
    longestOwnBlockMs: longestOwnBlockMs(blocks, standstills),
  };
};

const blocksOf = async (children: readonly Child[]): Promise<readonly Block[]> => {
  const costs = await Promise.all(children.map(child => child.costs()));
  return costs.flatMap(({ blocks }) => blocks);
};

/** Waits until an exporter has made so many calls, and scrapes it so often meanwhile. */
const live = async (account: Child, calls: number, scrapes: number): Promise<void> => {
  const from = await account.calls();
  let done = 0;
  let scraped = 0;
  while (done < calls) {
    await pause(500);
    if (scraped * calls < done * scrapes) {
      await scrape({ url: METRICS, headers: GZIP });
      scraped += 1;
    }
    done = (await account.calls()) - from;
  }
};

const cpuPerCall = async (
  exporter: Child,
  account: Child,
): Promise<{ cpuMsPerCall: number; callsPerSecond: number }> => {
  const look = async () => ({ calls: await account.calls(), at: performance.now(), ...(await exporter.costs()) });
  const before = await look();
  await pause(15_000);
  const after = await look();
  const calls = after.calls - before.calls;
  return {
    cpuMsPerCall: (after.cpuMs - before.cpuMs) / calls,
    callsPerSecond: (calls / (after.at - before.at)) * 1_000,
  };
};

const until = async (what: string, isTrue: () => Promise<boolean>): Promise<void> => {
  const patienceSeconds = 1_200;
  for (let second = 0; second < patienceSeconds; second += 1) {
    if (await isTrue().catch(() => false)) return;
    await pause(1_000);
  }
  throw new Error(`${what} did not come to its end in ${patienceSeconds} s`);
};
