import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Node, Pod, PodSpec, TopologySpreadConstraint } from '../../../api/generated/core-v1.ts';
import type { KubernetesObject } from '../../../api/object.ts';
import { deepFreeze } from '../../../api/object.ts';
import { schedulingConformance } from '../../../extension-points/scheduling/conformance.ts';
import type { NodeInfo } from '../../../extension-points/scheduling/contract.ts';
import { nodeWith, PluginTrial, testNode, testPod } from '../../../extension-points/scheduling/testing.ts';
import { TestCluster, TestInformers } from '../../../extension-points/scheduling/testing-cluster.ts';
import podTopologySpread from './pod-topology-spread.ts';

const trialOf = (nodes: readonly NodeInfo[] = [], args?: unknown, objects: Record<string, KubernetesObject[]> = {}): PluginTrial =>
  new PluginTrial(podTopologySpread(args, new TestCluster(nodes, new TestInformers(objects))));

const over = (topologyKey: string, rest: Partial<TopologySpreadConstraint> = {}): TopologySpreadConstraint => ({
  topologyKey,
  maxSkew: 1,
  whenUnsatisfiable: 'DoNotSchedule',
  labelSelector: { matchLabels: { app: 'web' } },
  ...rest,
});
const pod = (name: string, spec: Partial<PodSpec> = {}, labels: Record<string, string> = { app: 'web' }, rest: Partial<Pod['metadata']> = {}): Pod =>
  deepFreeze({ ...testPod(name, spec), metadata: { name, namespace: 'default', uid: `uid-${name}`, labels, ...rest } });
const spread = (...topologySpreadConstraints: TopologySpreadConstraint[]): Pod => pod('p', { topologySpreadConstraints });
const some = (count: number, labels?: Record<string, string>, rest?: Partial<Pod['metadata']>): Pod[] =>
  Array.from({ length: count }, (_, index) => pod(`there-${index}`, {}, labels, rest));
const node = (name: string, zone: string | undefined, pods: Pod[] = [], spec: Node['spec'] = {}): NodeInfo =>
  nodeWith(testNode(name, { labels: { 'kubernetes.io/hostname': name, ...(zone ? { zone } : {}) }, spec: spec! }), ...pods);

schedulingConformance('PodTopologySpread', () => podTopologySpread(undefined, new TestCluster()), {
  pods: [spread(over('disk')), spread(over('disk', { whenUnsatisfiable: 'ScheduleAnyway' }))],
});

const refusal = "unschedulable: node(s) didn't match pod topology spread constraints";
const missing = "unschedulable-and-unresolvable: node(s) didn't match pod topology spread constraints (missing required label)";

describe('hard spread constraints', () => {
  const cases: { name: string; pod: Pod; nodes: NodeInfo[]; want: string[] }[] = [
    {
      name: 'keep domains within the skew',
      pod: spread(over('zone')),
      nodes: [node('a', 'z1', some(2)), node('b', 'z1'), node('c', 'z2', some(1)), node('d', undefined)],
      want: [refusal, refusal, 'fits', missing],
    },
    { name: 'allow a larger skew', pod: spread(over('zone', { maxSkew: 3 })), nodes: [node('a', 'z1', some(2)), node('b', 'z2')], want: ['fits', 'fits'] },
    {
      name: 'do not count a pod that they do not select',
      pod: pod('p', { topologySpreadConstraints: [over('zone')] }, { app: 'other' }),
      nodes: [node('a', 'z1', some(1)), node('b', 'z2'), node('c', 'z3', some(2))],
      want: ['fits', 'fits', refusal],
    },
    {
      name: 'do not count pods of other namespaces, nor those on their way out',
      pod: spread(over('zone')),
      nodes: [node('a', 'z1', [...some(2, undefined, { namespace: 'other' }), ...some(2, undefined, { deletionTimestamp: 'now' })]), node('b', 'z2')],
      want: ['fits', 'fits'],
    },
    {
      name: 'must hold all together, over nodes that have all keys',
      pod: spread(over('zone'), over('kubernetes.io/hostname')),
      nodes: [node('a', 'z1', some(1)), node('b', 'z1'), node('c', 'z2', some(1)), node('d', undefined)],
      want: [refusal, 'fits', refusal, missing],
    },
    {
      name: 'count missing domains as empty',
      pod: spread(over('zone', { minDomains: 3 })),
      nodes: [node('a', 'z1', some(1)), node('b', 'z2', some(1))],
      want: [refusal, refusal],
    },
    {
      name: 'are content with enough domains',
      pod: spread(over('zone', { minDomains: 2 })),
      nodes: [node('a', 'z1', some(1)), node('b', 'z2', some(1))],
      want: ['fits', 'fits'],
    },
    {
      name: 'leave out nodes that the node selector does not admit',
      pod: pod('p', { nodeSelector: { zone: 'z1' }, topologySpreadConstraints: [over('zone')] }),
      nodes: [node('a', 'z1', some(1)), node('b', 'z2')],
      want: ['fits', 'fits'],
    },
    {
      name: 'count them when told to ignore affinity',
      pod: pod('p', { nodeSelector: { zone: 'z1' }, topologySpreadConstraints: [over('zone', { nodeAffinityPolicy: 'Ignore' })] }),
      nodes: [node('a', 'z1', some(1)), node('b', 'z2')],
      want: [refusal, 'fits'],
    },
    {
      name: 'count tainted nodes',
      pod: spread(over('zone')),
      nodes: [node('a', 'z1', some(1)), node('b', 'z2', [], { taints: [{ key: 'k', effect: 'NoSchedule' }] })],
      want: [refusal, 'fits'],
    },
    {
      name: 'leave out tainted nodes when told to honor taints',
      pod: spread(over('zone', { nodeTaintsPolicy: 'Honor' })),
      nodes: [node('a', 'z1', some(1)), node('b', 'z2', [], { taints: [{ key: 'k', effect: 'NoSchedule' }] })],
      want: ['fits', 'fits'],
    },
    {
      name: 'compare only pods with the same values of the match label keys',
      pod: pod('p', { topologySpreadConstraints: [over('zone', { matchLabelKeys: ['version', 'absent'] })] }, { app: 'web', version: '2' }),
      nodes: [node('a', 'z1', some(3, { app: 'web', version: '1' })), node('b', 'z2', some(1, { app: 'web', version: '2' }))],
      want: ['fits', refusal],
    },
    {
      name: 'that are soft refuse nothing',
      pod: spread(over('zone', { whenUnsatisfiable: 'ScheduleAnyway' })),
      nodes: [node('a', 'z1', some(9)), node('b', undefined)],
      want: ['fits', 'fits'],
    },
  ];
  for (const { name, pod: wanted, nodes, want } of cases) it(name, () => assert.deepEqual(trialOf(nodes).filter(wanted, nodes), want));
});

