import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Container, ResourceRequirements } from '../../../api/generated/core-v1.ts';
import { podCgroupLimits, settingsV1, settingsV2 } from '../cgroups/limits.ts';
import { podRequest, qosClassOf } from '../resources.ts';
import { testContainer, testPod } from '../testing/pods.ts';
import { containerResources, oomScoreAdjustment } from './container-resources.ts';

const facts = { memoryCapacityBytes: 10 * 1024 ** 3, hugePageSizes: ['hugepages-2Mi'] };
const sized = (requests: Record<string, string>, limits: Record<string, string> = {}): Container => testContainer('web', { resources: { requests, limits } });

describe('resources of a container', () => {
  it('become shares, quota and limits', () => {
    const container = sized({ cpu: '250m', memory: '64Mi' }, { cpu: '500m', memory: '128Mi', 'hugepages-2Mi': '4Mi' });
    const { cpuShares, cpuQuota, cpuPeriod, memoryLimitBytes, hugepageLimits } = containerResources(testPod({ containers: [container] }), container, facts);
    assert.deepEqual(
      { cpuShares, cpuQuota, cpuPeriod, memoryLimitBytes, hugepageLimits },
      {
        cpuShares: 256,
        cpuQuota: 50_000,
        cpuPeriod: 100_000,
        memoryLimitBytes: 128 * 1024 ** 2,
        hugepageLimits: [{ pageSize: '2MB', limitBytes: 4 * 1024 ** 2 }],
      },
    );
  });

  const pages: { name: string; container: Container; ofPod?: Record<string, string>; want: number[] }[] = [
    { name: 'its own', container: sized({}, { 'hugepages-2Mi': '4Mi' }), want: [4, 0] },
    { name: 'its own of several sizes', container: sized({}, { 'hugepages-2Mi': '4Mi', 'hugepages-1Gi': '2Gi' }), want: [4, 2048] },
    { name: 'those of the pod', container: sized({}), ofPod: { 'hugepages-2Mi': '8Mi', 'hugepages-1Gi': '1Gi' }, want: [8, 1024] },
    { name: 'its own before those of the pod', container: sized({}, { 'hugepages-2Mi': '4Mi' }), ofPod: { 'hugepages-2Mi': '8Mi' }, want: [4, 0] },
    { name: 'none of a size the node does not have', container: sized({}, { 'hugepages-64Ki': '64Ki' }), want: [0, 0] },
  ];
  for (const { name, container, ofPod, want } of pages)
    it(`limit huge pages of every size of the node to ${name}`, () => {
      const pod = testPod({ containers: [container], ...(ofPod ? { resources: { limits: ofPod } } : {}) });
      const { hugepageLimits } = containerResources(pod, container, { ...facts, hugePageSizes: ['hugepages-2Mi', 'hugepages-1Gi'] });
      assert.deepEqual(hugepageLimits, [
        { pageSize: '2MB', limitBytes: want[0]! * 1024 ** 2 },
        { pageSize: '1GB', limitBytes: want[1]! * 1024 ** 2 },
      ]);
    });

  const scores: { name: string; container: Container; want: number; priority?: number }[] = [
    { name: 'guaranteed', container: sized({ cpu: '1', memory: '1Gi' }, { cpu: '1', memory: '1Gi' }), want: -997 },
    { name: 'best-effort', container: testContainer('web'), want: 1000 },
    { name: 'burstable by its request', container: sized({ memory: '1Gi' }), want: 900 },
    { name: 'burstable without a memory request', container: sized({ cpu: '1' }), want: 999 },
    { name: 'burstable that asks for everything', container: sized({ memory: '10Gi' }), want: 3 },
    { name: 'node-critical', container: testContainer('web'), want: -997, priority: 2_000_001_000 },
  ];
  for (const { name, container, want, priority } of scores)
    it(`score ${want} when ${name}`, () =>
      assert.equal(oomScoreAdjustment(testPod({ containers: [container], ...(priority ? { priority } : {}) }), container, facts.memoryCapacityBytes), want));
});

