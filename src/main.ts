#!/usr/bin/env node
import './garbage-collection.ts';

import { readFileSync } from 'node:fs';
import { describeBuild, readBuild } from './commands/build.ts';
import type { Demo } from './commands/demo.ts';
import { divertToLog, requestedLogFormat } from './commands/diagnostics.ts';
import { type Flags, parseFlags, UsageError } from './commands/flags.ts';
import { HELP, helpOf } from './commands/help.ts';
import { showProgress } from './commands/progress.ts';
import { ConfigError } from './config/load.ts';
import { readConfig } from './config/read.ts';
import { renderConfig } from './config/render.ts';
import { createExporter, type Exporter } from './exporter/exporter.ts';
import { knownNames } from './exporter/known-names.ts';
import { prepareFor } from './garbage-collection.ts';
import { EnvironmentError, prepareEnvironment } from './glue/environment.ts';
import { proxyRules } from './glue/proxy.ts';
import { createLog, type Log, messageOf } from './log.ts';
import { scrapeWhole } from './metrics/scrapes.ts';
import { formatShard } from './shard.ts';
import { type FollowedWebConfig, followWebConfig, readWebConfig } from './web/followed-web-config.ts';
import { formatListenAddress } from './web/listen-address.ts';
import { createApp, listen } from './web/server.ts';

const EXIT_FAILED = 1;
/** The command line or the configuration is at fault. */
const EXIT_USAGE = 2;
const EXIT_INTERRUPTED = 130;

/** The longest that stopping may take. What could not be saved by then was never exposed, so nothing is lost. */
const STOP_WITHIN_MS = 8_000;

/** A daemon needs no simulator in its memory. */
const openDemo = async (): Promise<Demo> => {
  const { startDemo } = await import('./commands/demo.ts');
  return startDemo();
};

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

const versionOf = (packageJson: URL): string => {
  const content: unknown = JSON.parse(readFileSync(packageJson, 'utf8'));
  return typeof content === 'object' && content !== null && 'version' in content ? `${content.version}` : 'unknown';
};

/** Resolves with the first signal that asks the process to end. Those that follow change nothing: it ends in time anyway. */
const untilStopped = (log: Log): Promise<void> =>
  new Promise(resolve => {
    let isStopping = false;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (isStopping) return;
        isStopping = true;
        log.info('Stopping', { signal });
        endInTime(log);
        resolve();
      });
    }
  });

interface Signals {
  readonly stopped: Promise<void>;
  /** Called for every SIGHUP, also for one that came before. */
  onHangup(listener: () => void): void;
}

/**
 * Listens from the start on: a signal that comes while the state is read must not kill the process. The demo, which has no file to
 * read again, ends with its terminal.
 */
const listenToSignals = (log: Log, command: Flags['command']): Signals => {
  let wasHungUp = false;
  let hangUp = (): void => {
    wasHungUp = true;
  };
  if (command !== 'demo') process.on('SIGHUP', () => hangUp());
  return {
    stopped: untilStopped(log),
    onHangup(listener) {
      hangUp = listener;
      if (wasHungUp) listener();
    },
  };
};

const terminal = (): ((text: string) => void) | undefined =>
  process.stderr.isTTY && logFormat === 'logfmt' ? text => void process.stderr.write(text) : undefined;

/** Ends a process that does not come to its end by itself: a disk that hangs cannot be waited for, not even by exit(). */
const endInTime = (log: Log): void => {
  const end = (): void => {
    log.error('Not everything has ended in time, as when a disk hangs; what was not saved was not exposed either');
    process.kill(process.pid, 'SIGKILL');
  };
  setTimeout(end, STOP_WITHIN_MS).unref();
};

const followWeb = (file: string | undefined, log: Log): FollowedWebConfig | undefined => {
  if (file === undefined) return undefined;
  return followWebConfig(file, {
    onReload: () => log.info('Web configuration reloaded', { file }),
    onFailure: error => log.error('Web configuration not reloaded: the one before is still in use', { file, error }),
  });
};

/** Reads both configurations again, one reload at a time; each rejects, with everything as it was, when it is no good. */
const reloading = (
  exporter: Exporter,
  flags: Flags,
  log: Log,
  webConfig: FollowedWebConfig | undefined,
): (() => Promise<void>) => {
  let last = Promise.resolve();
  const reload = async (): Promise<void> => {
    try {
      await exporter.reload(readConfig(flags.configFile, knownNames, { mayBeEmpty: false }), () => webConfig?.reload());
    } catch (error) {
      exporter.reloadFailed();
      log.error('Configuration not reloaded: the one before is still in use', { error: messageOf(error) });
      throw error;
    }
  };
  return () => {
    const next = last.then(reload);
    last = next.catch(() => {});
    return next;
  };
};

