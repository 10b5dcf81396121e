import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { describeWith, tool } from '../tools.ts';
import { at, createHelm, type Manifest } from './rendering.ts';

describeWith(tool('helm'), 'templates in values', helm => {
  const { renderAll } = createHelm(helm);
  const folder = mkdtempSync(join(tmpdir(), 'chart-values-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const renderWith = (values: object): readonly Manifest[] => {
    const file = join(folder, 'values.json');
    writeFileSync(file, JSON.stringify(values));
    return renderAll('--values', file);
  };
  const only = (manifests: readonly Manifest[], kind: string): unknown =>
    manifests.find(found => found.kind === kind)?.manifest;

  test('are filled in wherever the strings go', () => {
    const manifests = renderWith({
      global: { account: '111122223333', stage: 'production' },
      aws: { region: '{{ "eu-west-1" }}' },
      config: {
        targets: [
          { role_arn: 'arn:aws:iam::{{ .Values.global.account }}:role/x', account_id: '{{ .Values.global.account }}' },
        ],
      },
      commonLabels: { stage: '{{ .Values.global.stage }}' },
      commonAnnotations: { 'example.com/{{ .Values.global.stage }}': '{{ .Release.Namespace }}' },
      serviceAccount: {
        name: '{{ .Release.Name }}-x',
        annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::{{ .Values.global.account }}:role/x' },
      },
      extraArgs: ['--web.max-requests={{ add 3 4 }}'],
      extraEnv: [{ name: 'HTTPS_PROXY', value: 'http://proxy.{{ .Values.global.stage }}:3128' }],
    });
    const account = only(manifests, 'ServiceAccount');
    expect(at(account, 'metadata')).toMatchObject({
      name: 'glue-x',
      labels: { stage: 'production' },
      annotations: {
        'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/x',
        'example.com/production': 'monitoring',
      },
    });
    expect(parse(String(at(only(manifests, 'ConfigMap'), 'data', 'config.yaml')))).toEqual({
      targets: [{ role_arn: 'arn:aws:iam::111122223333:role/x', account_id: '111122223333' }],
    });
    const container = at(only(manifests, 'Deployment'), 'spec', 'template', 'spec', 'containers', 0);
    expect(at(container, 'args')).toContain('--web.max-requests=7');
    expect(at(container, 'env')).toEqual([
      { name: 'AWS_REGION', value: 'eu-west-1' },
      { name: 'HTTPS_PROXY', value: 'http://proxy.production:3128' },
    ]);
  });

  test('cannot break out of their string', () => {
    const odd = 'a: b\n- "c\'\t#';
    const manifests = renderWith({ global: { odd }, podAnnotations: { note: '{{ .Values.global.odd }}' } });
    const annotations = at(only(manifests, 'Deployment'), 'spec', 'template', 'metadata', 'annotations');
    expect(at(annotations, 'note')).toBe(odd);
  });

  test('are filled in once, and braces can be kept', () => {
    const kept = '{{ "{{" }} $labels.job {{ "}}" }}';
    const manifests = renderWith({ commonAnnotations: { kept }, extraManifests: [{ kind: 'Thing', text: kept }] });
    expect(at(only(manifests, 'Service'), 'metadata', 'annotations', 'kept')).toBe('{{ $labels.job }}');
    expect(at(only(manifests, 'Thing'), 'text')).toBe('{{ $labels.job }}');
  });

  test('do not change other values', () => {
    const securityContext = { runAsUser: 1_000_700_000, runAsNonRoot: true };
    const values = { podSecurityContext: securityContext, config: { series: { limit: 2_000_000 } } };
    const plain = renderWith(values);
    const withTemplate = renderWith({ ...values, podLabels: { a: '{{ "b" }}' } });
    const specOf = (manifests: readonly Manifest[]): unknown =>
      at(only(manifests, 'Deployment'), 'spec', 'template', 'spec');
    expect(specOf(withTemplate)).toEqual(specOf(plain));
    expect(at(specOf(plain), 'securityContext')).toMatchObject(securityContext);
  });

  test('in rules belong to Prometheus', () => {
    const alertAnnotations = { dashboard: 'https://example.com/?job={{ $labels.job_name }}' };
    const [group] = [{ name: 'ours', rules: [{ alert: 'A', expr: '1', annotations: { a: '{{ $value }}' } }] }];
    const rule = only(
      renderWith({
        prometheusRule: {
          enabled: true,
          labels: { release: '{{ .Release.Name }}' },
          alertAnnotations,
          additionalGroups: [group],
        },
      }),
      'PrometheusRule',
    );
    expect(at(rule, 'metadata', 'labels', 'release')).toBe('glue');
    const groups = at(rule, 'spec', 'groups');
    expect(groups).toContainEqual(group);
    expect(JSON.stringify(groups)).toContain(JSON.stringify(alertAnnotations).slice(1, -1));
  });

  test('can be whole manifests, as strings', () => {
    const text = 'kind: Thing\nname: {{ include "aws-glue-exporter.fullname" . }}\nnumber: {{ 7 }}\n';
    expect(only(renderWith({ extraManifests: [text] }), 'Thing')).toEqual({
      kind: 'Thing',
      name: 'glue-aws-glue-exporter',
      number: 7,
    });
  });
});
