import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashSync } from 'bcrypt';
import { afterAll, describe, expect, it } from 'vitest';
import { loginOf } from '../../src/web/access.ts';
import { followWebConfig } from '../../src/web/followed-web-config.ts';
import { ask, cleanups, dial, EXPOSITION, received, requestOf, serve } from './serving.ts';

const folder = mkdtempSync(join(tmpdir(), 'aws-glue-exporter-web-'));
afterAll(() => rmSync(folder, { recursive: true }));

const hashes = { a: hashSync('a', 4), b: hashSync('b:ü', 4).replace('$2b$', '$2y$') };
const COSTLY = hashSync('right', 10);

const basic = (user: string, password: string) => ({
  Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

const serveWith = async (text: string, sources: Parameters<typeof serve>[0] = {}) => {
  const file = join(folder, 'web.yaml');
  writeFileSync(file, text);
  const webConfig = followWebConfig(file, { checkIntervalMs: 2 ** 31 - 1 });
  cleanups.push(webConfig.stop);
  const { port } = await serve({ config: () => 'a: b', reload: async () => {}, ...sources }, { webConfig });
  return { file, webConfig, port };
};

const users = `basic_auth_users:\n  alice: ${hashes.a}\n  bob: ${hashes.b}\n`;

describe('basic auth', () => {
  it.each([
    ['GET', '/metrics'],
    ['GET', '/'],
    ['GET', '/config'],
    ['GET', '/-/healthy'],
    ['GET', '/-/ready'],
    ['POST', '/-/reload'],
    ['GET', '/nothing'],
    ['DELETE', '/metrics'],
    ['OPTIONS', '*'],
    ['GET', '/%'],
  ])('stands before %s %s', async (method, path) => {
    let reads = 0;
    const count = async () => [Buffer.from(`${++reads}`)];
    const { port } = await serveWith(users, { metrics: count, reload: async () => void (await count()) });
    for (const headers of [{}, basic('alice', 'b'), basic('mallory', 'a'), basic('', '')]) {
      const { status, headers: answered, body } = await ask(port, method, path, headers);
      expect([status, answered.get('www-authenticate'), body.toString()]).toEqual([401, 'Basic', 'Unauthorized\n']);
    }
    expect(reads).toBe(0);
    expect((await ask(port, method, path, basic('alice', 'a'))).status).not.toBe(401);
  });

  it('gives no place among the scrapes to who has gone before the password was checked', async () => {
    const { port } = await serveWith(`basic_auth_users:\n  alice: ${COSTLY}\n`, { maxRequests: 1 });
    const login = basic('alice', 'right');
    const socket = await dial(port, requestOf('GET', '/metrics', login));
    await new Promise(resolve => setImmediate(resolve));
    const closed = once(socket, 'close');
    socket.destroy();
    await closed;
    // The first of these waits for the same comparison, and the only place is free for all.
    for (let scrape = 0; scrape < 3; scrape += 1) {
      expect((await ask(port, 'GET', '/metrics', login)).status).toBe(200);
    }
  });

  it('lets each user in with the own password', async () => {
    const { port } = await serveWith(users);
    for (const login of [basic('alice', 'a'), basic('bob', 'b:ü')]) {
      expect((await ask(port, 'GET', '/metrics', login)).body.toString()).toBe(EXPOSITION);
    }
    expect((await ask(port, 'GET', '/metrics', basic('alice', 'b:ü'))).status).toBe(401);
  });

  it('is asked for anew with every request of a connection', async () => {
    const { port } = await serveWith(users);
    const first = requestOf('GET', '/metrics', { ...basic('alice', 'a'), Connection: 'keep-alive' });
    const answer = (await received(await dial(port, first + requestOf('GET', '/metrics')))).toString();
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 401']);
  });

  it('does not count as a scrape before it is passed', async () => {
    const { port } = await serveWith(users, { maxRequests: 1, metrics: () => new Promise<never>(() => {}) });
    for (let time = 0; time < 3; time += 1) expect((await ask(port, 'GET', '/metrics')).status).toBe(401);
  });

  it('follows the file: new users, new passwords, and none at all', async () => {
    const { file, webConfig, port } = await serveWith(users);
    const status = async (user: string, password: string) =>
      (await ask(port, 'GET', '/metrics', basic(user, password))).status;
    expect([await status('alice', 'a'), await status('bob', 'b:ü')]).toEqual([200, 200]);
    writeFileSync(file, `basic_auth_users:\n  alice: ${hashes.b}\n  carol: ${hashes.a}\n`);
    webConfig.check();
    expect([await status('alice', 'a'), await status('alice', 'b:ü')]).toEqual([401, 200]);
    expect([await status('bob', 'b:ü'), await status('carol', 'a')]).toEqual([401, 200]);
    writeFileSync(file, 'basic_auth_users:\n  alice: not a hash\n');
    webConfig.check();
    expect([await status('carol', 'a'), await status('alice', 'a')]).toEqual([200, 401]);
    writeFileSync(file, '');
    webConfig.check();
    expect((await ask(port, 'GET', '/metrics')).status).toBe(200);
  });

  it('answers scrapes while many wrong logins wait', async () => {
    const { port } = await serveWith(`basic_auth_users:\n  alice: ${COSTLY}\n`);
    const accepted = { ...basic('alice', 'right'), 'Accept-Encoding': 'gzip' };
    expect((await ask(port, 'GET', '/metrics', accepted)).status).toBe(200);
    let answered = 0;
    const wrong = Array.from({ length: 25 }, async (_, n) => {
      const { status } = await ask(port, 'GET', '/metrics', basic('alice', `${n}`));
      answered += 1;
      return status;
    });
    // Ten scrapes, one after the other, and compressed, for which a thread of libuv is needed.
    for (let scrape = 0; scrape < 10; scrape += 1) {
      const { status, headers } = await ask(port, 'GET', '/metrics', accepted);
      expect([status, headers.get('content-encoding')]).toEqual([200, 'gzip']);
    }
    expect(answered).toBeLessThan(25);
    expect(new Set(await Promise.all(wrong))).toEqual(new Set([401]));
  });

  it('tells who comes when too many wait to come later', async () => {
    const { port } = await serveWith(`basic_auth_users:\n  alice: ${hashSync('right', 8)}\n`);
    const wrong = Array.from({ length: 60 }, (_, n) => ask(port, 'GET', '/metrics', basic('alice', `${n}`)));
    const answers = await Promise.all(wrong);
    const refused = answers.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThan(0);
    expect(answers.filter(({ status }) => status === 401).length).toBe(60 - refused.length);
    expect(refused[0]?.headers.get('retry-after')).toBe('1');
    expect(refused[0]?.body.toString()).toBe('Too many logins are being checked; try again later.\n');
  });
});

describe('an Authorization header', () => {
  const encode = (text: string): string => Buffer.from(text).toString('base64');

  it.each([
    [`Basic ${encode('a:b')}`, 'a', 'b'],
    [`basic ${encode('a:b')}`, 'a', 'b'],
    [`BASIC   ${encode('a:b')}`, 'a', 'b'],
    [`Basic ${encode('a:b:c')}`, 'a', 'b:c'],
    [`Basic ${encode(':')}`, '', ''],
    [`Basic ${encode('ü:😀')}`, 'ü', '😀'],
    [`Basic ${encode('a:b').replace(/=/g, '')}`, 'a', 'b'],
  ])('%s', (header, user, password) => {
    expect(loginOf(header)).toEqual({ user, password: Buffer.from(password) });
  });

  it.each([
    undefined,
    '',
    'Basic',
    'Basic ',
    `Basic ${encode('ab')}`,
    'Basic a:b',
    `Bearer ${encode('a:b')}`,
    'Basic ====',
    'x',
  ])('is none: %s', header => {
    expect(loginOf(header)).toBeUndefined();
  });
});

describe('headers of the web config', () => {
  const headers = `http_server_config:
  headers:
    Content-Security-Policy: default-src 'none'
    X-Frame-Options: deny
    X-Content-Type-Options: nosniff
    X-XSS-Protection: ""
    Strict-Transport-Security: max-age=31536000
`;

  it('are on every answer, refusals included; an empty one is not', async () => {
    const { port } = await serveWith(headers + users);
    for (const [path, login] of [
      ['/metrics', basic('alice', 'a')],
      ['/nothing', basic('alice', 'a')],
      ['/metrics', {}],
    ] as const) {
      const { headers: answered } = await ask(port, 'GET', path, login);
      expect(answered.get('content-security-policy')).toBe("default-src 'none'");
      expect(answered.get('x-frame-options')).toBe('deny');
      expect(answered.get('x-content-type-options')).toBe('nosniff');
      expect(answered.get('strict-transport-security')).toBe('max-age=31536000');
      expect(answered.has('x-xss-protection')).toBe(false);
    }
  });

  it('follow the file', async () => {
    const { file, webConfig, port } = await serveWith(headers);
    writeFileSync(file, 'http_server_config: { headers: { X-Frame-Options: sameorigin } }\n');
    webConfig.reload();
    const { headers: answered } = await ask(port, 'GET', '/metrics');
    expect(answered.get('x-frame-options')).toBe('sameorigin');
    expect(answered.has('strict-transport-security')).toBe(false);
  });
});