/** Serves until a signal ends it. */
const serve = async (
  exporter: Exporter,
  flags: Flags,
  version: string,
  log: Log,
  signals: Signals,
  webConfig: FollowedWebConfig | undefined,
  demo: Demo | undefined,
) => {
  const { telemetryPath, routePrefix, maxRequests } = flags;
  const { metrics, isReady, status, runs, unhealthy } = exporter;
  const onError = (path: string, error: unknown): void => {
    log.error('A request failed', { path, error: error instanceof Error ? error.stack : `${error}` });
  };
  const reload = reloading(exporter, flags, log, webConfig);
  signals.onHangup(() => void reload().catch(() => {}));
  const app = createApp({
    version,
    telemetryPath,
    routePrefix,
    externalPath: flags.externalPath,
    maxRequests,
    metrics,
    isReady,
    status,
    runs,
    ...(flags.shard.shards === 1 ? {} : { shard: formatShard(flags.shard) }),
    unhealthy,
    config: () => renderConfig(exporter.config()),
    ...(flags.enableLifecycle && demo === undefined ? { reload } : {}),
    onError,
  });
  const server = await listen(app, flags.listenAddresses, { webConfig, onError });
  const hasTls = webConfig?.current().tls !== undefined;
  for (const listening of server.addresses) {
    const address = formatListenAddress(listening);
    log.info('Listening on', { address });
    log.info(hasTls ? 'TLS is enabled.' : 'TLS is disabled.', { http2: false, address });
  }
  const [first] = server.addresses;
  if (demo !== undefined && first !== undefined) {
    print(demo.welcome(`${hasTls ? 'https' : 'http'}://localhost:${first.port}${routePrefix}/`, telemetryPath));
  }
  const polling = exporter.run();
  const hideProgress = showProgress({ status, isDone: isReady, terminal: undefined, log });
  await Promise.race([signals.stopped, polling]);
  hideProgress();
  webConfig?.stop();
  exporter.stop();
  await Promise.all([polling, server.close()]);
  await exporter.close();
};

/** Prints the exposition of one poll. */
const once = async (exporter: Exporter, log: Log): Promise<number> => {
  const done = exporter.pollOnce();
  const hideProgress = showProgress({ status: exporter.status, isDone: () => false, terminal: terminal(), log });
  let interrupted = false;
  const stop = (): void => {
    interrupted = true;
    exporter.stop();
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const ok = await done;
  hideProgress();
  if (interrupted) {
    complain('aws-glue-exporter: interrupted; a part of the metrics would look like all of them');
    return EXIT_INTERRUPTED;
  }
  for (const bytes of await scrapeWhole(exporter.metrics, { format: 'text', gzip: false })) print(bytes);
  exporter.stop();
  return ok ? 0 : EXIT_FAILED;
};

/** Says of each config file that it is valid, or what is wrong with it. */
const checkConfigs = ({ configFile, webConfigFile }: Flags): number => {
  const checks: [what: string, read: () => unknown][] = [
    [configFile ?? 'the default configuration', () => readConfig(configFile, knownNames)],
  ];
  if (webConfigFile !== undefined) checks.push([webConfigFile, () => readWebConfig(webConfigFile)]);
  let exitCode = 0;
  for (const [what, read] of checks) {
    try {
      read();
      print(`${what} is valid\n`);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      complain(error.message);
      exitCode = EXIT_USAGE;
    }
  }
  return exitCode;
};

const run = async (): Promise<number> => {
  const flags = parseFlags(args);
  log = logAt(flags.logLevel);
  const version = versionOf(new URL('../package.json', import.meta.url));
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
  if (flags.configCheck) return checkConfigs(flags);
  const config = readConfig(flags.configFile, knownNames);
  prepareEnvironment(process.env);
  // The demo's AWS is in this process.
  const variables = flags.command === 'demo' ? {} : process.env;

  prepareFor(config.targets.length);
  const { configFile, shard } = flags;
  // A daemon needs neither in its memory.
  if (flags.command === 'iam-policy') {
    const { printIamPolicy } = await import('./commands/iam-policy.ts');
    printIamPolicy(config, { principal: flags.iamPrincipal, print, remark: text => complain(text, 'info') });
    return 0;
  }
  if (flags.command === 'check') {
    const { check } = await import('./commands/check.ts');
    return (await check(config, { shard, configFile, print, variables })) ? 0 : EXIT_FAILED;
  }

  const signals = flags.command === 'once' ? undefined : listenToSignals(log, flags.command);
  const webConfig = flags.command === 'once' ? undefined : followWeb(flags.webConfigFile, log);
  const demo = flags.command === 'demo' ? await openDemo() : undefined;
  const options = { log, ...build, nodeVersion: process.version, configFile, shard, variables };
  const exporter = await createExporter(
    // One poll counts nothing, and a daemon that runs has its state to itself.
    flags.command === 'once' ? { ...config, state: { path: undefined } } : (demo?.config ?? config),
    demo === undefined ? options : { ...options, credentials: demo.credentials },
  );
  if (signals === undefined) return once(exporter, log);
  log.info('Starting aws-glue-exporter', {
    version,
    branch: build.branch,
    revision: build.revision,
    node_version: process.version,
    command: flags.command,
    shard: formatShard(shard),
  });
  const proxies = proxyRules(variables).shown;
  if (Object.keys(proxies).length > 0) log.info('AWS is reached through a proxy', proxies);
  await serve(exporter, flags, version, log, signals, webConfig, demo);
  await demo?.close();
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
  // A config's mistakes name their file and line; editors and terminals know how to jump there.
  if (error instanceof ConfigError) complain(error.message);
  else complain(`aws-glue-exporter: ${messageOf(error)}`);
  if (error instanceof UsageError) complain('See aws-glue-exporter --help.');
  const isForUser = [UsageError, ConfigError, EnvironmentError].some(kind => error instanceof kind);
  process.exit(isForUser ? EXIT_USAGE : EXIT_FAILED);
}
