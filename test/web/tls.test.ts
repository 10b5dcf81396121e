import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { afterAll, expect, it, vi } from 'vitest';
import { followWebConfig, readWebConfig } from '../../src/web/followed-web-config.ts';
import { createApp, listen } from '../../src/web/server.ts';
import { describeWith, tool } from '../tools.ts';
import { type Certificate, createCertificateFolder } from './certificates.ts';
import { ask, askTls, cleanups, dial, dialTls, EXPOSITION, noRuns, received, requestOf, serve } from './serving.ts';

describeWith(tool('openssl'), 'TLS', openssl => {
  const certificates = createCertificateFolder(openssl);
  const { make, path } = certificates;
  afterAll(certificates.remove);

  const serverAuthority = make('server-authority');
  const ofServer = { authority: serverAuthority, alternativeNames: 'DNS:localhost', usage: 'serverAuth' } as const;
  const server = make('server', ofServer);
  const renewed = make('renewed', ofServer);
  const clientAuthority = make('client-authority');
  const ofClient = { authority: clientAuthority, usage: 'clientAuth' } as const;
  const client = make('client', {
    ...ofClient,
    alternativeNames:
      'DNS:prometheus.internal,IP:10.0.0.1,IP:2001:db8::1,email:ops@example.org,URI:spiffe://example.org/prometheus',
  });
  const nameless = make('nameless', ofClient);
  const strangerAuthority = make('stranger-authority');
  const stranger = make('stranger', {
    ...ofClient,
    authority: strangerAuthority,
    alternativeNames: 'DNS:prometheus.internal',
  });
  const wrongPurpose = make('wrong-purpose', { ...ofClient, usage: 'serverAuth' });

  let files = 0;
  const write = (text: string): string => {
    files += 1;
    const file = path(`web-${files}.yaml`);
    writeFileSync(file, text);
    return file;
  };
  const withTls = (more = ''): string => `tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n${more}`;

  const follow = (text: string) => {
    const file = write(text);
    const onReload = vi.fn<() => void>();
    const onFailure = vi.fn<(message: string) => void>();
    // No check by the clock: the test says when.
    const webConfig = followWebConfig(file, { checkIntervalMs: 2 ** 31 - 1, onReload, onFailure });
    cleanups.push(webConfig.stop);
    return { file, webConfig, onReload, onFailure };
  };

  const serveTls = async (text: string) => {
    const followed = follow(text);
    const { port } = await serve({}, { webConfig: followed.webConfig });
    return { ...followed, port };
  };

  const trusting: ConnectionOptions = { ca: serverAuthority.cert };
  const as = ({ cert, key }: Certificate): ConnectionOptions => ({ ...trusting, cert, key });

  /** 200, or 0 where the connection is refused. */
  const statusOf = async (port: number, options: ConnectionOptions): Promise<number> => {
    try {
      return (await askTls(port, options, '/metrics')).status || 0;
    } catch {
      return 0;
    }
  };

  /** The serial number of the certificate that new connections get. */
  const servedBy = async (port: number): Promise<string> => {
    const socket = await dialTls(port, trusting);
    const { serialNumber } = socket.getPeerCertificate();
    socket.destroy();
    return serialNumber;
  };

  const serials = (...of: Certificate[]): string[] => of.map(({ cert }) => new X509Certificate(cert).serialNumber);

  it('serves the metrics', async () => {
    const { port } = await serveTls(withTls());
    const { status, body } = await askTls(port, trusting, '/metrics');
    expect([status, body.toString()]).toEqual([200, EXPOSITION]);
  });

  it('is on every address', async () => {
    const { webConfig } = follow(withTls());
    const app = createApp({
      version: '1',
      telemetryPath: '/m',
      metrics: async () => [],
      isReady: () => true,
      status: () => [],
      runs: () => noRuns,
    });
    const local = { host: '127.0.0.1', port: 0 };
    const both = await listen(app, [local, local], { webConfig });
    cleanups.push(both.close);
    for (const { port } of both.addresses) expect((await askTls(port, trusting, '/m')).status).toBe(200);
  });

  it('takes certificate and key as texts, too', async () => {
    const indented = (text: string) => text.replace(/^/gm, '    ');
    const { port } = await serveTls(
      `tls_server_config:\n  cert: |\n${indented(server.cert)}\n  key: |\n${indented(server.key)}\n`,
    );
    expect(await statusOf(port, trusting)).toBe(200);
  });

  it('tells plain HTTP nothing', async () => {
    const { port } = await serveTls(withTls());
    expect(
      (await received((await dial(port, requestOf('GET', '/metrics'))).on('error', () => {}))).toString(),
    ).not.toContain('# HELP');
    expect(await statusOf(port, trusting)).toBe(200);
  });

  it('offers HTTP/1.1 and nothing else, whatever http2 says', async () => {
    const { port } = await serveTls(`${withTls()}http_server_config:\n  http2: true\n`);
    const socket = await dialTls(port, { ...trusting, ALPNProtocols: ['h2', 'http/1.1'] });
    expect(socket.alpnProtocol).toBe('http/1.1');
  });

  const version = { TLS10: 'TLSv1', TLS11: 'TLSv1.1', TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' } as const;
  it.each([
    ['', ['TLS12', 'TLS13']],
    ['  min_version: TLS13\n', ['TLS13']],
    ['  max_version: TLS12\n', ['TLS12']],
    ['  min_version: TLS11\n', ['TLS11', 'TLS12', 'TLS13']],
    ['  min_version: TLS10\n  max_version: TLS11\n', ['TLS10', 'TLS11']],
  ] as const)('speaks the versions of %j: %j', async (settings, spoken) => {
    const { port } = await serveTls(withTls(settings));
    for (const name of ['TLS10', 'TLS11', 'TLS12', 'TLS13'] as const) {
      const only = { minVersion: version[name], maxVersion: version[name], ciphers: 'DEFAULT:@SECLEVEL=0' };
      const status = await statusOf(port, { ...trusting, ...only });
      expect([name, status]).toEqual([name, spoken.some(one => one === name) ? 200 : 0]);
    }
  });

  const tls12 = (ciphers: string): ConnectionOptions => ({ ...trusting, maxVersion: 'TLSv1.2', ciphers });
  const cipherOf = async (port: number, options: ConnectionOptions): Promise<string | undefined> => {
    const socket = await dialTls(port, options).catch(() => undefined);
    return socket?.getCipher().name;
  };

  it('speaks the cipher suites by their Go names, and those of TLS 1.3 always', async () => {
    const { port } = await serveTls(
      withTls('  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA]\n'),
    );
    expect(await cipherOf(port, tls12('ECDHE-ECDSA-AES256-GCM-SHA384'))).toBe('ECDHE-ECDSA-AES256-GCM-SHA384');
    expect(await cipherOf(port, tls12('ECDHE-ECDSA-AES128-SHA'))).toBe('ECDHE-ECDSA-AES128-SHA');
    expect(await cipherOf(port, tls12('ECDHE-ECDSA-AES128-GCM-SHA256'))).toBeUndefined();
    expect(await cipherOf(port, trusting)).toMatch(/^TLS_/);
  });

  it.each([
    ['true', 'ECDHE-ECDSA-AES128-SHA'],
    ['false', 'ECDHE-ECDSA-AES256-GCM-SHA384'],
  ])('with prefer_server_cipher_suites %s takes the first of the one or the other', async (preferred, cipher) => {
    const suites = 'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384';
    const { port } = await serveTls(
      withTls(`  cipher_suites: [${suites}]\n  prefer_server_cipher_suites: ${preferred}\n`),
    );
    expect(await cipherOf(port, tls12('ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-SHA'))).toBe(cipher);
  });

  it('speaks the curves by their Go names', async () => {
    // P-256 for the certificate itself, for which TLS 1.2 asks.
    const { port } = await serveTls(withTls('  curve_preferences: [CurveP521, CurveP256]\n'));
    const group = async (name: string) => (await dialTls(port, { ...trusting, ecdhCurve: name })).getEphemeralKeyInfo();
    expect(await group('P-521')).toMatchObject({ name: 'secp521r1' });
    await expect(group('X25519')).rejects.toThrow();
  });

  const clients = {
    none: trusting,
    good: as(client),
    nameless: as(nameless),
    stranger: as(stranger),
    wrongPurpose: as(wrongPurpose),
  };
  const ca = `  client_ca_file: client-authority.crt\n`;
  const sans = '  client_allowed_sans: [other.internal, prometheus.internal]\n';
  it.each([
    ['NoClientCert', '', { none: 200, good: 200, nameless: 200, stranger: 200, wrongPurpose: 200 }],
    ['RequestClientCert', '', { none: 200, good: 200, nameless: 200, stranger: 200, wrongPurpose: 200 }],
    ['RequireAnyClientCert', '', { none: 0, good: 200, nameless: 200, stranger: 200, wrongPurpose: 200 }],
    ['RequireClientCert', '', { none: 0, good: 200, nameless: 200, stranger: 200, wrongPurpose: 200 }],
    ['VerifyClientCertIfGiven', ca, { none: 200, good: 200, nameless: 200, stranger: 0, wrongPurpose: 0 }],
    ['RequireAndVerifyClientCert', ca, { none: 0, good: 200, nameless: 200, stranger: 0, wrongPurpose: 0 }],
    ['RequestClientCert', sans, { none: 200, good: 200, nameless: 0, stranger: 200, wrongPurpose: 0 }],
    ['VerifyClientCertIfGiven', ca + sans, { none: 200, good: 200, nameless: 0, stranger: 0, wrongPurpose: 0 }],
    ['RequireAndVerifyClientCert', ca + sans, { none: 0, good: 200, nameless: 0, stranger: 0, wrongPurpose: 0 }],
  ])('with client_auth_type %s and %j lets in: %j', async (type, more, expected) => {
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const { port } = await serveTls(withTls(`  client_auth_type: ${type}\n${more}`));
      const entries = Object.entries(clients).map(async ([name, options]) => [
        name,
        await statusOf(port, { ...options, maxVersion }),
      ]);
      expect(Object.fromEntries(await Promise.all(entries))).toEqual(expected);
    }
  });

  it.each([
    ['prometheus.internal', 200],
    ['10.0.0.1', 200],
    ['2001:db8::1', 200],
    ['2001:0db8:0:0:0:0:0:1', 200],
    ['ops@example.org', 200],
    ['spiffe://example.org/prometheus', 200],
    ['PROMETHEUS.internal', 0],
    ['*.internal', 0],
    ['prometheus', 0],
    ['client', 0],
    ['DNS:prometheus.internal', 0],
  ])('with client_allowed_sans [%s] answers %i', async (name, status) => {
    const settings = `  client_auth_type: RequireAndVerifyClientCert\n${ca}  client_allowed_sans: ["${name}"]\n`;
    const { port } = await serveTls(withTls(settings));
    expect(await statusOf(port, clients.good)).toBe(status);
  });

  const required = '  client_auth_type: RequireAndVerifyClientCert\n';

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'lets a client of %s come back with its session, and asks for its certificate anew when the authority has changed',
    async maxVersion => {
      const { file, webConfig, port } = await serveTls(withTls(required + ca));
      const options = { ...clients.good, maxVersion };
      const first = connectTls({ port, host: '127.0.0.1', servername: 'localhost', ...options });
      cleanups.push(() => first.destroy());
      const [session] = await once(first, 'session');
      const again = await dialTls(port, { ...options, session }, requestOf('GET', '/metrics'));
      expect(again.isSessionReused()).toBe(true);
      expect((await received(again)).toString()).toContain('200 OK');
      writeFileSync(file, withTls(`${required}  client_ca_file: stranger-authority.crt\n`));
      webConfig.reload();
      expect(await statusOf(port, { ...options, session })).toBe(0);
      expect(await statusOf(port, { ...clients.stranger, maxVersion })).toBe(200);
    },
  );

  const copy = (from: Certificate, name: string): void => {
    writeFileSync(path(`${name}.crt`), from.cert);
    writeFileSync(path(`${name}.key`), from.key);
  };
  const ofFiles = (name: string): string => `tls_server_config: { cert_file: ${name}.crt, key_file: ${name}.key }\n`;

  it('takes a renewed certificate for new connections, and cuts none', async () => {
    copy(server, 'renewal');
    const { webConfig, port, onReload, onFailure } = await serveTls(ofFiles('renewal'));
    const keepAlive = requestOf('GET', '/-/healthy', { Connection: 'keep-alive' });
    const open = await dialTls(port, trusting, keepAlive);
    await untilText(open, 'is healthy.\n');
    const [old, fresh] = serials(server, renewed);
    expect(await servedBy(port)).toBe(old);

    webConfig.check();
    expect(onReload).not.toHaveBeenCalled();

    copy(renewed, 'renewal');
    webConfig.check();
    expect(await servedBy(port)).toBe(fresh);
    expect(onReload).toHaveBeenCalledOnce();

    open.write(keepAlive);
    await untilText(open, 'is healthy.\n');
    webConfig.check();
    expect(onReload).toHaveBeenCalledOnce();
    expect(onFailure).not.toHaveBeenCalled();
  });

  it('finds the renewal by itself', async () => {
    copy(server, 'by-itself');
    const done = new Promise<void>(resolve => {
      const webConfig = followWebConfig(write(ofFiles('by-itself')), { checkIntervalMs: 5, onReload: resolve });
      cleanups.push(webConfig.stop);
    });
    copy(renewed, 'by-itself');
    await done;
  });

  it('sees the symbolic links that Kubernetes swaps', async () => {
    for (const [folder, from] of [
      ['..1', server],
      ['..2', renewed],
    ] as const) {
      mkdirSync(path(folder));
      copy(from, `${folder}/tls`);
    }
    symlinkSync('..1', path('..data'));
    for (const file of ['tls.crt', 'tls.key']) symlinkSync(`..data/${file}`, path(file));
    const { webConfig, port } = await serveTls(ofFiles('tls'));
    symlinkSync('..2', path('..data_tmp'));
    renameSync(path('..data_tmp'), path('..data'));
    webConfig.check();
    const [, fresh] = serials(server, renewed);
    expect(await servedBy(port)).toBe(fresh);
  });

  it('keeps the old certificate while the new one is broken, and says so once for each change', async () => {
    copy(server, 'broken');
    const { file, webConfig, port, onReload, onFailure } = await serveTls(ofFiles('broken'));
    const [old, fresh] = serials(server, renewed);

    // The certificate is there before its key.
    writeFileSync(path('broken.crt'), renewed.cert);
    webConfig.check();
    webConfig.check();
    const message = `${file}:1: tls_server_config.key_file: is not the key of the certificate in cert_file`;
    expect(onFailure.mock.calls).toEqual([[message]]);
    expect(await servedBy(port)).toBe(old);
    expect(() => webConfig.reload()).toThrow(message);
    webConfig.check();
    expect(onFailure).toHaveBeenCalledOnce();

    writeFileSync(path('broken.key'), 'nonsense');
    webConfig.check();
    expect(onFailure).toHaveBeenCalledTimes(2);
    expect(await servedBy(port)).toBe(old);

    writeFileSync(path('broken.key'), renewed.key);
    webConfig.check();
    expect(onReload).toHaveBeenCalledOnce();
    expect(await servedBy(port)).toBe(fresh);
  });

  it('keeps what it has when a file is gone, and when the web config is no YAML', async () => {
    copy(server, 'gone');
    const { file, webConfig, port, onFailure } = await serveTls(ofFiles('gone'));
    renameSync(path('gone.key'), path('gone.away'));
    webConfig.check();
    expect(onFailure.mock.lastCall?.[0]).toMatch(/:1: tls_server_config\.key_file: cannot be read: ENOENT/);
    renameSync(path('gone.away'), path('gone.key'));
    webConfig.check();
    writeFileSync(file, '{');
    webConfig.check();
    expect(onFailure.mock.lastCall?.[0]).toContain('is not valid YAML');
    renameSync(file, path('gone.yaml'));
    webConfig.check();
    expect(onFailure.mock.lastCall?.[0]).toMatch(/: cannot be read: ENOENT/);
    expect(onFailure).toHaveBeenCalledTimes(3);
    expect(await statusOf(port, trusting)).toBe(200);
  });

  it('says that TLS cannot be turned on or off while it runs', async () => {
    const on = follow('');
    const { port: plainPort } = await serve({}, { webConfig: on.webConfig });
    writeFileSync(on.file, `${withTls()}http_server_config: { headers: { X-Frame-Options: deny } }\n`);
    on.webConfig.check();
    const message =
      'tls_server_config: whether there is TLS cannot change without a restart; nothing of the change was taken over';
    expect(on.onFailure).toHaveBeenCalledWith(`${on.file}: ${message}`);
    expect((await ask(plainPort, 'GET', '/metrics')).headers.has('x-frame-options')).toBe(false);

    const off = await serveTls(withTls());
    writeFileSync(off.file, '');
    expect(() => off.webConfig.reload()).toThrow(message);
    expect(await statusOf(off.port, trusting)).toBe(200);
  });

  it('changes how client certificates are checked, but not whether they are asked for', async () => {
    const { file, webConfig, port } = await serveTls(withTls('  client_auth_type: RequestClientCert\n'));
    expect(await statusOf(port, clients.none)).toBe(200);
    writeFileSync(file, withTls(required + ca));
    webConfig.reload();
    expect(await statusOf(port, clients.none)).toBe(0);
    expect(await statusOf(port, clients.good)).toBe(200);
    writeFileSync(file, withTls());
    expect(() => webConfig.reload()).toThrow(
      'client_auth_type from or to NoClientCert cannot change without a restart',
    );
    expect(await statusOf(port, clients.none)).toBe(0);
  });

  it('cuts who opens a connection and shakes no hand', async () => {
    const { webConfig } = follow(withTls());
    const { port } = await serve({}, { webConfig, limits: { handshakeTimeoutMs: 50 } });
    expect(await received(await dial(port))).toHaveLength(0);
  });

  it('survives a client that leaves in the middle of the handshake', async () => {
    const { port } = await serveTls(withTls(required + ca));
    const socket = connectTls({ port, host: '127.0.0.1', ...clients.good, rejectUnauthorized: true, ca: [] });
    await expect(once(socket, 'secureConnect')).rejects.toThrow();
    expect(await statusOf(port, clients.good)).toBe(200);
  });

  it('refuses keys that OpenSSL holds for too weak, before it listens', () => {
    make('weak', { ...ofServer, algorithm: ['rsa:512'] });
    expect(() => readWebConfig(write(`${ofFiles('weak')}#`))).toThrow(/:1: tls_server_config: is refused by OpenSSL: /);
  });

  const untilText = async (socket: TLSSocket, end: string): Promise<void> => {
    let text = '';
    while (!text.endsWith(end)) text += String(await once(socket, 'data'));
  };
});
