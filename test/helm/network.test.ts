import { describe, expect, test } from 'vitest';
import { describeWith, tool } from '../tools.ts';
import { at, createHelm, isHeadless, withExample } from './rendering.ts';

describeWith(tool('helm'), "the chart's network", helm => {
  const { render, renderAll } = createHelm(helm);

  describe('policy', () => {
    const specOf = (...args: string[]): unknown =>
      at(render('--set', 'networkPolicy.enabled=true', ...args).get('NetworkPolicy'), 'spec');
    const DNS = {
      ports: [
        { port: 53, protocol: 'UDP' },
        { port: 53, protocol: 'TCP' },
      ],
    };
    const HTTPS = { ports: [{ port: 443, protocol: 'TCP' }] };
    const onPort80 = (...cidrs: string[]): object => ({
      ports: [{ port: 80, protocol: 'TCP' }],
      to: cidrs.map(cidr => ({ ipBlock: { cidr } })),
    });
    const AGENT = onPort80('169.254.170.23/32', 'fd00:ec2::23/128');
    const METADATA = onPort80('169.254.169.254/32', 'fd00:ec2::254/128');

    test('is there only when asked for, and about the pods of the release', () => {
      const manifests = render();
      expect(manifests.has('NetworkPolicy')).toBe(false);
      const selector = at(manifests.get('Deployment'), 'spec', 'selector');
      expect(at(specOf(), 'podSelector')).toEqual(selector);
    });

    test('by default lets everybody ask for the metrics, and out what AWS needs', () => {
      expect(specOf()).toMatchObject({
        policyTypes: ['Ingress', 'Egress'],
        ingress: [{ ports: [{ port: 'http-metrics', protocol: 'TCP' }] }],
        egress: [DNS, HTTPS, AGENT],
      });
      expect(at(specOf(), 'ingress', 0, 'from')).toBeUndefined();
    });

    test('lets in those that the values name, and the pod of helm test', () => {
      const manifests = render(...withExample('network-policy'));
      const ingress = at(manifests.get('NetworkPolicy'), 'spec', 'ingress');
      expect(at(ingress, 0, 'from', 0)).toMatchObject({
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } },
      });
      const wanted = Object(at(ingress, 0, 'from', 1, 'podSelector', 'matchLabels'));
      expect(Object.keys(wanted)).toHaveLength(2);
      expect(at(manifests.get('Pod'), 'metadata', 'labels')).toMatchObject(wanted);
      expect(at(ingress, 1)).toEqual({ from: [{ ipBlock: { cidr: '10.1.2.3/32' } }], ports: [{ port: 14583 }] });
      const untested = render(...withExample('network-policy'), '--set', 'helmTest.enabled=false').get('NetworkPolicy');
      expect(at(untested, 'spec', 'ingress', 0, 'from')).toHaveLength(1);
    });

    test('lets out what the values say', () => {
      const egress = at(render(...withExample('network-policy')).get('NetworkPolicy'), 'spec', 'egress');
      expect(egress).toEqual([
        { ...DNS, to: expect.arrayContaining([{ ipBlock: { cidr: '169.254.20.10/32' } }]) },
        { ...HTTPS, to: [{ ipBlock: { cidr: '10.0.0.0/16' } }] },
        METADATA,
        { to: [{ ipBlock: { cidr: '10.0.9.9/32' } }], ports: [{ port: 3128 }] },
      ]);
    });

    test('can be about what comes in alone', () => {
      const spec = specOf('--set', 'networkPolicy.egress.enabled=false');
      expect(at(spec, 'policyTypes')).toEqual(['Ingress']);
      expect(at(spec, 'egress')).toBeUndefined();
    });
  });

  describe('service', () => {
    const BALANCED = [
      'externalTrafficPolicy=Local',
      'nodePort=31458',
      'loadBalancerClass=x',
      'loadBalancerSourceRanges={10.0.0.0/8}',
    ];
    const specOf = (...values: string[]): unknown =>
      at(render('--set', values.map(value => `service.${value}`).join(',')).get('Service'), 'spec');

    test('has what its type knows, and nothing else', () => {
      expect(specOf('type=LoadBalancer', ...BALANCED)).toMatchObject({
        externalTrafficPolicy: 'Local',
        loadBalancerClass: 'x',
        loadBalancerSourceRanges: ['10.0.0.0/8'],
        ports: [{ port: 14583, nodePort: 31458 }],
      });
      const nodePort = specOf('type=NodePort', ...BALANCED);
      expect(nodePort).toMatchObject({ externalTrafficPolicy: 'Local', ports: [{ nodePort: 31458 }] });
      expect(Object.keys(Object(nodePort)).filter(key => key.startsWith('loadBalancer'))).toEqual([]);
      expect(specOf(...BALANCED)).toEqual(specOf('type=ClusterIP'));
    });

    test('has the families of addresses, the headless one as well', () => {
      const families = 'service.ipFamilyPolicy=RequireDualStack,service.ipFamilies={IPv6,IPv4}';
      const services = renderAll('--set', `shards=2,${families}`).filter(({ kind }) => kind === 'Service');
      expect(services.map(({ manifest }) => isHeadless(manifest)).sort()).toEqual([false, true]);
      for (const { manifest } of services) {
        expect(at(manifest, 'spec')).toMatchObject({
          ipFamilyPolicy: 'RequireDualStack',
          ipFamilies: ['IPv6', 'IPv4'],
        });
      }
    });
  });
});
