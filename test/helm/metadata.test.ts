import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { describeWith, tool } from '../tools.ts';
import { complaints } from './kubernetes.ts';
import { at, createHelm, isHeadless, type Manifest } from './rendering.ts';

type Strings = Readonly<Record<string, string>>;

const OWN: Strings = {
  'app.kubernetes.io/name': 'aws-glue-exporter',
  'app.kubernetes.io/instance': 'glue',
  'app.kubernetes.io/managed-by': 'Helm',
};
const SELECTED: Strings = { 'app.kubernetes.io/name': 'aws-glue-exporter', 'app.kubernetes.io/instance': 'glue' };

/** Keys that the chart uses itself, and others; values that YAML could take for something else. */
const labels = fc.dictionary(
  fc.constantFrom(
    ...Object.keys(OWN),
    'app.kubernetes.io/version',
    'app.kubernetes.io/component',
    'helm.sh/chart',
    'grafana_dashboard',
    'release',
    'team',
  ),
  fc.constantFrom('', '1', 'true', 'null', '1e3', 'headless', 'data'),
);
const annotations = fc.dictionary(
  fc.constantFrom('checksum/config', 'helm.sh/hook-weight', 'example.com/a', 'example.com/b'),
  fc.constantFrom('', '5', 'true', 'it\'s: #1 "x"\n- y', '{a: b}'),
);
const both = { labels, annotations };

const everywhere = fc.record({
  shards: fc.constantFrom(1, 2),
  commonLabels: labels,
  commonAnnotations: annotations,
  podLabels: labels,
  podAnnotations: annotations,
  workloadAnnotations: annotations,
  serviceAccount: fc.record({ annotations }),
  persistence: fc.record({ enabled: fc.boolean(), annotations }),
  service: fc.record(both),
  ingress: fc.record({ enabled: fc.constant(true), hosts: fc.constant([{ host: 'example.com' }]), ...both }),
  serviceMonitor: fc.record({ enabled: fc.constant(true), ...both }),
  prometheusRule: fc.record({ enabled: fc.constant(true), ...both }),
  dashboards: fc.record({ enabled: fc.constant(true), ...both }),
  networkPolicy: fc.constant({ enabled: true }),
  podDisruptionBudget: fc.constant({ enabled: true }),
  webConfig: fc.constant({ content: { http_server_config: { http2: true } } }),
});

/** The values of one kind of object; of some there are none. */
const PLACES = {
  Service: 'service',
  Ingress: 'ingress',
  ServiceMonitor: 'serviceMonitor',
  PodMonitor: 'podMonitor',
  PrometheusRule: 'prometheusRule',
  ServiceAccount: 'serviceAccount',
};
const isDashboard = (manifest: unknown): boolean => /\.json$/.test(Object.keys(Object(at(manifest, 'data')))[0] ?? '');
const placeOf = ({ kind, manifest }: Manifest): string | undefined =>
  isDashboard(manifest) ? 'dashboards' : isHeadless(manifest) ? undefined : at(PLACES, kind)?.toString();

const stringsAt = (values: unknown, ...path: string[]): Strings => Object(at(values, ...path));