describe('soft spread constraints', () => {
  const soft = (key: string, rest: Partial<TopologySpreadConstraint> = {}): Pod => spread(over(key, { whenUnsatisfiable: 'ScheduleAnyway', ...rest }));
  const cases: { name: string; pod: Pod; nodes: NodeInfo[]; want: number[] }[] = [
    { name: 'score the same where nothing is', pod: soft('zone'), nodes: [node('a', 'z1'), node('b', 'z2')], want: [100, 100] },
    // 1 and 3 pods times ln 4: 1 and 4, turned around.
    { name: 'prefer the emptier zone', pod: soft('zone'), nodes: [node('a', 'z1', some(1)), node('b', 'z2', some(3))], want: [100, 25] },
    { name: 'prefer the emptier node', pod: soft('kubernetes.io/hostname'), nodes: [node('a', 'z1', some(1)), node('b', 'z1', some(3))], want: [100, 25] },
    { name: 'count the whole zone', pod: soft('zone'), nodes: [node('a', 'z1'), node('b', 'z1', some(2)), node('c', 'z2')], want: [0, 0, 100] },
    { name: 'ignore nodes without the key', pod: soft('zone'), nodes: [node('a', 'z1', some(2)), node('b', undefined), node('c', 'z2')], want: [0, 0, 100] },
    // 2·ln 4 + 4 = 7 and 4.
    { name: 'care less with a larger skew', pod: soft('zone', { maxSkew: 5 }), nodes: [node('a', 'z1', some(2)), node('b', 'z2')], want: [57, 100] },
  ];
  for (const { name, pod: wanted, nodes, want } of cases) it(name, async () => assert.deepEqual(await trialOf(nodes).score(wanted, nodes), want));

  it('count nodes that were not fitting, in domains that have one that is', async () => {
    const fitting = [node('a', 'z1'), node('b', 'z2')];
    const nodes = [...fitting, node('full', 'z1', some(2)), node('elsewhere', 'z3', some(9))];
    assert.deepEqual(await trialOf(nodes).score(soft('zone'), fitting), [0, 100]);
  });
});

