import { describe, expect, test } from 'vitest';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import { run as runProgram, startDaemon } from '../daemon.ts';
import { configFor, place, runsEvery10s, simulate } from '../e2e/account.ts';
import { built, describeWith, tool } from '../tools.ts';
import { at, createHelm, isHeadless, withExample } from './rendering.ts';

const PROBES = ['startupProbe', 'livenessProbe', 'readinessProbe'] as const;
const listOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);

describeWith(tool('helm'), "the chart's web server", helm => {
  const { render, renderAll, refusal } = createHelm(helm);
  type Manifests = ReadonlyMap<string, unknown>;
  const set = (...values: string[]): string[] => ['--set', values.join(',')];
  const containerOf = (manifests: Manifests): unknown =>
    at(manifests.get('Deployment') ?? manifests.get('StatefulSet'), 'spec', 'template', 'spec', 'containers', 0);
  const flagsOf = (manifests: Manifests): readonly string[] =>
    listOf(at(containerOf(manifests), 'args')).filter(arg => /^--web\.(external-url|route-prefix|listen)/.test(arg));
  const pathsOf = (manifests: Manifests): readonly unknown[] =>
    PROBES.map(probe => at(containerOf(manifests), probe, 'httpGet', 'path'));

  describe('route prefix', () => {
    test('is not given unless asked for', () => {
      expect(flagsOf(render())).toEqual(['--web.listen-address=:14583']);
    });

    test('is the path of the external URL, and probes, scrapes and helm test follow', () => {
      const url = 'https://monitoring.example.com/tools/glue/';
      const manifests = render(...set(`externalUrl=${url}`, 'serviceMonitor.enabled=true'));
      expect(flagsOf(manifests)).toEqual([
        '--web.listen-address=:14583',
        `--web.external-url=${url}`,
        '--web.route-prefix=/tools/glue',
      ]);
      expect(pathsOf(manifests)).toEqual(['/tools/glue/-/healthy', '/tools/glue/-/healthy', '/tools/glue/-/ready']);
      expect(at(manifests.get('ServiceMonitor'), 'spec', 'endpoints', 0, 'path')).toBe('/tools/glue/metrics');
      expect(at(manifests.get('Pod'), 'spec', 'containers', 0, 'env')).toContainEqual({
        name: 'ROUTE_PREFIX',
        value: '/tools/glue',
      });
      const podMonitor = render(...set(`externalUrl=${url}`, 'podMonitor.enabled=true')).get('PodMonitor');
      expect(at(podMonitor, 'spec', 'podMetricsEndpoints', 0, 'path')).toBe('/tools/glue/metrics');
    });

    test.each([
      ['routePrefix=/', [], '/-/ready'],
      ['routePrefix=/a/', [], '/a/-/ready'],
      ['externalUrl=/a/', [], '/a/-/ready'],
      ['externalUrl=https://example.com', [], '/-/ready'],
    ])('with %s is that of the value', (value, _, path) => {
      expect(pathsOf(render(...set(value))).at(-1)).toBe(path);
    });

    test('can be left out for a proxy that removes the path', () => {
      const manifests = render(...set('externalUrl=https://example.com/glue', 'routePrefix=/'));
      expect(flagsOf(manifests)).toContain('--web.route-prefix=/');
      expect(pathsOf(manifests).at(0)).toBe('/-/healthy');
    });
  });

  describe('ingress', () => {
    const specOf = (manifests: Manifests): unknown => at(manifests.get('Ingress'), 'spec');
    const host = 'ingress.enabled=true,ingress.hosts[0].host=example.com';

    test('is there only when asked for, and leads to the service', () => {
      expect(render().has('Ingress')).toBe(false);
      const manifests = render(...withExample('ingress'));
      expect(specOf(manifests)).toEqual({
        ingressClassName: 'nginx',
        rules: [
          {
            host: 'monitoring.example.com',
            http: {
              paths: [
                {
                  path: '/glue',
                  pathType: 'Prefix',
                  backend: { service: { name: 'glue-aws-glue-exporter', port: { name: 'http-metrics' } } },
                },
              ],
            },
          },
        ],
        tls: [{ secretName: 'monitoring-example-com', hosts: ['monitoring.example.com'] }],
      });
      expect(at(manifests.get('Service'), 'spec', 'ports', 0, 'name')).toBe('http-metrics');
    });

    test('says what the external URL is, unless the values do', () => {
      expect(flagsOf(render(...withExample('ingress')))).toContain(
        '--web.external-url=https://monitoring.example.com/glue',
      );
      expect(flagsOf(render(...set(host)))).toContain('--web.external-url=http://example.com/');
      const other = flagsOf(render(...withExample('ingress'), '--set', 'externalUrl=https://example.org/'));
      expect(other.slice(1)).toEqual(['--web.external-url=https://example.org/', '--web.route-prefix=/']);
    });

    test('says nothing with a regular expression for its path, or without a host', () => {
      const regex = 'ingress.hosts[0].paths[0].path=/glue(/|$)(.*)';
      expect(flagsOf(render(...set(host, regex)))).toHaveLength(1);
      expect(flagsOf(render(...set('ingress.enabled=true,ingress.hosts[0].paths[0].path=/')))).toHaveLength(1);
    });

    test('has the route prefix for its path where the values have none', () => {
      const rules = at(specOf(render(...set(host, 'routePrefix=/glue'))), 'rules', 0, 'http', 'paths', 0);
      expect(rules).toMatchObject({ path: '/glue', pathType: 'Prefix' });
    });

    test('needs a host', () => {
      expect(refusal(...set('ingress.enabled=true'))).toContain('ingress.hosts is empty');
    });
  });

  describe('port', () => {
    test('is the same everywhere', () => {
      const manifests = renderAll(...set('containerPort=9090', 'shards=2', 'networkPolicy.enabled=true'));
      const headless = manifests.find(({ manifest }) => isHeadless(manifest))?.manifest;
      expect(at(headless, 'spec', 'ports', 0)).toMatchObject({ port: 9090, targetPort: 'http-metrics' });
      const container = containerOf(new Map(manifests.map(({ kind, manifest }) => [kind, manifest])));
      expect(at(container, 'args')).toContain('--web.listen-address=:9090');
      expect(at(container, 'ports', 0)).toMatchObject({ name: 'http-metrics', containerPort: 9090 });
      const tested = manifests.find(({ kind }) => kind === 'Pod')?.manifest;
      expect(listOf(at(tested, 'spec', 'containers', 0, 'args')).slice(1)).toEqual([
        expect.stringMatching(/:9090$/),
        expect.stringMatching(/:9090$/),
      ]);
    });

    test('of a proxy in the pod is that of service, policy and pod monitor', () => {
      const values = [...withExample('sidecar'), ...set('networkPolicy.enabled=true', 'shards=2')];
      for (const { manifest } of renderAll(...values).filter(({ kind }) => kind === 'Service')) {
        expect(at(manifest, 'spec', 'ports', 0, 'targetPort')).toBe('https');
      }
      expect(at(render(...values).get('NetworkPolicy'), 'spec', 'ingress', 0, 'ports', 0, 'port')).toBe('https');
      expect(at(render(...set('service.targetPort=8443')).get('Service'), 'spec', 'ports', 0, 'targetPort')).toBe(8443);
      const monitor = render(...set('podMonitor.enabled=true', 'podMonitor.port=https')).get('PodMonitor');
      expect(at(monitor, 'spec', 'podMetricsEndpoints', 0, 'port')).toBe('https');
    });
  });

  describe('address', () => {
    test.each([
      ['127.0.0.1', '127.0.0.1:14583'],
      ['localhost', 'localhost:14583'],
      ['::1', '[::1]:14583'],
      ['[::1]', '[::1]:14583'],
      ['0.0.0.0', '0.0.0.0:14583'],
      ['::', '[::]:14583'],
    ])('%s is listened on as %s', (address, flag) => {
      expect(flagsOf(render('--set-string', `listenAddress=${address}`))).toEqual([`--web.listen-address=${flag}`]);
    });

    test('of the pod alone is probed from within, and helm test only connects', () => {
      const manifests = render(...withExample('sidecar'));
      for (const probe of PROBES) {
        expect(at(containerOf(manifests), probe, 'httpGet')).toBeUndefined();
        const command = listOf(at(containerOf(manifests), probe, 'exec', 'command'));
        expect(command[0]).toBe('/nodejs/bin/node');
        expect(command.at(-2)).toBe(`http://127.0.0.1:14583/-/${probe === 'readinessProbe' ? 'ready' : 'healthy'}`);
        // Kubernetes would put a variable in the place of this.
        expect(command.join(' ')).not.toContain('$(');
      }
      expect(listOf(at(manifests.get('Pod'), 'spec', 'containers', 0, 'args')).at(-1)).toMatch(/^tcp:/);
      const open = render(...set('listenAddress=0.0.0.0'));
      expect(at(containerOf(open), 'livenessProbe', 'httpGet', 'path')).toBe('/-/healthy');
    });
  });

  describeWith(built(), 'probed from within', () => {
    const commandOf = (manifests: Manifests, probe: string, url: string): readonly string[] => {
      const [, ...args] = listOf(at(containerOf(manifests), probe, 'exec', 'command'));
      return args.map(arg => arg.replace(/^(\w+:)\/\/127\.0\.0\.1:14583/, (_, scheme) => url.replace(/^\w+:/, scheme)));
    };
    const exitOf = async (manifests: Manifests, probe: string, url: string): Promise<number | null> =>
      (await runProgram(process.execPath, commandOf(manifests, probe, url), {}).exit).code;

    test('an exporter is ready and healthy, and what is not there is neither', async () => {
      const manifests = render(...withExample('sidecar'));
      const config = configFor(await simulate([scriptedWorld({ ...place, jobs: { orders: runsEvery10s } })]));
      const daemon = await startDaemon({ config });
      await daemon.ready();
      const tcp = render(...withExample('sidecar'), ...set('webConfig.existingSecret=a', 'webConfig.probe=tcp'));
      for (const probe of PROBES) {
        expect(await exitOf(manifests, probe, daemon.url)).toBe(0);
        expect(await exitOf(manifests, probe, `${daemon.url}/nothing`)).toBe(1);
        expect(await exitOf(tcp, probe, daemon.url)).toBe(0);
      }
      expect(await exitOf(manifests, 'livenessProbe', 'http://127.0.0.1:1')).toBe(1);
      expect(await exitOf(tcp, 'livenessProbe', 'http://127.0.0.1:1')).toBe(1);
    });
  });
});
