import { describe, expect, test } from 'vitest';
import { describeWith, tool } from '../tools.ts';
import { at, createHelm, withExample } from './rendering.ts';

describeWith(tool('helm'), "the chart's pods", helm => {
  const { render, renderAll } = createHelm(helm);
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
    expect(at(workload(...everything), 'metadata', 'annotations')).toEqual({ 'example.com/pager': 'data' });
  });

  test('every object has the labels of the values, and no selector has them', () => {
    const ours = renderAll(...everything).filter(({ manifest }) => at(manifest, 'metadata', 'name') !== 'company-ca');
    expect(ours.length).toBeGreaterThan(9);
    for (const { kind, manifest } of ours) {
      expect(at(manifest, 'metadata', 'labels', 'team'), kind).toBe('data');
      expect(at(manifest, 'metadata', 'labels', 'app.kubernetes.io/managed-by'), kind).toBe('Helm');
    }
    expect(at(workload(...everything), 'spec', 'selector', 'matchLabels', 'team')).toBeUndefined();
  });

  test('objects of the values are rendered as they are', () => {
    const manifest = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' }, stringData: { a: '{{ b }}' } };
    const rendered = renderAll('--set-json', `extraManifests=${JSON.stringify([manifest])}`);
    expect(rendered.find(({ kind }) => kind === 'Secret')?.manifest).toEqual(manifest);
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
