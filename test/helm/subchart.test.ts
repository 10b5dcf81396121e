import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { describeWith, tool } from '../tools.ts';
import { at, chart, createHelm } from './rendering.ts';

const CHART = `apiVersion: v2
name: platform
version: 1.0.0
dependencies:
  - name: aws-glue-exporter
    version: 0.1.0
    repository: file://${chart}
    alias: glue
    condition: glue.enabled
`;
const VALUES = `x-labels: &labels {team: data}
global:
  imageRegistry: mirror.example.com
  imagePullSecrets: [mirror]
  accountId: "111122223333"
  storageClass: gp3
glue:
  enabled: true
  x-notes: &notes {example.com/a: b}
  commonLabels: *labels
  commonAnnotations:
    <<: *notes
    example.com/c: d
  persistence:
    enabled: true
    storageClass: '{{ .Values.global.storageClass }}'
  config:
    targets:
      - region: eu-west-1
        account_id: '{{ .Values.global.accountId }}'
        role_arn: arn:aws:iam::{{ .Values.global.accountId }}:role/{{ .Release.Name }}
`;

describeWith(tool('helm'), 'the chart as a dependency of another one', helm => {
  const { run, renderChart } = createHelm(helm);
  const folder = mkdtempSync(join(tmpdir(), 'chart-parent-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'templates'));
  writeFileSync(join(folder, 'Chart.yaml'), CHART);
  writeFileSync(join(folder, 'values.yaml'), VALUES);
  writeFileSync(join(folder, 'templates', 'own.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: own}\n');
  const built = run('dependency', 'build', folder);
  const kinds = (...args: string[]): readonly string[] => renderChart(folder, ...args).map(({ kind }) => kind);

  test('is built and passes the strict lint of its parent', () => {
    expect(built.status, built.err).toBe(0);
    const { status, out, err } = run('lint', '--strict', folder);
    expect(status, out + err).toBe(0);
  });

  test('is there when its condition says so', () => {
    expect(kinds()).toContain('StatefulSet');
    expect(kinds('--set', 'glue.enabled=false')).toEqual(['ConfigMap']);
  });

  test('is called by its alias, and takes global values and anchors', () => {
    const manifests = renderChart(folder);
    const workload = manifests.find(({ kind }) => kind === 'StatefulSet')?.manifest;
    expect(at(workload, 'metadata')).toMatchObject({
      labels: { 'app.kubernetes.io/name': 'glue', team: 'data' },
      annotations: { 'example.com/a': 'b', 'example.com/c': 'd' },
    });
    expect(at(workload, 'spec', 'template', 'spec')).toMatchObject({
      imagePullSecrets: [{ name: 'mirror' }],
      containers: [{ image: expect.stringMatching(/^mirror\.example\.com\//) }],
    });
    expect(at(workload, 'spec', 'volumeClaimTemplates', 0, 'spec', 'storageClassName')).toBe('gp3');
    const config = manifests.find(({ manifest }) => at(manifest, 'data', 'config.yaml') !== undefined)?.manifest;
    expect(at(parse(String(at(config, 'data', 'config.yaml'))), 'targets', 0)).toEqual({
      region: 'eu-west-1',
      account_id: '111122223333',
      role_arn: 'arn:aws:iam::111122223333:role/glue',
    });
  });

  test('still refuses keys that it does not know', () => {
    const { status, err } = run('template', 'glue', folder, '--set', 'glue.enabledd=true');
    expect(status).not.toBe(0);
    expect(err).toContain('enabledd');
    expect(run('template', 'glue', folder, '--set', 'glue.enabled=maybe').err).toContain('enabled');
  });
});
