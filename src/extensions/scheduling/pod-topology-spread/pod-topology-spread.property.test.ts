import { it } from 'node:test';
import type { Node, Pod, Service, TopologySpreadConstraint } from '../../../api/generated/core-v1.ts';
import type { KubernetesObject } from '../../../api/object.ts';
import { seededRandom, testNode, testPod } from '../../../extension-points/scheduling/testing.ts';
import { TestCluster } from '../../../extension-points/scheduling/testing-cluster.ts';
import type { Choose } from '../../../extension-points/scheduling/testing-equivalence.ts';
import { assertEquivalent } from '../../../extension-points/scheduling/testing-equivalence.ts';
import { plainPodTopologySpread } from './plain-pod-topology-spread.fixture.ts';
import type { PodTopologySpreadArgs } from './pod-topology-spread.ts';
import podTopologySpread from './pod-topology-spread.ts';

const hostname = 'kubernetes.io/hostname';
const zone = 'topology.kubernetes.io/zone';

const argumentSets: PodTopologySpreadArgs[] = [
  {},
  {},
  { defaultingType: 'List' },
  {
    defaultingType: 'List',
    defaultConstraints: [
      { topologyKey: zone, maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway' },
      { topologyKey: hostname, maxSkew: 2, whenUnsatisfiable: 'ScheduleAnyway' },
      { topologyKey: zone, maxSkew: 2, whenUnsatisfiable: 'DoNotSchedule' },
    ],
  },
];

function randomConstraint(choose: Choose): TopologySpreadConstraint {
  const labelSelector = choose<TopologySpreadConstraint['labelSelector']>([
    { matchLabels: { app: 'x' } },
    { matchLabels: { app: 'y' } },
    { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['y'] }] },
    {},
    undefined,
  ]);
  return {
    topologyKey: choose([zone, 'rack', hostname]),
    maxSkew: choose([1, 1, 2, 3]),
    whenUnsatisfiable: choose(['DoNotSchedule', 'ScheduleAnyway']),
    ...(labelSelector ? { labelSelector } : {}),
    ...choose([{}, { minDomains: choose([1, 2, 3, 5]) }]),
    ...choose([{}, { nodeAffinityPolicy: choose(['Honor', 'Ignore'] as const) }]),
    ...choose([{}, { nodeTaintsPolicy: choose(['Honor', 'Ignore'] as const) }]),
    ...choose([{}, { matchLabelKeys: ['version'] }]),
  };
}

function randomPod(name: string, choose: Choose): Pod {
  const topologySpreadConstraints = Array.from({ length: choose([0, 1, 2, 3]) }, () => randomConstraint(choose));
  const term = { matchExpressions: [{ key: 'disk', operator: 'In' as const, values: ['ssd', 'nvme'] }] };
  const pod = testPod(name, {
    ...(topologySpreadConstraints.length > 0 ? { topologySpreadConstraints } : {}),
    ...choose([{}, {}, { nodeSelector: { disk: 'ssd' } }]),
    ...choose([{}, {}, { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } } } }]),
    ...choose([{}, { tolerations: [{ operator: 'Exists' as const }] }]),
  });
  const labels = { app: choose(['x', 'y']), ...(choose([true, false]) ? { version: choose(['1', '2']) } : {}) };
  const kind = choose(['ReplicaSet', 'StatefulSet', undefined]);
  const ownerReferences = kind ? [{ apiVersion: 'apps/v1', kind, name: 'set', uid: 'u', controller: true }] : [];
  return { ...pod, metadata: { ...pod.metadata, namespace: choose(['a', 'a', 'b']), labels, ownerReferences } };
}

function randomNode(name: string, choose: Choose, sharesHosts: boolean): Node {
  const host = choose([name, name, name, name, undefined, ...(sharesHosts ? ['shared', 'shared'] : [])]);
  const domain = choose(['z1', 'z2', 'z3', 'z1', 'z2', 'z3', '', undefined]);
  const labels = { rack: choose(['r1', 'r2']), disk: choose(['ssd', 'ssd', 'hdd', 'nvme']) };
  return testNode(name, {
    labels: { ...labels, ...(host === undefined ? {} : { [hostname]: host }), ...(domain === undefined ? {} : { [zone]: domain }) },
    spec: choose([{}, {}, { taints: [{ key: 'k', effect: 'NoSchedule' as const }] }]),
  });
}

