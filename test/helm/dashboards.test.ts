import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { describeWith, tool } from '../tools.ts';
import { complaints } from './kubernetes.ts';
import { at, chart, createHelm, type Manifest } from './rendering.ts';

/** The JSON files of a folder by name; none without the folder. */
const jsonIn = (folder: string): ReadonlyMap<string, string> => {
  try {
    const files = readdirSync(folder).filter(file => file.endsWith('.json'));
    return new Map(files.map(file => [file, readFileSync(join(folder, file), 'utf8')]));
  } catch {
    return new Map();
  }
};

test('the dashboards in the chart are those of monitoring/dashboards', () => {
  const source = jsonIn(fileURLToPath(new URL('../../monitoring/dashboards/', import.meta.url)));
  expect(jsonIn(join(chart, 'dashboards'))).toEqual(source);
});

describeWith(tool('helm'), "the chart's dashboards", helm => {
  const { renderChart, renderAll } = createHelm(helm);
  const folder = mkdtempSync(join(tmpdir(), 'chart-dashboards-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const copy = join(folder, basename(chart));
  cpSync(chart, copy, { recursive: true });
  rmSync(join(copy, 'dashboards'), { recursive: true, force: true });
  mkdirSync(join(copy, 'dashboards'));
  // What neither Helm nor YAML may touch.
  const odd = `${JSON.stringify(
    { title: 'Glue', legend: '{{job_name}} {{ .Values.config }}', text: '# no comment: "quoted"\t\n', tags: [] },
    undefined,
    2,
  )}\n`;
  writeFileSync(join(copy, 'dashboards', 'glue-overview.json'), odd);
  writeFileSync(join(copy, 'dashboards', 'glue-cost.json'), '{"title":"Cost"}');
  const enabled = ['--set', 'dashboards.enabled=true'];
  const dashboardsIn = (manifests: readonly Manifest[]): readonly unknown[] =>
    manifests.flatMap(({ kind, manifest }) =>
      kind === 'ConfigMap' && at(manifest, 'data', 'config.yaml') === undefined ? [manifest] : [],
    );

  test('are there only when asked for, a ConfigMap each', () => {
    expect(dashboardsIn(renderChart(copy))).toEqual([]);
    const configMaps = dashboardsIn(renderChart(copy, ...enabled));
    expect(configMaps.map(configMap => at(configMap, 'metadata', 'name'))).toEqual([
      'glue-aws-glue-exporter-glue-cost',
      'glue-aws-glue-exporter-glue-overview',
    ]);
    expect(configMaps.flatMap(configMap => complaints('ConfigMap', configMap))).toEqual([]);
  });

  test('are handed over letter by letter', () => {
    const [cost, overview] = dashboardsIn(renderChart(copy, ...enabled));
    expect(at(overview, 'data')).toEqual({ 'glue-aws-glue-exporter-glue-overview.json': odd });
    expect(at(cost, 'data')).toEqual({ 'glue-aws-glue-exporter-glue-cost.json': '{"title":"Cost"}' });
  });

  test('are where the sidecar looks for them', () => {
    const [usual] = dashboardsIn(renderChart(copy, ...enabled));
    expect(at(usual, 'metadata')).toMatchObject({ namespace: 'monitoring', labels: { grafana_dashboard: '1' } });
    expect(at(usual, 'metadata', 'annotations')).toBeUndefined();
    // As with --reuse-values and values from before there were dashboards.
    const [old] = dashboardsIn(renderChart(copy, ...enabled, '--set', 'dashboards.labels=null'));
    expect(at(old, 'metadata')).toEqual(at(usual, 'metadata'));
    const values = 'dashboards.namespace=grafana,dashboards.labels.grafana_dashboard=null';
    const more = 'dashboards.labels.folder=glue,dashboards.annotations.grafana_folder=AWS Glue';
    const [other] = dashboardsIn(renderChart(copy, ...enabled, '--set', `${values},${more}`));
    expect(at(other, 'metadata')).toMatchObject({
      namespace: 'grafana',
      labels: { folder: 'glue' },
      annotations: { grafana_folder: 'AWS Glue' },
    });
    expect(at(other, 'metadata', 'labels', 'grafana_dashboard')).toBeUndefined();
  });

  test('of the project are all there, as JSON, and fit into a ConfigMap', () => {
    const configMaps = dashboardsIn(renderAll(...enabled));
    const texts = configMaps.flatMap(configMap => Object.values(Object(at(configMap, 'data'))));
    expect(new Set(texts)).toEqual(new Set(jsonIn(join(chart, 'dashboards')).values()));
    for (const configMap of configMaps) {
      const [text] = Object.values(Object(at(configMap, 'data')));
      expect(() => JSON.parse(String(text))).not.toThrow();
      expect(Buffer.byteLength(String(text))).toBeLessThan(1024 ** 2);
    }
  });
});
