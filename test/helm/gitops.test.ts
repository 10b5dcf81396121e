import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { describeWith, tool } from '../tools.ts';
import { at, chart, createHelm, examples } from './rendering.ts';

const inTest = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

describeWith(tool('helm'), 'kustomize', helm => {
  describeWith(tool('kubectl'), 'with the chart', kubectl => {
    const { renderAll } = createHelm(helm);
    const folder = mkdtempSync(join(tmpdir(), 'chart-kustomize-'));
    afterAll(() => rmSync(folder, { recursive: true }));
    cpSync(chart, join(folder, 'helm', 'aws-glue-exporter'), { recursive: true });
    writeFileSync(
      join(folder, 'kustomization.yaml'),
      `namespace: monitoring
labels:
  - pairs: {team: data}
helmGlobals:
  chartHome: helm
helmCharts:
  - name: aws-glue-exporter
    releaseName: glue
    namespace: monitoring
    valuesFile: values.yaml
    skipTests: true
`,
    );
    // kustomize 5.7 asks for the version with a flag that Helm 4 does not know.
    const shim = join(folder, 'helm.sh');
    writeFileSync(shim, `#!/bin/sh\n[ "$*" = "version -c --short" ] && exec echo v3.19.0\nexec ${helm} "$@"\n`, {
      mode: 0o755,
    });

    test.each(examples)('inflates the values $name', ({ file }) => {
      cpSync(file, join(folder, 'values.yaml'));
      const args = ['kustomize', '--enable-helm', '--helm-command', shim, folder];
      const { status, stdout, stderr } = spawnSync(kubectl, args, { encoding: 'utf8' });
      expect(status, stderr).toBe(0);
      const documents = parseAllDocuments(stdout, { uniqueKeys: true });
      expect(documents.flatMap(({ errors }) => errors)).toEqual([]);
      const kinds = documents.map(document => at(document.toJS(), 'kind')).sort();
      const own = renderAll('--values', file).map(({ kind }) => kind);
      expect(kinds).toEqual(own.filter(kind => kind !== 'Pod').sort());
    });
  });
});

/** Chart.yaml as chart-testing wants it (`ct lint`), in its etc/chart_schema.yaml. */
const chartYaml = z.strictObject({
  apiVersion: z.literal('v2'),
  name: z.literal('aws-glue-exporter'),
  version: z.string(),
  appVersion: z.string(),
  description: z.string(),
  type: z.literal('application'),
  kubeVersion: z.string(),
  home: z.url({ protocol: /^https$/ }),
  sources: z.array(z.url({ protocol: /^https$/ })).nonempty(),
  icon: z.url({ protocol: /^https$/ }),
  maintainers: z.array(z.strictObject({ name: z.string(), url: z.url(), email: z.string().optional() })).nonempty(),
  keywords: z.array(z.string()),
  annotations: z.record(z.string(), z.string()),
});

test("Chart.yaml names the project's home, sources, maintainers and an icon that exists", () => {
  const [document] = parseAllDocuments(readFileSync(join(chart, 'Chart.yaml'), 'utf8'));
  const { icon, home, sources } = chartYaml.parse(document?.toJS());
  expect(sources).toEqual([home]);
  const [, path = ''] = /\/main\/(.+)$/.exec(icon) ?? [];
  expect(readFileSync(join(dirname(inTest('.')), '..', path), 'utf8')).toContain('<svg');
});

describeWith(tool('yamllint'), 'yamllint', yamllint => {
  test('has nothing against the chart, with the rules of `ct lint`', () => {
    const files = ['Chart.yaml', 'values.yaml', 'ci'].map(name => join(chart, name));
    const { status, stdout } = spawnSync(yamllint, ['--config-file', inTest('ct-lint.yaml'), ...files], {
      encoding: 'utf8',
    });
    expect(status, stdout).toBe(0);
  });
});
