import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { describeWith, tool } from '../tools.ts';
import { at, createHelm, isHeadless, withExample } from './rendering.ts';

describeWith(tool('helm'), "the chart's shards and state", helm => {
  const { render, renderAll, refusal } = createHelm(helm);
  const pod = (...args: string[]): unknown => at(render(...args).get('Deployment'), 'spec', 'template');

  describe('the stateful set', () => {
    const set = (...args: string[]): unknown => render(...args).get('StatefulSet');
    const sharded = withExample('shards');

    test('takes the place of the deployment for several shards, and for a volume', () => {
      const workloads = (...args: string[]): string[] =>
        [...render(...args).keys()].filter(kind => /^(Deployment|StatefulSet)$/.test(kind));
      expect(workloads()).toEqual(['Deployment']);
      expect(workloads('--set', 'shards=2')).toEqual(['StatefulSet']);
      expect(workloads('--set', 'persistence.enabled=true')).toEqual(['StatefulSet']);
      expect(renderAll().some(({ manifest }) => isHeadless(manifest))).toBe(false);
    });

    test('has a pod for each shard, which says by its name which one it is, and none waits for another', () => {
      const pod = at(set(...sharded), 'spec', 'template', 'spec', 'containers', 0);
      expect(at(set(...sharded), 'spec')).toMatchObject({ replicas: 4, podManagementPolicy: 'Parallel' });
      expect(at(pod, 'args')).toContain('--shard=$(POD_NAME)/4');
      expect(at(pod, 'env', 0)).toEqual({
        name: 'POD_NAME',
        valueFrom: { fieldRef: { fieldPath: 'metadata.name' } },
      });
    });

    test('is the same pod as that of the deployment otherwise', () => {
      const values = ['--set', 'persistence.enabled=true', ...withExample('irsa')];
      const {
        containers: [container],
        ...spec
      } = Object(at(set(...values), 'spec', 'template', 'spec'));
      const plain = Object(at(pod(...withExample('irsa')), 'spec'));
      expect({ ...spec, containers: undefined }).toEqual({ ...plain, containers: undefined });
      expect(container.args).toEqual(plain.containers[0].args);
      expect(container.volumeMounts.slice(1)).toEqual([{ name: 'state', mountPath: '/var/lib/aws-glue-exporter' }]);
    });

    test('gives each pod a volume of its own, where the configuration says that the state is', () => {
      const claims = (...args: string[]): unknown => at(set(...args), 'spec', 'volumeClaimTemplates');
      const mounts = (...args: string[]): unknown =>
        at(set(...args), 'spec', 'template', 'spec', 'containers', 0, 'volumeMounts', 1);
      const stateOf = (...args: string[]): unknown =>
        at(parse(String(at(render(...args).get('ConfigMap'), 'data', 'config.yaml'))), 'state');
      expect(claims(...sharded)).toMatchObject([
        {
          metadata: { name: 'state', annotations: { 'example.com/backup': 'no' } },
          spec: {
            accessModes: ['ReadWriteOnce'],
            storageClassName: 'gp3',
            resources: { requests: { storage: '2Gi' } },
          },
        },
      ]);
      expect(claims('--set', 'shards=2')).toBeUndefined();
      const enabled = ['--set', 'persistence.enabled=true'];
      expect(at(claims(...enabled), 0, 'spec')).toEqual({
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '1Gi' } },
      });
      expect([stateOf(...enabled), mounts(...enabled)]).toEqual([
        { path: '/var/lib/aws-glue-exporter' },
        { name: 'state', mountPath: '/var/lib/aws-glue-exporter' },
      ]);
      const elsewhere = [...enabled, '--set', 'config.state.path=/data,config.poll.interval=2m'];
      expect([stateOf(...elsewhere), mounts(...elsewhere)]).toEqual([
        { path: '/data' },
        { name: 'state', mountPath: '/data' },
      ]);
    });

    test('has a headless service, and the service monitor finds every pod exactly once', () => {
      const all = renderAll(...sharded);
      const headless = all.find(({ manifest }) => isHeadless(manifest))?.manifest;
      expect(at(set(...sharded), 'spec', 'serviceName')).toBe(at(headless, 'metadata', 'name'));
      const monitor = all.find(({ kind }) => kind === 'ServiceMonitor')?.manifest;
      const wanted = Object.entries(Object(at(monitor, 'spec', 'selector', 'matchLabels')));
      const expressions = at(monitor, 'spec', 'selector', 'matchExpressions');
      expect(expressions).toEqual([{ key: 'app.kubernetes.io/component', operator: 'NotIn', values: ['headless'] }]);
      const found = all.filter(({ kind, manifest }) => {
        const labels = Object(at(manifest, 'metadata', 'labels'));
        const isLeftOut = labels['app.kubernetes.io/component'] === 'headless';
        return kind === 'Service' && !isLeftOut && wanted.every(([key, value]) => labels[key] === value);
      });
      expect(found).toHaveLength(1);
      const selector = at(found[0]?.manifest, 'spec', 'selector');
      expect(at(set(...sharded), 'spec', 'template', 'metadata', 'labels')).toMatchObject(Object(selector));
      expect(at(set(...sharded), 'spec', 'selector', 'matchLabels')).toEqual(selector);
    });

    test('has series that are called after the pod, which keeps its name when it comes back', () => {
      const monitor = render(...sharded).get('ServiceMonitor');
      expect(at(monitor, 'spec', 'endpoints', 0, 'relabelings')).toEqual([
        { sourceLabels: ['__meta_kubernetes_pod_name'], targetLabel: 'instance' },
        { action: 'labeldrop', regex: '(container|endpoint|service)' },
      ]);
      const plain = render('--set', 'serviceMonitor.enabled=true').get('ServiceMonitor');
      expect(at(plain, 'spec', 'endpoints', 0, 'relabelings')).toBeUndefined();
      expect(at(plain, 'spec', 'selector', 'matchExpressions')).toBeUndefined();
    });

    test('has a name that leaves room for what Kubernetes adds', () => {
      const name = at(set('--set', `shards=2,fullnameOverride=${'x'.repeat(63)}`), 'metadata', 'name');
      expect(String(name)).toHaveLength(52);
    });

    test('is refused with one state for all shards', () => {
      const values = ['--set', 'shards=2,config.state.path=/data'];
      expect(refusal(...values)).toContain('each needs a folder of its own, so set persistence.enabled too');
      const claim = ['--set', 'shards=2', ...withExample('state')];
      expect(refusal(...claim)).toContain('each needs a volume of its own, so leave it empty');
    });

    test('binds volumes that exist when the storage class is -', () => {
      const values = ['--set', 'persistence.enabled=true,persistence.storageClass=-'];
      expect(at(set(...values), 'spec', 'volumeClaimTemplates', 0, 'spec', 'storageClassName')).toBe('');
    });

    test('says what happens to its claims', () => {
      const policy = 'persistence.persistentVolumeClaimRetentionPolicy.whenScaled=Delete';
      const values = ['--set', `persistence.enabled=true,${policy}`];
      expect(at(set(...values), 'spec', 'persistentVolumeClaimRetentionPolicy')).toEqual({ whenScaled: 'Delete' });
      expect(at(set(...sharded), 'spec')).not.toHaveProperty('persistentVolumeClaimRetentionPolicy');
    });
  });

  describe('a claim that exists', () => {
    test('is mounted in the deployment, where the configuration says that the state is', () => {
      const manifests = render(...withExample('state'));
      expect(manifests.has('StatefulSet')).toBe(false);
      const spec = at(manifests.get('Deployment'), 'spec', 'template', 'spec');
      expect(at(spec, 'volumes')).toContainEqual({
        name: 'state',
        persistentVolumeClaim: { claimName: 'glue-exporter-state' },
      });
      expect(at(spec, 'containers', 0, 'volumeMounts')).toContainEqual({
        name: 'state',
        mountPath: '/var/lib/aws-glue-exporter',
      });
    });

    test('is not left out without a word', () => {
      expect(refusal('--set', 'persistence.existingClaim=x')).toContain('persistence.enabled is false: set it to true');
    });
  });

  describe('config.state', () => {
    const volume = ['--set', 'persistence.enabled=true'];
    const configOf = (...args: string[]): unknown =>
      parse(String(at(render(...args).get('ConfigMap'), 'data', 'config.yaml')));

    test.each(['config.state=null', 'config.state.path=null', 'config=null'])(
      '%s is as if it were not there',
      nothing => {
        const state = { path: '/var/lib/aws-glue-exporter' };
        expect(configOf(...volume, '--set', nothing)).toMatchObject({ state });
        expect(render('--set', `shards=2,${nothing}`).has('StatefulSet')).toBe(true);
      },
    );

    test.each([
      ['data', 'it must begin with /'],
      ['/', 'in the way of the configuration in /etc/aws-glue-exporter; choose another'],
      ['/etc', 'in the way of the configuration'],
      ['/etc/aws-glue-exporter', 'in the way of the configuration'],
      ['/etc/aws-glue-exporter/state', 'in the way of the configuration'],
      ['/var/../etc/aws-glue-exporter/', 'in the way of the configuration'],
    ])('a volume at %s is refused', (path, why) => {
      const err = refusal(...volume, '--set', `config.state.path=${path}`);
      expect(err).toContain(`config.state.path is "${path}"`);
      expect(err).toContain(why);
    });

    test('may be beside the configuration, and anywhere without a volume', () => {
      const beside = '/etc/aws-glue-exporter-state';
      expect(configOf(...volume, '--set', `config.state.path=${beside}`)).toEqual({ state: { path: beside } });
      expect(configOf('--set', 'config.state.path=data')).toEqual({ state: { path: 'data' } });
    });
  });
});