describe('resources of a pod', () => {
  it('count sidecars with the containers, and the peak of init containers', () => {
    const init = (name: string, cpu: string, restartPolicy?: string): Container =>
      testContainer(name, { resources: { requests: { cpu } }, ...(restartPolicy ? { restartPolicy } : {}) });
    const containers = [testContainer('a', { resources: { requests: { cpu: '100m' } } })];
    assert.equal(podRequest(testPod({ containers, initContainers: [init('i', '150m'), init('s', '100m', 'Always')] }), 'cpu'), 200);
    assert.equal(podRequest(testPod({ containers, initContainers: [init('s', '100m', 'Always'), init('i', '150m')] }), 'cpu'), 250);
    assert.equal(podRequest(testPod({ containers, overhead: { cpu: '10m' } }), 'cpu'), 110);
  });

  it('have a QoS class', () => {
    assert.equal(qosClassOf(testPod()), 'BestEffort');
    assert.equal(qosClassOf(testPod({ containers: [sized({}, { cpu: '1', memory: '1Gi' })] })), 'Guaranteed');
    assert.equal(qosClassOf(testPod({ containers: [sized({ cpu: '1' }), testContainer('b')] })), 'Burstable');
  });

  it('limit the cgroup only where every container has a limit', () => {
    const limited = sized({ cpu: '100m' }, { cpu: '200m', memory: '64Mi' });
    const both = podCgroupLimits(testPod({ containers: [limited, limited] }), { hugePageSizes: [] });
    const one = podCgroupLimits(testPod({ containers: [limited, testContainer('b')] }), { hugePageSizes: [] });
    assert.deepEqual([both.cpuShares, both.cpuQuotaMicroseconds, both.memoryBytes], [204, 40_000, 128 * 1024 ** 2]);
    assert.deepEqual([one.cpuShares, one.cpuQuotaMicroseconds, one.memoryBytes], [102, undefined, undefined]);
  });

  const whole = [
    { name: 'the pod says so', pod: testPod({ containers: [sized({})], resources: { limits: { cpu: '200m', memory: '64Mi' } } }), want: [204, 20_000, 64] },
    {
      name: 'the pod asks for less than it may use',
      pod: testPod({ containers: [sized({ cpu: '100m' })], resources: { requests: { cpu: '100m' }, limits: { cpu: '200m' } } }),
      want: [102, 20_000, undefined],
    },
  ];
  for (const { name, pod, want } of whole)
    it(`limit the cgroup where ${name}`, () => {
      const { cpuShares, cpuQuotaMicroseconds, memoryBytes } = podCgroupLimits(pod, { hugePageSizes: [] });
      assert.deepEqual([cpuShares, cpuQuotaMicroseconds, memoryBytes && memoryBytes / 1024 ** 2], want);
    });

  // The nine shapes of upstream's test of pod-level huge pages, for one size and for two.
  const small = { memory: '100Mi', 'hugepages-2Mi': '4Mi' };
  const both = { ...small, 'hugepages-1Gi': '1Gi' };
  const levels: { name: string; ofPod?: ResourceRequirements; ofContainer?: Record<string, string>; want: [twoMebibytes: number, oneGibibyte: number] }[] = [
    { name: 'the pod', ofPod: { limits: small }, want: [4, 0] },
    { name: 'the pod, two sizes', ofPod: { limits: both }, want: [4, 1024] },
    { name: 'the pod and its container', ofPod: { limits: { ...small, 'hugepages-2Mi': '8Mi' } }, ofContainer: small, want: [8, 0] },
    {
      name: 'the pod and its container, two sizes',
      ofPod: { limits: { ...both, 'hugepages-2Mi': '8Mi', 'hugepages-1Gi': '2Gi' } },
      ofContainer: both,
      want: [8, 2048],
    },
    { name: 'the pod and its container, different sizes', ofPod: { limits: small }, ofContainer: { memory: '1Mi', 'hugepages-1Gi': '1Gi' }, want: [4, 1024] },
    { name: 'the container', ofContainer: small, want: [4, 0] },
    { name: 'the container, two sizes', ofContainer: both, want: [4, 1024] },
    { name: 'the container of a pod that asks for memory', ofPod: { requests: { memory: '200Mi' } }, ofContainer: small, want: [4, 0] },
    { name: 'the container of a pod that asks for memory, two sizes', ofPod: { requests: { memory: '200Mi' } }, ofContainer: both, want: [4, 1024] },
    { name: 'nobody', want: [0, 0] },
  ];
  for (const { name, ofPod, ofContainer = {}, want } of levels)
    it(`limit huge pages to those of ${name}`, () => {
      const pod = testPod({ containers: [sized(ofContainer, ofContainer)], ...(ofPod ? { resources: ofPod } : {}) });
      const { hugePageBytes } = podCgroupLimits(pod, { hugePageSizes: ['hugepages-2Mi', 'hugepages-1Gi'] });
      assert.deepEqual(hugePageBytes, { '2MB': want[0] * 1024 ** 2, '1GB': want[1] * 1024 ** 2 });
    });

  it('are written as each cgroup version wants them', () => {
    const limits = { cpuShares: 1024, cpuQuotaMicroseconds: 50_000, memoryBytes: 1000, pids: 10, hugePageBytes: { '2MB': 0 } };
    assert.deepEqual(settingsV1(limits), {
      cpu: [
        ['cpu.shares', '1024'],
        ['cpu.cfs_period_us', '100000'],
        ['cpu.cfs_quota_us', '50000'],
      ],
      memory: [['memory.limit_in_bytes', '1000']],
      pids: [['pids.max', '10']],
      hugetlb: [
        ['hugetlb.2MB.limit_in_bytes', '0'],
        ['hugetlb.2MB.rsvd.limit_in_bytes', '0', 'optional'],
      ],
    });
    assert.deepEqual(settingsV2(limits), {
      cpu: [
        ['cpu.weight', '39'],
        ['cpu.max', '50000 100000'],
      ],
      memory: [['memory.max', '1000']],
      pids: [['pids.max', '10']],
      hugetlb: [
        ['hugetlb.2MB.max', '0'],
        ['hugetlb.2MB.rsvd.max', '0', 'optional'],
      ],
    });
  });
});
