import { describe, expect, test } from 'vitest';
import { describeWith, tool } from '../tools.ts';
import { at, createHelm, withExample } from './rendering.ts';

describeWith(tool('helm'), 'the chart', helm => {
  const { render } = createHelm(helm);

  describe('the service monitor', () => {
    test('is there only when asked for', () => {
      expect([...render().keys()].sort()).toEqual(['ConfigMap', 'Deployment', 'Pod', 'Service', 'ServiceAccount']);
    });

    test('selects the service, its port and the path of the metrics', () => {
      const manifests = render(...withExample('servicemonitor'));
      const monitor = manifests.get('ServiceMonitor');
      const service = manifests.get('Service');
      expect(at(service, 'metadata', 'labels')).toMatchObject(Object(at(monitor, 'spec', 'selector', 'matchLabels')));
      expect(Object.keys(Object(at(monitor, 'spec', 'selector', 'matchLabels')))).toHaveLength(2);
      expect(at(service, 'metadata', 'labels', String(at(monitor, 'spec', 'jobLabel')))).toBe('aws-glue-exporter');
      expect(at(monitor, 'spec')).toMatchObject({
        targetLabels: ['team'],
        podTargetLabels: ['app.kubernetes.io/version'],
        sampleLimit: 2_000_000,
        targetLimit: 50,
        labelLimit: 40,
        labelNameLengthLimit: 100,
        labelValueLengthLimit: 300,
      });
      expect(at(monitor, 'spec', 'namespaceSelector')).toEqual({ matchNames: [at(service, 'metadata', 'namespace')] });
      expect(at(monitor, 'metadata')).toMatchObject({
        namespace: 'monitoring',
        labels: { release: 'kube-prometheus-stack' },
      });
      expect(at(monitor, 'spec', 'endpoints')).toEqual([
        {
          port: at(service, 'spec', 'ports', 0, 'name'),
          path: '/glue/metrics',
          interval: '30s',
          scrapeTimeout: '10s',
          honorLabels: true,
          relabelings: [{ sourceLabels: ['__meta_kubernetes_pod_node_name'], targetLabel: 'node' }],
          metricRelabelings: [{ sourceLabels: ['__name__'], regex: 'aws_glue_job_max_.*', action: 'drop' }],
        },
      ]);
      expect(at(manifests.get('Deployment'), 'spec', 'template', 'spec', 'containers', 0, 'args')).toContain(
        '--web.telemetry-path=/glue/metrics',
      );
    });
  });

  describe('the service monitor by default', () => {
    const specOf = (...args: string[]): unknown =>
      at(render('--set', 'serviceMonitor.enabled=true', ...args).get('ServiceMonitor'), 'spec');

    test('has no limits, no formats of its own and plain HTTP', () => {
      expect(Object.keys(Object(specOf())).sort()).toEqual(['endpoints', 'jobLabel', 'namespaceSelector', 'selector']);
      expect(Object.keys(Object(at(specOf(), 'endpoints', 0))).sort()).toEqual(['honorLabels', 'path', 'port']);
    });

    test('can be told the formats', () => {
      const spec = specOf('--set', 'serviceMonitor.scrapeProtocols={OpenMetricsText1.0.0,PrometheusText0.0.4}');
      expect(at(spec, 'scrapeProtocols')).toEqual(['OpenMetricsText1.0.0', 'PrometheusText0.0.4']);
    });
  });
});
