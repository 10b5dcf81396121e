import { expect, test } from 'vitest';
import { describeWith, tool } from '../tools.ts';
import { complaints } from './kubernetes.ts';
import { at, createHelm, withExample } from './rendering.ts';

describeWith(tool('helm'), "the chart's PodMonitor", helm => {
  const { render, refusal } = createHelm(helm);
  const monitor = (...args: string[]): unknown => render('--set', 'podMonitor.enabled=true', ...args).get('PodMonitor');

  test('is there only when asked for, and not with a ServiceMonitor', () => {
    expect(render().has('PodMonitor')).toBe(false);
    expect(render(...withExample('pod-monitor')).has('ServiceMonitor')).toBe(false);
    expect(refusal('--set', 'podMonitor.enabled=true,serviceMonitor.enabled=true')).toContain('scraped twice');
  });

  test('finds the pods by their labels, in their namespace, at their port', () => {
    const manifests = render(...withExample('pod-monitor'));
    const pod = at(manifests.get('Deployment'), 'spec', 'template');
    const spec = at(manifests.get('PodMonitor'), 'spec');
    expect(at(pod, 'metadata', 'labels')).toMatchObject(Object(at(spec, 'selector', 'matchLabels')));
    expect(at(spec, 'namespaceSelector')).toEqual({ matchNames: ['glue'] });
    expect(at(spec, 'podMetricsEndpoints', 0)).toMatchObject({ port: 'http-metrics', path: '/metrics' });
    expect(at(pod, 'spec', 'containers', 0, 'ports', 0, 'name')).toBe('http-metrics');
  });

  test('has what the values say', () => {
    const example = withExample('everything');
    const on = ['--set', 'podMonitor.enabled=true,serviceMonitor.enabled=false'];
    const manifest = render(...example, ...on).get('PodMonitor');
    expect(complaints('PodMonitor', manifest)).toEqual([]);
    expect(at(manifest, 'metadata')).toMatchObject({
      namespace: 'prometheus',
      labels: { release: 'kube-prometheus-stack' },
      annotations: { 'example.com/note': 'scraped by the platform team' },
    });
    expect(at(manifest, 'spec')).toMatchObject({ jobLabel: 'owner', podTargetLabels: ['owner'], sampleLimit: 1500000 });
    expect(at(manifest, 'spec', 'podMetricsEndpoints', 0)).toMatchObject({
      interval: '30s',
      scheme: 'https',
      honorLabels: true,
      tlsConfig: { insecureSkipVerify: true },
      relabelings: [{ targetLabel: 'instance' }, { action: 'labeldrop' }],
    });
  });

  test.each([
    [[], 'aws-glue-exporter'],
    [['nameOverride=glue'], 'glue'],
    [['podMonitor.jobLabel=team', 'podLabels.team=data'], 'data'],
    [['podMonitor.jobLabel=team'], 'monitoring/glue-aws-glue-exporter'],
  ])('with %j is what the rules look for', (values, job) => {
    const rule = render('--set', ['podMonitor.enabled=true', 'prometheusRule.enabled=true', ...values].join(',')).get(
      'PrometheusRule',
    );
    expect(JSON.stringify(rule)).toContain(JSON.stringify(`job="${job}", namespace="monitoring"`).slice(1, -1));
  });

  test('of stateful pods names the instance by the pod', () => {
    expect(at(monitor('--set', 'shards=2'), 'spec', 'podMetricsEndpoints', 0, 'relabelings')).toEqual([
      { sourceLabels: ['__meta_kubernetes_pod_name'], targetLabel: 'instance' },
    ]);
  });
});
