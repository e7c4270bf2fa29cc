import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Node, Pod, TopologySpreadConstraint } from '../../../api/generated/core-v1.ts';
import type { NodeInfo } from '../../../extension-points/scheduling/contract.ts';
import { SchedulingState } from '../../../extension-points/scheduling/scheduling-state.ts';
import { nodeWith, seededRandom, testNode, testPod } from '../../../extension-points/scheduling/testing.ts';
import { TestCluster } from '../../../extension-points/scheduling/testing-cluster.ts';
import podTopologySpread from './pod-topology-spread.ts';

type Choose = <T>(items: readonly T[]) => T;
interface Placed {
  readonly pod: Pod;
  readonly node: Node;
}

const taint = { key: 'k', effect: 'NoSchedule' as const };
const noDefaults = { defaultingType: 'List' };

function randomConstraint(choose: Choose, whenUnsatisfiable: TopologySpreadConstraint['whenUnsatisfiable']): TopologySpreadConstraint {
  return {
    topologyKey: choose(['zone', 'rack', 'kubernetes.io/hostname']),
    maxSkew: choose([1, 1, 2, 3]),
    whenUnsatisfiable,
    minDomains: choose([1, 1, 2, 4]),
    nodeAffinityPolicy: choose(['Honor', 'Ignore'] as const),
    nodeTaintsPolicy: choose(['Honor', 'Ignore'] as const),
    labelSelector: { matchLabels: { app: choose(['x', 'y']) } },
    matchLabelKeys: choose([[], ['version']]),
  };
}

function randomPod(name: string, choose: Choose, topologySpreadConstraints: TopologySpreadConstraint[] = []): Pod {
  const pod = testPod(name, {
    topologySpreadConstraints,
    ...(choose([true, false]) ? { nodeSelector: { disk: 'ssd' } } : {}),
    ...(choose([true, false]) ? { tolerations: [{ operator: 'Exists' as const }] } : {}),
  });
  const labels = { app: choose(['x', 'y']), ...(choose([true, false]) ? { version: choose(['1', '2']) } : {}) };
  return { ...pod, metadata: { ...pod.metadata, namespace: choose(['a', 'a', 'b']), labels } };
}

const labelsOf = ({ metadata }: Node | Pod): Record<string, string> => metadata.labels ?? {};

/** The number of selected pods per domain, as the API describes it. */
function domainsOf(pod: Pod, constraint: TopologySpreadConstraint, nodes: readonly Node[], placed: readonly Placed[]): Map<string, number> {
  const { topologyKey, nodeAffinityPolicy, nodeTaintsPolicy } = constraint;
  const constraints = pod.spec!.topologySpreadConstraints!;
  const counts = new Map<string, number>();
  for (const node of nodes) {
    if (!constraints.every((other) => labelsOf(node)[other.topologyKey] !== undefined)) continue;
    if (nodeAffinityPolicy === 'Honor' && pod.spec!.nodeSelector && labelsOf(node)['disk'] !== 'ssd') continue;
    if (nodeTaintsPolicy === 'Honor' && node.spec?.taints && !pod.spec!.tolerations) continue;
    const domain = labelsOf(node)[topologyKey]!;
    const here = placed.filter((other) => other.node === node && isSelected(constraint, pod, other.pod));
    counts.set(domain, (counts.get(domain) ?? 0) + here.length);
  }
  return counts;
}

function isSelected({ labelSelector, matchLabelKeys = [] }: TopologySpreadConstraint, pod: Pod, other: Pod): boolean {
  const isSame = matchLabelKeys.every((key) => labelsOf(pod)[key] === undefined || labelsOf(pod)[key] === labelsOf(other)[key]);
  return other.metadata.namespace === pod.metadata.namespace && labelsOf(other)['app'] === labelSelector!.matchLabels!['app'] && isSame;
}

function verdict(pod: Pod, node: Node, nodes: readonly Node[], placed: readonly Placed[]): string {
  for (const constraint of pod.spec!.topologySpreadConstraints!) {
    const domain = labelsOf(node)[constraint.topologyKey];
    if (domain === undefined) return 'missing';
    const counts = domainsOf(pod, constraint, nodes, placed);
    const least = counts.size < constraint.minDomains! ? 0 : Math.min(...counts.values());
    const after = (counts.get(domain) ?? 0) + (isSelected(constraint, pod, pod) ? 1 : 0);
    if (after - least > constraint.maxSkew) return 'skewed';
  }
  return 'fits';
}

const verdicts: Readonly<Record<string, string>> = { success: 'fits', unschedulable: 'skewed', 'unschedulable-and-unresolvable': 'missing' };

