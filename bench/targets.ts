import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Child, startChild } from './child.ts';
import { type Latency, latencyOf, scrape } from './scrapes.ts';

/** How an exporter answers while it polls. */
export interface Answers {
  readonly healthy: Latency;
  readonly ready: Latency;
  readonly gzip: Latency;
  /** Part of a core. */
  readonly cores: number;
}

/** Many targets, and one with as many jobs and workflows, that are polled at the same time. */
export interface TargetsResult {
  readonly targets: number;
  readonly entities: number;
  /** Glue series of each. */
  readonly series: { readonly many: number; readonly one: number };
  /** The exporter's own. */
  readonly ownSeries: { readonly many: number; readonly one: number };
  /** Of many targets, from the start until everything was read once. */
  readonly start: Answers & { readonly seconds: number };
  readonly quiet: { readonly many: Answers; readonly one: Answers };
  /** While another process uses a core. */
  readonly busy: { readonly many: Answers; readonly one: Answers };
  /** Requests that failed, of many targets. The simulator makes none fail. */
  readonly failures: number;
}

const ACCOUNTS = 50;
const REGIONS = ['eu-west-1', 'us-east-1', 'eu-central-1'] as const;
const JOBS = 3_300;
const WORKFLOWS = 150;
const PORTS = { many: 19_585, one: 19_586 } as const;
const GZIP = { 'Accept-Encoding': 'gzip' };
const PROBE_EVERY_MS = 50;
const SCRAPE_EVERY_MS = 1_000;

interface Exporter {
  readonly child: Child;
  readonly url: string;
}

/** Runs the built exporter on 150 targets, and on one. */
export const measureTargets = async (seconds: number, tell: (what: string) => void): Promise<TargetsResult> => {
  const folder = await mkdtemp(join(tmpdir(), 'aws-glue-exporter-bench-'));
  const children: Child[] = [];
  const start = (script: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Child => {
    const child = startChild(script, args, env);
    children.push(child);
    return child;
  };
  const run = async (
    name: keyof typeof PORTS,
    accounts: number,
    regions: readonly string[],
    more: object,
  ): Promise<Exporter> => {
    const ids = Array.from({ length: accounts }, (_, index) => `${111122220000 + index}`);
    const account = start('accounts.mjs', [ids.join(), regions.join(), `${JOBS}`, `${WORKFLOWS}`]);
    const endpoint = await account.endpoint;
    const targets = ids.flatMap(id =>
      regions.map(region => ({
        region,
        endpoint,
        sts_endpoint: endpoint,
        role_arn: `arn:aws:iam::${id}:role/glue-exporter`,
      })),
    );
    const file = join(folder, `${name}.json`);
    await writeFile(file, JSON.stringify({ targets, state: { path: join(folder, name) }, ...more }));
    const flags = [`--config.file=${file}`, `--web.listen-address=127.0.0.1:${PORTS[name]}`, '--log.level=error'];
    const keys = { AWS_ACCESS_KEY_ID: 'bench', AWS_SECRET_ACCESS_KEY: 'bench' };
    const exporter = { child: start('../dist/main.js', flags, keys), url: `http://127.0.0.1:${PORTS[name]}` };
    await until(async () => (await fetch(`${exporter.url}/-/healthy`)).ok);
    return exporter;
  };
  const isReady = async ({ url }: Exporter): Promise<boolean> => (await fetch(`${url}/-/ready`)).ok;

  try {
    const one = await run('one', 1, REGIONS.slice(0, 1), {
      poll: { concurrency: 16 },
      aws: { requests_per_second: 100 },
    });
    await until(() => isReady(one));
    tell('one target is exposed');
    const many = await run('many', ACCOUNTS, REGIONS, {});
    const startedAt = performance.now();
    const [started] = await answersOf([many], () => until(() => isReady(many)));
    const startSeconds = (performance.now() - startedAt) / 1_000;
    tell(`${ACCOUNTS * REGIONS.length} targets are exposed`);
    const [quietMany, quietOne] = await answersOf([many, one], () => pause(seconds * 1_000));
    tell('the quiet part is measured');
    const busy = start('busy.mjs', []);
    await busy.endpoint;
    const [busyMany, busyOne] = await answersOf([many, one], () => pause(seconds * 1_000));
    await busy.stop();
    tell('the busy part is measured');
    const exposed = { many: await linesOf(many), one: await linesOf(one) };
    const ofGlue = (lines: readonly string[]): number =>
      lines.filter(line => line.startsWith('aws_glue_') && !line.startsWith('aws_glue_exporter_')).length;
    const own = (lines: readonly string[]): number =>
      lines.filter(line => line.startsWith('aws_glue_exporter_')).length;
    return {
      targets: ACCOUNTS * REGIONS.length,
      entities: JOBS + WORKFLOWS,
      series: { many: ofGlue(exposed.many), one: ofGlue(exposed.one) },
      ownSeries: { many: own(exposed.many), one: own(exposed.one) },
      start: { ...measured(started), seconds: startSeconds },
      quiet: { many: measured(quietMany), one: measured(quietOne) },
      busy: { many: measured(busyMany), one: measured(busyOne) },
      failures: exposed.many
        .filter(line => line.startsWith('aws_glue_exporter_api_failures_total'))
        .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0),
    };
  } finally {
    await Promise.all(children.map(child => child.stop()));
    await rm(folder, { recursive: true, force: true });
  }
};

