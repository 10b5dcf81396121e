// Runs the built exporter as its users do: as a process, told what to do by flags, a file, an environment and signals.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import { request as requestOverTls } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';
import { type ExposedFamily, parseExposition } from './exposition-parser.ts';

export const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

const PATIENCE_MS = 30_000;
const STEP_MS = 25;

const children = new Set<ChildProcess>();
const folders = new Set<string>();
const killAll = (): void => {
  for (const child of children) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  folders.clear();
};
afterEach(killAll);
process.once('exit', killAll);

/** A folder that lives as long as the test. */
export const temporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'aws-glue-exporter-'));
  folders.add(folder);
  return folder;
};

/** An environment with credentials that no real AWS takes, and with nothing else of this machine's AWS settings. */
export const cleanEnvironment = (): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  HOME: temporaryFolder(),
  AWS_ACCESS_KEY_ID: 'AKIATESTTESTTESTTEST',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_EC2_METADATA_DISABLED: 'true',
});

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A child of this test; it never outlives it. */
export interface Running {
  readonly process: ChildProcess;
  /** Settles when it has ended and everything it wrote was read. */
  readonly exit: Promise<Exit>;
  /** What it wrote so far. */
  readonly written: { readonly stdout: string; readonly stderr: string };
  /** Runs after each piece of output, and once more at the end; the function it returns ends that. */
  onOutput(listener: () => void): () => void;
}

/** Starts any program. */
export const run = (command: string, args: readonly string[], env: NodeJS.ProcessEnv = cleanEnvironment()): Running => {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  const written = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  const tell = () => {
    for (const listener of [...listeners]) listener();
  };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      written[stream] += text;
      tell();
    });
  }
  const exit = new Promise<Exit>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      children.delete(child);
      resolve({ code, signal, ...written });
      tell();
    });
  });
  return {
    process: child,
    exit,
    written,
    onOutput(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
};

/** The fields of a line of the log. */
export type LogLine = Readonly<Record<string, string>>;

const parseJsonLine = (line: string): LogLine => {
  const fields: unknown = JSON.parse(line);
  const entries = typeof fields === 'object' && fields !== null ? Object.entries(fields) : [];
  return Object.fromEntries(entries.map(([key, value]) => [key, `${value}`]));
};

/** A line in either format. */
const parseLogLine = (line: string): LogLine => {
  const fields = line.startsWith('{') ? parseJsonLine(line) : parseLogfmt(line);
  for (const key of Object.keys(fields)) {
    if (!/^[a-z][a-z0-9_]*$/.test(key)) throw new Error(`a key of the log is not in snake_case: ${line}`);
  }
  return fields;
};

export const parseLogfmt = (line: string): LogLine =>
  Object.fromEntries(
    [...line.matchAll(/([^\s="]+)=("(?:[^"\\]|\\.)*"|\S*)/g)].map(([, key = '', value = '']) => [
      key,
      value.startsWith('"') ? `${JSON.parse(value)}` : value,
    ]),
  );

/** Waits for something that no event tells, in small steps and not for ever. */
export const eventually = async <Result>(
  what: string,
  look: () => Promise<Result | undefined> | Result | undefined,
  patienceMs = PATIENCE_MS,
): Promise<Result> => {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`${what}: not within ${patienceMs / 1000}s`);
    await pause(STEP_MS);
  }
};

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
}

export interface HttpOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Certificate in PEM of the authority that is trusted, for https. */
  readonly ca?: string;
}

