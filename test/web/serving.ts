// A web server for a test, and bare sockets that send it exactly what the test says.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { afterEach, vi } from 'vitest';
import { closeMember, deflateLastPart, joinParts } from '../../src/metrics/gzip.ts';
import type { Scrape } from '../../src/metrics/scrapes.ts';
import type { RunsStatus, TargetStatus } from '../../src/status.ts';
import { createApp, type ListenOptions, listen, type WebServer, type WebSources } from '../../src/web/server.ts';
import { runAtOnce } from '../../src/yield.ts';

export const EXPOSITION = '# HELP a An example.\n# TYPE a gauge\na{name="größe 😀"} 1\n';

/** Scrapes that show this text, whatever the format. */
export const scrapeOf =
  (text: string): Scrape =>
  async ({ gzip }, begin) => {
    const plain = Buffer.from(text);
    const open = runAtOnce(joinParts([]));
    begin(gzip ? [open.bytes] : []);
    return gzip ? closeMember(open, await deflateLastPart(plain)) : [plain];
  };

/** Scrapes whose first bytes are these parts; nothing follows them. */
export const scrapeOfParts =
  (parts: readonly Buffer[]): Scrape =>
  async (_form, begin) => {
    begin(parts);
    return [];
  };

/** What is to be undone after the test, last things first. */
export const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const target: TargetStatus = {
  accountId: '111122223333',
  region: '<eu-west-1>',
  up: true,
  error: undefined,
  lastPollEndedAt: undefined,
  lastPollSeconds: undefined,
  oldestReadAt: undefined,
  readAgeLimitSeconds: undefined,
  collectors: [],
};

export const noRuns: RunsStatus = {
  kinds: [],
  entities: [],
  failures: [],
  consoleLink: () => 'https://console.example/',
};

export const serve = async (
  sources: Partial<WebSources> = {},
  options: ListenOptions = {},
): Promise<{ server: WebServer; port: number; url: string }> => {
  const app = createApp({
    version: '1.2.3',
    telemetryPath: '/metrics',
    metrics: scrapeOf(EXPOSITION),
    isReady: () => true,
    status: () => [target],
    runs: () => noRuns,
    ...sources,
  });
  const server = await listen(app, [{ host: '127.0.0.1', port: 0 }], options);
  cleanups.push(() => server.close());
  const port = server.addresses[0]?.port ?? 0;
  return { server, port, url: `http://127.0.0.1:${port}` };
};

/** A bare connection: what is sent, and nothing else. */
export const dial = async (port: number, text = ''): Promise<Socket> => {
  const socket = connect(port, '127.0.0.1');
  cleanups.push(() => socket.destroy());
  await once(socket, 'connect');
  socket.write(text);
  return socket;
};

/** The same over TLS. Rejects when the handshake fails. */
export const dialTls = async (port: number, options: ConnectionOptions, text = ''): Promise<TLSSocket> => {
  const socket = connectTls({ port, host: '127.0.0.1', servername: 'localhost', ...options });
  cleanups.push(() => socket.destroy());
  await once(socket, 'secureConnect');
  socket.write(text);
  return socket;
};

/** All that the server sends on a connection until it closes it. */
export const received = async (socket: Socket): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
};

export type Headers = Readonly<Record<string, string>>;

/** A request without headers of a client's own making. */
export const requestOf = (method: string, path: string, headers: Headers = {}): string => {
  const lines = Object.entries({ Host: 'x', Connection: 'close', ...headers });
  return `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
};

/** An answer cut into its parts. */
export const answerIn = (answer: Buffer) => {
  const end = answer.indexOf('\r\n\r\n');
  const [status = '', ...fields] = answer.subarray(0, end).toString().split('\r\n');
  const pairs = fields.map(field => {
    const [name = '', ...value] = field.split(': ');
    return [name.toLowerCase(), value.join(': ')] as const;
  });
  const headers = new Map(pairs);
  const sent = answer.subarray(end + 4);
  // An answer to HEAD has none.
  const isChunked = headers.get('transfer-encoding') === 'chunked' && sent.length > 0;
  return { status: Number(status.split(' ')[1]), headers, body: isChunked ? joinChunks(sent) : sent };
};

/** A body that came in chunks. Throws when the last one, which is empty, is missing. */
const joinChunks = (sent: Buffer): Buffer => {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const start = sent.indexOf('\r\n', at) + 2;
    const length = Number.parseInt(sent.toString('latin1', at, start), 16);
    if (start < 2 || !(start + length + 2 <= sent.length)) throw new Error('the answer is cut off');
    if (length === 0) return Buffer.concat(chunks);
    chunks.push(sent.subarray(start, start + length));
    at = start + length + 2;
  }
};

export const ask = async (port: number, method: string, path: string, headers: Headers = {}) =>
  answerIn(await received(await dial(port, requestOf(method, path, headers))));

export const askTls = async (port: number, options: ConnectionOptions, path: string, headers: Headers = {}) =>
  answerIn(await received(await dialTls(port, options, requestOf('GET', path, headers))));
