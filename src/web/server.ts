import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { messageOf } from '../log.ts';
import { TEXT_CONTENT_TYPE } from '../metrics/text.ts';
import type { TargetStatus } from '../status.ts';
import { formatListenAddress, type ListenAddress } from './listen-address.ts';
import { renderStatusPage, STATUS_PAGE_CSP } from './status-page.ts';

/** What the web server shows. It reads; nothing that comes in reaches AWS. */
export interface WebSources {
  readonly version: string;
  readonly telemetryPath: string;
  metrics(): Promise<string>;
  isReady(): boolean;
  status(): readonly TargetStatus[];
  /** Told what went wrong with a request; the client is told that something did. */
  onError?(path: string, error: unknown): void;
}

/** A listening web server. */
export interface WebServer {
  readonly addresses: readonly ListenAddress[];
  /** Lets answers under way finish, for a moment; half-open and idle connections are cut. */
  close(): Promise<void>;
}

/** 3 rather than zlib's 6: a third of the time for a few per cent more bytes. */
const GZIP_LEVEL = 3;
/** What clients get to read the rest of their answer at the end. */
const CLOSE_GRACE_MS = 2_000;

const compress = promisify<Buffer, { level: number }, Buffer>(gzip);

/** The routes, without a socket. */
export const createApp = (sources: WebSources): Express => {
  const app = express();
  app.disable('x-powered-by');
  // Nothing here is cached by clients, and an ETag would be computed over the whole exposition.
  app.disable('etag');

  const plain = (response: Response, status: number, text: string): void => {
    response.status(status).type('text/plain').send(`${text}\n`);
  };

  app.get(sources.telemetryPath, async (request, response) => {
    const body = Buffer.from(await sources.metrics());
    response.set('Content-Type', TEXT_CONTENT_TYPE).vary('Accept-Encoding');
    if (request.acceptsEncodings('gzip', 'identity') !== 'gzip') {
      response.set('Content-Length', `${body.length}`).end(body);
      return;
    }
    const zipped = await compress(body, { level: GZIP_LEVEL });
    response.set({ 'Content-Encoding': 'gzip', 'Content-Length': `${zipped.length}` }).end(zipped);
  });

  app.get('/-/healthy', (_request, response) => plain(response, 200, 'aws-glue-exporter is healthy.'));

  app.get('/-/ready', (_request, response) => {
    if (sources.isReady()) plain(response, 200, 'aws-glue-exporter is ready.');
    else plain(response, 503, 'aws-glue-exporter is not ready: the first poll is not complete.');
  });

  app.get('/', (_request, response) => {
    const { version, telemetryPath } = sources;
    const page = renderStatusPage({ version, telemetryPath, ready: sources.isReady(), targets: sources.status() });
    response.set({ 'Content-Security-Policy': STATUS_PAGE_CSP, 'X-Content-Type-Options': 'nosniff' });
    response.type('text/html').send(page);
  });

  app.all([sources.telemetryPath, '/-/healthy', '/-/ready', '/'], (_request, response) => {
    plain(response.set('Allow', 'GET, HEAD'), 405, 'Method not allowed; use GET or HEAD.');
  });

  app.use((_request, response) => plain(response, 404, 'There is nothing here; see /.'));

  // Express's own handler answers with a stack trace. It tells a handler of errors by its four parameters.
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    sources.onError?.(request.path, error);
    if (response.headersSent) response.destroy();
    else plain(response, 500, 'Something went wrong in the exporter.');
  });
  return app;
};

/** Listens on every address; rejects, with none of them open, when one cannot be had. */
export const listen = async (app: Express, addresses: readonly ListenAddress[]): Promise<WebServer> => {
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(closers.map(closeOne => closeOne()));
  };
  const open: ListenAddress[] = [];
  for (const address of addresses) {
    const server = createServer(app);
    const drained = trackAnswers(server);
    try {
      await listenOn(server, address);
    } catch (error) {
      await close();
      throw new Error(`cannot listen on ${formatListenAddress(address)}: ${why(error)}`, { cause: error });
    }
    closers.push(() => closeServer(server, drained));
    const bound = server.address();
    open.push(typeof bound === 'object' && bound !== null ? { ...address, port: bound.port } : address);
  }
  return { addresses: open, close };
};

/** Follows the answers under way; the function it returns resolves when there are none. */
const trackAnswers = (server: Server): (() => Promise<void>) => {
  const underWay = new Set<ServerResponse>();
  let drained = () => {};
  server.on('request', (_request, response) => {
    underWay.add(response);
    response.once('close', () => {
      underWay.delete(response);
      if (underWay.size === 0) drained();
    });
  });
  return () =>
    new Promise(resolve => {
      drained = resolve;
      if (underWay.size === 0) resolve();
    });
};

const listenOn = (server: Server, { host, port }: ListenAddress): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      server.off('error', reject);
      resolve();
    });
  });

const closeServer = async (server: Server, drained: () => Promise<void>): Promise<void> => {
  // Node's own close() cuts every answer that is written but not yet sent, so it has to wait.
  const grace = new AbortController();
  await Promise.race([drained(), pause(CLOSE_GRACE_MS, undefined, { signal: grace.signal }).catch(() => {})]);
  grace.abort();
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
};

const why = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE')
    return 'the port is in use; choose another with --web.listen-address (after -- with npm run)';
  if (code === 'EACCES') return 'not permitted; choose a port above 1023 with --web.listen-address';
  if (code === 'EADDRNOTAVAIL') return 'this machine does not have that address';
  if (code === 'ENOTFOUND') return 'the name cannot be resolved';
  return messageOf(error);
};