describeWith(tool('helm'), 'labels and annotations', helm => {
  const { renderAll } = createHelm(helm);
  const folder = mkdtempSync(join(tmpdir(), 'chart-metadata-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'values.json');
  const renderWith = (values: object): readonly Manifest[] => {
    writeFileSync(file, JSON.stringify(values));
    return renderAll('--values', file);
  };
  const objects = (manifests: readonly Manifest[], kind: string): readonly unknown[] =>
    manifests.filter(found => found.kind === kind).map(({ manifest }) => manifest);

  const expectMetadata = (values: object, found: Manifest): void => {
    const { kind, manifest } = found;
    const place = placeOf(found);
    const metadata = at(manifest, 'metadata');
    // The values of the chart have one for dashboards, which is as good as one of the user.
    const usual: Strings = place === 'dashboards' ? { grafana_dashboard: '1' } : {};
    const given: Strings = {
      ...OWN,
      ...stringsAt(values, 'commonLabels'),
      ...usual,
      ...(place === undefined ? {} : stringsAt(values, place, 'labels')),
    };
    const { 'app.kubernetes.io/component': component, ...others } = given;
    if (kind === 'Pod') {
      // That of helm test: nothing may take it for the exporter.
      expect(at(metadata, 'labels', 'app.kubernetes.io/name')).toBe('aws-glue-exporter-test');
      expect(at(metadata, 'annotations')).toMatchObject({ 'helm.sh/hook': 'test' });
    } else if (kind === 'Service') {
      const isPlain = !isHeadless(manifest);
      const shown = isPlain && component !== 'headless' ? component : undefined;
      expect(at(metadata, 'labels')).toMatchObject({ ...others, ...SELECTED });
      expect(at(metadata, 'labels', 'app.kubernetes.io/component')).toBe(isPlain ? shown : 'headless');
    } else {
      expect(at(metadata, 'labels'), kind).toMatchObject(given);
    }
    const workload = kind === 'Deployment' || kind === 'StatefulSet' ? stringsAt(values, 'workloadAnnotations') : {};
    const annotated = {
      ...stringsAt(values, 'commonAnnotations'),
      ...workload,
      ...(place === undefined ? {} : stringsAt(values, place, 'annotations')),
    };
    expect(Object(at(metadata, 'annotations')), kind).toMatchObject(annotated);
  };

  const expectStableSelectors = (manifests: readonly Manifest[]): void => {
    for (const workload of [...objects(manifests, 'Deployment'), ...objects(manifests, 'StatefulSet')]) {
      expect(at(workload, 'spec', 'selector', 'matchLabels')).toEqual(SELECTED);
      expect(at(workload, 'spec', 'template', 'metadata', 'labels')).toMatchObject(SELECTED);
      const claims = at(workload, 'spec', 'volumeClaimTemplates');
      if (claims !== undefined) expect(at(claims, 0, 'metadata', 'labels')).toEqual(SELECTED);
    }
    const services = objects(manifests, 'Service');
    for (const service of services) expect(at(service, 'spec', 'selector')).toEqual(SELECTED);
    const [monitor] = objects(manifests, 'ServiceMonitor');
    expect(at(monitor, 'spec', 'selector', 'matchLabels')).toEqual(SELECTED);
    const isLeftOut = (service: unknown): boolean =>
      at(monitor, 'spec', 'selector', 'matchExpressions') !== undefined &&
      at(service, 'metadata', 'labels', 'app.kubernetes.io/component') === 'headless';
    const scraped = services.filter(service => {
      expect(at(service, 'metadata', 'labels')).toMatchObject(SELECTED);
      return !isLeftOut(service);
    });
    expect(scraped.map(isHeadless)).toEqual([false]);
  };

  const expectAll = (values: object): void => {
    const manifests = renderWith(values);
    for (const found of manifests) expectMetadata(values, found);
    for (const { kind, manifest } of manifests) expect(complaints(kind, manifest)).toEqual([]);
    expectStableSelectors(manifests);
    const [workload] = [...objects(manifests, 'Deployment'), ...objects(manifests, 'StatefulSet')];
    const template = at(workload, 'spec', 'template', 'metadata');
    const podLabels = { ...OWN, ...stringsAt(values, 'commonLabels'), ...stringsAt(values, 'podLabels'), ...SELECTED };
    expect(at(template, 'labels')).toMatchObject(podLabels);
    expect(at(template, 'annotations')).toMatchObject(stringsAt(values, 'podAnnotations'));
  };

  test('are merged, wherever they are given: no key twice, the value of the object first, selectors as ever', () => {
    fc.assert(fc.property(everywhere, expectAll), { numRuns: 15 });
  }, 300_000);

  describe('that are those of the chart, in every place', () => {
    const ours = {
      ...OWN,
      'app.kubernetes.io/name': 'mine',
      'app.kubernetes.io/instance': 'mine',
      'app.kubernetes.io/managed-by': 'me',
      'app.kubernetes.io/component': 'headless',
      'helm.sh/chart': 'mine',
      grafana_dashboard: 'mine',
    };
    const notes = { 'checksum/config': 'mine', 'example.com/a': 'mine' };
    const place = { enabled: true, labels: ours, annotations: notes };
    test.each([1, 2])('with %d shards', shards => {
      expectAll({
        shards,
        commonLabels: ours,
        commonAnnotations: { 'example.com/a': 'all' },
        podLabels: ours,
        podAnnotations: notes,
        workloadAnnotations: notes,
        serviceAccount: { annotations: notes },
        persistence: { enabled: shards > 1, annotations: notes },
        service: { labels: ours, annotations: notes },
        ingress: { ...place, hosts: [{ host: 'example.com' }] },
        serviceMonitor: place,
        prometheusRule: place,
        dashboards: place,
        networkPolicy: { enabled: true },
        podDisruptionBudget: { enabled: true },
        webConfig: { content: { http_server_config: { http2: true } } },
      });
    });
  });

  test('that YAML takes for numbers stay strings, in names as well', () => {
    const manifests = renderWith({ nameOverride: '123', fullnameOverride: '456', commonLabels: { a: '1', b: 'true' } });
    for (const { kind, manifest } of manifests) {
      expect(complaints(kind, manifest)).toEqual([]);
      expect(at(manifest, 'metadata', 'labels')).toMatchObject({ a: '1', b: 'true' });
    }
    const [workload] = objects(manifests, 'Deployment');
    expect(at(workload, 'spec', 'selector', 'matchLabels', 'app.kubernetes.io/name')).toBe('123');
  });
});
