import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { CONNECTION_LIMITS } from '../../src/web/connections.ts';
import { ask, dial, EXPOSITION, received, requestOf, serve } from './serving.ts';

const PROMETHEUS_IDLE_MS = 5 * 60_000;

/** Resolves when a connection has ended, whichever way. */
const closed = (socket: Socket): Promise<void> =>
  new Promise(resolve => {
    socket
      .resume()
      .on('error', () => {})
      .once('close', () => resolve());
  });

/** A request and its answer on a connection that stays open. */
const askAndStay = async (port: number): Promise<Socket> => {
  const socket = await dial(port, requestOf('GET', '/-/healthy', { Connection: 'keep-alive' }));
  let text = '';
  while (!text.endsWith('is healthy.\n')) text += String(await once(socket, 'data'));
  return socket;
};

describe('a client that sends slowly', () => {
  it.each([
    ['nothing', ''],
    ['half of its headers', 'GET /metrics HTTP/1.1\r\nHos'],
  ])('and sent %s is cut', async (_what, text) => {
    const { port } = await serve({}, { limits: { headersTimeoutMs: 50, requestTimeoutMs: 50 } });
    const answer = (await received(await dial(port, text))).toString();
    expect(answer).toMatch(/^(HTTP\/1\.1 408 |$)/);
    expect((await ask(port, 'GET', '/metrics')).status).toBe(200);
  });

  it('is given no longer when a byte comes now and then', async () => {
    const { port } = await serve({}, { limits: { headersTimeoutMs: 200, requestTimeoutMs: 200 } });
    const socket = await dial(port, 'GET /metrics HTTP/1.1\r\nX: ');
    const dripping = setInterval(() => socket.write('x'), 20);
    await closed(socket);
    clearInterval(dripping);
  });
});

describe('a client that does not read', () => {
  const LARGE = Array.from({ length: 2_000 }, () => Buffer.from('# a comment\n'.repeat(2_000)));

  it('is cut after a minute, and its scrape is no longer under way', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { port } = await serve({ metrics: async () => LARGE, maxRequests: 1 });
    const socket = await dial(port, requestOf('GET', '/metrics', { Connection: 'keep-alive' }));
    await once(
      socket.on('error', () => {}),
      'data',
    );
    socket.pause();
    await vi.advanceTimersByTimeAsync(CONNECTION_LIMITS.answerTimeoutMs - 1);
    expect((await ask(port, 'HEAD', '/metrics')).status).toBe(503);
    await vi.advanceTimersByTimeAsync(1);
    let { status } = await ask(port, 'HEAD', '/metrics');
    while (status === 503) ({ status } = await ask(port, 'HEAD', '/metrics'));
    expect(status).toBe(200);
  });

  it('any more, because it has left, does not keep its scrape under way', async () => {
    const { port } = await serve({ metrics: async () => LARGE, maxRequests: 1 });
    const socket = await dial(port, requestOf('GET', '/metrics'));
    await once(socket, 'data');
    socket.destroy();
    let { status } = await ask(port, 'HEAD', '/metrics');
    while (status === 503) ({ status } = await ask(port, 'HEAD', '/metrics'));
    expect(status).toBe(200);
  });

  it('is cut when its answer is not even put together', async () => {
    const { port } = await serve({ metrics: () => new Promise<never>(() => {}) }, { limits: { answerTimeoutMs: 50 } });
    expect(await received(await dial(port, requestOf('GET', '/metrics')))).toHaveLength(0);
  });
});

describe('an answer of many bytes', () => {
  it('is complete and in order, and does not keep others waiting', async () => {
    const parts = Array.from({ length: 3_000 }, (_, index) => Buffer.from(`part ${index}\n`.repeat(1_000)));
    const { port } = await serve({ metrics: async () => parts });
    const large = ask(port, 'GET', '/metrics');
    expect((await ask(port, 'GET', '/-/healthy')).status).toBe(200);
    const { headers, body } = await large;
    expect(headers.get('content-length')).toBe(`${body.length}`);
    expect(body.equals(Buffer.concat(parts))).toBe(true);
  });
});

