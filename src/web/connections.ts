import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { WebTls } from '../config/web-config.ts';
import { ended } from './answer-end.ts';
import { isAdmitted } from './client-certificate.ts';
import { asksForCertificates, type FollowedWebConfig } from './followed-web-config.ts';

/** What clients can cost. */
export interface ConnectionLimits {
  readonly headerBytes: number;
  /** From the start of a request to the end of its headers, and to its end; and the TLS handshake. */
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly handshakeTimeoutMs: number;
  /** From the end of a request's headers until its answer has left us. */
  readonly answerTimeoutMs: number;
  readonly idleTimeoutMs: number;
  /** When there are more, the idle ones are closed; twice as many are never open. */
  readonly connections: number;
}

export const CONNECTION_LIMITS: ConnectionLimits = {
  headerBytes: 8_192,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 15_000,
  handshakeTimeoutMs: 10_000,
  // Prometheus gives up after 10 s unless told otherwise; 35 MB take a minute at 5 Mbit/s.
  answerTimeoutMs: 60_000,
  // Prometheus closes its own after 5 minutes. Were we the first, a scrape could meet a connection that is being closed.
  idleTimeoutMs: 6 * 60_000,
  connections: 500,
};

/** What clients get to read the rest of their answer at the end. */
const CLOSE_GRACE_MS = 2_000;

/** A server that does not listen yet, and how to close it. */
export interface Connections {
  readonly server: Server;
  /** Lets answers under way finish, for a moment; half-open and idle connections are cut. */
  close(): Promise<void>;
}

/** An HTTP server, or HTTPS if the web config says so, that no client can hold up or fill. */
export const createConnections = (
  answer: RequestListener,
  config: FollowedWebConfig | undefined,
  limits: ConnectionLimits,
): Connections => {
  const options: ServerOptions = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.idleTimeoutMs,
    connectionsCheckingInterval: Math.min(limits.headersTimeoutMs, 1_000),
  };
  const tls = config?.current().tls;
  const server =
    config === undefined || tls === undefined
      ? createServer(options)
      : createFollowingTlsServer({ ...options, handshakeTimeout: limits.handshakeTimeoutMs }, config, tls);
  server.maxConnections = 2 * limits.connections;
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    server.getConnections((_error, count) => {
      if (count > limits.connections) server.closeIdleConnections();
    });
  });
  const drained = trackAnswers(server, limits.answerTimeoutMs);
  const answerBodiless: RequestListener = (request, response) => {
    const { 'transfer-encoding': encoding, 'content-length': length = '0' } = request.headers;
    // Nothing here takes a body. Closing afterwards is what keeps us from reading it to its end, if it has one.
    if (encoding !== undefined || length !== '0') response.shouldKeepAlive = false;
    answer(request, response);
  };
  server.on('request', answerBodiless);
  // Who asks before sending a body gets the answer at once instead.
  server.on('checkContinue', (request, response) => server.emit('request', request, response));
  return { server, close: () => closeServer(server, sockets, drained) };
};

/** Takes over new certificates for new connections; those that are open stay. */
const createFollowingTlsServer = (
  options: ServerOptions & { readonly handshakeTimeout: number },
  config: FollowedWebConfig,
  tls: WebTls,
): Server => {
  const server = createTlsServer({
    ...options,
    ...tls.context,
    ALPNProtocols: ['http/1.1'],
    requestCert: asksForCertificates(tls),
    rejectUnauthorized: false,
  });
  let current = tls;
  config.onChange(({ tls: next }) => {
    if (next === undefined || JSON.stringify(next) === JSON.stringify(current)) return;
    current = next;
    // Its session tickets end, too: whoever comes back is checked against the new authority.
    server.setSecureContext({ ...next.context });
  });
  // Before Node's own listener, which reads requests.
  server.prependListener('secureConnection', socket => {
    if (!isAdmitted(current, socket)) socket.destroy();
  });
  return server;
};

/**
 * Follows the answers under way; the function it returns resolves when there are none. An answer that has not left us in time is
 * cut, for who reads slowly or not at all would keep its memory, and a place among the scrapes, for ever.
 */
const trackAnswers = (server: Server, answerTimeoutMs: number): (() => Promise<void>) => {
  const underWay = new Set<ServerResponse>();
  let drained = () => {};
  server.on('request', (request, response) => {
    underWay.add(response);
    const deadline = setTimeout(() => request.socket.destroy(), answerTimeoutMs);
    deadline.unref();
    void ended(response).then(() => {
      clearTimeout(deadline);
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

const closeServer = async (
  server: Server,
  sockets: ReadonlySet<Socket>,
  drained: () => Promise<void>,
): Promise<void> => {
  // Node's own close() cuts every answer that is written but not yet sent, so it has to wait.
  const grace = new AbortController();
  await Promise.race([drained(), pause(CLOSE_GRACE_MS, undefined, { signal: grace.signal }).catch(() => {})]);
  grace.abort();
  const closed = once(server, 'close');
  server.close();
  // Node's own closeAllConnections() leaves those whose TLS handshake is not complete.
  for (const socket of sockets) socket.destroy();
  await closed;
};
