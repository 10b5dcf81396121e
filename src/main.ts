#!/usr/bin/env node
import './garbage-collection.ts';

import { describeBuild, readBuild, readVersion } from './commands/build.ts';
import { divertToLog, requestedLogFormat } from './commands/diagnostics.ts';
import { describeFailure } from './commands/failure.ts';
import { type Flags, parseFlags } from './commands/flags.ts';
import { HELP, helpOf } from './commands/help.ts';
import { type Signals, serve } from './commands/serve.ts';
import { readConfig } from './config/read.ts';
import { knownNames } from './exporter/known-names.ts';
import { prepareFor } from './garbage-collection.ts';
import { prepareEnvironment } from './glue/environment.ts';
import { createLog, type Log } from './log.ts';

const EXIT_FAILED = 1;
/** The command line, a configuration or the environment is at fault. */
const EXIT_USAGE = 2;
const EXIT_CODES = { complete: 0, failed: EXIT_FAILED, interrupted: 130 } as const;

/** The longest that stopping may take. What could not be saved by then was never exposed, so nothing is lost. */
const STOP_WITHIN_MS = 8_000;

const print = (text: string | Buffer): void => {
  process.stdout.write(text);
};

const args = process.argv.slice(2);
const logFormat = requestedLogFormat(args);
const logAt = (level: Flags['logLevel']): Log =>
  createLog({ level, format: logFormat, write: line => process.stderr.write(line) });
let log = logAt('info');

/** Text for people, or a log line for each of its lines where the log is for programs. */
const complain = (text: string, level: 'info' | 'error' = 'error'): void => {
  if (logFormat === 'logfmt') process.stderr.write(`${text}\n`);
  else for (const line of text.split('\n')) if (line !== '') log[level](line);
};

/** Ends a process that does not come to its end by itself: a disk that hangs cannot be waited for, not even by exit(). */
const endInTime = (): void => {
  const end = (): void => {
    log.error('Not everything has ended in time, as when a disk hangs; what was not saved was not exposed either');
    process.kill(process.pid, 'SIGKILL');
  };
  setTimeout(end, STOP_WITHIN_MS).unref();
};

/** Resolves with the first signal that asks the process to end. Later ones change nothing: it ends in time anyway. */
const untilStopped = (): Promise<void> =>
  new Promise(resolve => {
    let isStopping = false;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (isStopping) return;
        isStopping = true;
        log.info('Stopping', { signal });
        endInTime();
        resolve();
      });
    }
  });

/**
 * Listens from the start on: a signal that comes while the state is read must not kill the process. The demo, which has no file to
 * read again, ends with its terminal.
 */
const listenToSignals = (command: Flags['command']): Signals => {
  let wasHungUp = false;
  let hangUp = (): void => {
    wasHungUp = true;
  };
  if (command !== 'demo') process.on('SIGHUP', () => hangUp());
  return {
    stopped: untilStopped(),
    onHangup(listener) {
      hangUp = listener;
      if (wasHungUp) listener();
    },
  };
};

const run = async (): Promise<number> => {
  const flags = parseFlags(args);
  const { command, configFile, webConfigFile, shard } = flags;
  log = logAt(flags.logLevel);
  const version = readVersion(new URL('../package.json', import.meta.url));
  if (flags.help !== undefined) {
    print(flags.help === 'all' ? HELP : helpOf(flags.help));
    return 0;
  }
  const build = readBuild(new URL('./build.json', import.meta.url), version);
  if (flags.version) {
    const { version: node, platform, arch } = process;
    print(describeBuild(build, { node, platform, arch }));
    return 0;
  }
  // A daemon needs no other command in its memory.
  if (flags.configCheck) {
    const { checkConfig } = await import('./commands/check-config.ts');
    return checkConfig({ configFile, webConfigFile, print, complain }) ? 0 : EXIT_USAGE;
  }

  const config = readConfig(configFile, knownNames);
  prepareEnvironment(process.env);
  // The demo's AWS is in this process.
  const variables = command === 'demo' ? {} : process.env;
  prepareFor(config.targets.length);
  if (command === 'iam-policy') {
    const { printIamPolicy } = await import('./commands/iam-policy.ts');
    printIamPolicy(config, { principal: flags.iamPrincipal, print, remark: text => complain(text, 'info') });
    return 0;
  }
  if (command === 'check') {
    const { check } = await import('./commands/check.ts');
    return (await check(config, { shard, configFile, print, variables })) ? 0 : EXIT_FAILED;
  }
  const exporterOptions = { log, ...build, nodeVersion: process.version, configFile, shard, variables };
  if (command === 'once') {
    const isTerminal = process.stderr.isTTY && logFormat === 'logfmt';
    const terminal = isTerminal ? (text: string) => void process.stderr.write(text) : undefined;
    const { once } = await import('./commands/once.ts');
    const onInterrupt = (listener: () => void) => void process.once('SIGINT', listener).once('SIGTERM', listener);
    return EXIT_CODES[await once(config, exporterOptions, { log, terminal, print, complain, onInterrupt })];
  }
  await serve(config, { flags, exporterOptions, signals: listenToSignals(command), print });
  return 0;
};

divertToLog(
  process,
  () => log,
  () => process.exit(EXIT_FAILED),
);

// A reader that has seen enough, such as head, is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

try {
  const exitCode = await run();
  // Not left to what may still be there, such as a credential_process that hangs; after everything that was printed.
  process.stdout.write('', () => process.stderr.write('', () => process.exit(exitCode)));
} catch (error) {
  const { texts, isUserMistake } = describeFailure(error);
  for (const text of texts) complain(text);
  process.exit(isUserMistake ? EXIT_USAGE : EXIT_FAILED);
}
