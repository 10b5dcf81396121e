// A real proxy, and a TLS front for the simulator, so that requests can be tunnelled to it by names that only the proxy can look up.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach } from 'vitest';
import type { Simulator } from '../../src/simulator/server.ts';
import { eventually, run, temporaryFolder } from '../daemon.ts';
import { tool } from '../tools.ts';
import { type Certificate, createCertificateFolder } from '../web/certificates.ts';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

const listen = async (server: Server): Promise<number> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('it listens on a port');
  return address.port;
};

const freePort = async (): Promise<number> => {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, 'close');
  return port;
};

const needed = (name: 'openssl' | 'squid'): string => {
  const found = tool(name);
  if ('missing' in found) throw new Error(found.missing);
  return found.path;
};

export interface Proxy {
  /** HOST:PORT */
  readonly address: string;
  /** Method, URL or host, and status of each request, as it was answered; tunnels when they have ended. */
  readonly log: () => readonly string[];
}

/** A squid that knows the names of some hosts, all of them on this machine, and lets in one user, or everybody. */
export const startProxy = async ({
  hosts = [],
  user,
}: {
  hosts?: readonly string[];
  user?: string;
} = {}): Promise<Proxy> => {
  const folder = temporaryFolder();
  // Squid gives up being root.
  chmodSync(folder, 0o777);
  const port = await freePort();
  const path = (name: string): string => join(folder, name);
  writeFileSync(path('hosts'), hosts.map(host => `127.0.0.1 ${host}\n`).join(''));
  const [name = '', password = ''] = user?.split(':') ?? [];
  const hash = run(needed('openssl'), ['passwd', '-apr1', password]);
  writeFileSync(path('users'), `${name}:${(await hash.exit).stdout}`);
  const access = [
    `auth_param basic program /usr/lib/squid/basic_ncsa_auth ${path('users')}`,
    'auth_param basic realm proxy',
    'acl known proxy_auth REQUIRED',
    'http_access allow known',
  ];
  const config = [
    `http_port 127.0.0.1:${port}`,
    'visible_hostname proxy.example',
    `hosts_file ${path('hosts')}`,
    ...(user === undefined ? ['http_access allow all'] : access),
    'http_access deny all',
    'cache deny all',
    'logformat short %rm %ru %>Hs',
    `access_log stdio:${path('access.log')} logformat=short`,
    'buffered_logs off',
    'cache_log /dev/null',
    'pid_filename none',
    `coredump_dir ${folder}`,
    'shutdown_lifetime 0 seconds',
    '',
  ];
  writeFileSync(path('squid.conf'), config.join('\n'));
  const squid = spawn(needed('squid'), ['--foreground', '-f', path('squid.conf')], { stdio: 'ignore' });
  cleanups.push(() => squid.kill('SIGKILL'));
  await eventually('squid listens', async () => {
    if (squid.exitCode !== null) throw new Error('squid has ended');
    const socket = connect(port, '127.0.0.1');
    const listens = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => undefined),
    ]).catch(() => undefined);
    socket.destroy();
    return listens;
  });
  const log = (): readonly string[] => {
    try {
      return readFileSync(path('access.log'), 'utf8')
        .split('\n')
        .filter(line => line !== '' && !line.startsWith('- error'));
    } catch {
      return [];
    }
  };
  return { address: `127.0.0.1:${port}`, log };
};

/** An authority of its own and a certificate by it for some names. */
export const certificateFor = (names: readonly string[]): { authority: Certificate; server: Certificate } => {
  const certificates = createCertificateFolder(needed('openssl'));
  cleanups.push(certificates.remove);
  const authority = certificates.make('authority');
  const alternativeNames = names.map(name => `DNS:${name}`).join(',');
  return { authority, server: certificates.make('server', { authority, alternativeNames, usage: 'serverAuth' }) };
};

/** TLS in front of a simulator; the port. */
export const startTls = async (simulator: Simulator, { cert, key }: Certificate): Promise<number> => {
  const sockets = new Set<Socket>();
  const server = createTlsServer({ cert, key }, socket => {
    const behind = connect(Number(new URL(simulator.endpoint).port), '127.0.0.1');
    for (const one of [socket, behind]) {
      sockets.add(one);
      one.on('error', () => {});
      one.on('close', () => {
        socket.destroy();
        behind.destroy();
      });
    }
    socket.pipe(behind).pipe(socket);
  });
  cleanups.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return listen(server);
};
