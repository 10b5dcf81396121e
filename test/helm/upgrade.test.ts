import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { describeWith, tool } from '../tools.ts';
import { chart, createHelm, withExample } from './rendering.ts';

describeWith(tool('helm'), 'the chart', helm => {
  const { renderChart } = createHelm(helm);

  describe('with the values of the chart before it had shards, as an upgrade with --reuse-values brings them', () => {
    const folder = mkdtempSync(join(tmpdir(), 'chart-'));
    afterAll(() => rmSync(folder, { recursive: true }));
    const reused = join(folder, basename(chart));
    cpSync(chart, reused, { recursive: true });
    cpSync(new URL('values-before-shards.yaml', import.meta.url), join(reused, 'values.yaml'));
    test.each([
      ['nothing of them changed', []],
      ['a volume', ['--set', 'persistence.enabled=true']],
      ['shards', ['--set', 'shards=3']],
      ['both', ['--set', 'shards=3,persistence.enabled=true', ...withExample('servicemonitor')]],
      ['alerts', ['--set', 'prometheusRule.enabled=true']],
      ['one threshold', ['--set', 'prometheusRule.enabled=true,prometheusRule.thresholds.queuedFor=1h']],
      ['dashboards', ['--set', 'dashboards.enabled=true']],
      ['a network policy', ['--set', 'networkPolicy.enabled=true']],
      [
        'one rule of a network policy',
        ['--set', 'networkPolicy.enabled=true,networkPolicy.egress.instanceMetadata=true'],
      ],
      ['a budget', ['--set', 'podDisruptionBudget.enabled=true']],
      ['a web config', ['--set', 'webConfig.existingSecret=web,serviceMonitor.enabled=true']],
      ['a web config with TLS', ['--set', 'webConfig.existingSecret=web,webConfig.tls=true,webConfig.probe=tcp']],
      ['no test', ['--set', 'helmTest.enabled=false']],
      ['everything', withExample('everything')],
    ])('it is the same as with its own: %s', (_what, args) => {
      expect(renderChart(reused, ...args)).toEqual(renderChart(chart, ...args));
    });
  });
});
