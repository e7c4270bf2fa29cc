import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Container, Node, Pod, PodSpec } from '../../../api/generated/core-v1.ts';
import { testContainer, testPod } from '../testing/pods.ts';
import { admitPod } from './admission.ts';
import { conditionEvents, nodeConditions } from './node-conditions.ts';
import { defaultThresholds, noPressure, pressureOf } from './pressure.ts';

const node: Node = {
  metadata: { name: 'node-1', labels: { zone: 'a', cores: '8' } },
  spec: { taints: [{ key: 'sick', effect: 'NoExecute' }] },
  status: { allocatable: { cpu: '1', memory: '1Gi', pods: '3', 'example.com/gpu': '1', 'hugepages-2Mi': '8Mi' } },
};
const tolerant: Partial<PodSpec> = { tolerations: [{ operator: 'Exists' }] };
const asking = (requests: Record<string, string>, spec: Partial<PodSpec> = {}): Pod =>
  testPod({ ...tolerant, containers: [testContainer('web', { resources: { requests } })], ...spec });
const listening = (hostPort: number, hostIP?: string): Pod =>
  testPod({ ...tolerant, containers: [testContainer('web', { ports: [{ containerPort: 80, hostPort, ...(hostIP ? { hostIP } : {}) }] })] });

const gpuContainer = (name: string, count: string): Container => testContainer(name, { resources: { requests: { 'example.com/gpu': count } } });
/** Of which a claim stands for all extended resources of its container. */
const claiming = (requests: Record<string, string>): Pod => {
  const requestMappings = Object.keys(requests).map((resourceName) => ({ containerName: 'web', resourceName, requestName: 'r' }));
  return { ...asking(requests), status: { extendedResourceClaimStatus: { resourceClaimName: 'claim', requestMappings } } };
};

describe('a pod', () => {
  const cases: { name: string; pod: Pod; others?: Pod[]; want?: [reason: string, message: string] }[] = [
    { name: 'that fits is taken', pod: asking({ cpu: '500m' }), others: [asking({ cpu: '500m' })] },
    {
      name: 'that needs too much cpu is refused',
      pod: asking({ cpu: '600m' }),
      others: [asking({ cpu: '500m' })],
      want: ['OutOfcpu', "Node didn't have enough resource: cpu, requested: 600, used: 500, capacity: 1000"],
    },
    {
      name: 'too many is refused',
      pod: asking({}),
      others: [asking({}), asking({}), asking({})],
      want: ['OutOfpods', "Node didn't have enough resource: pods, requested: 1, used: 3, capacity: 3"],
    },
    { name: 'that takes the last huge pages is taken', pod: asking({ cpu: '1m', 'hugepages-2Mi': '4Mi' }), others: [asking({ 'hugepages-2Mi': '4Mi' })] },
    {
      name: 'that needs too many huge pages is refused',
      pod: asking({ cpu: '1m', 'hugepages-2Mi': '6Mi' }),
      others: [asking({ 'hugepages-2Mi': '4Mi' })],
      want: ['OutOfhugepages-2Mi', "Node didn't have enough resource: hugepages-2Mi, requested: 6291456, used: 4194304, capacity: 8388608"],
    },
    {
      name: 'that needs huge pages of another size is refused',
      pod: asking({ cpu: '1m', 'hugepages-1Gi': '1Gi' }),
      want: ['OutOfhugepages-1Gi', "Node didn't have enough resource: hugepages-1Gi, requested: 1073741824, used: 0, capacity: 0"],
    },
    {
      name: 'that as a whole needs too many huge pages is refused',
      pod: asking({}, { resources: { limits: { cpu: '1m', 'hugepages-2Mi': '10Mi' } } }),
      want: ['OutOfhugepages-2Mi', "Node didn't have enough resource: hugepages-2Mi, requested: 10485760, used: 0, capacity: 8388608"],
    },
    {
      name: 'is told of cpu before anything else it lacks',
      pod: asking({ 'hugepages-1Gi': '1Gi', memory: '2Gi', cpu: '2' }),
      want: ['OutOfcpu', "Node didn't have enough resource: cpu, requested: 2000, used: 0, capacity: 1000"],
    },
    { name: 'that needs what no node has is taken: the cluster may give it', pod: asking({ 'example.com/license': '7' }) },
    {
      name: 'that a claim gives the devices of which no plugin has any left is taken',
      pod: claiming({ 'example.com/gpu': '2', 'deviceclass.resource.kubernetes.io/gpu': '1' }),
      others: [claiming({ 'example.com/gpu': '2' })],
    },
    {
      name: 'that a claim gives devices to one container only is refused for the other',
      pod: { ...claiming({ 'example.com/gpu': '1' }), spec: asking({ 'example.com/gpu': '2' }, { initContainers: [gpuContainer('first', '2')] }).spec },
      want: ['OutOfexample.com/gpu', "Node didn't have enough resource: example.com/gpu, requested: 2, used: 0, capacity: 1"],
    },
    {
      name: 'that needs a second device is refused',
      pod: asking({ 'example.com/gpu': '2' }),
      want: ['OutOfexample.com/gpu', "Node didn't have enough resource: example.com/gpu, requested: 2, used: 0, capacity: 1"],
    },
    { name: 'that needs what only the cluster knows is taken', pod: asking({ 'example.com/license': '5' }) },
    {
      name: 'that selects another node is refused',
      pod: asking({}, { nodeSelector: { zone: 'b' } }),
      want: ['NodeAffinity', "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector"],
    },
    {
      name: 'whose affinity fits is taken',
      pod: asking(
        {},
        {
          affinity: {
            nodeAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: {
                nodeSelectorTerms: [
                  { matchExpressions: [{ key: 'zone', operator: 'In', values: ['b'] }] },
                  {
                    matchExpressions: [{ key: 'cores', operator: 'Gt', values: ['4'] }],
                    matchFields: [{ key: 'metadata.name', operator: 'In', values: ['node-1'] }],
                  },
                ],
              },
            },
          },
        },
      ),
    },
    {
      name: 'for another node is refused',
      pod: asking({}, { nodeName: 'node-2' }),
      want: ['NodeName', "Predicate NodeName failed: node(s) didn't match the requested node name"],
    },
    {
      name: 'whose port is taken is refused',
      pod: listening(80),
      others: [listening(80, '192.0.2.1')],
      want: ['NodePorts', "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports"],
    },
    { name: 'on another address may use the same port', pod: listening(80, '192.0.2.2'), others: [listening(80, '192.0.2.1')] },
    {
      name: 'that does not tolerate is refused',
      pod: testPod(),
      want: ['TaintToleration', "Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate"],
    },
    {
      name: 'for Windows is refused',
      pod: asking({}, { os: { name: 'windows' } }),
      want: ['PodOSNotSupported', "Failed to admit pod as the OS field doesn't match node OS"],
    },
  ];
  for (const { name, pod, others = [], want } of cases)
    it(name, () => assert.deepEqual(admitPod(pod, node, others), want && { reason: want[0], message: want[1] }));
});

