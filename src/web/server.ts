import type { Server } from 'node:http';
import express, { type Express, type NextFunction, type Request, type Response, type Router } from 'express';
import { messageOf } from '../log.ts';
import type { Scrape } from '../metrics/scrapes.ts';
import type { RunsStatus, TargetStatus } from '../status.ts';
import { guard } from './access.ts';
import { CONNECTION_LIMITS, type ConnectionLimits, createConnections } from './connections.ts';
import type { FollowedWebConfig } from './followed-web-config.ts';
import { formatListenAddress, type ListenAddress } from './listen-address.ts';
import { refuseSelection } from './query-selection.ts';
import { linkBase } from './route-prefix.ts';
import { scrape } from './scrape.ts';
import { sendText } from './send-text.ts';
import { parseQuery } from './status/query.ts';
import { STATUS_PAGE_CSP } from './status/style.ts';
import { renderStatusPage } from './status-page.ts';

/** What the web server shows. It reads; nothing that comes in reaches AWS. */
export interface WebSources {
  readonly version: string;
  readonly telemetryPath: string;
  /** The path below which everything is answered; empty for none, else such as /glue. */
  readonly routePrefix?: string;
  /** The path by which clients reach the page; undefined when that is not known. */
  readonly externalPath?: string | undefined;
  /** Scrapes at once; 0 or none for any number. */
  readonly maxRequests?: number;
  readonly metrics: Scrape;
  isReady(): boolean;
  status(): readonly TargetStatus[];
  runs(): RunsStatus;
  /** Such as 2/4, when this exporter has only a part of all entities. */
  readonly shard?: string;
  /** Why the daemon should be started anew; undefined when it is healthy. */
  unhealthy?(): string | undefined;
  /** The configuration as YAML, without its secrets. */
  config?(): string;
  /** Reads the configuration again; rejects, with the old one in force, when it is no good. Without it nobody may ask for that. */
  reload?(): Promise<void>;
  /** Told what went wrong with a request; the client is told that something did. */
  onError?(path: string, error: unknown): void;
}

/** A listening web server. */
export interface WebServer {
  readonly addresses: readonly ListenAddress[];
  /** Lets answers under way finish, for a moment; half-open and idle connections are cut. */
  close(): Promise<void>;
}

export interface ListenOptions {
  /** TLS, users and headers; without it, plain HTTP for everybody. */
  readonly webConfig?: FollowedWebConfig | undefined;
  readonly limits?: Partial<ConnectionLimits>;
  /** Told why a login could not be checked. */
  readonly onError?: (path: string, error: unknown) => void;
}

/** The routes, without a socket. */
export const createApp = (sources: WebSources): Express => {
  const app = express();
  app.disable('x-powered-by');
  // Nothing here is cached by clients, and an ETag would be computed over the whole exposition.
  app.disable('etag');
  const { routePrefix = '', externalPath } = sources;

  // Everything is answered anew: Express would tell who has anything at all (`*`) that it has not changed, health included.
  app.use((request, _response, next) => {
    request.headers['if-none-match'] = undefined;
    next();
  });

  if (routePrefix === '') {
    app.use(routes(sources));
  } else {
    // Relative links would lead elsewhere from a page whose path does not end with a slash.
    app.get(['/', routePrefix], (request, response, next) => {
      const { path } = request;
      if (path !== '/' && path.endsWith('/')) return next();
      // From /glue to glue/: right wherever a proxy shows it.
      const relative = `.${path === '/' ? routePrefix : routePrefix.slice(routePrefix.lastIndexOf('/'))}/`;
      const [, query] = request.url.split(/(\?.*)/s);
      response.location(`${externalPath === undefined ? relative : `${externalPath}/`}${query ?? ''}`);
      plain(response, 302, 'The status page is here.');
    });
    app.use(routePrefix, routes(sources));
  }

  app.use((_request, response) => plain(response, 404, `There is nothing here; see ${routePrefix}/.`));

  // Express's own handler answers with a stack trace. It tells a handler of errors by its four parameters.
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    sources.onError?.(request.path, error);
    if (response.headersSent) response.destroy();
    else plain(response, 500, 'Something went wrong in the exporter.');
  });
  return app;
};

