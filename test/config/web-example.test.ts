import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { compareSync } from 'bcrypt';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseWebConfig } from '../../src/config/web-load.ts';
import { webConfigSchema } from '../../src/config/web-schema.ts';
import { readWebConfig } from '../../src/web/followed-web-config.ts';
import { describeWith, tool } from '../tools.ts';
import { createCertificateFolder } from '../web/certificates.ts';

const file = 'web-config.example.yaml';
const url = new URL(`../../${file}`, import.meta.url);
const shipped = readFileSync(url, 'utf8');

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const keysOf = (value: unknown, path = ''): string[] =>
  isMap(value) && path !== '.basic_auth_users'
    ? Object.entries(value).flatMap(([key, inner]) => [`${path}.${key}`, ...keysOf(inner, `${path}.${key}`)])
    : [];

const schemaKeys = (): string[] => {
  const keys = (schema: unknown, path = ''): string[] =>
    isMap(schema) && isMap(schema.properties)
      ? Object.entries(schema.properties).flatMap(([key, inner]) => [
          `${path}.${key}`,
          ...keys(inner, `${path}.${key}`),
        ])
      : [];
  return keys(
    z.toJSONSchema(
      webConfigSchema('/', () => ''),
      { io: 'input', unrepresentable: 'any' },
    ),
  );
};

/** Of the two ways to give a text, the example uses the one and explains the other. */
const INLINE = ['.tls_server_config.cert', '.tls_server_config.key', '.tls_server_config.client_ca'];

describe(file, () => {
  it('shows every key that there is', () => {
    const known = schemaKeys();
    expect(known.length).toBeGreaterThan(20);
    expect([...keysOf(parse(shipped)), ...INLINE].sort()).toEqual(known.sort());
    for (const key of INLINE)
      expect(shipped).toContain(`Instead of the file, ${key.replace(/.*\./, '')} can hold the text.`);
  });

  it('explains every key in a comment above it', () => {
    const lines = shipped.split('\n');
    const unexplained = lines.filter((line, at) => {
      const isKey =
        /^ *[A-Za-z_-]+:/.test(line) && !/^(tls|http)_server_config:$/.test(line) && !/^ {2}prometheus:/.test(line);
      return isKey && !/^ *#/.test(lines[at - 1] ?? '');
    });
    expect(unexplained).toEqual([]);
  });

  it('has the password that it says', () => {
    const users: unknown = parse(shipped).basic_auth_users;
    const hash = isMap(users) ? `${users.prometheus}` : '';
    expect(compareSync('example', hash.replace('$2y$', '$2b$'))).toBe(true);
  });
});

const withCertificates = (openssl: string) => {
  const certificates = createCertificateFolder(openssl);
  afterAll(certificates.remove);
  certificates.make('server', { alternativeNames: 'DNS:localhost' });
  certificates.make('client-ca');
  copyFileSync(url, certificates.path(file));
  return certificates;
};

describeWith(tool('openssl'), `${file} with certificates`, openssl => {
  const certificates = withCertificates(openssl);

  it('is valid', () => {
    const { tls, users, headers } = readWebConfig(certificates.path(file));
    expect(tls?.clientAllowedSans).toEqual(['prometheus.example.org']);
    expect([...users.keys()]).toEqual(['prometheus']);
    expect(Object.keys(headers)).toHaveLength(5);
  });

  it('says the defaults that it names', () => {
    const own = 'tls_server_config: { cert_file: server.crt, key_file: server.key }';
    const read = (path: string) => readFileSync(path, 'utf8');
    const defaults = parseWebConfig(own, certificates.path('w.yaml'), read).tls?.context;
    const { minVersion, maxVersion, honorCipherOrder } = readWebConfig(certificates.path(file)).tls?.context ?? {};
    expect(defaults).toMatchObject({ minVersion, maxVersion, honorCipherOrder });
  });
});

const promtool = tool('promtool');
const openssl = tool('openssl');
describeWith('path' in openssl ? promtool : openssl, `${file} and promtool`, () => {
  const certificates = withCertificates('path' in openssl ? openssl.path : '');
  /** What promtool has against a file; empty when it is good. */
  const check = (text: string): string => {
    writeFileSync(certificates.path('checked.yaml'), text);
    const program = 'path' in promtool ? promtool.path : '';
    const run = spawnSync(program, ['check', 'web-config', certificates.path('checked.yaml')], { encoding: 'utf8' });
    return run.status === 0 ? '' : `${run.status} ${run.stdout} ${run.stderr}`;
  };

  it('agree', () => {
    // Younger than Debian's promtool 2.42.
    const older = shipped.replace(/^ *client_allowed_sans:\n.*\n/m, '');
    expect(older.length).toBeLessThan(shipped.length);
    expect(check(older)).toBe('');
    expect(check(`${older}\nbogus: 1`)).toContain('bogus');
  });

  it('agree on every word of the lists', () => {
    const own = 'tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n';
    const schema = JSON.stringify(
      z.toJSONSchema(
        webConfigSchema('/', () => ''),
        { io: 'input', unrepresentable: 'any' },
      ),
    );
    const words = (first: string): string[] =>
      new RegExp(`\\["(${first}[^\\]]*)"\\]`).exec(schema)?.[1]?.split('","') ?? [];
    const [suites, curves, versions, types] = ['TLS_AES', 'CurveP', 'TLS10', 'NoClientCert'].map(words);
    expect([suites, curves, versions, types].map(list => list?.length)).toEqual([13, 4, 4, 6]);
    expect(check(`${own}  cipher_suites: [${suites}]\n  curve_preferences: [${curves}]\n`)).toBe('');
    for (const version of versions ?? []) expect(check(`${own}  min_version: ${version}\n`)).toBe('');
    for (const type of types ?? []) expect(check(`${own}  client_auth_type: ${type}\n`)).toBe('');
  });
});
