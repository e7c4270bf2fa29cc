import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Namespace, Node, Pod, PodAffinityTerm, WeightedPodAffinityTerm } from '../../../api/generated/core-v1.ts';
import type { LabelSelector } from '../../../api/generated/meta-v1.ts';
import type { NodeInfo } from '../../../extension-points/scheduling/contract.ts';
import { SchedulingState } from '../../../extension-points/scheduling/scheduling-state.ts';
import { seededRandom, testNode, testPod } from '../../../extension-points/scheduling/testing.ts';
import { TestCluster, TestInformers } from '../../../extension-points/scheduling/testing-cluster.ts';
import type { Choose } from '../../../extension-points/scheduling/testing-equivalence.ts';
import { assertEquivalent } from '../../../extension-points/scheduling/testing-equivalence.ts';
import interPodAffinity from './inter-pod-affinity.ts';
import { plainInterPodAffinity } from './plain-inter-pod-affinity.fixture.ts';

const selectors: (LabelSelector | undefined)[] = [
  { matchLabels: { app: 'x' } },
  { matchLabels: { app: 'y' } },
  { matchLabels: { app: 'x', version: '1' } },
  { matchExpressions: [{ key: 'app', operator: 'In', values: ['x', 'y'] }] },
  { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['x'] }] },
  { matchExpressions: [{ key: 'version', operator: 'Exists' }] },
  {},
  undefined,
];
const namespaceSelectors: (LabelSelector | undefined)[] = [
  undefined,
  undefined,
  {},
  { matchLabels: { team: 'blue' } },
  { matchExpressions: [{ key: 'team', operator: 'NotIn', values: ['blue'] }] },
];

function randomTerm(choose: Choose): PodAffinityTerm {
  const labelSelector = choose(selectors);
  const namespaceSelector = choose(namespaceSelectors);
  const namespaces = choose<string[] | undefined>([undefined, undefined, ['b'], ['a', 'c']]);
  return {
    topologyKey: choose(['zone', 'zone', 'host']),
    ...(labelSelector ? { labelSelector } : {}),
    ...(namespaceSelector ? { namespaceSelector } : {}),
    ...(namespaces ? { namespaces } : {}),
  };
}

function randomPod(name: string, choose: Choose): Pod {
  const terms = (): PodAffinityTerm[] => Array.from({ length: choose([0, 0, 0, 1, 2]) }, () => randomTerm(choose));
  const weighted = (): WeightedPodAffinityTerm[] => terms().map((podAffinityTerm) => ({ weight: choose([1, 10, 100]), podAffinityTerm }));
  const podAffinity = { requiredDuringSchedulingIgnoredDuringExecution: terms(), preferredDuringSchedulingIgnoredDuringExecution: weighted() };
  const podAntiAffinity = { requiredDuringSchedulingIgnoredDuringExecution: terms(), preferredDuringSchedulingIgnoredDuringExecution: weighted() };
  const pod = testPod(name, choose([true, false]) ? { affinity: { podAffinity, podAntiAffinity } } : {});
  const labels = { app: choose(['x', 'y', 'z']), ...(choose([true, false]) ? { version: choose(['1', '2']) } : {}) };
  return { ...pod, metadata: { ...pod.metadata, namespace: choose(['a', 'b', 'c']), labels } };
}

function randomNode(name: string, choose: Choose): Node {
  const zone = choose(['z1', 'z2', 'z3', '', undefined]);
  return testNode(name, {
    labels: { ...(choose([true, true, false]) ? { host: choose([name, name, 'shared']) } : {}), ...(zone === undefined ? {} : { zone }) },
  });
}

const namespace = (name: string, choose: Choose): Namespace => ({
  metadata: { name, labels: choose<Record<string, string>>([{}, { team: 'blue' }, { team: 'red' }]) },
  spec: {},
});

/** One random change of the cluster. */
function disturb(cluster: TestCluster, choose: Choose, newName: (prefix: string) => string): void {
  const nodes = cluster.snapshot();
  const kind =
    nodes.length === 0 ? 'add node' : choose(['add node', 'remove node', 'relabel', 'add pod', 'add pod', 'add pod', 'remove pod', 'change pod', 'namespace']);
  if (kind === 'add node') return cluster.setNode(randomNode(newName('node'), choose));
  if (kind === 'namespace') {
    const changed = namespace(choose(['a', 'b', 'c']), choose);
    return choose([true, true, false]) ? cluster.informers.set('namespaces', changed) : cluster.informers.delete('namespaces', changed);
  }
  const node = choose(nodes);
  if (kind === 'remove node') return nodes.length > 3 ? cluster.removeNode(node.name) : undefined;
  if (kind === 'relabel') return cluster.setNode(choose([randomNode(node.name, choose), { ...node.node }]));
  if (kind === 'add pod') return cluster.addPod(randomPod(newName('pod'), choose), node.name);
  const pod = node.pods[0];
  if (!pod) return;
  cluster.removePod(pod, node.name);
  if (kind !== 'change pod') return;
  const terminating = { ...pod, metadata: { ...pod.metadata, deletionTimestamp: 'now' } };
  cluster.addPod(choose([terminating, { ...randomPod(pod.metadata.name!, choose) }]), node.name);
}

