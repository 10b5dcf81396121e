import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The built exporter as a process. test/daemon.ts starts one for a test; this one is started outside of tests, too. */
export interface ExporterProcess {
  readonly process: ChildProcess;
  /** Where it listens, such as http://127.0.0.1:40123; undefined until it does. */
  readonly url: () => string | undefined;
  readonly hasEnded: () => boolean;
  readonly ended: Promise<Ended>;
  /** The polls that have ended, as far as it logs them: at level debug. */
  readonly polls: () => number;
  readonly onOutput: (listener: (line: string) => void) => void;
}

export interface ProcessOptions {
  readonly configFile: string;
  /** What it writes is appended here. */
  readonly logFile: string;
  readonly home: string;
  readonly logLevel?: 'info' | 'debug';
  /** For Node itself. */
  readonly nodeArgs?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts the exporter on a free port. */
export const startExporter = (options: ProcessOptions): ExporterProcess => {
  const { configFile, logFile, home, logLevel = 'info', nodeArgs = [], env: more = {} } = options;
  const flags = ['--web.listen-address=127.0.0.1:0', `--log.level=${logLevel}`, `--config.file=${configFile}`];
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    AWS_ACCESS_KEY_ID: 'AKIATESTTESTTESTTEST',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_EC2_METADATA_DISABLED: 'true',
    ...more,
  };
  const child = spawn(process.execPath, [...nodeArgs, MAIN, ...flags], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  const listeners: ((line: string) => void)[] = [];
  let address: string | undefined;
  let ended: Ended | undefined;
  let polls = 0;
  const look = (line: string): void => {
    address ??= /msg="Listening on" address=(\S+)/.exec(line)?.[1];
    if (line.includes('msg="Poll ended"')) polls += 1;
    for (const listener of listeners) listener(line);
  };
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream.setEncoding('utf8').on('data', (text: string) => {
      appendFileSync(logFile, text);
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) look(line);
    });
  }
  return {
    process: child,
    url: () => (address === undefined ? undefined : `http://${address}`),
    hasEnded: () => ended !== undefined,
    ended: new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        running.delete(child);
        ended = { code, signal };
        resolve(ended);
      });
    }),
    polls: () => polls,
    onOutput: listener => listeners.push(listener),
  };
};
