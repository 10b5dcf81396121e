import { type ChildProcess, type ForkOptions, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Block } from './blocks.ts';

/** What a process costs. */
export interface Costs {
  readonly rss: number;
  /** Since its start. */
  readonly cpuMs: number;
  /** When its event loop stood still for some milliseconds, since this was asked for before. */
  readonly blocks: readonly Block[];
}

/** A process that is measured. */
export interface Child {
  costs(): Promise<Costs>;
  /** Requests that an account was sent. */
  calls(): Promise<number>;
  /** Where it listens, which it tells when it has started. */
  readonly endpoint: Promise<string>;
  /** One of the numbers that it tells when it has measured something. */
  result(name: string): Promise<number>;
  stop(): Promise<void>;
}

const PROBE = new URL('probe.mjs', import.meta.url).href;

const fileIn = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Starts a script, by its path from this folder. What it writes is thrown away unless it fails. */
export const startChild = (script: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Child =>
  childOf(script, args, { env: { ...process.env, ...env }, execArgv: ['--import', PROBE] });

/** Starts a process on each CPU that does nothing: what its event loop has of blocks is the machine's. */
export const startWitnesses = (): readonly Child[] => {
  // Of util-linux, which every Debian has. Without it they are where they are put.
  const canPin = spawnSync('taskset', ['--version']).status === 0;
  return cpus().map((_, cpu) => {
    const pinned = { execPath: 'taskset', execArgv: ['-c', `${cpu}`, process.execPath, '--import', PROBE] };
    return childOf('witness.mjs', [], canPin ? pinned : { execArgv: ['--import', PROBE] });
  });
};

const childOf = (script: string, args: readonly string[], options: ForkOptions): Child => {
  const child: ChildProcess = fork(fileIn(script), args, { ...options, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let said = '';
  child.stderr?.on('data', (data: Buffer) => {
    said = (said + data.toString()).slice(-4_000);
  });
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`${script} ended with ${code}: ${said}`);
  });
  failed.catch(() => {});
  const message = async (): Promise<unknown> => {
    const [first]: unknown[] = await Promise.race([once(child, 'message'), failed]);
    return first;
  };
  const ask = (question: string): Promise<unknown> => {
    const answer = message();
    child.send(question);
    return answer;
  };
  const first = message();
  const endpoint = first.then(textIn('endpoint'));
  endpoint.catch(() => {});
  return {
    endpoint,
    result: async name => numberIn(await first, name),
    costs: async () => costsOf(await ask('costs')),
    calls: async () => numberIn(await ask('calls'), 'calls'),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
};

const costsOf = (message: unknown): Costs => ({
  rss: numberIn(message, 'rss'),
  cpuMs: numberIn(message, 'cpuMs'),
  blocks: listIn(message, 'blocks').map(block => ({
    from: numberIn(block, 'from'),
    to: numberIn(block, 'to'),
    waitedMs: numberIn(block, 'waitedMs'),
  })),
});

const fieldIn = (message: unknown, name: string): unknown =>
  typeof message === 'object' && message !== null ? Object.getOwnPropertyDescriptor(message, name)?.value : undefined;

const numberIn = (message: unknown, name: string): number => {
  const value = fieldIn(message, name);
  if (typeof value !== 'number') throw new Error(`a child said no ${name}: ${JSON.stringify(message)}`);
  return value;
};

const listIn = (message: unknown, name: string): readonly unknown[] => {
  const value = fieldIn(message, name);
  if (!Array.isArray(value)) throw new Error(`a child said no ${name}: ${JSON.stringify(message)}`);
  return value;
};

const textIn =
  (name: string) =>
  (message: unknown): string => {
    const value = fieldIn(message, name);
    if (typeof value !== 'string') throw new Error(`a child said no ${name}: ${JSON.stringify(message)}`);
    return value;
  };
