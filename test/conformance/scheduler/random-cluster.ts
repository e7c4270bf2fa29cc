import type { Pod } from '../../../src/api/generated/core-v1.ts';
import type { KubernetesObject } from '../../../src/api/object.ts';
import { namespace, node, pod } from './traces/objects.ts';

/** A cluster that was drawn, and pods to be tried on it one after the other, each for itself. */
export interface RandomCluster {
  readonly objects: readonly KubernetesObject[];
  readonly probes: readonly Pod[];
}

/** The same for the same number. Pods are in the namespaces `red` and `blue`. */
export function randomCluster(seed: number, probes: number): RandomCluster {
  const draw = new Draw(seed);
  const nodes = Array.from({ length: draw.whole(3, 14) }, (_, index) => randomNode(draw, `n${index}`));
  const names = nodes.map(({ metadata }) => metadata.name!);
  const pods = Array.from({ length: draw.whole(5, 40) }, (_, index) => {
    const { affinity, ...parts } = randomParts(draw, names, draw.chance(0.5) ? 1 : 0);
    const { nodeAffinity: _node, ...others } = (affinity ?? {}) as Record<string, unknown>;
    const { topologySpreadConstraints: _spread, nodeSelector: _selector, schedulingGates: _gates, ...rest } = parts as Record<string, unknown>;
    return pod(`p${index}`, { ...rest, affinity: others, on: draw.of(names) });
  });
  const service = (name: string, of: string, selector: object) =>
    ({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: of }, spec: { selector, ports: [{ port: 80 }] } }) as KubernetesObject;
  return {
    objects: [
      ...[namespace('red', { team: 'red' }), namespace('blue', { team: 'blue', size: 'large' })],
      ...[service('a', 'red', { app: 'a' }), service('b', 'blue', { app: 'b', tier: 'x' })],
      ...nodes,
      ...pods,
    ],
    probes: Array.from({ length: probes }, (_, index) => pod(`probe-${index}`, randomParts(draw, names, draw.whole(0, 3)))),
  };
}

function randomNode(draw: Draw, name: string): KubernetesObject {
  const labels = {
    ...(draw.chance(0.8) ? { 'topology.kubernetes.io/zone': draw.of(['x', 'y', 'z']) } : {}),
    ...(draw.chance(0.6) ? { rack: draw.of(['1', '2', '3', '12']) } : {}),
    ...(draw.chance(0.5) ? { disk: draw.of(['ssd', 'hdd']) } : {}),
  };
  const taints = draw.some(0.25, [
    { key: 'k1', value: draw.of(['v', 'w']), effect: 'NoSchedule' },
    { key: 'k2', effect: 'NoExecute' },
    { key: 'k3', value: 'v', effect: 'PreferNoSchedule' },
    { key: 'k4', effect: 'PreferNoSchedule' },
  ]);
  const resources = {
    cpu: draw.of(['1', '2', '4', '3700m', '16']),
    memory: draw.of(['1Gi', '2Gi', '8Gi', '15032385000', '64Gi']),
    pods: draw.of(['4', '10', '110']),
    ...(draw.chance(0.4) ? { 'example.com/gpu': draw.of(['1', '2', '8']) } : {}),
    ...(draw.chance(0.4) ? { 'ephemeral-storage': draw.of(['1Gi', '10Gi']) } : {}),
    ...(draw.chance(0.3) ? { 'hugepages-2Mi': '64Mi' } : {}),
  };
  const images = draw.some(0.4, [
    { names: ['app:latest', 'docker.io/library/app:latest'], sizeBytes: 120_000_000 },
    {
      names: ['registry.example.com/big:1', 'registry.example.com/big@sha256:0000000000000000000000000000000000000000000000000000000000000001'],
      sizeBytes: 1_700_000_000,
    },
    { names: ['side:2'], sizeBytes: 20_000_000 },
  ]);
  return node(name, { labels, taints, resources, spec: draw.chance(0.1) ? { unschedulable: true } : {}, status: { images } });
}