function randomNodes(choose: Choose): Node[] {
  return Array.from({ length: 6 }, (_, index) => {
    const zone = choose(['z1', 'z2', 'z3', undefined]);
    return testNode(`n${index}`, {
      labels: { 'kubernetes.io/hostname': `n${index}`, rack: choose(['r1', 'r2']), disk: choose(['ssd', 'ssd', 'hdd']), ...(zone ? { zone } : {}) },
      spec: choose([true, false, false]) ? { taints: [taint] } : {},
    });
  });
}

const clusterOf = (nodes: readonly Node[], placed: readonly Placed[]): NodeInfo[] =>
  nodes.map((node) => nodeWith(node, ...placed.filter((other) => other.node === node).map(({ pod }) => pod)));

it('judges every node of random clusters as the rule reads, also when pods come and go within the cycle', () => {
  for (let seed = 1; seed <= 400; seed++) {
    const random = seededRandom(seed);
    const choose: Choose = (items) => items[Math.floor(random() * items.length)]!;
    const nodes = randomNodes(choose);
    let placed: Placed[] = Array.from({ length: choose([0, 4, 9]) }, (_, index) => ({ pod: randomPod(`there-${index}`, choose), node: choose(nodes) }));
    const pod = randomPod(
      'p',
      choose,
      Array.from({ length: choose([1, 2]) }, () => randomConstraint(choose, 'DoNotSchedule')),
    );
    const infos = clusterOf(nodes, placed);
    const plugin = podTopologySpread(noDefaults, new TestCluster(infos));
    const state = new SchedulingState();
    plugin.preFilter!(state, pod, infos);
    const untouched = state.clone();
    const judged = (of: SchedulingState): string[] => infos.map((info) => verdicts[plugin.filter!(of, pod, info).code]!);
    const expected = nodes.map((node) => verdict(pod, node, nodes, placed));
    assert.deepEqual(judged(state), expected, `seed ${seed}`);
    for (let step = 0; step < 6; step++) {
      const gone = placed.length > 0 && choose([true, false]) ? choose(placed) : undefined;
      const change = gone ?? { pod: randomPod(`late-${step}`, choose), node: choose(nodes) };
      placed = gone ? placed.filter((other) => other !== gone) : [...placed, change];
      plugin[gone ? 'removePod' : 'addPod']!(state, pod, change.pod, infos[nodes.indexOf(change.node)]!);
      assert.deepEqual(
        judged(state),
        nodes.map((node) => verdict(pod, node, nodes, placed)),
        `seed ${seed}, step ${step}`,
      );
    }
    assert.deepEqual(judged(untouched), expected, `seed ${seed}: a clone changed`);
  }
});

it('scores random clusters by the formula', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = seededRandom(seed);
    const choose: Choose = (items) => items[Math.floor(random() * items.length)]!;
    const nodes = randomNodes(choose);
    const placed: Placed[] = Array.from({ length: choose([0, 5, 20]) }, (_, index) => ({ pod: randomPod(`there-${index}`, choose), node: choose(nodes) }));
    const constraints = Array.from({ length: choose([1, 2]) }, () => randomConstraint(choose, 'ScheduleAnyway'));
    const pod = randomPod('p', choose, constraints);
    const cluster = clusterOf(nodes, placed);
    const fitting = cluster.filter(() => choose([true, true, false]));
    const counted = fitting.filter(({ node }) => constraints.every(({ topologyKey }) => labelsOf(node)[topologyKey] !== undefined));
    const raw = new Map(
      counted.map(({ node, name, pods }) => {
        const parts = constraints.map((constraint) => {
          const { topologyKey, maxSkew } = constraint;
          const isHost = topologyKey === 'kubernetes.io/hostname';
          const domains = new Set(counted.map((other) => labelsOf(other.node)[topologyKey]));
          const count = isHost
            ? pods.filter((other) => isSelected(constraint, pod, other)).length
            : (domainsOf(pod, constraint, nodes, placed).get(labelsOf(node)[topologyKey]!) ?? 0);
          return count * Math.log(domains.size + 2) + maxSkew - 1;
        });
        return [name, Math.round(parts.reduce((sum, part) => sum + part, 0))];
      }),
    );
    const [least, most] = [Math.min(...raw.values()), Math.max(0, ...raw.values())];
    const expected = fitting.map(({ name }) => {
      const score = raw.get(name);
      if (score === undefined) return 0;
      return most === 0 ? 100 : Math.trunc((100 * (most + least - score)) / most);
    });
    const plugin = podTopologySpread(noDefaults, new TestCluster(cluster));
    const state = new SchedulingState();
    plugin.preScore!(state, pod, fitting);
    const scores = fitting.map((info) => ({ name: info.name, score: plugin.score!(state, pod, info) }));
    plugin.normalizeScores!(state, pod, scores);
    assert.deepEqual(
      scores.map(({ score }) => score),
      expected,
      `seed ${seed}`,
    );
  }
});
