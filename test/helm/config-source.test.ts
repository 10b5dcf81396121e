import { expect, test } from 'vitest';
import { describeWith, tool } from '../tools.ts';
import { at, createHelm, withExample } from './rendering.ts';

describeWith(tool('helm'), 'a configuration that exists', helm => {
  const { render, refusal } = createHelm(helm);
  const template = (manifests: ReadonlyMap<string, unknown>): unknown =>
    at(manifests.get('Deployment'), 'spec', 'template');

  test('is mounted from the Secret of the values, under the name that the flag has', () => {
    const manifests = render(...withExample('existing-config'));
    expect(manifests.has('ConfigMap')).toBe(false);
    expect(at(template(manifests), 'spec', 'volumes', 0)).toEqual({
      name: 'config',
      secret: { secretName: 'glue-exporter-config', items: [{ key: 'exporter.yaml', path: 'config.yaml' }] },
    });
    expect(at(template(manifests), 'spec', 'containers', 0, 'args')).toContain(
      '--config.file=/etc/aws-glue-exporter/config.yaml',
    );
  });

  test('is mounted from the ConfigMap of the values', () => {
    const manifests = render('--set', 'configExistingConfigMapName=mine');
    expect(manifests.has('ConfigMap')).toBe(false);
    expect(at(template(manifests), 'spec', 'volumes', 0)).toEqual({
      name: 'config',
      configMap: { name: 'mine', items: [{ key: 'config.yaml', path: 'config.yaml' }] },
    });
  });

  test('has no checksum: the chart does not see it', () => {
    expect(at(template(render(...withExample('existing-config'))), 'metadata', 'annotations')).toBeUndefined();
  });

  test('comes from one place', () => {
    expect(refusal('--set', 'configExistingConfigMapName=a,configExistingSecretName=b')).toContain('give one of them');
    expect(refusal('--set', 'configExistingSecretName=b,config.poll.interval=30s')).toContain('leave one of them out');
  });
});
