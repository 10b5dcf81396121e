import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { hastyWorld } from '../../src/simulator/fast-world.ts';
import { type Fault, faultKinds } from '../../src/simulator/faults.ts';
import { startSimulator } from '../../src/simulator/server.ts';
import { configText } from './configs.ts';
import { type ExporterProcess, startExporter } from './exporter-process.ts';
import { BEGIN } from './plan.ts';
import { eventually, scrape } from './scrape.ts';
import { simulatedTime } from './simulated-time.ts';

export interface CyclesOptions {
  readonly seed: string;
  /** Polls, and as many reloads, before anything is measured: by then Node has compiled what it will. */
  readonly warmUp: number;
  /** Polls between the first and the second measurement. */
  readonly cycles: number;
  /** Reloads between the second and the third. */
  readonly reloads: number;
}

/** What a process holds, its garbage collected. */
export interface Holding {
  readonly heapBytes: number;
  readonly rssBytes: number;
  /** Sockets, servers and pipes. */
  readonly handles: number;
  readonly timers: number;
  /** Of the process object. */
  readonly listeners: number;
  readonly files: number;
}

export interface CyclesResult {
  readonly first: Holding;
  readonly afterCycles: Holding;
  readonly afterReloads: Holding;
  readonly scrapes: number;
  readonly faults: number;
}

const INSIDE = fileURLToPath(new URL('./inside.mjs', import.meta.url));
const PATIENCE_MS = 30_000;
const SCRAPE_EVERY_MS = 250;
/** As fast as a day of the soak; a run that ended an hour ago is forgotten, so that the histories are always as long. */
const SPEED = 60;
const RETENTION_SECONDS = 3600;
const LASTS_SECONDS = 30 * 86_400;

/** A few of every kind, all the time. */
const faults: readonly Fault[] = faultKinds.map(kind => ({ kind, rate: 0.001, fields: ['LastModifiedOn'] }));

const isNumbers = (value: unknown): value is Readonly<Record<string, number>> =>
  typeof value === 'object' && value !== null && Object.values(value).every(each => typeof each === 'number');

const numberOf = (value: unknown): number => (typeof value === 'number' ? value : Number.NaN);

const holdingOf = (json: string): Holding => {
  const { heapUsed, rss, files, resources, listeners }: Readonly<Record<string, unknown>> = JSON.parse(json);
  const byType = isNumbers(resources) ? resources : {};
  const all = Object.values(byType).reduce((a, b) => a + b, 0);
  const timers = (byType.Timeout ?? 0) + (byType.Immediate ?? 0);
  const byEvent = isNumbers(listeners) ? listeners : {};
  return {
    heapBytes: numberOf(heapUsed),
    rssBytes: numberOf(rss),
    files: numberOf(files),
    timers,
    handles: all - timers,
    listeners: Object.values(byEvent).reduce((a, b) => a + b, 0),
  };
};

/** What the heap may differ by, garbage collected: what is polled is never quite the same. */
const HEAP_TOLERANCE_BYTES = 2 * 1024 * 1024;
/** Connections to AWS are as many as requests were under way at once, which is at most the concurrency. */
const FILES_TOLERANCE = 20;

/** What a process holds more of than it did; empty when that has not grown. */
export const growth = (before: Holding, after: Holding): readonly string[] => {
  const tolerances = { heapBytes: HEAP_TOLERANCE_BYTES, files: FILES_TOLERANCE, handles: 1, timers: 1, listeners: 0 };
  const names = ['heapBytes', 'files', 'handles', 'timers', 'listeners'] as const;
  return names
    .filter(name => after[name] > before[name] + tolerances[name])
    .map(name => `${name}: from ${before[name]} to ${after[name]}`);
};

/** Resolves after so many more polls. */
const polled = async (exporter: ExporterProcess, times: number): Promise<void> => {
  const target = exporter.polls() + times;
  while (exporter.polls() < target) {
    if (exporter.hasEnded()) throw new Error('the exporter has ended');
    await pause(5);
  }
};

/** Lets an exporter poll for long, and looks at what it holds before and after. */
export const cycles = async (options: CyclesOptions): Promise<CyclesResult> => {
  const folder = mkdtempSync(join(tmpdir(), 'aws-glue-exporter-cycles-'));
  const statePath = join(folder, 'state');
  mkdirSync(statePath);
  const place = { accountId: '111122223333', region: 'eu-west-1' };
  const hasty = { ...place, seed: options.seed, fromSeconds: BEGIN, retentionSeconds: RETENTION_SECONDS };
  const world = hastyWorld({ ...hasty, startEvery: [30, 600], stretch: 50, runOrders: { workflows: 'shuffled' } });
  const time = simulatedTime(BEGIN);
  const simulator = await startSimulator({ worlds: [world], clock: time.now, seed: options.seed });
  const configFile = join(folder, 'config.yaml');
  const write = (name: 'plain' | 'fewer requests'): void =>
    writeFileSync(configFile, configText(name, { endpoint: simulator.endpoint, region: place.region, statePath }));
  write('plain');
  const nodeArgs = ['--expose-gc', '--import', INSIDE];
  const exporter = startExporter({
    configFile,
    logFile: join(folder, 'log'),
    home: folder,
    logLevel: 'debug',
    nodeArgs,
  });
  const holdings: Holding[] = [];
  let reloads = 0;
  exporter.onOutput(line => {
    if (line.startsWith('inside ')) holdings.push(holdingOf(line.slice('inside '.length)));
    if (line.includes('msg="Configuration reloaded"')) reloads += 1;
  });
  let scrapes = 0;
  let isScraping = true;
  let stopped = false;
  const scraping = async (): Promise<void> => {
    while (!stopped) {
      if (isScraping && (await scrape(exporter)) !== undefined) scrapes += 1;
      await pause(SCRAPE_EVERY_MS);
    }
  };

  /** Everything that is under way has come to its end, and the next poll has not begun. */
  const measure = async (): Promise<Holding> => {
    simulator.setFaults([]);
    isScraping = false;
    await polled(exporter, 3);
    const known = holdings.length;
    exporter.process.kill('SIGUSR2');
    const holding = await eventually('a look inside', PATIENCE_MS, async () => holdings[known]);
    simulator.setFaults(faults);
    isScraping = true;
    return holding;
  };

  /** So many reloads, each of which changes something, and one more back to what was in the beginning. */
  const reload = async (times: number): Promise<void> => {
    for (let left = times; left >= 0; left -= 1) {
      const known = reloads;
      write(left % 2 === 0 ? 'plain' : 'fewer requests');
      exporter.process.kill('SIGHUP');
      // The very same config changes nothing, and is taken over all the same.
      await eventually('a reload', PATIENCE_MS, async () => (reloads > known ? true : undefined));
      await polled(exporter, 1);
    }
    await polled(exporter, 5);
  };

  try {
    time.run(BEGIN, BEGIN + LASTS_SECONDS, SPEED);
    const scraped = scraping();
    simulator.setFaults(faults);
    await polled(exporter, options.warmUp);
    await reload(options.warmUp);
    const first = await measure();
    await polled(exporter, options.cycles);
    const afterCycles = await measure();
    await reload(options.reloads);
    const afterReloads = await measure();
    stopped = true;
    await scraped;
    const hits = [...simulator.faultHits.values()].reduce((a, b) => a + b, 0);
    return { first, afterCycles, afterReloads, scrapes, faults: hits };
  } finally {
    stopped = true;
    exporter.process.kill('SIGKILL');
    await exporter.ended;
    await simulator.close();
    rmSync(folder, { recursive: true });
  }
};
