import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { built, describeWith, tool } from '../tools.ts';
import { complaints } from './kubernetes.ts';

const chart = fileURLToPath(new URL('../../helm/aws-glue-exporter/', import.meta.url));
const examples = readdirSync(join(chart, 'ci')).map(file => ({
  name: basename(file, '-values.yaml'),
  file: join(chart, 'ci', file),
}));
const readChart = (file: string): string => readFileSync(join(chart, file), 'utf8');

/** One field deep inside a parsed document; undefined when anything on the way is missing. */
function at(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );
}

/** The paths of all values: a map with something in it counts through its fields. */
function leaves(value: unknown, path: string[] = []): string[] {
  const fields = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
  return fields.length === 0 ? [path.join('.')] : fields.flatMap(([key, inner]) => leaves(inner, [...path, key]));
}

describe('the chart', () => {
  test('is of the version of the exporter', () => {
    const project: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(at(parse(readChart('Chart.yaml')), 'appVersion')).toBe(at(project, 'version'));
  });

  test('explains every value in its README', () => {
    // The pod's own settings are explained as a whole.
    const whole = /^(podSecurityContext|securityContext|resources|startupProbe|livenessProbe|readinessProbe)\..*/;
    const values = leaves(parse(readChart('values.yaml'))).map(path => path.replace(whole, '$1'));
    const readme = readChart('README.md');
    expect(values.filter(value => !readme.includes(`\`${value}\``))).toEqual([]);
  });
});