type Parts = Record<string, unknown> & { affinity?: Record<string, unknown> };

function randomParts(draw: Draw, names: readonly string[], features: number): Parts {
  const labels = { app: draw.of(['a', 'b', 'c']), ...(draw.chance(0.5) ? { tier: draw.of(['x', 'y']) } : {}) };
  const parts: Parts = { namespace: draw.of(['red', 'blue']), labels };
  if (draw.chance(0.7)) parts['requests'] = randomRequests(draw);
  if (draw.chance(0.3)) parts['tolerations'] = draw.some(0.5, tolerations);
  for (let feature = 0; feature < features; feature++) addFeature(draw, parts, names);
  return parts;
}

const tolerations = [
  { operator: 'Exists' },
  { key: 'k1', value: 'v', effect: 'NoSchedule' },
  { key: 'k1', operator: 'Exists' },
  { key: 'k2', operator: 'Exists' },
  { key: 'k3', value: 'v', effect: 'PreferNoSchedule' },
  { key: 'k4', operator: 'Exists' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists' },
];

const randomRequests = (draw: Draw): Record<string, string> => ({
  ...(draw.chance(0.7) ? { cpu: draw.of(['50m', '100m', '333m', '1', '3']) } : {}),
  ...(draw.chance(0.7) ? { memory: draw.of(['10Mi', '200Mi', '777777777', '3Gi']) } : {}),
  ...(draw.chance(0.15) ? { 'example.com/gpu': draw.of(['1', '2']) } : {}),
  ...(draw.chance(0.15) ? { 'ephemeral-storage': '600Mi' } : {}),
});

function addFeature(draw: Draw, parts: Parts, names: readonly string[]): void {
  const affinity = (parts.affinity ??= {});
  switch (draw.whole(0, 9)) {
    case 0:
      parts['nodeSelector'] = draw.of([{ disk: 'ssd' }, { rack: '1' }, { 'topology.kubernetes.io/zone': 'x' }, { disk: 'tape' }]);
      break;
    case 1:
    case 2:
      affinity['nodeAffinity'] = randomNodeAffinity(draw, names);
      break;
    case 3:
    case 4:
      affinity[draw.chance(0.5) ? 'podAffinity' : 'podAntiAffinity'] = {
        ...(draw.chance(0.5) ? { requiredDuringSchedulingIgnoredDuringExecution: draw.list(1, 2, () => randomTerm(draw)) } : {}),
        ...(draw.chance(0.6)
          ? { preferredDuringSchedulingIgnoredDuringExecution: draw.list(1, 2, () => ({ weight: draw.whole(1, 100), podAffinityTerm: randomTerm(draw) })) }
          : {}),
      };
      break;
    case 5:
    case 6:
      parts['topologySpreadConstraints'] = randomSpread(draw);
      break;
    case 7:
      parts['containers'] = [
        { name: 'main', image: draw.of(['app', 'registry.example.com/big:1']), ports: [randomPort(draw)], resources: { requests: { cpu: '100m' } } },
        ...(draw.chance(0.5) ? [{ name: 'side', image: 'side:2' }] : []),
      ];
      break;
    case 8:
      parts['initContainers'] = [
        { name: 'init', image: 'app', resources: { requests: { cpu: draw.of(['200m', '2']) } }, ...(draw.chance(0.5) ? { restartPolicy: 'Always' } : {}) },
        { name: 'second', image: 'side:2', resources: { requests: { memory: draw.of(['1Gi', '100Mi']) } } },
      ];
      break;
    default:
      parts['resources'] = { requests: { cpu: draw.of(['4', '10']), memory: '4Gi' } };
  }
}

const randomPort = (draw: Draw): object => ({
  containerPort: 80,
  hostPort: draw.of([80, 443]),
  ...(draw.chance(0.3) ? { hostIP: draw.of(['10.0.0.1', '10.0.0.2']) } : {}),
  ...(draw.chance(0.3) ? { protocol: 'UDP' } : {}),
});

function randomNodeAffinity(draw: Draw, names: readonly string[]): object {
  const expression = (): object =>
    draw.of([
      { key: 'disk', operator: 'In', values: ['ssd', 'hdd'] },
      { key: 'disk', operator: 'NotIn', values: ['hdd'] },
      { key: 'rack', operator: 'Gt', values: ['1'] },
      { key: 'rack', operator: 'Lt', values: ['3'] },
      { key: 'rack', operator: 'Exists' },
      { key: 'topology.kubernetes.io/zone', operator: 'DoesNotExist' },
      { key: 'topology.kubernetes.io/zone', operator: 'In', values: ['x', 'y'] },
    ]);
  const term = (): object => ({
    ...(draw.chance(0.8) ? { matchExpressions: draw.list(1, 2, expression) } : {}),
    ...(draw.chance(0.3) ? { matchFields: [{ key: 'metadata.name', operator: draw.of(['In', 'NotIn']), values: [draw.of(names)] }] } : {}),
  });
  const preferred = draw.list(1, 3, () => ({ weight: draw.whole(1, 100), preference: term() })).filter(({ preference }) => Object.keys(preference).length > 0);
  return {
    ...(draw.chance(0.5) ? { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: draw.list(1, 2, term) } } : {}),
    ...(draw.chance(0.6) ? { preferredDuringSchedulingIgnoredDuringExecution: preferred } : {}),
  };
}

