import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { ConfigError } from '../../src/config/load.ts';
import { parseWebConfig } from '../../src/config/web-load.ts';
import { describeWith, tool } from '../tools.ts';
import { createCertificateFolder } from '../web/certificates.ts';

describeWith(tool('openssl'), 'the web config', openssl => {
  const certificates = createCertificateFolder(openssl);
  afterAll(certificates.remove);
  const server = certificates.make('server');
  const other = certificates.make('other');
  const directory = '/etc/web';

  const contents: Readonly<Record<string, string>> = {
    [`${directory}/server.crt`]: server.cert,
    [`${directory}/server.key`]: server.key,
    [`${directory}/other.key`]: other.key,
    [`${directory}/encrypted.key`]:
      '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n',
    [`${directory}/chain.crt`]: `comment\n${server.cert}\n${other.cert}`,
    [`${directory}/broken-chain.crt`]: `${server.cert}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
  };
  const parse = (text: string) =>
    parseWebConfig(text, `${directory}/web.yaml`, path => {
      const content = contents[path];
      if (content === undefined) throw new Error(`there is no ${path}`);
      return content;
    });

  const messagesOf = (text: string): string[] => {
    try {
      parse(text);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return error.message.split('\n');
    }
    return [];
  };

  const files = readdirSync(new URL('.', import.meta.url)).filter(file => /^web-invalid-.*\.yaml$/.test(file));
  const read = (file: string): string => readFileSync(new URL(file, import.meta.url), 'utf8');

  it('is tried with many files', () => {
    expect(files.length).toBeGreaterThan(20);
  });

  /** The first lines of a file say what is wrong with it, as in load.test.ts. */
  it.each(files)('%s', file => {
    const text = read(file);
    const expected = [...text.matchAll(/^#! (\d+): (.*)$/gm)].map(
      ([, line, rest]) => `${directory}/web.yaml:${line}: ${rest}`,
    );
    expect(expected).not.toEqual([]);
    expect(messagesOf(text)).toEqual(expected);
  });

  it.each(files)('%s: its messages show no secret', file => {
    expect(messagesOf(read(file)).join('\n')).not.toMatch(/hunter2|c2VjcmV0|12345|tooshort|aaaaa/);
  });

  it.each(['', '# nothing\n', '{}', 'tls_server_config: {}\n', 'basic_auth_users: {}\nhttp_server_config: {}\n'])(
    'may be %j, which is plain HTTP for everybody',
    text => {
      expect(parse(text)).toEqual({ tls: undefined, headers: {}, users: new Map() });
    },
  );

  const ownFiles = 'cert_file: server.crt, key_file: server.key';

  it('has the defaults of the exporter-toolkit', () => {
    expect(parse(`tls_server_config: { ${ownFiles} }`).tls).toEqual({
      context: {
        cert: server.cert,
        key: server.key,
        minVersion: 'TLSv1.2',
        maxVersion: 'TLSv1.3',
        honorCipherOrder: true,
      },
      clientAuthType: 'NoClientCert',
      clientAllowedSans: undefined,
    });
  });

  it('is put into the words of Node', () => {
    const { tls } = parse(`tls_server_config:
  cert_file: /etc/web/chain.crt
  key_file: ../web/server.key
  client_ca_file: chain.crt
  client_auth_type: VerifyClientCertIfGiven
  client_allowed_sans: [a]
  min_version: TLS11
  max_version: TLS12
  cipher_suites: [TLS_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256]
  prefer_server_cipher_suites: false
  curve_preferences: [X25519, CurveP384]
`);
    expect(tls).toEqual({
      context: {
        cert: contents[`${directory}/chain.crt`],
        key: server.key,
        ca: contents[`${directory}/chain.crt`],
        minVersion: 'TLSv1.1',
        maxVersion: 'TLSv1.2',
        ciphers:
          'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:ECDHE-RSA-CHACHA20-POLY1305:@SECLEVEL=0',
        honorCipherOrder: false,
        ecdhCurve: 'X25519:P-384',
      },
      clientAuthType: 'VerifyClientCertIfGiven',
      clientAllowedSans: ['a'],
    });
  });

  it('refuses an authority of which a part is broken', () => {
    const settings = 'client_auth_type: RequestClientCert, client_ca_file: broken-chain.crt';
    expect(messagesOf(`tls_server_config: { ${ownFiles}, ${settings} }`)).toEqual([
      `${directory}/web.yaml:1: tls_server_config.client_ca_file: holds no certificate, or a broken one; it must be PEM: -----BEGIN CERTIFICATE----- and so on`,
    ]);
  });

  it('takes every cipher suite and curve that it names', () => {
    const named = (text: string, key: string): string[] =>
      new RegExp(`${key}\\[0\\]: is .*one of: (.*)$`, 'm').exec(text)?.[1]?.split(', ') ?? [];
    const told = messagesOf(`tls_server_config: { ${ownFiles}, cipher_suites: [x], curve_preferences: [x] }`).join(
      '\n',
    );
    const [suites, curves] = [named(told, 'cipher_suites'), named(told, 'curve_preferences')];
    expect([suites.length, curves.length]).toEqual([13, 4]);
    for (const suite of suites)
      expect(messagesOf(`tls_server_config: { ${ownFiles}, cipher_suites: [${suite}] }`)).toEqual([]);
    for (const curve of curves)
      expect(messagesOf(`tls_server_config: { ${ownFiles}, curve_preferences: [${curve}] }`)).toEqual([]);
  });

  it('keeps users and headers as they are written', () => {
    const hash = `$2y$10$${'a'.repeat(53)}`;
    const { users, headers } = parse(
      `basic_auth_users: { alice: ${hash}, "ü b": ${hash} }\nhttp_server_config: { headers: { X-XSS-Protection: "0", X-Frame-Options: "" } }`,
    );
    expect(users.get('alice')).toBe(hash);
    expect(users.get('ü b')).toBe(hash);
    expect(headers).toEqual({ 'X-XSS-Protection': '0' });
  });
});
