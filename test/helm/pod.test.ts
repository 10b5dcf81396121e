import { describe, expect, test } from 'vitest';
import { describeWith, tool } from '../tools.ts';
import { at, createHelm, withExample } from './rendering.ts';

describeWith(tool('helm'), "the chart's pods", helm => {
  const { render, renderAll, refusal } = createHelm(helm);
  const everything = withExample('everything');
  const workload = (...args: string[]): unknown => {
    const manifests = render(...args);
    return manifests.get('StatefulSet') ?? manifests.get('Deployment');
  };
  const spec = (...args: string[]): unknown => at(workload(...args), 'spec', 'template', 'spec');

  test('take from the values what pods can have', () => {
    expect(spec(...everything)).toMatchObject({
      runtimeClassName: 'gvisor',
      hostAliases: [{ ip: '10.0.9.9', hostnames: ['proxy.example.com'] }],
      dnsPolicy: 'ClusterFirst',
      dnsConfig: { options: [{ name: 'ndots', value: '2' }] },
      initContainers: [{ name: 'wait' }],
      affinity: { podAntiAffinity: expect.anything() },
    });
    expect(at(spec(...everything), 'containers')).toMatchObject([
      {
        name: 'aws-glue-exporter',
        envFrom: [{ secretRef: { name: 'proxy-credentials', optional: true } }],
      },
      { name: 'proxy' },
    ]);
  });

  test('have none of it by default', () => {
    expect(Object.keys(Object(spec())).sort()).toEqual([
      'automountServiceAccountToken',
      'containers',
      'enableServiceLinks',
      'securityContext',
      'serviceAccountName',
      'terminationGracePeriodSeconds',
      'volumes',
    ]);
    expect(at(spec(), 'containers')).toHaveLength(1);
    expect(at(spec(), 'containers', 0, 'envFrom')).toBeUndefined();
  });

  test('are pulled from the registry of the values, that of all charts first, with the secrets of both', () => {
    const image = (...values: string[]): unknown => at(spec('--set', values.join(',')), 'containers', 0, 'image');
    const named = ['image.repository=team/glue', 'image.tag=1.2.3'];
    expect(image(...named)).toBe('team/glue:1.2.3');
    expect(image(...named, 'image.registry=r.example.com:5000/')).toBe('r.example.com:5000/team/glue:1.2.3');
    expect(image(...named, 'image.registry=r.example.com', 'global.imageRegistry=mirror')).toBe(
      'mirror/team/glue:1.2.3',
    );
    expect(at(spec(...everything), 'imagePullSecrets')).toEqual([
      { name: 'registry-example-com' },
      { name: 'mirror-example-com' },
    ]);
    expect(at(spec('--set', 'global.imagePullSecrets={one,two}'), 'imagePullSecrets')).toEqual([
      { name: 'one' },
      { name: 'two' },
    ]);
  });

  test('are spread by the labels of the release, unless the values say by which', () => {
    const selector = {
      matchLabels: { 'app.kubernetes.io/name': 'aws-glue-exporter', 'app.kubernetes.io/instance': 'glue' },
    };
    const one = 'topologySpreadConstraints[0].maxSkew=1,topologySpreadConstraints[0].topologyKey=zone';
    const other = 'topologySpreadConstraints[1].maxSkew=2,topologySpreadConstraints[1].labelSelector.matchLabels.a=b';
    expect(at(spec('--set', `${one},${other}`), 'topologySpreadConstraints')).toEqual([
      { maxSkew: 1, topologyKey: 'zone', labelSelector: selector },
      { maxSkew: 2, labelSelector: { matchLabels: { a: 'b' } } },
    ]);
  });

  test('are kept track of as the values say', () => {
    expect(at(workload(), 'spec', 'revisionHistoryLimit')).toBe(10);
    expect(at(workload('--set', 'revisionHistoryLimit=0'), 'spec', 'revisionHistoryLimit')).toBe(0);
    expect(at(workload(), 'metadata', 'annotations')).toBeUndefined();
    expect(at(workload(...everything), 'metadata', 'annotations')).toEqual({
      'example.com/cost-center': '4711',
      'example.com/pager': 'data',
    });
  });

  test('every object has the labels of the values, and no selector has them', () => {
    const theirs: unknown[] = ['company-ca', 'glue-everything-notes'];
    const ours = renderAll(...everything).filter(({ manifest }) => !theirs.includes(at(manifest, 'metadata', 'name')));
    expect(ours.length).toBeGreaterThan(9);
    for (const { kind, manifest } of ours) {
      expect(at(manifest, 'metadata', 'labels', 'team'), kind).toBe('data');
      expect(at(manifest, 'metadata', 'labels', 'app.kubernetes.io/managed-by'), kind).toBe('Helm');
      expect(at(manifest, 'metadata', 'annotations', 'example.com/cost-center'), kind).toBe('4711');
    }
    expect(at(workload(...everything), 'spec', 'selector', 'matchLabels', 'team')).toBeUndefined();
  });

  test('use the network of the node when the values say so, and still find services by name', () => {
    expect(spec('--set', 'hostNetwork=true')).toMatchObject({
      hostNetwork: true,
      dnsPolicy: 'ClusterFirstWithHostNet',
    });
    expect(spec('--set', 'hostNetwork=true,dnsPolicy=Default')).toMatchObject({ dnsPolicy: 'Default' });
  });

  test('have the hooks of the values', () => {
    expect(at(spec('--set', 'lifecycle.preStop.sleep.seconds=5'), 'containers', 0, 'lifecycle')).toEqual({
      preStop: { sleep: { seconds: 5 } },
    });
  });

  test('have each environment variable once: that of the values', () => {
    const env = (...values: string[]): unknown => at(spec('--set', values.join(',')), 'containers', 0, 'env');
    const region = 'extraEnv[0].name=AWS_REGION,extraEnv[0].value=us-east-1';
    expect(env('aws.region=eu-west-1', region)).toEqual([{ name: 'AWS_REGION', value: 'us-east-1' }]);
    expect(env(region, 'extraEnv[1].name=AWS_REGION,extraEnv[1].value=b')).toEqual([
      { name: 'AWS_REGION', value: 'b' },
    ]);
  });

  test('name each pull secret once', () => {
    const values = 'imagePullSecrets[0].name=a,global.imagePullSecrets={a,b}';
    expect(at(spec('--set', values), 'imagePullSecrets')).toEqual([{ name: 'a' }, { name: 'b' }]);
  });

  test.each([
    ['--config.file=/x', 'config'],
    ['--shard=0/2', 'shards'],
    ['--web.telemetry-path=/x', 'telemetryPath'],
    ['--web.config.file=/x', 'webConfig'],
    ['--web.external-url=http://x', 'externalUrl'],
    ['--web.route-prefix=/x', 'routePrefix'],
    ['--log.level=debug', 'logLevel'],
    ['--log.format=json', 'logFormat'],
  ])('refuse the flag %s, which has a value of its own', (flag, value) => {
    expect(refusal('--set', `extraArgs[0]=${flag}`)).toContain(`set ${value} instead`);
  });

  test('are in the namespace of the values', () => {
    const namespaces = renderAll('--set', 'namespaceOverride=other,serviceMonitor.enabled=true,shards=2').map(
      ({ manifest }) => at(manifest, 'metadata', 'namespace'),
    );
    expect(new Set(namespaces)).toEqual(new Set(['other']));
    const monitor = render('--set', 'namespaceOverride=other,serviceMonitor.enabled=true').get('ServiceMonitor');
    expect(at(monitor, 'spec', 'namespaceSelector')).toEqual({ matchNames: ['other'] });
    expect(JSON.stringify(renderAll('--set', 'namespaceOverride=other'))).not.toContain('monitoring');
  });

  describe('budget', () => {
    const budget = (...values: string[]): unknown =>
      at(
        render('--set', ['enabled=true', ...values].map(value => `podDisruptionBudget.${value}`).join(',')).get(
          'PodDisruptionBudget',
        ),
        'spec',
      );

    test('is there only when asked for, and lets one pod go at a time', () => {
      expect(render().has('PodDisruptionBudget')).toBe(false);
      expect(budget()).toEqual({ maxUnavailable: 1, selector: at(workload(), 'spec', 'selector') });
    });

    test.each([
      ['maxUnavailable=0', { maxUnavailable: 0 }],
      ['maxUnavailable=25%', { maxUnavailable: '25%' }],
      ['minAvailable=2', { minAvailable: 2 }],
      ['minAvailable=50%', { minAvailable: '50%' }],
      ['unhealthyPodEvictionPolicy=AlwaysAllow', { maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' }],
    ])('can be %s', (values, expected) => {
      const { selector: _, ...spec } = Object(budget(values));
      expect(spec).toEqual(expected);
    });
  });
});
