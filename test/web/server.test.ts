import { once } from 'node:events';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import type { Scrape } from '../../src/metrics/scrapes.ts';
import { createApp, listen } from '../../src/web/server.ts';
import { answerIn, ask, cleanups, dial, EXPOSITION, noRuns, received, requestOf, scrapeOf, serve } from './serving.ts';

describe('/metrics', () => {
  it('is the exposition in text format 0.0.4', async () => {
    const { port } = await serve();
    const { status, headers, body } = await ask(port, 'GET', '/metrics');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(headers.get('vary')).toBe('Accept, Accept-Encoding');
    expect(body.toString()).toBe(EXPOSITION);
    expect([...headers.keys()].sort()).toEqual(['connection', 'content-type', 'date', 'transfer-encoding', 'vary']);
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
    expect((isZipped ? gunzipSync(body) : body).toString()).toBe(EXPOSITION);
  });

  it.each([
    [
      'application/openmetrics-text;version=1.0.0,text/plain;q=0.5',
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    ],
    ['text/plain', 'text/plain; version=0.0.4; charset=utf-8'],
  ])('for who accepts %s is %s', async (accept, type) => {
    const { port } = await serve({ metrics: (form, begin) => scrapeOf(`${form.format} ${form.gzip}`)(form, begin) });
    const { headers, body } = await ask(port, 'GET', '/metrics', { Accept: accept });
    expect(headers.get('content-type')).toBe(type);
    expect(headers.get('vary')).toBe('Accept, Accept-Encoding');
    expect(body.toString()).toBe(type.startsWith('text') ? 'text false' : 'openmetrics false');
  });

  it('can be somewhere else', async () => {
    const { port } = await serve({ telemetryPath: '/probe/glue-1.0_x' });
    expect((await ask(port, 'GET', '/probe/glue-1.0_x')).body.toString()).toBe(EXPOSITION);
    expect((await ask(port, 'GET', '/probe/glue-1_0_x')).status).toBe(404);
    expect((await ask(port, 'GET', '/metrics')).status).toBe(404);
  });

  it('ignores a query, unless it would select metrics', async () => {
    const { port } = await serve();
    expect((await ask(port, 'GET', '/metrics?debug=x&%')).body.toString()).toBe(EXPOSITION);
  });

  it('is put together anew for each scrape', async () => {
    let scrapes = 0;
    const { port } = await serve({ metrics: (form, begin) => scrapeOf(`scrapes ${++scrapes}\n`)(form, begin) });
    expect((await ask(port, 'GET', '/metrics')).body.toString()).toBe('scrapes 1\n');
    expect((await ask(port, 'GET', '/metrics')).body.toString()).toBe('scrapes 2\n');
  });

  it('may be empty', async () => {
    const { port } = await serve({ metrics: scrapeOf('') });
    const { headers, body } = await ask(port, 'GET', '/metrics', { 'Accept-Encoding': 'gzip' });
    expect(headers.get('content-encoding')).toBe('gzip');
    expect(gunzipSync(body)).toHaveLength(0);
  });

  it('fails without telling strangers why, tells us, and works again', async () => {
    const told: unknown[] = [];
    const results: Scrape[] = [async () => Promise.reject(new Error('a secret')), scrapeOf(EXPOSITION)];
    const { port } = await serve({
      metrics: (form, begin) => (results.shift() ?? scrapeOf(''))(form, begin),
      onError: (path, error) => told.push(path, error),
    });
    const failed = await ask(port, 'GET', '/metrics');
    expect([failed.status, failed.body.toString()]).toEqual([500, 'Something went wrong in the exporter.\n']);
    expect(told).toEqual(['/metrics', new Error('a secret')]);
    expect((await ask(port, 'GET', '/metrics')).status).toBe(200);
  });

  it.each(['identity', 'gzip'])('is cut off, and never taken for complete, when its end fails (%s)', async accepted => {
    const told: unknown[] = [];
    const metrics: Scrape = async (_form, begin) => {
      begin([Buffer.from(EXPOSITION)]);
      throw new Error('a secret');
    };
    const { port } = await serve({ metrics, onError: (path, error) => told.push(path, error) });
    await expect(ask(port, 'GET', '/metrics', { 'Accept-Encoding': accepted })).rejects.toThrow(
      'the answer is cut off',
    );
    expect(told).toEqual(['/metrics', new Error('a secret')]);
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
    expect(body.toString()).toContain('>&lt;eu-west-1&gt;</td>');
  });

  it.each([
    '/nothing',
    '/metrics/x',
    '/-/',
    '/config',
    '/-/reload/x',
    '/%',
    '/%E0%A4%A',
    '/../metrics',
    '//metrics',
    '/<script>',
  ])('are not %s', async path => {
    const { port } = await serve();
    const { status, headers, body } = await ask(port, 'GET', path);
    expect(status).toBe(404);
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(body.toString()).toBe('There is nothing here; see /.\n');
  });

  it.each(['/metrics', '/', '/-/healthy', '/-/ready', '/config'])(
    'are answered anew to who has %s already',
    async path => {
      const { port } = await serve({ config: () => 'a: b' });
      const date = new Date(0).toUTCString();
      for (const headers of [{ 'If-None-Match': '*' }, { 'If-None-Match': '"a"' }, { 'If-Modified-Since': date }]) {
        const { status, body } = await ask(port, 'GET', path, headers);
        expect([status, body.length > 0]).toEqual([200, true]);
      }
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

describe('health', () => {
  it('is bad with its reason when the exporter says so', async () => {
    let reason: string | undefined = 'the state cannot be saved: no space left';
    const { port } = await serve({ unhealthy: () => reason });
    const bad = await ask(port, 'GET', '/-/healthy');
    expect([bad.status, bad.body.toString()]).toEqual([
      503,
      'aws-glue-exporter is not healthy: the state cannot be saved: no space left\n',
    ]);
    reason = undefined;
    expect((await ask(port, 'GET', '/-/healthy')).status).toBe(200);
  });
});

describe('/config', () => {
  it('is the configuration, as a text that no browser takes for anything else', async () => {
    const { port } = await serve({ config: () => 'poll:\n  interval: 1m\n' });
    const { status, headers, body } = await ask(port, 'GET', '/config');
    expect([status, body.toString()]).toEqual([200, 'poll:\n  interval: 1m\n']);
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect((await ask(port, 'HEAD', '/config')).status).toBe(200);
    expect((await ask(port, 'POST', '/config')).headers.get('allow')).toBe('GET, HEAD');
  });

  it('has a link on the status page, if it is there', async () => {
    const link = '<a href="config">';
    const { port } = await serve({ config: () => '' });
    expect((await ask(port, 'GET', '/')).body.toString()).toContain(link);
    const { port: without } = await serve();
    expect((await ask(without, 'GET', '/')).body.toString()).not.toContain(link);
  });
});

describe('the status page', () => {
  it('is compressed for who takes that, and the same', async () => {
    const { port } = await serve({ config: () => `a: ${'b'.repeat(2_000)}` });
    for (const path of ['/?q=x', '/config']) {
      const plain = await ask(port, 'GET', path);
      const packed = await ask(port, 'GET', path, { 'Accept-Encoding': 'br, gzip' });
      expect(plain.headers.get('content-encoding')).toBeUndefined();
      expect(packed.headers.get('content-encoding')).toBe('gzip');
      for (const { headers } of [plain, packed]) expect(headers.get('vary')).toContain('Accept-Encoding');
      const withoutTime = (body: Buffer) => body.toString().replace(/Generated .*/, '');
      expect(withoutTime(gunzipSync(packed.body))).toBe(withoutTime(plain.body));
      expect(packed.body.length).toBeLessThan(plain.body.length / 2);
    }
  });
});

describe('below a prefix', () => {
  const below = { routePrefix: '/tools/glue', config: () => 'a: b', reload: async () => {} };

  it('is everything that is otherwise at the root, and nothing is there', async () => {
    const { port } = await serve(below);
    for (const path of ['/metrics', '/-/healthy', '/-/ready', '/config', '/', '/?q=x']) {
      expect((await ask(port, 'GET', `/tools/glue${path}`)).status, path).toBe(200);
      expect((await ask(port, 'DELETE', `/tools/glue${path}`)).status, path).toBe(405);
      if (!path.startsWith('/?') && path !== '/') expect((await ask(port, 'GET', path)).status, path).toBe(404);
    }
    expect((await ask(port, 'POST', '/tools/glue/-/reload')).status).toBe(200);
    expect((await ask(port, 'POST', '/-/reload')).status).toBe(404);
    expect((await ask(port, 'GET', '/nothing')).body.toString()).toBe('There is nothing here; see /tools/glue/.\n');
  });

  it.each([
    ['/', undefined, './tools/glue/'],
    ['/tools/glue', undefined, './glue/'],
    ['/tools/glue?q=a%26b', undefined, './glue/?q=a%26b'],
    ['/', '/outside/glue', '/outside/glue/'],
    ['/tools/glue?q=x', '', '/?q=x'],
  ])('%s leads to the status page where a proxy shows it at %s', async (path, externalPath, location) => {
    const { port } = await serve({ ...below, externalPath });
    const { status, headers } = await ask(port, 'GET', path);
    expect([status, headers.get('location')]).toEqual([302, location]);
  });
});

describe('POST /-/reload', () => {
  it('reloads, and answers when that is done', async () => {
    const reload = vi.fn(async () => {});
    const { port } = await serve({ reload });
    const { status, body } = await ask(port, 'POST', '/-/reload');
    expect([status, body.toString()]).toEqual([200, 'The configuration was reloaded.\n']);
    expect(reload).toHaveBeenCalledOnce();
  });

  it('tells what is wrong with the new configuration', async () => {
    const { port } = await serve({ reload: async () => Promise.reject(new Error('a.yaml:1: b: is wrong')) });
    const { status, headers, body } = await ask(port, 'POST', '/-/reload');
    expect([status, body.toString()]).toEqual([500, 'failed to reload config: a.yaml:1: b: is wrong\n']);
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('is forbidden unless it was enabled', async () => {
    const { port } = await serve();
    const { status, body } = await ask(port, 'POST', '/-/reload');
    expect([status, body.toString()]).toEqual([403, 'Lifecycle API is not enabled.\n']);
  });

  it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'])('is not %s, enabled or not', async method => {
    const reload = vi.fn(async () => {});
    for (const { port } of [await serve(), await serve({ reload })]) {
      const { status, headers } = await ask(port, method, '/-/reload');
      expect([status, headers.get('allow')]).toEqual([405, 'POST']);
    }
    expect(reload).not.toHaveBeenCalled();
  });

  it('takes no notice of a body', async () => {
    const reload = vi.fn(async () => {});
    const { port } = await serve({ reload });
    const request = requestOf('POST', '/-/reload', { 'Content-Length': '7', Connection: 'keep-alive' });
    const { status, headers } = answerIn(await received(await dial(port, `${request}{"a":1}`)));
    expect([status, headers.get('connection')]).toEqual([200, 'close']);
    expect(reload).toHaveBeenCalledOnce();
  });
});

describe('scrapes at once', () => {
  /** Scrapes that are put together only when the test says so. */
  const held = () => {
    const waiting: ((bytes: readonly Buffer[]) => void)[] = [];
    let began = () => {};
    const metrics = () =>
      new Promise<readonly Buffer[]>(resolve => {
        waiting.push(resolve);
        began();
      });
    const untilWaiting = (count: number) =>
      new Promise<void>(resolve => {
        began = () => {
          if (waiting.length >= count) resolve();
        };
        began();
      });
    return { metrics, untilWaiting, finishOne: () => waiting.shift()?.([Buffer.from(EXPOSITION)]) };
  };

  it('are limited; who comes too many is told so, and other paths are not concerned', async () => {
    const { metrics, untilWaiting, finishOne } = held();
    const { port } = await serve({ metrics, maxRequests: 2 });
    const first = ask(port, 'GET', '/metrics');
    const second = ask(port, 'HEAD', '/metrics');
    await untilWaiting(2);
    const refused = await ask(port, 'GET', '/metrics', { 'Accept-Encoding': 'gzip' });
    expect(refused.status).toBe(503);
    expect(refused.body.toString()).toBe('Limit of concurrent requests reached (2), try again later.\n');
    expect(refused.headers.get('retry-after')).toBe('1');
    expect((await ask(port, 'GET', '/')).status).toBe(200);
    finishOne();
    expect((await first).status).toBe(200);
    const third = ask(port, 'GET', '/metrics');
    await untilWaiting(2);
    finishOne();
    finishOne();
    expect([(await second).status, (await third).status]).toEqual([200, 200]);
  });

  it('of clients that have left are under way until their exposition is put together', async () => {
    const { metrics, untilWaiting, finishOne } = held();
    const { port } = await serve({ metrics, maxRequests: 1 });
    const socket = await dial(port, requestOf('GET', '/metrics'));
    await untilWaiting(1);
    socket.destroy();
    await once(socket, 'close');
    for (let scrape = 0; scrape < 3; scrape += 1) expect((await ask(port, 'GET', '/metrics')).status).toBe(503);
    finishOne();
    const later = ask(port, 'GET', '/metrics');
    await untilWaiting(1);
    finishOne();
    expect((await later).status).toBe(200);
  });

  it('end with a failure, too', async () => {
    const { port } = await serve({ metrics: async () => Promise.reject(new Error('no')), maxRequests: 1 });
    for (let scrape = 0; scrape < 3; scrape += 1) expect((await ask(port, 'GET', '/metrics')).status).toBe(500);
  });

  it.each([0, undefined])('are not limited by %s', async maxRequests => {
    const { metrics, untilWaiting, finishOne } = held();
    const { port } = await serve({ metrics, ...(maxRequests === undefined ? {} : { maxRequests }) });
    const scrapes = Array.from({ length: 60 }, () => ask(port, 'GET', '/metrics'));
    await untilWaiting(60);
    for (const _ of scrapes) finishOne();
    for (const { status } of await Promise.all(scrapes)) expect(status).toBe(200);
  });
});

describe('methods', () => {
  it.each(['/metrics', '/', '/-/healthy', '/-/ready'])('HEAD %s is GET without the body', async path => {
    const { port } = await serve();
    const head = await ask(port, 'HEAD', path);
    const get = await ask(port, 'GET', path);
    expect(head.body).toHaveLength(0);
    expect(head.status).toBe(get.status);
    // How a body is sent that is not there need not be said.
    const others = ['date', 'transfer-encoding'];
    const fields = ({ headers }: typeof get) => [...headers].filter(([name]) => !others.includes(name));
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
    metrics: scrapeOf(''),
    isReady: () => true,
    status: () => [],
    runs: () => noRuns,
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
    const metrics = vi.fn<Scrape>();
    let finish = (_bytes: readonly Buffer[]): void => {};
    const asked = new Promise<void>(resolve => {
      metrics.mockImplementation((_form, begin) => {
        resolve();
        begin([]);
        return new Promise(done => {
          finish = done;
        });
      });
    });
    const { server, port } = await serve({ metrics });
    const socket = await dial(port, 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
    await asked;
    const closed = server.close();
    finish([Buffer.from(EXPOSITION)]);
    let answer = '';
    while (!answer.endsWith(`${EXPOSITION}\r\n0\r\n\r\n`)) answer += String(await once(socket, 'data'));
    await vi.advanceTimersByTimeAsync(CLOSE_GRACE_MS);
    await closed;
  });

  it('cuts an answer that takes too long', async () => {
    stopTime();
    const { server, port } = await serve({ metrics: () => new Promise<never>(() => {}) });
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