const measured = (answers: Answers | undefined): Answers => {
  if (answers === undefined) throw new Error('nothing was asked');
  return answers;
};

/** Asks exporters, in turn, for as long as something else takes. Each kind of question has a connection of its own. */
const answersOf = async (
  exporters: readonly Exporter[],
  during: () => Promise<unknown>,
): Promise<readonly Answers[]> => {
  const before = await Promise.all(exporters.map(({ child }) => child.costs()));
  const startedAt = performance.now();
  let isOver = false;
  const asked = async (path: string, headers: Readonly<Record<string, string>>, everyMs: number) => {
    const agent = new Agent({ keepAlive: true });
    const times = exporters.map((): number[] => []);
    while (!isOver) {
      for (const [index, { url }] of exporters.entries()) {
        const { ms } = await scrape({ url: `${url}${path}`, headers, agent, anyStatus: true });
        times[index]?.push(ms);
        await pause(everyMs / exporters.length);
      }
    }
    agent.destroy();
    return times.map(latencyOf);
  };
  const over = during().finally(() => {
    isOver = true;
  });
  const [healthy, ready, gzip] = await Promise.all([
    asked('/-/healthy', {}, PROBE_EVERY_MS),
    asked('/-/ready', {}, PROBE_EVERY_MS),
    asked('/metrics', GZIP, SCRAPE_EVERY_MS),
    over,
  ]);
  const tookMs = performance.now() - startedAt;
  const after = await Promise.all(exporters.map(({ child }) => child.costs()));
  return exporters.map((_, index) => ({
    healthy: healthy[index] ?? latencyOf([]),
    ready: ready[index] ?? latencyOf([]),
    gzip: gzip[index] ?? latencyOf([]),
    cores: ((after[index]?.cpuMs ?? 0) - (before[index]?.cpuMs ?? 0)) / tookMs,
  }));
};

const linesOf = async ({ url }: Exporter): Promise<readonly string[]> => {
  const text = await (await fetch(`${url}/metrics`)).text();
  return text.split('\n').filter(line => line !== '' && !line.startsWith('#'));
};

const until = async (isTrue: () => Promise<boolean>): Promise<void> => {
  const patienceSeconds = 1_200;
  for (let tries = 0; tries < patienceSeconds * 2; tries += 1) {
    if (await isTrue().catch(() => false)) return;
    await pause(500);
  }
  throw new Error(`an exporter did not start in ${patienceSeconds} s`);
};