const selectors = [
  { matchLabels: { app: 'a' } },
  { matchLabels: { app: 'b' } },
  { matchExpressions: [{ key: 'app', operator: 'In', values: ['a', 'c'] }] },
  { matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] },
  { matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['x'] }] },
  {},
];
const keys = ['topology.kubernetes.io/zone', 'kubernetes.io/hostname', 'rack'];

function randomTerm(draw: Draw): object {
  const labelKey = draw.chance(0.15) ? { [draw.of(['matchLabelKeys', 'mismatchLabelKeys'])]: ['tier'] } : {};
  return {
    topologyKey: draw.of(keys),
    ...(draw.chance(0.95)
      ? { labelSelector: draw.of(selectors.slice(0, 'matchLabelKeys' in labelKey || 'mismatchLabelKeys' in labelKey ? 3 : 6)), ...labelKey }
      : {}),
    ...(draw.chance(0.2) ? { namespaces: draw.of([['red'], ['blue'], ['red', 'blue']]) } : {}),
    ...(draw.chance(0.2)
      ? { namespaceSelector: draw.of([{}, { matchLabels: { team: 'red' } }, { matchExpressions: [{ key: 'size', operator: 'Exists' }] }]) }
      : {}),
  };
}

function randomSpread(draw: Draw): object[] {
  const chosen = draw.some(0.5, keys);
  return (chosen.length > 0 ? chosen : [keys[0]!]).map((topologyKey) => {
    const whenUnsatisfiable = draw.of(['DoNotSchedule', 'ScheduleAnyway']);
    return {
      ...{ topologyKey, whenUnsatisfiable, maxSkew: draw.whole(1, 3), labelSelector: draw.of(selectors.slice(0, 3)) },
      ...(draw.chance(0.3) && whenUnsatisfiable === 'DoNotSchedule' ? { minDomains: draw.whole(1, 4) } : {}),
      ...(draw.chance(0.3) ? { nodeAffinityPolicy: draw.of(['Honor', 'Ignore']) } : {}),
      ...(draw.chance(0.3) ? { nodeTaintsPolicy: draw.of(['Honor', 'Ignore']) } : {}),
      ...(draw.chance(0.2) ? { matchLabelKeys: ['tier'] } : {}),
    };
  });
}

/** Chance that can be repeated (mulberry32). */
class Draw {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  whole(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  of<T>(list: readonly T[]): T {
    return list[this.whole(0, list.length - 1)]!;
  }

  some<T>(probability: number, list: readonly T[]): T[] {
    return list.filter(() => this.chance(probability));
  }

  list<T>(least: number, most: number, make: () => T): T[] {
    return Array.from({ length: this.whole(least, most) }, make);
  }
}