it('decides as the plain plugin through any course of events', () => {
  for (let seed = 1; seed <= 120; seed++) {
    const random = seededRandom(seed);
    const choose: Choose = (items) => items[Math.floor(random() * items.length)]!;
    let names = 0;
    const newName = (prefix: string): string => `${prefix}-${++names}`;
    const cluster = new TestCluster([], new TestInformers({ namespaces: ['a', 'b'].map((name) => namespace(name, choose)) }));
    const args = choose([{}, {}, { hardPodAffinityWeight: 0 }, { hardPodAffinityWeight: 30 }, { ignorePreferredTermsOfExistingPods: true }]);
    const [fast, plain] = [interPodAffinity(args, cluster), plainInterPodAffinity(args, cluster)];
    const waiting = Array.from({ length: 4 }, (_, index) => randomPod(`waiting-${index}`, choose));
    const change = (): void => disturb(cluster, choose, newName);
    for (let step = 0; step < 40; step++) {
      change();
      const options = { cluster, choose, disturb: change, newPod: (name: string) => randomPod(name, choose), place: `seed ${seed}, step ${step}` };
      assertEquivalent(fast, plain, choose([...waiting, randomPod('new', choose)]), options);
    }
  }
});

it('decides as the plain plugin on more nodes than are kept in a map', () => {
  const random = seededRandom(3);
  const choose: Choose = (items) => items[Math.floor(random() * items.length)]!;
  let names = 0;
  const cluster = new TestCluster();
  const [fast, plain] = [interPodAffinity({}, cluster), plainInterPodAffinity({}, cluster)];
  const newPod = (name: string): Pod => randomPod(name, choose);
  const change = (): void => disturb(cluster, choose, (prefix) => `${prefix}-${++names}`);
  for (let count = 0; count < 150; count++) {
    cluster.setNode(randomNode(`n${count}`, choose));
    for (let pods = choose([1, 2, 3]); pods > 0; pods--) cluster.addPod(newPod(`on-${count}`), `n${count}`);
  }
  for (let step = 0; step < 40; step++) {
    change();
    assertEquivalent(fast, plain, newPod('new'), { cluster, choose, disturb: change, newPod, place: `step ${step}` });
  }
});

it('decides the same when it is made in the midst of things', () => {
  const random = seededRandom(7);
  const choose: Choose = (items) => items[Math.floor(random() * items.length)]!;
  let names = 0;
  const newName = (prefix: string): string => `${prefix}-${++names}`;
  const cluster = new TestCluster([], new TestInformers({ namespaces: ['a', 'b'].map((name) => namespace(name, choose)) }));
  const change = (): void => disturb(cluster, choose, newName);
  for (let step = 0; step < 60; step++) change();
  const newPod = (name: string): Pod => randomPod(name, choose);
  for (const place of ['first', 'second']) {
    const [fast, plain] = [interPodAffinity({}, cluster), plainInterPodAffinity({}, cluster)];
    for (let step = 0; step < 30; step++) assertEquivalent(fast, plain, newPod('new'), { cluster, choose, disturb: change, newPod, place });
  }
});

it('goes on when the domains of a topology key are mostly gone', () => {
  const random = seededRandom(11);
  const choose: Choose = (items) => items[Math.floor(random() * items.length)]!;
  const cluster = new TestCluster();
  const [fast, plain] = [interPodAffinity({}, cluster), plainInterPodAffinity({}, cluster)];
  const zoned = (name: string): Node => testNode(name, { labels: { host: name, zone: 'z1' } });
  const averse = (name: string, labelSelector: LabelSelector = { matchLabels: { app: 'x' } }, app = 'x'): Pod => {
    const term = { topologyKey: 'host', labelSelector };
    const pod = testPod(name, { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } });
    return { ...pod, metadata: { ...pod.metadata, labels: { app } } };
  };
  for (const name of ['a', 'b', 'c']) cluster.setNode(zoned(name));
  const first = averse('goes');
  cluster.addPod(first, 'a');
  cluster.addPod(averse('stays', undefined, 'y'), 'b');
  cluster.removePod(first, 'a');
  const options = { cluster, choose, disturb: () => undefined, newPod: (name: string) => averse(name), place: 'after many nodes' };
  assertEquivalent(fast, plain, averse('new'), options);
  for (let count = 0; count < 1_300; count++) {
    cluster.setNode(zoned(`passing-${count}`));
    cluster.addPod(averse(`on-${count}`), `passing-${count}`);
    cluster.removeNode(`passing-${count}`);
    if (count % 100 === 0) assertEquivalent(fast, plain, averse('new'), options);
  }
  // Another term: the two are summed up.
  cluster.addPod(averse('later', {}, 'y'), 'c');
  assertEquivalent(fast, plain, averse('new'), options);
  assert.deepEqual(verdictsOf(cluster.snapshot(), fast, averse('new')), ['success', 'unschedulable', 'unschedulable']);
});

function verdictsOf(nodes: readonly NodeInfo[], plugin: ReturnType<typeof interPodAffinity>, pod: Pod): string[] {
  const state = new SchedulingState();
  plugin.preFilter!(state, pod, nodes);
  return nodes.map((node) => plugin.filter!(state, pod, node).code);
}
