import { once } from 'node:events';
import { renameSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { hashSync } from 'bcrypt';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import { type Daemon, http, login, runExporter, startDaemon, writeConfig } from '../daemon.ts';
import { samplesOf } from '../exposition-parser.ts';
import { describeWith, tool } from '../tools.ts';
import { createCertificateFolder } from '../web/certificates.ts';
import { configFor, place, runsEvery10s, simulate } from './account.ts';

const world = scriptedWorld({ ...place, jobs: { orders: runsEvery10s } });
const lifecycle = '--web.enable-lifecycle';

describeWith(tool('openssl'), 'TLS and basic auth', openssl => {
  const certificates = createCertificateFolder(openssl);
  afterAll(certificates.remove);
  const authority = certificates.make('authority');
  const issue = (name: string) =>
    certificates.make(name, { authority, alternativeNames: 'IP:127.0.0.1', usage: 'serverAuth' });
  const [first, second] = [issue('first'), issue('second')];
  const ca = authority.cert;

  /** Puts a certificate and its key in the place of those that the server uses, as certbot does. */
  const install = ({ cert, key }: { readonly cert: string; readonly key: string }): void => {
    for (const [name, text] of [
      ['server.crt', cert],
      ['server.key', key],
    ] as const) {
      writeFileSync(certificates.path(`${name}.new`), text);
      renameSync(certificates.path(`${name}.new`), certificates.path(name));
    }
  };

  const webConfig = (...lines: readonly string[]): void => {
    writeConfig(`${lines.join('\n')}\n`, certificates.path('web.yaml'));
  };
  const headers = login('prometheus', 'right');

  const serving = async (): Promise<Daemon> => {
    install(first);
    webConfig(
      'tls_server_config: { cert_file: server.crt, key_file: server.key }',
      `basic_auth_users: { prometheus: ${hashSync('right', 4)} }`,
    );
    const config = configFor(await simulate([world]));
    const args = [`--web.config.file=${certificates.path('web.yaml')}`, lifecycle];
    const daemon = await startDaemon({ config, args, ca, headers });
    await daemon.ready();
    return daemon;
  };

  const connectTo = async ({ url }: Daemon): Promise<TLSSocket> => {
    const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', ca });
    onTestFinished(() => {
      socket.destroy();
    });
    socket.on('error', () => {});
    await once(socket, 'secureConnect');
    return socket;
  };

  /** The certificate that a new connection is shown. */
  const shown = async (daemon: Daemon): Promise<string> => {
    const socket = await connectTo(daemon);
    const { CN } = socket.getPeerCertificate().subject;
    socket.destroy();
    return `${CN}`;
  };

  it('a scrape goes through with the right password, and with nothing else', async () => {
    const daemon = await serving();
    expect(samplesOf(await daemon.scrape(), 'aws_glue_job_info')).toHaveLength(1);
    const tls = daemon.logged().filter(({ msg = '' }) => msg.startsWith('TLS is'));
    expect(tls).toMatchObject([{ msg: 'TLS is enabled.', http2: 'false', address: new URL(daemon.url).host }]);
    for (const path of ['/metrics', '/', '/config', '/-/healthy', '/-/ready']) {
      for (const wrong of [{}, login('prometheus', 'wrong'), login('nobody', 'right')]) {
        const { status, headers: answered, body } = await daemon.get(path, wrong);
        expect([status, answered['www-authenticate'], `${body}`]).toEqual([401, 'Basic', 'Unauthorized\n']);
      }
      expect((await daemon.get(path)).status).toBe(200);
    }
    expect((await daemon.reload({})).status).toBe(401);
    expect((await daemon.reload()).status).toBe(200);
    await expect(http(`${daemon.url}/metrics`, { headers, ca: second.cert })).rejects.toThrow(/certificate/);
    await expect(http(daemon.url.replace('https', 'http'), { headers })).rejects.toThrow();
  });

  it('certificates and users that were replaced are used after SIGHUP, and after POST; broken ones are not', async () => {
    const daemon = await serving();
    expect(await shown(daemon)).toBe('first');
    install(second);
    daemon.signal('SIGHUP');
    // The files are looked at every five seconds as well, but that is logged as another event.
    await daemon.log('the reload', ({ msg }) => (msg === 'Configuration reloaded' ? true : undefined));
    expect(await shown(daemon)).toBe('second');

    install({ cert: first.cert, key: second.key });
    const refused = await daemon.reload();
    expect([refused.status, `${refused.body}`]).toEqual([
      500,
      expect.stringContaining(`${certificates.path('web.yaml')}:1: tls_server_config.key_file: is not the key`),
    ]);
    expect(await shown(daemon)).toBe('second');

    install(first);
    expect((await daemon.reload()).status).toBe(200);
    expect(await shown(daemon)).toBe('first');
    webConfig(
      'tls_server_config: { cert_file: server.crt, key_file: server.key }',
      `basic_auth_users: { prometheus: ${hashSync('new', 4)} }`,
    );
    expect((await daemon.reload()).status).toBe(200);
    expect((await daemon.get('/metrics')).status).toBe(401);
    expect((await daemon.get('/metrics', login('prometheus', 'new'))).status).toBe(200);

    // Sockets that listen cannot change from TLS to none.
    webConfig('basic_auth_users: {}');
    const restart = await daemon.reload(login('prometheus', 'new'));
    expect([restart.status, `${restart.body}`]).toEqual([500, expect.stringContaining('without a restart')]);
    expect((await daemon.get('/metrics')).status).toBe(401);
  });

  it('clients that are connected do not keep the exporter from ending', async () => {
    const daemon = await serving();
    const silent = await connectTo(daemon);
    const idle = await connectTo(daemon);
    idle.write('GET /-/healthy HTTP/1.1\r\nHost: idle\r\n\r\n');
    await once(idle, 'data');
    const half = await connectTo(daemon);
    half.write('GET /metrics HTTP/1.1\r\nHost: half');
    const unshaken = new Socket().connect(Number(new URL(daemon.url).port), '127.0.0.1').on('error', () => {});
    onTestFinished(() => {
      unshaken.destroy();
    });
    await once(unshaken, 'connect');
    const { code, signal, seconds, stderr } = await daemon.stop();
    expect([code, signal]).toEqual([0, null]);
    expect(stderr.split('msg=Stopping')[1]).not.toMatch(/level=(WARN|ERROR)/);
    expect(seconds).toBeLessThan(7);
    await Promise.all([silent, idle, half].map(async socket => socket.closed || once(socket, 'close')));
  });

  it('--config.check finds mistakes in the web config, too', async () => {
    const good = writeConfig('poll: { interval: 30s }\n');
    const bad = writeConfig(
      'tls_server_config: { cert_file: missing.crt }\nbasic_auth_users: { prometheus: secret }\n',
    );
    const args = ['--config.check', `--config.file=${good}`, `--web.config.file=${bad}`];
    const { code, stdout, stderr } = await runExporter({ args }).exit;
    expect([code, stdout]).toEqual([2, `${good} is valid\n`]);
    expect(stderr).toContain(`${bad}:1: tls_server_config.cert_file: `);
    expect(stderr).toContain(`${bad}:1: tls_server_config: needs key_file`);
    expect(stderr).toContain(`${bad}:2: basic_auth_users."…": is not a bcrypt hash`);
    expect(stderr).not.toMatch(/secret|^ +at /m);
    const start = await runExporter({ args: [`--web.config.file=${bad}`], env: { AWS_REGION: 'eu-west-1' } }).exit;
    expect([start.code, start.stdout, start.stderr.includes(`${bad}:1: `)]).toEqual([2, '', true]);
  });
});