describeWith(tool('helm'), 'the chart in helm', helm => {
  const run = (...args: string[]): { status: number | null; out: string; err: string } => {
    const { status, stdout, stderr } = spawnSync(helm, args, { encoding: 'utf8' });
    return { status, out: stdout, err: stderr };
  };

  /** The manifests of a release called `glue` in the namespace `monitoring`. */
  function renderAll(...args: string[]): { readonly kind: string; readonly manifest: unknown }[] {
    const { status, out, err } = run('template', 'glue', chart, '--namespace', 'monitoring', ...args);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    const manifests = parseAllDocuments(out).map((document): unknown => document.toJS());
    return manifests.map(manifest => ({ kind: String(at(manifest, 'kind')), manifest }));
  }
  const isHeadless = (manifest: unknown): boolean => at(manifest, 'spec', 'clusterIP') === 'None';
  /** The same by kind, without the headless service. */
  const render = (...args: string[]): Map<string, unknown> =>
    new Map(
      renderAll(...args).flatMap(({ kind, manifest }) => (isHeadless(manifest) ? [] : [[kind, manifest] as const])),
    );
  const deployment = (...args: string[]): unknown => render(...args).get('Deployment');
  const pod = (...args: string[]): unknown => at(deployment(...args), 'spec', 'template');
  const container = (...args: string[]): unknown => at(pod(...args), 'spec', 'containers', 0);
  const withExample = (name: string): string[] => ['--values', join(chart, 'ci', `${name}-values.yaml`)];

  describe.each(examples)('with the values $name', ({ file }) => {
    test('passes the strict lint', () => {
      const { status, out, err } = run('lint', '--strict', chart, '--values', file);
      expect(status, out + err).toBe(0);
    });

    test('renders what Kubernetes accepts, without a field that it does not know', () => {
      const manifests = renderAll('--values', file);
      expect(manifests.flatMap(({ kind, manifest }) => complaints(kind, manifest))).toEqual([]);
    });

    test('hands the configuration over unchanged', () => {
      const config = at(render('--values', file).get('ConfigMap'), 'data', 'config.yaml');
      const values: unknown = parse(readFileSync(file, 'utf8'));
      expect(parse(String(config))).toEqual(at(values, 'config') ?? {});
    });
  });

  test('an unknown field of a manifest would be noticed', () => {
    const manifest = deployment(
      '--set',
      'podSecurityContext.runAsUsr=1',
      '--set',
      'extraVolumes[0].name=x,extraVolumes[0].emptyDirr.a=1',
    );
    expect(complaints('Deployment', manifest)).toEqual([
      'unknown field .spec.template.spec.securityContext.runAsUsr',
      'unknown field .spec.template.spec.volumes[1].emptyDirr',
      'unknown field .spec.template.spec.volumes[1].emptyDirr.a',
    ]);
  });

  describe('the deployment', () => {
    test('is one pod, and the old one goes before the new one comes', () => {
      expect(at(deployment(), 'spec', 'replicas')).toBe(1);
      expect(at(deployment(), 'spec', 'strategy')).toEqual({ type: 'Recreate' });
    });

    test('meets the restricted pod security standard', () => {
      expect(at(pod(), 'spec', 'securityContext')).toMatchObject({
        runAsNonRoot: true,
        runAsUser: 65532,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(at(container(), 'securityContext')).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    });

    test('is probed where the exporter answers', () => {
      const probe = (name: string): unknown => at(container(), name, 'httpGet');
      expect(probe('startupProbe')).toEqual({ path: '/-/healthy', port: 'http-metrics' });
      expect(probe('livenessProbe')).toEqual({ path: '/-/healthy', port: 'http-metrics' });
      expect(probe('readinessProbe')).toEqual({ path: '/-/ready', port: 'http-metrics' });
      expect(at(container(), 'ports')).toEqual([{ name: 'http-metrics', containerPort: 14583, protocol: 'TCP' }]);
    });

    test('reads the config map where the flag says', () => {
      expect(at(container(), 'args')).toEqual([
        '--config.file=/etc/aws-glue-exporter/config.yaml',
        '--web.listen-address=:14583',
        '--web.telemetry-path=/metrics',
        '--log.level=info',
        '--log.format=logfmt',
      ]);
      expect(at(container(), 'volumeMounts')).toEqual([
        { name: 'config', mountPath: '/etc/aws-glue-exporter', readOnly: true },
      ]);
      expect(at(pod(), 'spec', 'volumes')).toEqual([
        { name: 'config', configMap: { name: at(render().get('ConfigMap'), 'metadata', 'name') } },
      ]);
    });

    test('takes flags, volumes and the environment from the values', () => {
      const values = withExample('targets');
      const args = at(container(...values, '--set', 'logLevel=debug,logFormat=json,telemetryPath=/glue'), 'args');
      expect(args).toEqual([
        '--config.file=/etc/aws-glue-exporter/config.yaml',
        '--web.listen-address=:14583',
        '--web.telemetry-path=/glue',
        '--log.level=debug',
        '--log.format=json',
        '--web.listen-address=:9090',
      ]);
      expect(at(container(...values), 'env')).toEqual([
        { name: 'AWS_REGION', value: 'eu-west-1' },
        { name: 'AWS_ACCESS_KEY_ID', valueFrom: { secretKeyRef: { name: 'aws-credentials', key: 'access-key-id' } } },
        {
          name: 'AWS_SECRET_ACCESS_KEY',
          valueFrom: { secretKeyRef: { name: 'aws-credentials', key: 'secret-access-key' } },
        },
        { name: 'NODE_EXTRA_CA_CERTS', value: '/etc/ca/bundle.pem' },
      ]);
      expect(at(container(...values), 'volumeMounts', 1)).toEqual({ name: 'ca', mountPath: '/etc/ca', readOnly: true });
      expect(at(pod(...values), 'spec', 'volumes', 1)).toEqual({ name: 'ca', configMap: { name: 'company-ca' } });
    });

    test('has no environment without a region', () => {
      expect(at(container(), 'env')).toBeUndefined();
    });

    test('restarts when the configuration changes, and for nothing else', () => {
      const checksum = (...args: string[]): unknown => at(pod(...args), 'metadata', 'annotations', 'checksum/config');
      expect(checksum()).toMatch(/^[0-9a-f]{64}$/);
      expect(checksum('--set', 'config.poll.interval=30s')).not.toBe(checksum());
      expect(checksum('--set', 'config.poll.interval=30s')).not.toBe(checksum('--set', 'config.poll.interval=31s'));
      expect(checksum('--set', 'service.port=80', '--set', 'podLabels.a=b', '--set', 'fullnameOverride=other')).toBe(
        checksum(),
      );
    });

    test('runs the image of the chart by tag, or by digest when there is one', () => {
      const image = (...args: string[]): unknown => at(container(...args), 'image');
      const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
      expect(image()).toBe(`aws-glue-exporter:${at(parse(readChart('Chart.yaml')), 'appVersion')}`);
      expect(image('--set', 'image.repository=r.example.com:5000/x/y,image.tag=1.2')).toBe(
        'r.example.com:5000/x/y:1.2',
      );
      expect(image('--set', `image.repository=r.example.com/x,image.tag=1.2,image.digest=${digest}`)).toBe(
        `r.example.com/x@${digest}`,
      );
    });

    test('goes where the values send it', () => {
      expect(at(pod(...withExample('irsa')), 'spec')).toMatchObject({
        imagePullSecrets: [{ name: 'registry-example-com' }],
        priorityClassName: 'system-cluster-critical',
        nodeSelector: { 'kubernetes.io/os': 'linux' },
        tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'monitoring', effect: 'NoSchedule' }],
        affinity: { nodeAffinity: expect.anything() },
        terminationGracePeriodSeconds: 30,
      });
      expect(at(pod(...withExample('irsa')), 'metadata')).toMatchObject({
        labels: { team: 'data' },
        annotations: { 'example.com/owner': 'data-platform' },
      });
    });
  });

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
      const values = ['--set', 'shards=2', ...withExample('state')];
      const { status, err } = run('template', 'glue', chart, ...values);
      expect(status).not.toBe(0);
      expect(err).toContain('each needs a folder of its own, so set persistence.enabled too');
    });
  });

  describe('with the values of the chart before it had shards, as an upgrade with --reuse-values brings them', () => {
    const folder = mkdtempSync(join(tmpdir(), 'chart-'));
    afterAll(() => rmSync(folder, { recursive: true }));
    const reused = join(folder, basename(chart));
    cpSync(chart, reused, { recursive: true });
    cpSync(new URL('values-before-shards.yaml', import.meta.url), join(reused, 'values.yaml'));
    const manifestsOf = (of: string, ...args: string[]): unknown[] => {
      const { status, out, err } = run('template', 'glue', of, ...args);
      expect({ status, err }).toEqual({ status: 0, err: '' });
      return parseAllDocuments(out).map((document): unknown => document.toJS());
    };

    test.each([
      ['nothing of them changed', []],
      ['a volume', ['--set', 'persistence.enabled=true']],
      ['shards', ['--set', 'shards=3']],
      ['both', ['--set', 'shards=3,persistence.enabled=true', ...withExample('servicemonitor')]],
    ])('it is the same as with its own: %s', (_what, args) => {
      expect(manifestsOf(reused, ...args)).toEqual(manifestsOf(chart, ...args));
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
      const { status, err } = run('template', 'glue', chart, ...volume, '--set', `config.state.path=${path}`);
      expect(status).not.toBe(0);
      expect(err).toContain(`config.state.path is "${path}"`);
      expect(err).toContain(why);
    });

    test('may be beside the configuration, and anywhere without a volume', () => {
      const beside = '/etc/aws-glue-exporter-state';
      expect(configOf(...volume, '--set', `config.state.path=${beside}`)).toEqual({ state: { path: beside } });
      expect(configOf('--set', 'config.state.path=data')).toEqual({ state: { path: 'data' } });
    });
  });

  describe('the service account', () => {
    test('carries the role of IRSA and no Kubernetes token', () => {
      const manifests = render(...withExample('irsa'));
      const account = manifests.get('ServiceAccount');
      const annotations = at(account, 'metadata', 'annotations');
      expect(at(annotations, 'eks.amazonaws.com/role-arn')).toBe('arn:aws:iam::111122223333:role/glue-exporter');
      expect(at(account, 'metadata', 'name')).toBe('glue-exporter');
      expect(at(account, 'automountServiceAccountToken')).toBe(false);
      expect(at(manifests.get('Deployment'), 'spec', 'template', 'spec')).toMatchObject({
        serviceAccountName: 'glue-exporter',
        automountServiceAccountToken: false,
      });
    });

    test('can be one that exists', () => {
      const manifests = render('--set', 'serviceAccount.create=false,serviceAccount.name=mine');
      expect(manifests.has('ServiceAccount')).toBe(false);
      expect(at(manifests.get('Deployment'), 'spec', 'template', 'spec', 'serviceAccountName')).toBe('mine');
    });

    test('is not annotated in silence when the chart does not create it', () => {
      const { status, err } = run(
        'template',
        'glue',
        chart,
        '--set',
        'serviceAccount.create=false,serviceAccount.annotations.a=b',
      );
      expect(status).not.toBe(0);
      expect(err).toContain('annotate the existing service account instead');
    });
  });

  test('the service selects the pod and its port', () => {
    const manifests = render('--set', 'service.port=80');
    const service = manifests.get('Service');
    expect(at(service, 'spec', 'ports')).toEqual([
      { name: 'http-metrics', port: 80, targetPort: 'http-metrics', protocol: 'TCP' },
    ]);
    expect(at(manifests.get('Deployment'), 'spec', 'selector', 'matchLabels')).toEqual(at(service, 'spec', 'selector'));
    expect(at(manifests.get('Deployment'), 'spec', 'template', 'metadata', 'labels')).toMatchObject({
      'app.kubernetes.io/name': 'aws-glue-exporter',
      'app.kubernetes.io/instance': 'glue',
      ...Object(at(service, 'spec', 'selector')),
    });
  });

  describe('the service monitor', () => {
    test('is there only when asked for', () => {
      expect([...render().keys()].sort()).toEqual(['ConfigMap', 'Deployment', 'Service', 'ServiceAccount']);
    });

    test('selects the service, its port and the path of the metrics', () => {
      const manifests = render(...withExample('servicemonitor'));
      const monitor = manifests.get('ServiceMonitor');
      const service = manifests.get('Service');
      expect(at(service, 'metadata', 'labels')).toMatchObject(Object(at(monitor, 'spec', 'selector', 'matchLabels')));
      expect(Object.keys(Object(at(monitor, 'spec', 'selector', 'matchLabels')))).toHaveLength(2);
      expect(at(service, 'metadata', 'labels', String(at(monitor, 'spec', 'jobLabel')))).toBe('aws-glue-exporter');
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

  test.each([
    'replicas=2',
    'shards=0',
    'shards=many',
    'persistence.size=big',
    'config.state=5',
    'persistence.accessModes[0]=ReadOnlyMany',
    'config.targets[0].account_ids[0]=111122223333',
    'image.repo=x',
    'image.digest=latest',
    'aws.region=Ireland',
    'config.targets[0].account_id=111122223333',
    'logLevel=verbose',
    'service.port=70000',
    'serviceMonitor.interval=30',
    'livenessProbe.path=/',
    'resources.limit=1',
    'serviceAccount.annotations.eks\\.amazonaws\\.com/role-arn=glue',
  ])('%s is refused with the name of the key', value => {
    const { status, err } = run('template', 'glue', chart, '--set', value);
    expect(status).not.toBe(0);
    // Versions of Helm differ in what they put between the words.
    const words = value.replace(/=.*/, '').match(/\w+/g) ?? [];
    expect(err).toMatch(new RegExp(`meet the specifications of the schema.*${words.join('.*')}`, 's'));
  });

  const atLeastHelm4 = run('version', '--short').out >= 'v4';
  test.skipIf(!atLeastHelm4)('the notes say what is missing (Helm 3 shows them only beside a cluster)', () => {
    const notes = (...args: string[]): string =>
      run('install', 'glue', chart, '--namespace', 'monitoring', '--dry-run=client', ...args).out.split('NOTES:')[1] ??
      '';
    expect(notes()).toContain('port-forward service/glue-aws-glue-exporter 14583:14583');
    expect(notes()).toMatch(/\n {2}curl .*\n\nA pod is ready/);
    expect(notes('--set', 'shards=3')).toMatch(/\n {2}curl .*\n\nEach of the 3 pods .*\nA pod is ready/);
    expect(notes()).toContain('a bare name');
    expect(notes()).toContain('neither config.targets nor aws.region is set');
    expect(notes('--set', 'shards=3')).toContain('the A records of glue-aws-glue-exporter-headless.monitoring.svc');
    expect(notes('--set', 'shards=3')).toContain('logs statefulset/glue-aws-glue-exporter');
    expect(notes(...withExample('irsa'), '--set', 'serviceMonitor.enabled=true')).not.toContain('NOTE');
  });

  describeWith(built(), 'its configuration in the exporter', exporter => {
    const folder = mkdtempSync(join(tmpdir(), 'chart-'));
    afterAll(() => rmSync(folder, { recursive: true }));

    test.each(examples)('of the values $name is accepted', ({ name, file }) => {
      const config = join(folder, `${name}.yaml`);
      writeFileSync(config, String(at(render('--values', file).get('ConfigMap'), 'data', 'config.yaml')));
      const env = { ...process.env, AWS_REGION: 'eu-west-1' };
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [exporter, '--config.check', `--config.file=${config}`],
        { encoding: 'utf8', env },
      );
      expect(status, stdout + stderr).toBe(0);
    });
  });
});