/** The header with which somebody logs in. */
export const login = (user: string, password: string): Readonly<Record<string, string>> => ({
  Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

/** One request on a connection of its own, with nothing decoded on the way. Rejects when the answer is not complete. */
export const http = (url: string, { ca, ...options }: HttpOptions = {}): Promise<HttpAnswer> =>
  new Promise((resolve, reject) => {
    const answered = (response: IncomingMessage): void => {
      const chunks: Buffer[] = [];
      response.on('data', chunk => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        if (!response.complete) reject(new Error(`the answer of ${url} was cut off`));
        else resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
      });
    };
    const sent = url.startsWith('https:')
      ? requestOverTls(url, { ...options, ...(ca === undefined ? {} : { ca }), agent: false }, answered)
      : request(url, { ...options, agent: new Agent({ keepAlive: false }) }, answered);
    sent.setTimeout(PATIENCE_MS, () => sent.destroy(new Error(`no answer from ${url}`)));
    sent.once('error', reject);
    sent.end();
  });

/** The end of one poll of a target, as the daemon logs it. */
export interface PollEnd {
  /** Whether it met no failure. */
  readonly up: boolean;
  readonly region: string | undefined;
  /** Local epoch milliseconds. */
  readonly startedAt: number;
}

export interface Daemon extends Running {
  /** Where it listens, such as http://127.0.0.1:40123. */
  readonly url: string;
  /** Its config file; undefined when it has none. */
  readonly configFile: string | undefined;
  readonly logged: () => readonly LogLine[];
  /** The first line, past or to come, that the test takes; rejects when the daemon ends before. */
  log<Found>(what: string, find: (line: LogLine) => Found | undefined): Promise<Found>;
  /** Resolves when /-/ready answers 200. */
  ready(): Promise<void>;
  /** The end of the first poll that began after a time (local epoch milliseconds; now unless given). */
  poll(options?: { readonly after?: number; readonly region?: string }): Promise<PollEnd>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<HttpAnswer>;
  /** POST /-/reload. */
  reload(headers?: Readonly<Record<string, string>>): Promise<HttpAnswer>;
  /** Puts another config file in the place of its own; it reads it when it is told to. */
  rewrite(config: ConfigText): void;
  signal(signal: NodeJS.Signals): void;
  /** Whether it was sent a signal that ends it. */
  readonly isEnding: boolean;
  /** What /metrics shows, parsed strictly. */
  scrape(): Promise<readonly ExposedFamily[]>;
  /** Sends a signal and waits for the end; `seconds` is how long it took. */
  stop(signal?: NodeJS.Signals): Promise<Exit & { readonly seconds: number }>;
}

/** What is written to the config file: an object is written as JSON, which is YAML as well. */
export type ConfigText = string | object;

export interface DaemonOptions {
  /** Written to a file of its own. */
  readonly config?: ConfigText;
  /** Makes it https, and is the authority that its certificate is checked against. */
  readonly ca?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Sent with every request, unless others are given. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Writes a config file, into a folder of its own unless told where. */
export const writeConfig = (config: ConfigText, file = join(temporaryFolder(), 'config.yaml')): string => {
  writeFileSync(file, typeof config === 'string' ? config : JSON.stringify(config, undefined, 2));
  return file;
};

/** Starts the exporter with flags as they are; for what is expected to end by itself, or never to listen. */
export const runExporter = ({ config, args = [], env = {} }: DaemonOptions): Running =>
  runWith(config === undefined ? undefined : writeConfig(config), args, env);

const runWith = (file: string | undefined, args: readonly string[], env: Readonly<Record<string, string>>): Running => {
  const flags = file === undefined ? [] : [`--config.file=${file}`];
  return run(process.execPath, [MAIN, ...args, ...flags], { ...cleanEnvironment(), ...env });
};

/** Starts the exporter on a free port and waits until it listens. It logs at level debug, which tells the end of each poll. */
export const startDaemon = async ({
  config,
  ca,
  headers: usual = {},
  args = [],
  env = {},
}: DaemonOptions): Promise<Daemon> => {
  const configFile = config === undefined ? undefined : writeConfig(config);
  const running = runWith(configFile, ['--web.listen-address=127.0.0.1:0', '--log.level=debug', ...args], env);
  let ended = false;
  const exit = running.exit.finally(() => {
    ended = true;
  });

  const logged = (): readonly LogLine[] => running.written.stderr.split('\n').slice(0, -1).map(parseLogLine);

  const log = <Found>(what: string, find: (line: LogLine) => Found | undefined): Promise<Found> =>
    new Promise((resolve, reject) => {
      let seen = 0;
      const settle = (): void => {
        clearTimeout(timer);
        stopListening();
      };
      const giveUp = (why: string): void => {
        settle();
        reject(new Error(`${what} was not logged: ${why}\n${running.written.stderr.slice(-4000)}`));
      };
      const look = (): void => {
        const lines = logged();
        for (; seen < lines.length; seen += 1) {
          const found = find(lines[seen] ?? {});
          if (found === undefined) continue;
          settle();
          resolve(found);
          return;
        }
        if (ended) giveUp('the daemon has ended');
      };
      const timer = setTimeout(() => giveUp('it took too long'), PATIENCE_MS);
      const stopListening = running.onOutput(look);
      exit.then(look, look);
      look();
    });

  const address = await log('Listening on', line => (line.msg === 'Listening on' ? line.address : undefined));
  const url = `${ca === undefined ? 'http' : 'https'}://${address}`;
  const ask = (path: string, options: HttpOptions): Promise<HttpAnswer> =>
    http(`${url}${path}`, { ...(ca === undefined ? {} : { ca }), ...options });
  let isEnding = false;
  const send: Daemon['signal'] = name => {
    isEnding ||= name !== 'SIGHUP';
    running.process.kill(name);
  };
  const get: Daemon['get'] = (path, headers = usual) => ask(path, { headers });
  return {
    ...running,
    exit,
    url,
    configFile,
    logged,
    log,
    get,
    reload: (headers = usual) => ask('/-/reload', { method: 'POST', headers }),
    rewrite(next) {
      if (configFile === undefined) throw new Error('it has no config file');
      renameSync(writeConfig(next, `${configFile}.new`), configFile);
    },
    signal: send,
    get isEnding() {
      return isEnding;
    },
    ready: () =>
      eventually('/-/ready', async () => ((await get('/-/ready')).status === 200 ? true : undefined)).then(() => {}),
    poll: ({ after = Date.now(), region } = {}) =>
      log('a poll', line => {
        const end = pollEndOf(line);
        // Both times are cut to the millisecond.
        if (end === undefined || end.startedAt <= after + 1) return undefined;
        return region === undefined || end.region === region ? end : undefined;
      }),
    async scrape() {
      const { status, body } = await get('/metrics');
      if (status !== 200) throw new Error(`/metrics answered ${status}`);
      return parseExposition(body);
    },
    async stop(name = 'SIGTERM') {
      const startedAt = performance.now();
      send(name);
      return { ...(await exit), seconds: (performance.now() - startedAt) / 1000 };
    },
  };
};

const pollEndOf = (line: LogLine): PollEnd | undefined => {
  if (line.msg !== 'Poll ended') return undefined;
  return { up: line.error === undefined, region: line.region, startedAt: Date.parse(line.started ?? '') };
};
