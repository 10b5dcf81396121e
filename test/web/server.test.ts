import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { TargetStatus } from '../../src/status.ts';
import { createApp, listen, type WebServer, type WebSources } from '../../src/web/server.ts';

const EXPOSITION = '# HELP a An example.\n# TYPE a gauge\na{name="größe 😀"} 1\n';

const cleanups: (() => unknown)[] = [];
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
  collectors: [],
};

const serve = async (sources: Partial<WebSources> = {}): Promise<{ server: WebServer; port: number; url: string }> => {
  const app = createApp({
    version: '1.2.3',
    telemetryPath: '/metrics',
    metrics: async () => EXPOSITION,
    isReady: () => true,
    status: () => [target],
    ...sources,
  });
  const server = await listen(app, [{ host: '127.0.0.1', port: 0 }]);
  cleanups.push(() => server.close());
  const port = server.addresses[0]?.port ?? 0;
  return { server, port, url: `http://127.0.0.1:${port}` };
};

/** A bare connection: what is sent, and nothing else. */
const dial = async (port: number, text = ''): Promise<Socket> => {
  const socket = connect(port, '127.0.0.1');
  cleanups.push(() => socket.destroy());
  await once(socket, 'connect');
  socket.write(text);
  return socket;
};

/** All that the server sends on a connection until it closes it. */
const received = async (socket: Socket): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
};

