import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { built, describeWith, tool } from '../tools.ts';
import { complaints } from './kubernetes.ts';
import { at, chart, createHelm, examples, readChart, withExample } from './rendering.ts';

describe('the chart', () => {
  test('is of the version of the exporter', () => {
    const project: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(at(parse(readChart('Chart.yaml')), 'appVersion')).toBe(at(project, 'version'));
  });
});

describeWith(tool('helm'), 'the chart in helm', helm => {
  const { run, renderAll, render, refusal } = createHelm(helm);
  const deployment = (...args: string[]): unknown => render(...args).get('Deployment');
  const pod = (...args: string[]): unknown => at(deployment(...args), 'spec', 'template');
  const container = (...args: string[]): unknown => at(pod(...args), 'spec', 'containers', 0);

  describe.each(examples)('with the values $name', ({ file }) => {
    test('passes the strict lint', () => {
      const { status, out, err } = run('lint', '--strict', chart, '--values', file);
      expect(status, out + err).toBe(0);
    });

    test('renders what Kubernetes accepts, without a field that it does not know', () => {
      const manifests = renderAll('--values', file);
      expect(manifests.flatMap(({ kind, manifest }) => complaints(kind, manifest))).toEqual([]);
    });

    test('writes no number in a way that Kubernetes does not read', () => {
      // Helm reads numbers as floats: a limit of a million would be 1e+06, which is no integer in Go.
      const { out } = run('template', 'glue', chart, '--values', file);
      expect(out).toContain('kind: Service');
      expect(out).not.toMatch(/: -?[\d.]+e\+\d+$/m);
    });

    test('hands the configuration over unchanged', () => {
      const configMap = render('--values', file).get('ConfigMap');
      if (configMap === undefined) return expect(readFileSync(file, 'utf8')).toMatch(/^configExisting/m);
      const config = at(configMap, 'data', 'config.yaml');
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
        { name: 'AWS_CA_BUNDLE', value: '/etc/ca/bundle.pem' },
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
      const err = refusal('--set', 'serviceAccount.create=false,serviceAccount.annotations.a=b');
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
    'prometheusRule.thresholds.queuedForr=1h',
    'prometheusRule.thresholds.queuedFor=60',
    'prometheusRule.thresholds.spendRatio=high',
    'prometheusRule.severities.GlueJobFailed=info',
    'prometheusRule.disabled[0]=GlueJobFailed',
    'prometheusRule.everyFailedRun=sometimes',
    'prometheusRule.alertLabels.severity=info',
    'prometheusRule.alertAnnotations.summary=x',
    'prometheusRule.selector=production',
    'prometheusRule.runbookUrl=docs',
    'dashboards.folder=Glue',
    'networkPolicy.egress.imds=true',
    'podDisruptionBudget.maxUnavailable=some',
    'podDisruptionBudget.minAvailable=most',
    'webConfig.probe=exec',
    'service.ipFamilies[0]=6',
    'serviceMonitor.scheme=tls',
    'serviceMonitor.sampleLimit=-1',
    'serviceMonitor.scrapeProtocols[0]=OpenMetrics',
    'dnsPolicy=Fast',
    'global.imageRegistry=https://example.com',
    'enabled=yes',
    'serviceMonitor.annotations.a=1',
    'ingress.host=example.com',
    'ingress.hosts[0].host=Example.com',
    'ingress.hosts[0].paths[0].path=glue',
    'podMonitor.targetLabels=a',
    'persistence.existingClaim=My_Claim',
    'persistence.storageClass=--',
    'persistence.persistentVolumeClaimRetentionPolicy.whenDeleted=Keep',
    'configExistingSecretName=A_b',
    'listenAddress=127.0.0.1:80',
    'containerPort=0',
    'externalUrl=monitoring.example.com',
    'routePrefix=glue',
    'hostNetwork=yes',
    'lifecycle.preEnd=x',
    'namespaceOverride=a.b',
  ])('%s is refused with the name of the key', value => {
    const err = refusal('--set', value);
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
    expect(notes('--set', 'image.registry=registry.example.com')).not.toContain('a bare name');
    expect(notes()).toContain('helm test glue --namespace monitoring');
    expect(notes('--set', 'helmTest.enabled=false')).not.toContain('helm test');
    expect(notes()).toContain('has alerts (prometheusRule.enabled) and dashboards (dashboards.enabled).');
    expect(notes('--set', 'prometheusRule.enabled=true')).toContain('has dashboards (dashboards.enabled).');
    expect(notes(...withExample('monitoring'))).not.toContain('The chart also has');
    expect(notes(...withExample('mutual-tls'))).toContain('curl --insecure https://127.0.0.1:14583/metrics');
    expect(notes(...withExample('mutual-tls'))).toContain('Add the login or the client certificate');
    const unchecked = ['--set', 'webConfig.existingSecret=web,webConfig.tls=true,serviceMonitor.enabled=true'];
    expect(notes(...unchecked)).toContain('serviceMonitor.tlsConfig is empty');
    expect(notes(...withExample('mutual-tls'))).not.toContain('serviceMonitor.tlsConfig is empty');
    expect(notes(...withExample('ingress'))).toContain('http://127.0.0.1:14583/glue/metrics');
    expect(notes(...withExample('ingress'))).toContain(
      'The status page is at https://monitoring.example.com/glue from',
    );
    expect(notes(...withExample('sidecar'))).toContain('port-forward deployment/glue-aws-glue-exporter 14583:14583');
    expect(notes(...withExample('pod-monitor'))).not.toContain('serviceMonitor.enabled is false');
    expect(notes(...withExample('pod-monitor'))).toContain('--namespace glue logs');
    expect(notes(...withExample('existing-config'))).toContain('The pods do not restart when it changes');
    expect(notes(...withExample('existing-config'))).not.toContain('neither config.targets');
    expect(notes(...withExample('existing-config'), '--set', 'persistence.enabled=true')).toContain(
      'it has `state: { path: /var/lib/aws-glue-exporter }`',
    );
    const budget = 'podDisruptionBudget.enabled=true,podDisruptionBudget.minAvailable';
    expect(notes('--set', `${budget}=1`)).toContain('their nodes cannot be drained');
    expect(notes('--set', `${budget}=1,shards=2`)).not.toContain('their nodes cannot be drained');
  });

  describeWith(built(), 'its configuration in the exporter', exporter => {
    const folder = mkdtempSync(join(tmpdir(), 'chart-'));
    afterAll(() => rmSync(folder, { recursive: true }));

    const ownConfigs = examples.filter(({ file }) => !/^configExisting\w+Name: \w/m.test(readFileSync(file, 'utf8')));
    test.each(ownConfigs)('of the values $name is accepted', ({ name, file }) => {
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
