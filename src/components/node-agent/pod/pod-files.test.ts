import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { PodSpec } from '../../../api/generated/core-v1.ts';
import type { DnsConfig } from '../../../extension-points/runtime/contract.ts';
import { durationText } from '../duration-text.ts';
import { expandReferences } from '../expansion.ts';
import { testPod } from '../testing/pods.ts';
import { podDns } from './dns.ts';
import { hostnameOf, sandboxHostname } from './hostname.ts';
import { hostsFileText } from './hosts-file.ts';

const root = mkdtempSync(join(tmpdir(), 'wherry-dns-'));
after(() => rmSync(root, { recursive: true }));
const resolvConfPath = join(root, 'resolv.conf');
writeFileSync(resolvConfPath, '# comment\nnameserver 192.0.2.53\nsearch example.com.\noptions timeout:1\n');

describe('resolver configuration', () => {
  const node: DnsConfig = { servers: ['192.0.2.53'], searches: ['example.com'], options: ['timeout:1'] };
  const cluster: DnsConfig = {
    servers: ['10.96.0.10'],
    searches: ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'example.com'],
    options: ['ndots:5'],
  };
  const cases: { name: string; spec: Partial<PodSpec>; clusterDns?: string[]; want: DnsConfig; warns?: boolean }[] = [
    { name: 'of the cluster by default', spec: {}, want: cluster },
    { name: 'of the node for Default', spec: { dnsPolicy: 'Default' }, want: node },
    { name: 'of the node for host-network pods', spec: { hostNetwork: true }, want: node },
    { name: 'of the cluster for ClusterFirstWithHostNet', spec: { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' }, want: cluster },
    { name: 'of the node, with a warning, when the cluster has none', spec: {}, clusterDns: [], want: node, warns: true },
    {
      name: 'of its own for None',
      spec: { dnsPolicy: 'None', dnsConfig: { nameservers: ['1.1.1.1'], searches: ['a'], options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }] } },
      want: { servers: ['1.1.1.1'], searches: ['a'], options: ['ndots:2', 'edns0'] },
    },
    {
      name: 'merged, its own options over others',
      spec: { dnsConfig: { options: [{ name: 'ndots', value: '1' }] } },
      want: { ...cluster, options: ['ndots:1'] },
    },
  ];
  for (const { name, spec, clusterDns = ['10.96.0.10'], want, warns = false } of cases) {
    it(name, async () => {
      const { config, warning } = podDns(testPod(spec), { clusterDns, clusterDomain: 'cluster.local', resolvConfPath });
      assert.deepEqual(config, want);
      assert.equal(
        warning,
        warns
          ? 'pod: "pod_default(uid-1)". kubelet does not have ClusterDNS IP configured and cannot create Pod using "ClusterFirst" policy. Falling back to "Default" policy.'
          : undefined,
      );
    });
  }
});

describe('hosts file', () => {
  it('names the pod and its aliases', () => {
    const text = hostsFileText(
      testPod({ subdomain: 'web', hostname: 'one', hostAliases: [{ ip: '1.2.3.4', hostnames: ['a', 'b'] }] }),
      ['10.0.0.5'],
      'cluster.local',
      '',
    );
    assert.ok(text.startsWith('# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n'));
    assert.ok(text.endsWith('10.0.0.5\tone.web.default.svc.cluster.local\tone\n\n# Entries added by HostAliases.\n1.2.3.4\ta\tb\n'));
  });
  it('is that of the node for host-network pods', () => {
    assert.equal(
      hostsFileText(testPod({ hostNetwork: true }), [], 'cluster.local', '127.0.0.1 here\n'),
      '# Kubernetes-managed hosts file (host network).\n127.0.0.1 here\n',
    );
  });
});

describe('host names', () => {
  it('are cut to what Linux takes', () => assert.equal(hostnameOf(testPod({}, { name: `${'a'.repeat(62)}-b` }), 'cluster.local').hostname, 'a'.repeat(62)));
  it('are full where asked', () => assert.equal(sandboxHostname(testPod({ subdomain: 's', setHostnameAsFQDN: true }), 'x'), 'pod.s.default.svc.x'));
  it('may not be too long', () =>
    assert.throws(() => sandboxHostname(testPod({ subdomain: 's'.repeat(60), setHostnameAsFQDN: true }), 'x'), /is too long \(64 characters is the max/));
  it('are overridden', () => assert.equal(sandboxHostname(testPod({ hostnameOverride: 'other' }), 'x'), 'other'));
});

describe('references in text', () => {
  const cases: { text: string; want: string }[] = [
    { text: '$(A)', want: '1' },
    { text: 'x$(A)y$(B)', want: 'x1y$(B)' },
    { text: '$$(A)', want: '$(A)' },
    { text: '$$$(A)', want: '$1' },
    { text: '$A $( $(', want: '$A $( $(' },
    { text: '$$', want: '$' },
  ];
  for (const { text, want } of cases)
    it(`${text} is ${want}`, () =>
      assert.equal(
        expandReferences(text, (name) => (name === 'A' ? '1' : undefined)),
        want,
      ));
});

describe('durations', () => {
  for (const [milliseconds, want] of [
    [850, '850ms'],
    [10_000, '10s'],
    [1_500, '1.5s'],
    [160_000, '2m40s'],
    [300_000, '5m0s'],
    [3_661_000, '1h1m1s'],
  ] as const)
    it(`are written as ${want}`, () => assert.equal(durationText(milliseconds), want));
});
