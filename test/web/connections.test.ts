import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import type { Scrape } from '../../src/metrics/scrapes.ts';
import { CONNECTION_LIMITS } from '../../src/web/connections.ts';
import { ask, cleanups, dial, EXPOSITION, received, requestOf, scrapeOf, scrapeOfParts, serve } from './serving.ts';

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

/** Every answer that a server of this process begins, in the order of the requests; `onBegin` comes before anybody else. */
const watchAnswers = (onBegin: (answer: ServerResponse) => void = () => {}): ServerResponse[] => {
  const answers: ServerResponse[] = [];
  const note = (message: unknown): void => {
    if (typeof message !== 'object' || message === null || !('response' in message)) return;
    if (!(message.response instanceof ServerResponse)) return;
    answers.push(message.response);
    onBegin(message.response);
  };
  subscribe('http.server.request.start', note);
  cleanups.push(() => unsubscribe('http.server.request.start', note));
  return answers;
};

/** Many turns of the event loop: more than handing out 60 MB at once would take. */
const manyTurns = async (): Promise<void> => {
  for (let turn = 0; turn < 300; turn += 1) await new Promise(setImmediate);
};

describe('a client that sends slowly', () => {
  it.each([
    ['nothing', ''],
    ['half of its headers', 'GET /metrics HTTP/1.1\r\nHos'],
  ])('and sent %s is cut', async (_what, text) => {
    const { port } = await serve({}, { limits: { headersTimeoutMs: 50, requestTimeoutMs: 50 } });
    const answer = (await received(await dial(port, text))).toString();
    expect(answer).toMatch(/^(HTTP\/1\.1 408 |$)/);
    // On a busy machine this process may be as slow a client.
    let { status } = await ask(port, 'GET', '/metrics');
    while (status === 408) ({ status } = await ask(port, 'GET', '/metrics'));
    expect(status).toBe(200);
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

describe('a client that sends many requests at once', () => {
  const LARGE = Array.from({ length: 60 }, () => Buffer.alloc(1_000_000, '#'));
  const scrapes = (count: number) =>
    requestOf('GET', '/metrics', { Connection: 'keep-alive' }).repeat(count - 1) + requestOf('GET', '/metrics');

  /** A client that has sent so many, and reads the first answer's beginning. All of them are being answered. */
  const waitingBehindOneAnother = async (count: number, later: Scrape = scrapeOfParts(LARGE)) => {
    let asked = 0;
    const metrics: Scrape = (form, begin) => {
      asked += 1;
      return (asked > count ? later : scrapeOfParts(LARGE))(form, begin);
    };
    const answers = watchAnswers();
    const serving = await serve({ metrics, maxRequests: count });
    const socket = await dial(serving.port, scrapes(count));
    await once(socket, 'data');
    socket.pause();
    while (asked < count) await new Promise(setImmediate);
    await manyTurns();
    const leave = async (): Promise<void> => {
      socket.destroy();
      while (answers.some(({ req }) => !req.socket.closed)) await new Promise(setImmediate);
      await manyTurns();
    };
    return { ...serving, socket, answers, leave };
  };

  it('and leaves gives back the places of all of them', async () => {
    const waiting: (() => void)[] = [];
    const { port, leave } = await waitingBehindOneAnother(
      20,
      () => new Promise(resolve => waiting.push(() => resolve([]))),
    );
    expect((await ask(port, 'HEAD', '/metrics')).status).toBe(503);
    await leave();
    const statuses: number[] = [];
    const later = Array.from({ length: 21 }, async () => statuses.push((await ask(port, 'HEAD', '/metrics')).status));
    while (waiting.length + statuses.length < 21) await new Promise(setImmediate);
    for (const finish of waiting) finish();
    await Promise.all(later);
    expect(statuses.toSorted()).toEqual([...Array(20).fill(200), 503]);
  });

  it('and leaves is not waited for any longer', async () => {
    // Of the timers of this process, only the answers' deadlines.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { leave } = await waitingBehindOneAnother(3);
    expect(vi.getTimerCount()).toBe(3);
    await leave();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('gets the answers in order, and none is handed over before it can be sent', async () => {
    const { socket, answers } = await waitingBehindOneAnother(3);
    for (const answer of answers) {
      expect(answer.writableEnded).toBe(false);
      expect(answer.writableLength).toBeLessThan(8_000_000);
    }
    await received(socket);
    expect(answers.map(answer => answer.writableEnded)).toEqual([true, true, true]);
  });

  it('gets one batch of each answer handed over while the network takes nothing', async () => {
    const sockets = new Set<Socket>();
    const answers = watchAnswers(({ req }) => {
      if (!sockets.has(req.socket)) req.socket.cork();
      sockets.add(req.socket);
    });
    const { port } = await serve({ metrics: scrapeOfParts(LARGE) });
    const socket = await dial(port, scrapes(3));
    while (answers.length < 3) await new Promise(setImmediate);
    await manyTurns();
    for (const answer of answers) {
      expect(answer.writableEnded).toBe(false);
      expect(answer.writableLength).toBeGreaterThan(4_000_000);
      expect(answer.writableLength).toBeLessThan(4_100_000);
    }
    for (const corked of sockets) corked.uncork();
    const bytes = (await received(socket)).length;
    expect(answers.map(answer => answer.writableEnded)).toEqual([true, true, true]);
    expect(bytes).toBeGreaterThan(3 * 60_000_000);
  });
});

describe('a scrape whose client has gone', () => {
  it('before its turn is not put together', async () => {
    const metrics = vi.fn(scrapeOf(EXPOSITION));
    const { port } = await serve({ metrics, maxRequests: 1 });
    const answers = watchAnswers(({ req }) => {
      if (req.url === '/metrics') req.socket.destroy();
    });
    expect(await received(await dial(port, requestOf('GET', '/metrics')))).toHaveLength(0);
    await ask(port, 'GET', '/-/healthy');
    expect(answers).toHaveLength(2);
    expect(metrics).not.toHaveBeenCalled();
  });

  it.each([
    ['alone', 1],
    ['behind another', 2],
  ])('is not written out to its end: %s', async (_how, requests) => {
    const parts = Array.from({ length: 600 }, () => Buffer.alloc(100_000, '#'));
    const written: number[] = [];
    const answers = watchAnswers(answer => {
      const place = written.push(0) - 1;
      const write = answer.write.bind(answer);
      vi.spyOn(answer, 'write').mockImplementation((...parameters: Parameters<typeof write>) => {
        written[place] = (written[place] ?? 0) + 1;
        return write(...parameters);
      });
    });
    const { port } = await serve({ metrics: scrapeOfParts(parts) });
    const socket = await dial(port, requestOf('GET', '/metrics', { Connection: 'keep-alive' }).repeat(requests));
    await once(socket, 'data');
    socket.pause();
    await manyTurns();
    socket.destroy();
    while (answers.some(({ req }) => !req.socket.closed)) await new Promise(setImmediate);
    await manyTurns();
    expect(written).toHaveLength(requests);
    for (const count of written) {
      expect(count).toBeGreaterThan(0);
      expect(count).toBeLessThan(parts.length);
    }
  });
});

describe('an answer of many bytes', () => {
  it('is handed over only as fast as it is read', async () => {
    const parts = Array.from({ length: 600 }, () => Buffer.alloc(100_000, '#'));
    const answers = watchAnswers();
    const { port } = await serve({ metrics: scrapeOfParts(parts) });
    const socket = await dial(port, requestOf('GET', '/metrics'));
    await once(socket, 'data');
    socket.pause();
    await manyTurns();
    for (const answer of answers) {
      expect(answer.writableEnded).toBe(false);
      expect(answer.writableLength).toBeLessThan(8_000_000);
    }
    expect(answers).toHaveLength(1);
    await received(socket);
    expect(answers.map(answer => answer.writableEnded)).toEqual([true]);
  });

  it('is complete and in order, and does not keep others waiting', async () => {
    const parts = Array.from({ length: 3_000 }, (_, index) => Buffer.from(`part ${index}\n`.repeat(1_000)));
    const { port } = await serve({ metrics: scrapeOfParts(parts) });
    const large = ask(port, 'GET', '/metrics');
    expect((await ask(port, 'GET', '/-/healthy')).status).toBe(200);
    const { body } = await large;
    expect(body.equals(Buffer.concat(parts))).toBe(true);
  });
});

describe('a client that sends a body', () => {
  it('without end is answered and cut, and no more is read than fits into buffers', async () => {
    const answers = watchAnswers();
    let reloads = 0;
    const { port } = await serve({
      reload: async () => {
        reloads += 1;
      },
    });
    const socket = await dial(port, requestOf('POST', '/-/reload', { 'Transfer-Encoding': 'chunked' }));
    const ended = closed(socket);
    const piece = Buffer.from(`10000\r\n${'x'.repeat(65_536)}\r\n`);
    const send = (): void => {
      while (!socket.destroyed && socket.write(piece));
    };
    socket.on('drain', send);
    send();
    await ended;
    expect(reloads).toBe(1);
    expect(answers).toHaveLength(1);
    // What the server has read: how much more the client could send depends on the buffers of the kernel.
    for (const { req } of answers) expect(req.socket.bytesRead).toBeLessThan(1024 * 1024);
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
