import type { Config } from '../config/config.ts';
import { renderConfig } from '../config/render.ts';
import { createExporter, type Exporter, type ExporterOptions } from '../exporter/exporter.ts';
import { proxyRules } from '../glue/proxy.ts';
import type { Log } from '../log.ts';
import { formatShard } from '../shard.ts';
import { type FollowedWebConfig, followWebConfig } from '../web/followed-web-config.ts';
import { formatListenAddress } from '../web/listen-address.ts';
import { createApp, listen, type WebServer } from '../web/server.ts';
import type { Demo } from './demo.ts';
import type { Flags } from './flags.ts';
import { showProgress } from './progress.ts';
import { createReload } from './reload.ts';

/** The signals that a daemon obeys. */
export interface Signals {
  /** Resolves with the first signal that asks the process to end. */
  readonly stopped: Promise<void>;
  /** Called for every SIGHUP, also for one that came before. */
  onHangup(listener: () => void): void;
}

export interface ServeOptions {
  readonly flags: Flags;
  readonly exporterOptions: ExporterOptions;
  readonly signals: Signals;
  readonly print: (text: string) => void;
}

/** Polls and serves until a signal ends it. Rejects as createExporter does, or when it cannot listen. */
export const serve = async (config: Config, options: ServeOptions): Promise<void> => {
  const { flags, exporterOptions, signals } = options;
  const { log } = exporterOptions;
  const webConfig = followWeb(flags.webConfigFile, log);
  const demo = flags.command === 'demo' ? await openDemo() : undefined;
  const exporter = await createExporter(
    demo?.config ?? config,
    demo === undefined ? exporterOptions : { ...exporterOptions, credentials: demo.credentials },
  );
  logStart(options);
  const server = await openServer(exporter, webConfig, options, { isDemo: demo !== undefined });
  const hasTls = webConfig?.current().tls !== undefined;
  logAddresses(server, hasTls, log);
  if (demo !== undefined) welcome(demo, server, hasTls, options);
  const polling = exporter.run();
  const hideProgress = showProgress({ status: exporter.status, isDone: exporter.isReady, terminal: undefined, log });
  await Promise.race([signals.stopped, polling]);
  hideProgress();
  webConfig?.stop();
  exporter.stop();
  await Promise.all([polling, server.close()]);
  await exporter.close();
  await demo?.close();
};

/** A daemon needs no simulator in its memory. */
const openDemo = async (): Promise<Demo> => {
  const { startDemo } = await import('./demo.ts');
  return startDemo();
};

const followWeb = (file: string | undefined, log: Log): FollowedWebConfig | undefined => {
  if (file === undefined) return undefined;
  return followWebConfig(file, {
    onReload: () => log.info('Web configuration reloaded', { file }),
    onFailure: error => log.error('Web configuration not reloaded: the one before is still in use', { file, error }),
  });
};

const logStart = ({ flags, exporterOptions }: ServeOptions): void => {
  const { log, version, branch, revision, nodeVersion, variables = {} } = exporterOptions;
  log.info('Starting aws-glue-exporter', {
    version,
    branch,
    revision,
    node_version: nodeVersion,
    command: flags.command,
    shard: formatShard(flags.shard),
  });
  const proxies = proxyRules(variables).shown;
  if (Object.keys(proxies).length > 0) log.info('AWS is reached through a proxy', proxies);
};

/** Listens, and reloads at every SIGHUP from now on. */
const openServer = async (
  exporter: Exporter,
  webConfig: FollowedWebConfig | undefined,
  { flags, exporterOptions, signals }: ServeOptions,
  { isDemo }: { readonly isDemo: boolean },
): Promise<WebServer> => {
  const { log, version } = exporterOptions;
  const { telemetryPath, routePrefix, externalPath, maxRequests, shard } = flags;
  const { metrics, isReady, status, runs, unhealthy } = exporter;
  const onError = (path: string, error: unknown): void => {
    log.error('A request failed', { path, error: error instanceof Error ? error.stack : `${error}` });
  };
  const reload = createReload({ exporter, configFile: flags.configFile, webConfig, log });
  signals.onHangup(() => void reload().catch(() => {}));
  const app = createApp({
    version,
    telemetryPath,
    routePrefix,
    externalPath,
    maxRequests,
    metrics,
    isReady,
    status,
    runs,
    ...(shard.shards === 1 ? {} : { shard: formatShard(shard) }),
    unhealthy,
    config: () => renderConfig(exporter.config()),
    ...(flags.enableLifecycle && !isDemo ? { reload } : {}),
    onError,
  });
  return listen(app, flags.listenAddresses, { webConfig, onError });
};

const logAddresses = ({ addresses }: WebServer, hasTls: boolean, log: Log): void => {
  for (const listening of addresses) {
    const address = formatListenAddress(listening);
    log.info('Listening on', { address });
    log.info(hasTls ? 'TLS is enabled.' : 'TLS is disabled.', { http2: false, address });
  }
};

const welcome = (demo: Demo, { addresses }: WebServer, hasTls: boolean, { flags, print }: ServeOptions): void => {
  const [first] = addresses;
  if (first === undefined) return;
  const statusUrl = `${hasTls ? 'https' : 'http'}://localhost:${first.port}${flags.routePrefix}/`;
  print(demo.welcome(statusUrl, flags.telemetryPath));
};
