import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultNodeSettings } from './node-settings.ts';
import { type KubeletConfiguration, readKubeletConfiguration } from './read-configuration.ts';

const read = (text: string): KubeletConfiguration => readKubeletConfiguration(`apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n${text}`);

describe('a kubelet configuration', () => {
  it('that says nothing is the default', () => {
    assert.deepEqual(read(''), { settings: defaultNodeSettings, ignored: [] });
  });

  it("is read into the agent's own terms", () => {
    const { settings, ignored, ...options } = read(`
cpuManagerPolicy: static
cpuManagerPolicyOptions: {full-pcpus-only: "true"}
cpuManagerReconcilePeriod: 1m30s
memoryManagerPolicy: Static
reservedMemory: [{numaNode: 1, limits: {memory: 1100Mi, hugepages-2Mi: 64Mi}}]
topologyManagerPolicy: single-numa-node
topologyManagerScope: pod
topologyManagerPolicyOptions: {prefer-closest-numa-nodes: "true"}
systemReserved: {cpu: 500m, memory: 1Gi, pid: "1000"}
kubeReserved: {ephemeral-storage: 1Gi}
reservedSystemCPUs: 0,2-3
evictionHard: {memory.available: 5%, nodefs.available: 1Gi, imagefs.available: 15%}
featureGates: {CPUManagerPolicyAlphaOptions: true, GracefulNodeShutdown: true}
maxPods: 50
staticPodPath: /etc/kubernetes/manifests
podLogsDir: /var/log/pods
clusterDomain: example.test
clusterDNS: [10.0.0.10]
nodeLeaseDurationSeconds: 20
port: 10250
address: 0.0.0.0
registerWithTaints: [{key: dedicated, value: gpu, effect: NoSchedule}]
authentication: {anonymous: {enabled: false}}
logging: {format: json}
`);
    assert.deepEqual(settings, {
      cpuManagerPolicy: 'static',
      cpuManagerPolicyOptions: { 'full-pcpus-only': 'true' },
      cpuManagerReconcilePeriodMs: 90_000,
      memoryManagerPolicy: 'Static',
      reservedMemory: [{ numaNode: 1, limits: { memory: '1100Mi', 'hugepages-2Mi': '64Mi' } }],
      topologyManagerPolicy: 'single-numa-node',
      topologyManagerScope: 'pod',
      topologyManagerPolicyOptions: { 'prefer-closest-numa-nodes': 'true' },
      systemReserved: { cpu: '500m', memory: '1Gi', pid: '1000' },
      kubeReserved: { 'ephemeral-storage': '1Gi' },
      reservedSystemCpus: new Set([0, 2, 3]),
      evictionHard: new Map<string, unknown>([
        ['memory.available', { part: 0.05 }],
        ['nodefs.available', { amount: 1024 ** 3 }],
      ]),
      featureGates: { CPUManagerPolicyAlphaOptions: true, CPUManagerPolicyBetaOptions: true },
    });
    assert.deepEqual(options, {
      staticPodDirectory: '/etc/kubernetes/manifests',
      logDirectory: '/var/log/pods',
      host: '0.0.0.0',
      port: 10250,
      clusterDomain: 'example.test',
      clusterDns: ['10.0.0.10'],
      leaseDurationSeconds: 20,
      maximumPods: 50,
      taints: [{ key: 'dedicated', value: 'gpu', effect: 'NoSchedule' }],
    });
    assert.deepEqual(ignored, ['authentication', 'logging', 'evictionHard[imagefs.available]', 'featureGates[GracefulNodeShutdown]']);
  });

  it("merges upstream's thresholds in when it is told to", () => {
    const { evictionHard } = read('mergeDefaultEvictionSettings: true\nevictionHard: {memory.available: 200Mi}').settings;
    assert.deepEqual(
      evictionHard,
      new Map<string, unknown>([
        ['memory.available', { amount: 200 * 1024 ** 2 }],
        ['nodefs.available', { part: 0.1 }],
        ['nodefs.inodesFree', { part: 0.05 }],
      ]),
    );
  });

  const refused: readonly (readonly [text: string, message: string])[] = [
    ['foo: 1', 'failed to decode: strict decoding error: unknown field "foo"'],
    ['authentication: {anonymus: {}}', 'failed to decode: strict decoding error: unknown field "authentication.anonymus"'],
    ['maxPods: many', 'failed to decode: json: cannot unmarshal string into Go struct field KubeletConfiguration.maxPods of type int32'],
    ['maxPods: -1', 'failed to validate kubelet configuration, error: invalid configuration: maxPods (--max-pods) -1 must not be a negative number'],
    ['cpuManagerPolicy: dynamic', 'failed to validate kubelet configuration, error: unknown policy: "dynamic"'],
    ['memoryManagerPolicy: BestEffort', 'failed to validate kubelet configuration, error: policy "BestEffort" is not available for platform "linux"'],
    [
      'topologyManagerPolicy: best\ntopologyManagerScope: node',
      'failed to validate kubelet configuration, error: [invalid configuration: topologyManagerPolicy (--topology-manager-policy) "best" must be one of: ["none" "best-effort" "restricted" "single-numa-node"], invalid configuration: topologyManagerScope (--topology-manager-scope) "node" must be one of: "container", or "pod"]',
    ],
    [
      'reservedSystemCPUs: 0-x',
      'failed to validate kubelet configuration, error: invalid configuration: unable to parse reservedSystemCPUs (--reserved-cpus) 0-x, error: strconv.Atoi: parsing "x": invalid syntax',
    ],
    [
      'reservedMemory: [{numaNode: 0, limits: {memory: 1Gi}}, {numaNode: 0, limits: {memory: 1Gi}}]',
      'failed to validate kubelet configuration, error: invalid configuration: the reserved memory has a duplicate value for NUMA node 0 and resource "memory"',
    ],
    ['systemReserved: {example.com/gpu: "1"}', '--system-reserved value failed to parse: cannot reserve "example.com/gpu" resource'],
    ['kubeReserved: {cpu: "-1"}', '--kube-reserved value failed to parse: resource quantity for "cpu" cannot be negative: -1'],
    ['evictionHard: {cpu.available: "1"}', 'unsupported eviction signal cpu.available'],
    ['evictionHard: {memory.available: 101%}', 'eviction percentage threshold memory.available must be <= 100%: 101%'],
    ['evictionHard: {memory.available: "0"}', 'eviction threshold memory.available must be positive: 0'],
  ];
  for (const [text, message] of refused) it(`is refused: ${text}`, () => assert.throws(() => read(text), { message }));

  it('is refused when it is something else', () => {
    assert.throws(() => readKubeletConfiguration('a: 1'), { message: "failed to decode: Object 'Kind' is missing in the configuration" });
    assert.throws(() => readKubeletConfiguration('apiVersion: v1\nkind: Pod'), { message: 'failed to decode: no kind "Pod" is registered for version "v1"' });
    assert.throws(() => readKubeletConfiguration('{'), /^Error: failed to decode: /);
    assert.throws(() => readKubeletConfiguration(' '.repeat(2 * 1024 ** 2)), /at most 1048576 characters/);
  });
});
