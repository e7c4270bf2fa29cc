import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Namespace, Node, Pod, PodAffinityTerm } from '../../../api/generated/core-v1.ts';
import type { LabelSelector } from '../../../api/generated/meta-v1.ts';
import { selectorFromObject } from '../../../api/label-selector.ts';
import { SchedulingState } from '../../../extension-points/scheduling/scheduling-state.ts';
import { nodeWith, seededRandom, testNode, testPod } from '../../../extension-points/scheduling/testing.ts';
import { TestCluster, TestInformers } from '../../../extension-points/scheduling/testing-cluster.ts';
import interPodAffinity from './inter-pod-affinity.ts';

type Choose = <T>(items: readonly T[]) => T;
interface Placed {
  readonly pod: Pod;
  readonly node: Node;
}

const namespaces: Namespace[] = ['a', 'b'].map((name) => ({ metadata: { name, labels: { name } }, spec: {} }));
const selectors: (LabelSelector | undefined)[] = [
  { matchLabels: { app: 'x' } },
  { matchLabels: { app: 'y' } },
  { matchExpressions: [{ key: 'app', operator: 'In', values: ['x', 'y'] }] },
  { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['x'] }] },
  {},
  undefined,
];

function randomTerm(choose: Choose): PodAffinityTerm {
  const labelSelector = choose(selectors);
  const namespaceSelector = choose<LabelSelector | undefined>([undefined, undefined, {}, { matchLabels: { name: 'b' } }]);
  const named = choose<string[] | undefined>([undefined, undefined, ['b']]);
  return {
    topologyKey: choose(['zone', 'host']),
    ...(labelSelector ? { labelSelector } : {}),
    ...(namespaceSelector ? { namespaceSelector } : {}),
    ...(named ? { namespaces: named } : {}),
  };
}

function randomPod(name: string, choose: Choose): Pod {
  const terms = (): PodAffinityTerm[] => Array.from({ length: choose([0, 0, 1, 2]) }, () => randomTerm(choose));
  const affinity = {
    podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms() },
    podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms() },
  };
  const pod = testPod(name, choose([true, false]) ? { affinity } : {});
  return { ...pod, metadata: { ...pod.metadata, namespace: choose(['a', 'b']), labels: { app: choose(['x', 'y', 'z']) } } };
}

function means({ labelSelector, namespaceSelector, namespaces: named = [] }: PodAffinityTerm, owner: Pod, other: Pod): boolean {
  const namespace = other.metadata.namespace!;
  const labels = namespaces.find(({ metadata }) => metadata.name === namespace)!.metadata.labels;
  const isOwn = named.length === 0 && !namespaceSelector && namespace === owner.metadata.namespace;
  const isMeant = isOwn || named.includes(namespace) || selectorFromObject(namespaceSelector).matches(labels);
  return isMeant && selectorFromObject(labelSelector).matches(other.metadata.labels);
}

const together = (key: string, left: Node, right: Node): boolean =>
  left.metadata.labels?.[key] !== undefined && left.metadata.labels[key] === right.metadata.labels?.[key];

/** The rule as it reads, looked up pod by pod for one node. */
function verdict(pod: Pod, node: Node, placed: readonly Placed[]): string {
  const wanted = pod.spec?.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const shunned = pod.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const company = placed.filter((other) => wanted.every((term) => means(term, pod, other.pod)));
  const hasKeys = wanted.every(({ topologyKey }) => node.metadata.labels?.[topologyKey] !== undefined);
  const hasCompany = wanted.every(({ topologyKey }) => company.some((other) => together(topologyKey, other.node, node)));
  const isAlone = !company.some((other) => wanted.some(({ topologyKey }) => other.node.metadata.labels?.[topologyKey] !== undefined));
  const mayBeFirst = isAlone && wanted.every((term) => means(term, pod, pod));
  if (wanted.length > 0 && !(hasKeys && (hasCompany || mayBeFirst))) return "node(s) didn't match pod affinity rules";
  if (shunned.some((term) => placed.some((other) => means(term, pod, other.pod) && together(term.topologyKey, other.node, node))))
    return "node(s) didn't match pod anti-affinity rules";
  const isShunned = placed.some((other) =>
    (other.pod.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).some(
      (term) => means(term, other.pod, pod) && together(term.topologyKey, other.node, node),
    ),
  );
  return isShunned ? "node(s) didn't satisfy existing pods anti-affinity rules" : '';
}

it('judges every node of random clusters as the rule reads, also when pods come and go within the cycle', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = seededRandom(seed);
    const choose: Choose = (items) => items[Math.floor(random() * items.length)]!;
    const nodes = Array.from({ length: 5 }, (_, index) => {
      const zone = choose(['z1', 'z2', undefined]);
      return testNode(`n${index}`, { labels: { ...(choose([true, true, false]) ? { host: `n${index}` } : {}), ...(zone ? { zone } : {}) } });
    });
    let placed: Placed[] = Array.from({ length: choose([0, 2, 6]) }, (_, index) => ({ pod: randomPod(`there-${index}`, choose), node: choose(nodes) }));
    const infos = nodes.map((node) => nodeWith(node, ...placed.filter((other) => other.node === node).map(({ pod }) => pod)));
    const plugin = interPodAffinity(undefined, new TestCluster(infos, new TestInformers({ namespaces })));
    const pod = randomPod('p', choose);
    const state = new SchedulingState();
    const expected = nodes.map((node) => verdict(pod, node, placed));
    if (plugin.preFilter!(state, pod, infos).status.code === 'skip') {
      assert.ok(
        expected.every((reason) => reason === ''),
        `seed ${seed} left out`,
      );
      continue;
    }
    const untouched = state.clone();
    const judged = (of: SchedulingState): string[] => infos.map((info) => plugin.filter!(of, pod, info).reasons.join());
    assert.deepEqual(judged(state), expected, `seed ${seed}`);
    for (let step = 0; step < 6; step++) {
      const gone = placed.length > 0 && choose([true, false]) ? choose(placed) : undefined;
      const change = gone ?? { pod: randomPod(`late-${step}`, choose), node: choose(nodes) };
      placed = gone ? placed.filter((other) => other !== gone) : [...placed, change];
      plugin[gone ? 'removePod' : 'addPod']!(state, pod, change.pod, infos[nodes.indexOf(change.node)]!);
      assert.deepEqual(
        judged(state),
        nodes.map((node) => verdict(pod, node, placed)),
        `seed ${seed}, step ${step}`,
      );
    }
    assert.deepEqual(judged(untouched), expected, `seed ${seed}: a clone changed`);
  }
});