/** A request without headers of a client's own making, and the answer cut into its parts. */
const ask = async (port: number, method: string, path: string, headers: Readonly<Record<string, string>> = {}) => {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${lines.join('')}\r\n`;
  const answer = await received(await dial(port, head));
  const end = answer.indexOf('\r\n\r\n');
  const [status = '', ...fields] = answer.subarray(0, end).toString().split('\r\n');
  const pairs = fields.map(field => {
    const [name = '', ...value] = field.split(': ');
    return [name.toLowerCase(), value.join(': ')] as const;
  });
  const body = answer.subarray(end + 4);
  return { status: Number(status.split(' ')[1]), headers: new Map(pairs), body };
};

describe('/metrics', () => {
  it('is the exposition in text format 0.0.4', async () => {
    const { port } = await serve();
    const { status, headers, body } = await ask(port, 'GET', '/metrics');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(headers.get('content-length')).toBe(`${Buffer.byteLength(EXPOSITION)}`);
    expect(headers.get('vary')).toBe('Accept-Encoding');
    expect(body.toString()).toBe(EXPOSITION);
    expect([...headers.keys()].sort()).toEqual(['connection', 'content-length', 'content-type', 'date', 'vary']);
  });

  it.each([
    ['gzip', true],
    ['GZIP', true],
    ['gzip, deflate, br', true],
    ['*', true],
    ['gzip;q=0.1', true],
    ['identity;q=0.5, gzip;q=1', true],
    ['gzip;q=0.5, identity;q=0.5', true],
    ['identity', false],
    ['', false],
    ['br', false],
    ['gzip;q=0', false],
    ['gzip;q=0, *', false],
    ['gzip;q=0.5, identity', false],
    ['*;q=0', false],
    ['gzip;q=much', false],
    [';;,', false],
  ])('with Accept-Encoding %j is compressed: %s', async (accepted, isZipped) => {
    const { port } = await serve();
    const { headers, body } = await ask(port, 'GET', '/metrics', { 'Accept-Encoding': accepted });
    expect(headers.get('content-encoding')).toBe(isZipped ? 'gzip' : undefined);
    expect(headers.get('content-length')).toBe(`${body.length}`);
    expect((isZipped ? gunzipSync(body) : body).toString()).toBe(EXPOSITION);
  });

  it('can be somewhere else', async () => {
    const { port } = await serve({ telemetryPath: '/probe/glue-1.0_x' });
    expect((await ask(port, 'GET', '/probe/glue-1.0_x')).body.toString()).toBe(EXPOSITION);
    expect((await ask(port, 'GET', '/probe/glue-1_0_x')).status).toBe(404);
    expect((await ask(port, 'GET', '/metrics')).status).toBe(404);
  });

  it('ignores a query', async () => {
    const { port } = await serve();
    expect((await ask(port, 'GET', '/metrics?name[]=x&%')).body.toString()).toBe(EXPOSITION);
  });

  it('is put together anew for each scrape', async () => {
    let scrapes = 0;
    const { port } = await serve({ metrics: async () => `scrapes ${++scrapes}\n` });
    expect((await ask(port, 'GET', '/metrics')).body.toString()).toBe('scrapes 1\n');
    expect((await ask(port, 'GET', '/metrics')).body.toString()).toBe('scrapes 2\n');
  });

  it('may be empty', async () => {
    const { port } = await serve({ metrics: async () => '' });
    const { headers, body } = await ask(port, 'GET', '/metrics', { 'Accept-Encoding': 'gzip' });
    expect(headers.get('content-encoding')).toBe('gzip');
    expect(gunzipSync(body)).toHaveLength(0);
  });

  it('fails without telling strangers why, tells us, and works again', async () => {
    const told: unknown[] = [];
    const results: (() => Promise<string>)[] = [
      async () => Promise.reject(new Error('a secret')),
      async () => EXPOSITION,
    ];
    const { port } = await serve({
      metrics: () => results.shift()?.() ?? Promise.resolve(''),
      onError: (path, error) => told.push(path, error),
    });
    const failed = await ask(port, 'GET', '/metrics');
    expect([failed.status, failed.body.toString()]).toEqual([500, 'Something went wrong in the exporter.\n']);
    expect(told).toEqual(['/metrics', new Error('a secret')]);
    expect((await ask(port, 'GET', '/metrics')).status).toBe(200);
  });
});

describe('the other routes', () => {
  it('say that the exporter is healthy', async () => {
    const { port } = await serve({ isReady: () => false });
    const { status, body } = await ask(port, 'GET', '/-/healthy');
    expect([status, body.toString()]).toEqual([200, 'aws-glue-exporter is healthy.\n']);
  });

  it('say when it is ready', async () => {
    let ready = false;
    const { port } = await serve({ isReady: () => ready });
    const before = await ask(port, 'GET', '/-/ready');
    expect([before.status, before.body.toString()]).toEqual([
      503,
      'aws-glue-exporter is not ready: the first poll is not complete.\n',
    ]);
    ready = true;
    expect((await ask(port, 'GET', '/-/ready')).status).toBe(200);
  });

  it('show the status page under a policy that lets nothing run', async () => {
    const { port } = await serve();
    const { status, headers, body } = await ask(port, 'GET', '/');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(body.toString()).toContain('<td>&lt;eu-west-1&gt;</td>');
  });

  it.each(['/nothing', '/metrics/x', '/-/', '/-/reload', '/%', '/%E0%A4%A', '/../metrics', '//metrics', '/<script>'])(
    'are not %s',
    async path => {
      const { port } = await serve();
      const { status, headers, body } = await ask(port, 'GET', path);
      expect(status).toBe(404);
      expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
      expect(body.toString()).toBe('There is nothing here; see /.\n');
    },
  );

  it('do not say what serves them', async () => {
    const { port } = await serve();
    for (const path of ['/metrics', '/', '/nothing']) {
      const { headers } = await ask(port, 'GET', path);
      expect(headers.has('x-powered-by') || headers.has('server') || headers.has('etag')).toBe(false);
    }
  });
});

describe('methods', () => {
  it.each(['/metrics', '/', '/-/healthy', '/-/ready'])('HEAD %s is GET without the body', async path => {
    const { port } = await serve();
    const head = await ask(port, 'HEAD', path);
    const get = await ask(port, 'GET', path);
    expect(head.body).toHaveLength(0);
    expect(head.status).toBe(get.status);
    const fields = ({ headers }: typeof get) => [...headers].filter(([name]) => name !== 'date');
    expect(fields(head)).toEqual(fields(get));
  });

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'])('%s is not allowed', async method => {
    const { port } = await serve();
    for (const path of ['/metrics', '/', '/-/healthy', '/-/ready']) {
      const { status, headers } = await ask(port, method, path);
      expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    }
    expect((await ask(port, method, '/nothing')).status).toBe(404);
  });

  it('and what is no HTTP is refused', async () => {
    const { port } = await serve();
    expect((await received(await dial(port, 'garbage\r\n\r\n'))).toString()).toMatch(/^HTTP\/1\.1 400 /);
    const huge = await received(await dial(port, `GET /metrics HTTP/1.1\r\nHost: ${'x'.repeat(20_000)}\r\n\r\n`));
    expect(huge.toString()).toMatch(/^HTTP\/1\.1 431 /);
    expect((await ask(port, 'GET', '/-/healthy')).status).toBe(200);
  });

  it('HTTP/1.0 is answered, too', async () => {
    const { port } = await serve();
    const answer = (await received(await dial(port, 'GET /metrics HTTP/1.0\r\n\r\n'))).toString();
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer.endsWith(EXPOSITION)).toBe(true);
  });
});

describe('listening', () => {
  const app = createApp({
    version: '1',
    telemetryPath: '/metrics',
    metrics: async () => '',
    isReady: () => true,
    status: () => [],
  });
  const local = (port: number) => ({ host: '127.0.0.1', port });

  it('is on every address that was asked for', async () => {
    const server = await listen(app, [local(0), local(0)]);
    cleanups.push(() => server.close());
    const ports = server.addresses.map(({ port }) => port);
    expect(new Set(ports).size).toBe(2);
    for (const port of ports) expect((await ask(port, 'GET', '/-/healthy')).status).toBe(200);
  });

  it('fails on a port that is in use, and leaves none of the others open', async () => {
    const { port: taken } = await serve();
    const free = await listen(app, [local(0)]);
    const port = free.addresses[0]?.port ?? 0;
    await free.close();
    await expect(listen(app, [local(port), local(taken)])).rejects.toThrow(
      `cannot listen on 127.0.0.1:${taken}: the port is in use; choose another with --web.listen-address`,
    );
    const again = await listen(app, [local(port)]);
    await again.close();
  });

  it('fails on an address that is not this machine’s', async () => {
    await expect(listen(app, [{ host: '203.0.113.1', port: 0 }])).rejects.toThrow(
      'cannot listen on 203.0.113.1:0: this machine does not have that address',
    );
  });
});

describe('closing', () => {
  const CLOSE_GRACE_MS = 2_000;
  /** Only the server's grace stands still; sockets go on. */
  const stopTime = () => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });

  /** A request and its answer on another connection: by then the server has seen whatever was sent before. */
  const settle = async (port: number) => expect((await ask(port, 'GET', '/-/healthy')).status).toBe(200);

  it('cuts idle connections at once', async () => {
    stopTime();
    const { server, port } = await serve();
    const socket = await dial(port, 'GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(socket, 'data');
    const ended = once(socket.resume(), 'close');
    await server.close();
    await ended;
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    ['nothing', ''],
    ['half a request', 'GET /metrics HTTP/1.1\r\nHos'],
    ['headers and half a body', 'POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf'],
  ])('cuts a connection that sent %s after a moment', async (_what, text) => {
    stopTime();
    const { server, port } = await serve();
    const socket = await dial(port, text);
    const ended = once(socket.resume(), 'close');
    await settle(port);
    const closed = server.close();
    await vi.advanceTimersByTimeAsync(CLOSE_GRACE_MS);
    await closed;
    await ended;
  });

  it('lets an answer under way finish', async () => {
    stopTime();
    const metrics = vi.fn<() => Promise<string>>();
    let finish = (_text: string): void => {};
    const asked = new Promise<void>(resolve => {
      metrics.mockImplementation(() => {
        resolve();
        return new Promise(done => {
          finish = done;
        });
      });
    });
    const { server, port } = await serve({ metrics });
    const socket = await dial(port, 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
    await asked;
    const closed = server.close();
    finish(EXPOSITION);
    let answer = '';
    while (!answer.endsWith(EXPOSITION)) answer += String(await once(socket, 'data'));
    await vi.advanceTimersByTimeAsync(CLOSE_GRACE_MS);
    await closed;
  });

  it('cuts an answer that takes too long', async () => {
    stopTime();
    const { server, port } = await serve({ metrics: () => new Promise<string>(() => {}) });
    const ended = received(await dial(port, 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'));
    await settle(port);
    const closed = server.close();
    await vi.advanceTimersByTimeAsync(CLOSE_GRACE_MS);
    await closed;
    expect(await ended).toHaveLength(0);
  });

  it('takes no new connections', async () => {
    const { server, port } = await serve();
    await server.close();
    await expect(dial(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