/** With the same constraints, and otherwise like another. */
function sibling(pod: Pod, other: Pod): Pod {
  const { topologySpreadConstraints: _, ...spec } = other.spec!;
  const { topologySpreadConstraints } = pod.spec!;
  return {
    metadata: { ...other.metadata, namespace: pod.metadata.namespace! },
    spec: { ...spec, ...(topologySpreadConstraints ? { topologySpreadConstraints } : {}) },
  };
}

const namespaced = (name: string, choose: Choose): KubernetesObject['metadata'] => ({ name, namespace: choose(['a', 'a', 'b']) });
const randomService = (choose: Choose): Service => ({
  metadata: namespaced(choose(['s', 't']), choose),
  spec: choose<NonNullable<Service['spec']>>([{ selector: { app: choose(['x', 'y']) } }, { selector: { app: 'x', version: '1' } }, {}]),
});
const randomSet = (choose: Choose): KubernetesObject =>
  ({ metadata: namespaced('set', choose), spec: { selector: { matchLabels: { app: choose(['x', 'y']) } } } }) as KubernetesObject;

interface Surroundings {
  readonly cluster: TestCluster;
  readonly choose: Choose;
  readonly newName: (prefix: string) => string;
  readonly sharesHosts: boolean;
}

/** One random change of the cluster. */
function disturb({ cluster, choose, newName, sharesHosts }: Surroundings): void {
  const nodes = cluster.snapshot();
  const kind =
    nodes.length < 3
      ? 'add node'
      : choose(['add node', 'remove node', 'change node', 'add pod', 'add pod', 'add pod', 'remove pod', 'change pod', 'service', 'set']);
  const { informers } = cluster;
  if (kind === 'service') return choose([true, false]) ? informers.set('services', randomService(choose)) : informers.delete('services', randomService(choose));
  if (kind === 'set') {
    const resource = choose(['replicasets', 'statefulsets']);
    return choose([true, true, false]) ? informers.set(resource, randomSet(choose)) : informers.delete(resource, randomSet(choose));
  }
  if (kind === 'add node') return cluster.setNode(randomNode(newName('node'), choose, sharesHosts));
  const node = choose(nodes);
  if (kind === 'remove node') return nodes.length > 3 ? cluster.removeNode(node.name) : undefined;
  if (kind === 'change node') {
    const changed = randomNode(node.name, choose, sharesHosts);
    return cluster.setNode(choose([changed, { ...node.node, spec: changed.spec! }, { ...node.node }]));
  }
  if (kind === 'add pod') return cluster.addPod(randomPod(newName('pod'), choose), node.name);
  const pod = node.pods[0];
  if (!pod) return;
  cluster.removePod(pod, node.name);
  const terminating = { ...pod, metadata: { ...pod.metadata, deletionTimestamp: 'now' } };
  if (kind === 'change pod') cluster.addPod(choose([terminating, randomPod(pod.metadata.name!, choose)]), node.name);
}

it('decides as the plain plugin through any course of events', () => {
  for (let seed = 1; seed <= 120; seed++) {
    const random = seededRandom(seed);
    const choose: Choose = (items) => items[Math.floor(random() * items.length)]!;
    let names = 0;
    const cluster = new TestCluster();
    const surroundings = { cluster, choose, newName: (prefix: string) => `${prefix}-${++names}`, sharesHosts: choose([true, false]) };
    const args = choose(argumentSets);
    const [fast, plain] = [podTopologySpread(args, cluster), plainPodTopologySpread(args, cluster)];
    const waiting = Array.from({ length: 4 }, (_, index) => randomPod(`waiting-${index}`, choose));
    const change = (): void => disturb(surroundings);
    for (let step = 0; step < 40; step++) {
      change();
      const options = { cluster, choose, disturb: change, newPod: (name: string) => randomPod(name, choose), place: `seed ${seed}, step ${step}` };
      const [known, unknown] = [choose(waiting), randomPod('new', choose)];
      assertEquivalent(fast, plain, choose([known, sibling(known, unknown), unknown]), options);
    }
  }
});

