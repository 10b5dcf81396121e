import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { readJobs } from '../../src/collectors/jobs/definitions.ts';
import { DIRECT, type Network } from '../../src/glue/network.ts';
import { createProxyAgent } from '../../src/glue/proxy-agents.ts';
import { createWire, newExchange } from '../../src/glue/wire.ts';
import { connect, failureOf } from './connect.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A proxy that does with each connection what it is told. */
const proxyThat = async (answer: (socket: Socket, request: string) => void) => {
  const open = new Set<Socket>();
  let seen = 0;
  const server = createServer(socket => {
    seen += 1;
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => {});
    socket.on('data', data => answer(socket, data.toString()));
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const { port }: { port: number } = JSON.parse(JSON.stringify(server.address()));
  const url = new URL(`http://user:secret@127.0.0.1:${port}`);
  const network: Network = { ...DIRECT, proxies: { proxyFor: () => url, createAgent: createProxyAgent } };
  return {
    network,
    url,
    get seen() {
      return seen;
    },
    async allClosed() {
      for (const socket of open) await once(socket, 'close');
    },
  };
};

const GLUE = 'https://glue.eu-west-1.amazonaws.com';

describe('a proxy', () => {
  it('that accepts and never answers costs no connection for longer than the deadline', async () => {
    const proxy = await proxyThat(() => {});
    const { glue } = connect(GLUE, { network: proxy.network, requestTimeoutSeconds: 0.3, maxSockets: 1 });
    for (const _attempt of [1, 2]) {
      const failure = await failureOf(readJobs(glue));
      expect(['timeout', 'network']).toContain(failure.reason);
    }
    expect(proxy.seen).toBe(2);
    await proxy.allClosed();
  });

  it('that does not answer is let go when the exporter ends', async () => {
    const proxy = await proxyThat(() => {});
    const wire = createWire({ network: proxy.network, maxSockets: 1, connectMs: 3_600_000 });
    const request = { protocol: 'https:', hostname: 'glue.example', path: '/', method: 'POST', headers: {} };
    const sent = wire.send(request, newExchange());
    while (proxy.seen === 0) await new Promise(resolve => setImmediate(resolve));
    wire.close();
    await expect(sent).rejects.toThrow('proxy http://127.0.0.1');
    await proxy.allClosed();
  });

  it('that hangs up is named without its password, and asked again', async () => {
    const proxy = await proxyThat(socket => socket.end());
    const { glue, seen } = connect(GLUE, { network: proxy.network, maxAttempts: 3 });
    const { reason, message } = await failureOf(readJobs(glue));
    expect(reason).toBe('network');
    expect(message).toMatch(/^GetJobs: proxy http:\/\/127\.0\.0\.1:\d+: /);
    expect(message).not.toContain('secret');
    expect(seen.requested).toHaveLength(3);
  });

  it.each([
    [407, 1],
    [403, 1],
    [503, 3],
  ])('that answers %i is not taken for AWS', async (status, attempts) => {
    const proxy = await proxyThat(socket =>
      socket.end(`HTTP/1.1 ${status} No\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Length: 2\r\n\r\n{}`),
    );
    const { glue, seen } = connect(GLUE, { network: proxy.network, maxAttempts: 3 });
    const { reason, message } = await failureOf(readJobs(glue));
    expect(reason).toBe('network');
    expect(message).toMatch(new RegExp(`proxy http://127\\.0\\.0\\.1:\\d+: status ${status} for glue\\.eu-west-1`));
    expect(seen.requested).toHaveLength(attempts);
  });

  it('gets the name and port of the host, and its own password', async () => {
    const requests: string[] = [];
    const proxy = await proxyThat((socket, request) => {
      requests.push(request);
      socket.end('HTTP/1.1 503 No\r\n\r\n');
    });
    await failureOf(readJobs(connect(GLUE, { network: proxy.network }).glue));
    await failureOf(readJobs(connect('https://[fd00::1]:8443', { network: proxy.network }).glue));
    expect(requests[0]).toMatch(/^CONNECT glue\.eu-west-1\.amazonaws\.com:443 HTTP\/1\.1\r\n/);
    expect(requests[0]).toContain(`Proxy-Authorization: Basic ${Buffer.from('user:secret').toString('base64')}\r\n`);
    expect(requests[1]).toMatch(/^CONNECT \[fd00::1\]:8443 HTTP\/1\.1\r\n/);
  });
});