/** What is answered below the route prefix. */
const routes = (sources: WebSources): Router => {
  const app = express.Router();
  const { version, telemetryPath, config, reload } = sources;

  app.get(telemetryPath, refuseSelection, scrape(sources.metrics, sources.maxRequests ?? 0));

  app.get('/-/healthy', (_request, response) => {
    const reason = sources.unhealthy?.();
    if (reason === undefined) plain(response, 200, 'aws-glue-exporter is healthy.');
    else plain(response, 503, `aws-glue-exporter is not healthy: ${reason}`);
  });

  app.get('/-/ready', (_request, response) => {
    if (sources.isReady()) plain(response, 200, 'aws-glue-exporter is ready.');
    else plain(response, 503, 'aws-glue-exporter is not ready: the first poll is not complete.');
  });

  app.post('/-/reload', async (_request, response) => {
    if (reload === undefined) return plain(response, 403, 'Lifecycle API is not enabled.');
    try {
      await reload();
    } catch (error) {
      return plain(response, 500, `failed to reload config: ${messageOf(error)}`);
    }
    plain(response, 200, 'The configuration was reloaded.');
  });

  app.all('/-/reload', (_request, response) => notAllowed(response, 'POST'));

  // As text, which browsers show; they would save YAML.
  if (config !== undefined)
    app.get('/config', (request, response) => sendText(request, response, 'text/plain', `${config().trimEnd()}\n`));

  app.get('/', async (request, response) => {
    const page = await renderStatusPage({
      version,
      base: linkBase(sources.externalPath),
      telemetryPath,
      config: config !== undefined,
      ready: sources.isReady(),
      shard: sources.shard,
      targets: sources.status(),
      runs: sources.runs(),
      query: parseQuery(request.url.slice(request.url.indexOf('?') + 1)),
      now: Date.now() / 1000,
    });
    response.set('Content-Security-Policy', STATUS_PAGE_CSP);
    await sendText(request, response, 'text/html', page);
  });

  const readable = [telemetryPath, '/-/healthy', '/-/ready', '/', ...(config === undefined ? [] : ['/config'])];
  app.all(readable, (_request, response) => notAllowed(response, 'GET, HEAD'));

  return app;
};

const plain = (response: Response, status: number, text: string): void => {
  response.set('X-Content-Type-Options', 'nosniff').status(status).type('text/plain').send(`${text.trimEnd()}\n`);
};

const notAllowed = (response: Response, allowed: string): void => {
  plain(response.set('Allow', allowed), 405, `Method not allowed; use ${allowed.replace(', ', ' or ')}.`);
};

/** Listens on every address; rejects, with none of them open, when one cannot be had. */
export const listen = async (
  app: Express,
  addresses: readonly ListenAddress[],
  { webConfig, limits = {}, onError = () => {} }: ListenOptions = {},
): Promise<WebServer> => {
  const answer = webConfig === undefined ? app : guard(webConfig, app, onError);
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(closers.map(closeOne => closeOne()));
  };
  const open: ListenAddress[] = [];
  for (const address of addresses) {
    const connections = createConnections(answer, webConfig, { ...CONNECTION_LIMITS, ...limits });
    try {
      await listenOn(connections.server, address);
    } catch (error) {
      await close();
      throw new Error(`cannot listen on ${formatListenAddress(address)}: ${why(error)}`, { cause: error });
    }
    closers.push(connections.close);
    const bound = connections.server.address();
    open.push(typeof bound === 'object' && bound !== null ? { ...address, port: bound.port } : address);
  }
  return { addresses: open, close };
};

const listenOn = (server: Server, { host, port }: ListenAddress): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      server.off('error', reject);
      resolve();
    });
  });

const why = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE')
    return 'the port is in use; choose another with --web.listen-address (after -- with npm run)';
  if (code === 'EACCES') return 'not permitted; choose a port above 1023 with --web.listen-address';
  if (code === 'EADDRNOTAVAIL') return 'this machine does not have that address';
  if (code === 'ENOTFOUND') return 'the name cannot be resolved';
  return messageOf(error);
};
