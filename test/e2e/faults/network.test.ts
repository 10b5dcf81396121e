import { rmSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { join } from 'node:path';
import { describe, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../../daemon.ts';
import { ACCOUNT_ID, configFor, targetOf } from '../account.ts';
import { everyRequest, expectOutage, impatient, preloaded, stage } from './row.ts';

/** A forward proxy for plain HTTP that refuses on request. */
const startProxy = async () => {
  let status: number | undefined;
  const proxy = createServer((asked, answer) => {
    if (status !== undefined) {
      answer.writeHead(status).end();
      return;
    }
    const { method, headers } = asked;
    const forwarded = request(`${asked.url}`, { method, headers }, got => {
      answer.writeHead(got.statusCode ?? 502, got.headers);
      got.pipe(answer);
    });
    forwarded.on('error', () => answer.destroy());
    asked.pipe(forwarded);
  });
  await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  const address = proxy.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    refuse: (next: number | undefined): void => {
      status = next;
    },
  };
};

describe('The network fails', () => {
  it('a proxy that refuses', async () => {
    const proxy = await startProxy();
    await expectOutage(await stage({ env: () => ({ HTTP_PROXY: proxy.url, NO_PROXY: '' }) }), {
      begin: () => proxy.refuse(407),
      end: () => proxy.refuse(undefined),
      reasons: ['network'],
      error: /^Get(Job|Workflow)Runs: .*status 407/,
    });
  });

  it('a connection that is refused', async () => {
    await expectOutage(await stage(), {
      begin: ({ simulator }) => simulator.pause(),
      end: ({ simulator }) => simulator.resume(),
      reasons: ['network'],
      error: /^Get(Job|Workflow)Runs: connect ECONNREFUSED 127\.0\.0\.1:\d+$/,
    });
  });

  it('a connection that is reset', async () => {
    await expectOutage(await stage(), {
      ...everyRequest('reset'),
      reasons: ['network'],
      error: /^Get(Job|Workflow)Runs: .*ECONNRESET/,
    });
  });

  // A resolver that fails when it is told to is not to be had everywhere: what dns.lookup answers in the daemon is injected.
  it('a name that cannot be resolved', async () => {
    const file = join(temporaryFolder(), 'no-dns');
    const on = await stage({
      config: simulator => {
        const endpoint = simulator.endpoint.replace('127.0.0.1', 'glue.example.invalid');
        const target = targetOf(simulator, { account_id: ACCOUNT_ID, endpoint });
        return configFor(simulator, { targets: [target], aws: impatient });
      },
      env: () => ({ ...preloaded('failing-dns.mjs'), FAILING_DNS_FILE: file }),
    });
    await expectOutage(on, {
      // Names are asked for when connections are made: those that are open have to go.
      begin: async ({ simulator }) => {
        writeFileSync(file, '');
        await simulator.pause();
        await simulator.resume();
      },
      end: () => rmSync(file),
      reasons: ['network'],
      error: /^Get(Job|Workflow)Runs: getaddrinfo EAI_AGAIN glue\.example\.invalid$/,
    });
  });
});