it('decides as the plain plugin on more nodes than are kept in a map', () => {
  const random = seededRandom(3);
  const choose: Choose = (items) => items[Math.floor(random() * items.length)]!;
  let names = 0;
  const cluster = new TestCluster();
  const [fast, plain] = [podTopologySpread({}, cluster), plainPodTopologySpread({}, cluster)];
  const surroundings = { cluster, choose, newName: (prefix: string) => `${prefix}-${++names}`, sharesHosts: false };
  const newPod = (name: string): Pod => randomPod(name, choose);
  for (let count = 0; count < 150; count++) {
    cluster.setNode(randomNode(`n${count}`, choose, false));
    for (let pods = choose([1, 2, 3]); pods > 0; pods--) cluster.addPod(newPod(`on-${count}`), `n${count}`);
  }
  for (let step = 0; step < 40; step++) {
    disturb(surroundings);
    assertEquivalent(fast, plain, newPod('new'), { cluster, choose, disturb: () => disturb(surroundings), newPod, place: `step ${step}` });
  }
});

it('takes nodes without a zone for those of the zone without a name, and for no other', () => {
  const random = seededRandom(1);
  const choose: Choose = (items) => items[Math.floor(random() * items.length)]!;
  const pod = (name: string): Pod => {
    const made = testPod(name);
    return { ...made, metadata: { ...made.metadata, labels: { app: 'x' } } };
  };
  const cluster = new TestCluster();
  cluster.informers.set('services', { metadata: { name: 's', namespace: 'default' }, spec: { selector: { app: 'x' } } } as KubernetesObject);
  const [fast, plain] = [podTopologySpread({}, cluster), plainPodTopologySpread({}, cluster)];
  for (const [name, value] of [
    ['a', ''],
    ['b', 'z1'],
    ['c', undefined],
  ] as const)
    cluster.setNode(testNode(name, { labels: { [hostname]: name, ...(value === undefined ? {} : { [zone]: value }) } }));
  for (let count = 0; count < 3; count++) cluster.addPod(pod(`p${count}`), 'c');
  for (const place of ['nothing counted in zones', 'again'])
    assertEquivalent(fast, plain, pod('new'), { cluster, choose: (items) => choose(items.slice(0, 1)), disturb: () => undefined, newPod: pod, place });
});

it('goes on when the domains of a topology key are mostly gone', () => {
  const random = seededRandom(5);
  const choose: Choose = (items) => items[Math.floor(random() * items.length)]!;
  const cluster = new TestCluster();
  const [fast, plain] = [podTopologySpread({}, cluster), plainPodTopologySpread({}, cluster)];
  const place = (name: string): void => {
    cluster.setNode(testNode(name, { labels: { [hostname]: name, [zone]: 'z1' } }));
    cluster.addPod(spread(`on-${name}`), name);
  };
  const spread = (name: string): Pod => {
    const constraint = { topologyKey: hostname, maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule' as const, labelSelector: { matchLabels: { app: 'x' } } };
    const pod = testPod(name, { topologySpreadConstraints: [constraint, { ...constraint, whenUnsatisfiable: 'ScheduleAnyway' }] });
    return { ...pod, metadata: { ...pod.metadata, labels: { app: 'x' } } };
  };
  for (const name of ['a', 'b', 'c']) place(name);
  for (let count = 0; count < 1_300; count++) {
    place(`passing-${count}`);
    if (count % 100 === 0) assertEquivalent(fast, plain, spread('new'), { cluster, choose, disturb: () => undefined, newPod: spread, place: `node ${count}` });
    cluster.removeNode(`passing-${count}`);
  }
});