describe('node conditions', () => {
  it('tell why a node is not ready, and when that changed', () => {
    const ready = nodeConditions({ problems: [], pressure: noPressure, old: [], nowText: '1' });
    const broken = nodeConditions({ problems: ['runtime down'], pressure: { ...noPressure, disk: true }, old: ready, nowText: '2' });
    assert.deepEqual(broken.at(-1), {
      type: 'Ready',
      status: 'False',
      lastHeartbeatTime: '2',
      lastTransitionTime: '2',
      reason: 'KubeletNotReady',
      message: 'runtime down',
    });
    assert.deepEqual([broken[0]?.lastTransitionTime, broken[1]?.reason], ['1', 'KubeletHasDiskPressure']);
    assert.deepEqual(
      conditionEvents('n', ready, broken).map(({ message }) => message),
      ['Node n status is now: NodeHasDiskPressure', 'Node n status is now: NodeNotReady'],
    );
  });
});

describe('shortages', () => {
  const plenty = { memoryBytes: 2 ** 30, diskBytes: 50, diskTotalBytes: 100, inodes: 50, inodesTotal: 100, pids: 900, pidsTotal: 1000 };
  const cases = [
    { name: 'none', available: plenty, want: { memory: false, disk: false, pids: false } },
    { name: 'of memory', available: { ...plenty, memoryBytes: 50 * 2 ** 20 }, want: { memory: true, disk: false, pids: false } },
    { name: 'of inodes count as disk', available: { ...plenty, inodes: 0 }, want: { memory: false, disk: true, pids: false } },
    {
      name: 'of inodes are unknown where there are none',
      available: { ...plenty, inodes: 0, inodesTotal: 0 },
      want: { memory: false, disk: false, pids: false },
    },
    { name: 'of processes', available: { ...plenty, pids: 1 }, want: { memory: false, disk: false, pids: true } },
  ];
  for (const { name, available, want } of cases) it(name, () => assert.deepEqual(pressureOf(available, defaultThresholds), want));
});