describe('a client that sends a body', () => {
  it('without end is answered and cut, and no more is read than fits into buffers', async () => {
    let reloads = 0;
    const { port } = await serve({
      reload: async () => {
        reloads += 1;
      },
    });
    const socket = await dial(port, requestOf('POST', '/-/reload', { 'Transfer-Encoding': 'chunked' }));
    const ended = closed(socket);
    const piece = Buffer.from(`10000\r\n${'x'.repeat(65_536)}\r\n`);
    let sent = 0;
    const send = (): void => {
      while (!socket.destroyed && socket.write(piece)) sent += piece.length;
      sent += piece.length;
    };
    socket.on('drain', send);
    send();
    await ended;
    expect(reloads).toBe(1);
    expect(sent).toBeLessThan(32 * 1024 * 1024);
  });

  it('and asks before is answered at once instead', async () => {
    const { port } = await serve({ reload: async () => {} });
    const request = requestOf('POST', '/-/reload', { Expect: '100-continue', 'Content-Length': '1000000000000' });
    const answer = (await received(await dial(port, request))).toString();
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });
});

describe('what is no request', () => {
  it.each([
    ['garbage', 'garbage\r\n\r\n'],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['two lengths', 'POST /-/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
    [
      'a length and chunks',
      'POST /-/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    ],
    ['no host', 'GET / HTTP/1.1\r\n\r\n'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ])('is answered 400 and closed: %s', async (_what, text) => {
    const { port } = await serve();
    expect((await received(await dial(port, text))).toString()).toMatch(
      /^HTTP\/1\.1 400 [\s\S]*\r\nConnection: close\r\n/i,
    );
    expect((await ask(port, 'GET', '/-/healthy')).status).toBe(200);
  });

  it('is answered 431 when its headers are too large', async () => {
    const { port } = await serve();
    const headers = { Cookie: 'x'.repeat(CONNECTION_LIMITS.headerBytes) };
    expect((await ask(port, 'GET', '/metrics', headers)).status).toBe(431);
    expect((await ask(port, 'GET', '/metrics', { Cookie: 'x'.repeat(4_000) })).status).toBe(200);
  });

  it('is closed when it wants a tunnel, and is a plain request when it wants another protocol', async () => {
    const { port } = await serve();
    expect(await received(await dial(port, 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n'))).toHaveLength(0);
    const { status, body } = await ask(port, 'GET', '/metrics', { Connection: 'close, upgrade', Upgrade: 'websocket' });
    expect([status, body.toString()]).toEqual([200, EXPOSITION]);
  });
});

describe('connections', () => {
  it('stay open for longer than Prometheus keeps them, so that it is never us who close first', async () => {
    expect(CONNECTION_LIMITS.idleTimeoutMs).toBeGreaterThan(PROMETHEUS_IDLE_MS);
    const { port } = await serve();
    const socket = await dial(port, requestOf('GET', '/-/healthy', { Connection: 'keep-alive' }));
    expect(String(await once(socket, 'data'))).toContain(`\r\nKeep-Alive: timeout=360\r\n`);
  });

  it('are closed when they have been idle for too long', async () => {
    const { port } = await serve({}, { limits: { idleTimeoutMs: 50 } });
    await closed(await askAndStay(port));
  });

  it('that are idle make room when there are many', async () => {
    const { port } = await serve({}, { limits: { connections: 3 } });
    const idle = [await askAndStay(port), await askAndStay(port), await askAndStay(port)];
    const allClosed = Promise.all(idle.map(closed));
    expect((await ask(port, 'GET', '/metrics')).status).toBe(200);
    await allClosed;
  });

  it('are never more than twice that', async () => {
    const { port } = await serve({}, { limits: { connections: 2 } });
    const sockets: Socket[] = [];
    for (let count = 0; count < 4; count += 1) sockets.push(await dial(port, 'GET / HTTP/1.1\r\n'));
    expect(await received((await dial(port)).on('error', () => {}))).toHaveLength(0);
    sockets[0]?.end();
  });
});