describe('default constraints', () => {
  const service = { metadata: { name: 's', namespace: 'default' }, spec: { selector: { app: 'web' } } };
  const replicaSet = { metadata: { name: 'set', namespace: 'default' }, spec: { selector: { matchLabels: { app: 'web' } } } };
  const owned = (kind: string, apiVersion: string): Pod =>
    pod('p', {}, undefined, { ownerReferences: [{ apiVersion, kind, name: 'set', uid: 'u', controller: true }] });
  const nodes = [node('a', undefined, some(4)), node('b', undefined)];
  // 4·ln 4 + 2 = 8 and 2.
  const spreading = [25, 100];
  const indifferent = [0, 0];
  const cases: { name: string; pod: Pod; objects: Record<string, KubernetesObject[]>; args?: unknown; want: number[] }[] = [
    { name: 'spread the pods of a service, also without zones', pod: pod('p'), objects: { services: [service] }, want: spreading },
    { name: 'spread the pods of a replica set', pod: owned('ReplicaSet', 'apps/v1'), objects: { replicasets: [replicaSet] }, want: spreading },
    { name: 'spread the pods of a stateful set', pod: owned('StatefulSet', 'apps/v1'), objects: { statefulsets: [replicaSet] }, want: spreading },
    {
      name: 'spread the pods of a replication controller',
      pod: owned('ReplicationController', 'v1'),
      objects: { replicationcontrollers: [{ ...replicaSet, spec: { selector: { app: 'web' } } } as KubernetesObject] },
      want: spreading,
    },
    { name: 'leave other pods alone', pod: pod('p'), objects: {}, want: indifferent },
    {
      name: 'leave pods of services without selector alone',
      pod: pod('p'),
      objects: { services: [{ ...service, spec: {} } as KubernetesObject] },
      want: indifferent,
    },
    { name: 'can be none', pod: pod('p'), objects: { services: [service] }, args: { defaultingType: 'List' }, want: indifferent },
  ];
  for (const { name, pod: wanted, objects, args, want } of cases)
    it(name, async () => assert.deepEqual(await trialOf(nodes, args, objects).score(wanted, nodes), want));

  it('can be hard', () => {
    const args = { defaultingType: 'List', defaultConstraints: [{ topologyKey: 'kubernetes.io/hostname', maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule' }] };
    assert.deepEqual(trialOf(nodes, args, { services: [service] }).filter(pod('p'), nodes), [refusal, 'fits']);
  });

  it('are refused with selectors, and beside those of the system', () => {
    assert.throws(() => trialOf([], { defaultingType: 'List', defaultConstraints: [over('zone')] }), /defaultConstraints\[0\]\.labelSelector: Forbidden/);
    assert.throws(() => trialOf([], { defaultConstraints: [over('zone')] }), /when \.defaultConstraints are not empty/);
  });
});

describe('what may help a pod with spread constraints', () => {
  const events = podTopologySpread(undefined, new TestCluster()).eventsToRegister!();
  const hint = (resource: 'Pod' | 'Node', old: Pod | Node | undefined, current: Pod | Node | undefined, waiting = spread(over('zone'))): string =>
    events.find(({ event }) => event.resource === resource)!.hint!(waiting, old, current);
  const running = (labels?: Record<string, string>, rest?: Partial<Pod['metadata']>): Pod => pod('r', { nodeName: 'a' }, labels, rest);
  const zoned = (zone: string | undefined, spec: Node['spec'] = {}): Node => testNode('n', { ...(zone ? { labels: { zone } } : {}), spec: spec! });
  const tainted = { taints: [{ key: 'k', effect: 'NoSchedule' as const }] };
  const honoring = spread(over('zone', { nodeTaintsPolicy: 'Honor' }));
  const tolerating = pod('p', { ...honoring.spec, tolerations: [{ operator: 'Exists' }] });
  const cases: { name: string; got: string; want: 'queue' | 'skip' }[] = [
    { name: 'a selected pod that came', got: hint('Pod', undefined, running()), want: 'queue' },
    { name: 'a selected pod that went', got: hint('Pod', running(), undefined), want: 'queue' },
    { name: 'another pod', got: hint('Pod', running({ app: 'other' }), undefined), want: 'skip' },
    { name: 'a pod of another namespace', got: hint('Pod', running(undefined, { namespace: 'other' }), undefined), want: 'skip' },
    { name: 'a pod that has no node', got: hint('Pod', pod('r'), undefined), want: 'skip' },
    { name: 'a pod that is selected now', got: hint('Pod', running({ app: 'other' }), running()), want: 'queue' },
    { name: 'a pod that got another label', got: hint('Pod', running(), running({ app: 'web', a: 'b' })), want: 'skip' },
    { name: 'its own toleration when taints count', got: hint('Pod', honoring, tolerating, honoring), want: 'queue' },
    { name: 'its own toleration otherwise', got: hint('Pod', spread(over('zone')), pod('p', { tolerations: [{ operator: 'Exists' }] })), want: 'skip' },
    { name: 'a node with the key', got: hint('Node', undefined, zoned('z')), want: 'queue' },
    { name: 'a node without the key', got: hint('Node', undefined, zoned(undefined)), want: 'skip' },
    { name: 'a domain that went', got: hint('Node', zoned('z'), undefined), want: 'queue' },
    { name: 'a node that changed its domain', got: hint('Node', zoned('y'), zoned('z')), want: 'queue' },
    { name: 'a node that got the key', got: hint('Node', zoned(undefined), zoned('z')), want: 'queue' },
    { name: 'a node with other taints', got: hint('Node', zoned('z'), zoned('z', tainted)), want: 'queue' },
    { name: 'a node that stayed the same', got: hint('Node', zoned('z'), zoned('z')), want: 'skip' },
  ];
  for (const { name, got, want } of cases) it(`${want === 'queue' ? 'is' : 'is not'} ${name}`, () => assert.equal(got, want));
});
