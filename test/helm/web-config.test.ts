import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import { type Daemon, http, run as runProgram, startDaemon, temporaryFolder } from '../daemon.ts';
import { configFor, place, runsEvery10s, simulate } from '../e2e/account.ts';
import { built, describeWith, tool } from '../tools.ts';
import { createCertificateFolder } from '../web/certificates.ts';
import { at, createHelm, withExample } from './rendering.ts';

const world = scriptedWorld({ ...place, jobs: { orders: runsEvery10s } });
const listOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);
const PROBES = ['startupProbe', 'livenessProbe', 'readinessProbe'] as const;

describeWith(tool('helm'), "the chart's web config", helm => {
  const { render, refusal } = createHelm(helm);
  const podOf = (manifests: ReadonlyMap<string, unknown>): unknown =>
    at(manifests.get('Deployment'), 'spec', 'template', 'spec');
  const containerOf = (manifests: ReadonlyMap<string, unknown>): unknown => at(podOf(manifests), 'containers', 0);
  const endpointOf = (manifests: ReadonlyMap<string, unknown>): unknown =>
    at(manifests.get('ServiceMonitor'), 'spec', 'endpoints', 0);
  const set = (...values: string[]): string[] => ['--set', values.join(',')];

  test('is not there unless asked for', () => {
    const manifests = render();
    expect(manifests.has('Secret')).toBe(false);
    expect(at(containerOf(manifests), 'args')).not.toContainEqual(expect.stringContaining('--web.config.file'));
  });

  test('is mounted from a Secret that exists, where the flag says', () => {
    const manifests = render(...set('webConfig.existingSecret=web,webConfig.key=web.yaml'));
    expect(manifests.has('Secret')).toBe(false);
    expect(at(containerOf(manifests), 'args')).toContain('--web.config.file=/etc/aws-glue-exporter-web/web.yaml');
    expect(at(containerOf(manifests), 'volumeMounts', 1)).toEqual({
      name: 'web-config',
      mountPath: '/etc/aws-glue-exporter-web',
      readOnly: true,
    });
    expect(at(podOf(manifests), 'volumes', 1)).toEqual({
      name: 'web-config',
      projected: { sources: [{ secret: { name: 'web' } }] },
    });
  });

  test('is put into a Secret when the values have it, with the keys of another beside it', () => {
    const manifests = render(...withExample('web-config'));
    const secret = manifests.get('Secret');
    const text = Buffer.from(String(at(secret, 'data', 'web-config.yaml')), 'base64').toString();
    expect(parse(text)).toMatchObject({ tls_server_config: { cert_file: 'tls.crt', key_file: 'tls.key' } });
    expect(at(podOf(manifests), 'volumes', 1, 'projected', 'sources')).toEqual([
      { secret: { name: at(secret, 'metadata', 'name') } },
      { secret: { name: 'glue-exporter-tls' } },
    ]);
    expect(at(containerOf(manifests), 'args')).toContain(
      '--web.config.file=/etc/aws-glue-exporter-web/web-config.yaml',
    );
  });

  test('decides how Kubernetes probes, and how Prometheus scrapes', () => {
    const manifests = render(...withExample('web-config'));
    for (const probe of PROBES) {
      expect(at(containerOf(manifests), probe, 'httpGet')).toMatchObject({
        scheme: 'HTTPS',
        httpHeaders: [{ name: 'Authorization', value: 'Basic cHJvYmU6ZXhhbXBsZQ==' }],
      });
    }
    expect(endpointOf(manifests)).toMatchObject({
      scheme: 'https',
      tlsConfig: { serverName: 'glue-exporter.example.org' },
      basicAuth: { username: { name: 'glue-exporter-login' } },
    });
    const mutual = render(...withExample('mutual-tls'));
    for (const probe of PROBES) {
      expect(at(containerOf(mutual), probe, 'tcpSocket')).toEqual({ port: 'http-metrics' });
      expect(at(containerOf(mutual), probe, 'httpGet')).toBeUndefined();
    }
    expect(at(endpointOf(mutual), 'scheme')).toBe('https');
    const plain = render(...set('webConfig.existingSecret=web,serviceMonitor.enabled=true'));
    expect(at(containerOf(plain), 'livenessProbe', 'httpGet')).toEqual({ path: '/-/healthy', port: 'http-metrics' });
    expect(at(endpointOf(plain), 'scheme')).toBeUndefined();
    const http = set(
      'webConfig.existingSecret=web,webConfig.tls=true,serviceMonitor.enabled=true,serviceMonitor.scheme=http',
    );
    expect(at(endpointOf(render(...http)), 'scheme')).toBe('http');
  });

  test.each([
    ['webConfig.existingSecret=web,webConfig.content.http_server_config.http2=false', 'give one of them'],
    ['webConfig.tls=true', 'need a web config file'],
    ['webConfig.tlsSecret=tls', 'need a web config file'],
    ['webConfig.tls=true,webConfig.content.http_server_config.http2=false', 'has no tls_server_config'],
    ['webConfig.content.basic_auth_users.a=b', 'the probes need to log in as well'],
    ['webConfig.content.basic_auth_users.a=b,webConfig.probeHeaders.X-A=b', 'the probes need to log in as well'],
    [
      'webConfig.content.tls_server_config.client_auth_type=RequireAndVerifyClientCert',
      'which Kubernetes does not have: set webConfig.probe to tcp',
    ],
    [
      'webConfig.existingSecret=web,persistence.enabled=true,config.state.path=/etc/aws-glue-exporter-web/state',
      'in the way of the web config',
    ],
  ])('%s is refused', (values, why) => {
    expect(refusal(...set(values))).toContain(why);
  });

  test.each([
    'webConfig.content.basic_auth_users.a=b,webConfig.probe=tcp',
    'webConfig.content.basic_auth_users.a=b,webConfig.probeHeaders.authorization=b',
    'webConfig.content.tls_server_config.client_auth_type=VerifyClientCertIfGiven',
    'persistence.enabled=true,config.state.path=/etc/aws-glue-exporter-web/state',
  ])('%s is not', values => {
    expect(render(...set(values)).size).toBeGreaterThan(0);
  });

  describeWith(built(), 'in the exporter', () => {
    describeWith(tool('openssl'), 'with certificates', openssl => {
      const certificates = createCertificateFolder(openssl);
      afterAll(certificates.remove);
      const server = certificates.make('server', { alternativeNames: 'IP:127.0.0.1' });

      /** The exporter with what the pod would find in the folder of the web config. */
      const start = async (webConfig: string): Promise<Daemon> => {
        const folder = temporaryFolder();
        writeFileSync(join(folder, 'tls.crt'), server.cert);
        writeFileSync(join(folder, 'tls.key'), server.key);
        writeFileSync(join(folder, 'web-config.yaml'), webConfig);
        return startDaemon({
          config: configFor(await simulate([world])),
          args: [`--web.config.file=${join(folder, 'web-config.yaml')}`],
          ca: server.cert,
          // The user of the probes in the example.
          headers: { Authorization: 'Basic cHJvYmU6ZXhhbXBsZQ==' },
        });
      };
      /** Runs what `helm test` runs, but against this exporter. */
      const helmTest = async (manifests: ReadonlyMap<string, unknown>, url: string) => {
        const pod = at(manifests.get('Pod'), 'spec', 'containers', 0);
        const [, ...command] = listOf(at(pod, 'command'));
        const [script = '', address = ''] = listOf(at(pod, 'args'));
        const env = at(pod, 'env');
        const { protocol } = new URL(address);
        return runProgram(process.execPath, [...command, script, url.replace(/^\w+:/, protocol)], {
          PATIENCE_SECONDS: '0',
          ...Object.fromEntries(Array.isArray(env) ? env.map(({ name, value }) => [name, value]) : []),
        }).exit;
      };

      test("Kubernetes' probes and helm test get through TLS and a login", async () => {
        const manifests = render(...withExample('web-config'));
        const text = Buffer.from(String(at(manifests.get('Secret'), 'data', 'web-config.yaml')), 'base64').toString();
        const daemon = await start(text);
        await daemon.ready();
        for (const name of PROBES) {
          const probe = at(containerOf(manifests), name, 'httpGet');
          const headers = at(probe, 'httpHeaders');
          const url = `${String(at(probe, 'scheme')).toLowerCase()}://${new URL(daemon.url).host}${at(probe, 'path')}`;
          const given = Object.fromEntries(
            Array.isArray(headers) ? headers.map(({ name, value }) => [name, value]) : [],
          );
          expect((await http(url, { headers: given, ca: server.cert })).status).toBe(200);
          expect((await http(url, { ca: server.cert })).status).toBe(401);
        }
        expect(await helmTest(manifests, daemon.url)).toMatchObject({
          code: 0,
          stdout: expect.stringMatching(/ is healthy and exposes \d+ series\n$/),
        });
      });

      test('where clients need a certificate, both see that it listens, and more they cannot', async () => {
        const manifests = render(...withExample('mutual-tls'));
        const daemon = await start(
          stringify({
            tls_server_config: {
              cert_file: 'tls.crt',
              key_file: 'tls.key',
              client_auth_type: 'RequireAndVerifyClientCert',
              client_ca_file: 'tls.crt',
            },
          }),
        );
        await expect(http(`${daemon.url}/-/healthy`, { ca: server.cert })).rejects.toThrow();
        const socket = connect({ host: '127.0.0.1', port: Number(new URL(daemon.url).port) });
        await once(socket, 'connect');
        socket.destroy();
        expect(await helmTest(manifests, daemon.url)).toMatchObject({
          code: 0,
          stdout: expect.stringContaining('accepts connections; health and metrics were not checked'),
        });
        await daemon.poll();
        expect(daemon.logged().filter(({ level }) => level === 'ERROR')).toEqual([]);
      });
    });
  });
});
