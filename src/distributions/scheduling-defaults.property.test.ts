import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Affinity, Node, PersistentVolume, PersistentVolumeClaim, Pod, PodAffinityTerm, PodSpec } from '../api/generated/core-v1.ts';
import type { StorageClass } from '../api/generated/storage-v1.ts';
import { deepFreeze } from '../api/object.ts';
import { NodeFinder } from '../components/scheduler/find-node.ts';
import { NodeCache } from '../components/scheduler/node-cache.ts';
import { Nominations } from '../components/scheduler/nominations.ts';
import { PlainSearch } from '../components/scheduler/plain-search.ts';
import type { SchedulingHandle, SchedulingPlugin, Status } from '../extension-points/scheduling/contract.ts';
import { success } from '../extension-points/scheduling/contract.ts';
import type { AttemptRecorder } from '../extension-points/scheduling/decision.ts';
import { noDecisions } from '../extension-points/scheduling/decision.ts';
import { SchedulingFramework } from '../extension-points/scheduling/run.ts';
import { seededRandom, testNode, testPod } from '../extension-points/scheduling/testing.ts';
import { TestInformers } from '../extension-points/scheduling/testing-cluster.ts';
import imageLocality from '../extensions/scheduling/image-locality/image-locality.ts';
import interPodAffinity from '../extensions/scheduling/inter-pod-affinity/inter-pod-affinity.ts';
import nodeAffinity from '../extensions/scheduling/node-affinity/node-affinity.ts';
import nodeName from '../extensions/scheduling/node-name/node-name.ts';
import nodePorts from '../extensions/scheduling/node-ports/node-ports.ts';
import nodeResourcesBalancedAllocation from '../extensions/scheduling/node-resources-balanced-allocation/node-resources-balanced-allocation.ts';
import nodeResourcesFit from '../extensions/scheduling/node-resources-fit/node-resources-fit.ts';
import nodeUnschedulable from '../extensions/scheduling/node-unschedulable/node-unschedulable.ts';
import nodeVolumeLimits from '../extensions/scheduling/node-volume-limits/node-volume-limits.ts';
import podTopologySpread from '../extensions/scheduling/pod-topology-spread/pod-topology-spread.ts';
import taintToleration from '../extensions/scheduling/taint-toleration/taint-toleration.ts';
import volumeBinding from '../extensions/scheduling/volume-binding/volume-binding.ts';
import volumeRestrictions from '../extensions/scheduling/volume-restrictions/volume-restrictions.ts';
import volumeZone from '../extensions/scheduling/volume-zone/volume-zone.ts';
import { ExtensionPoint } from '../kernel/extension-point.ts';

const zoneKey = 'topology.kubernetes.io/zone';
const hostKey = 'kubernetes.io/hostname';
const apps = ['red', 'green', 'blue'];
const namespaces = ['default', 'other', 'third'];
const [claimCount, nodeCount] = [8, 14];
const spots = ['near', 'far'];

/** Upstream's default plugins that look at nodes, with upstream's weights. */
const weights = { TaintToleration: 3, NodeAffinity: 2, PodTopologySpread: 2, InterPodAffinity: 2 };
const defaultPlugins = (handle: SchedulingHandle): Record<string, SchedulingPlugin> => ({
  NodeUnschedulable: nodeUnschedulable(),
  NodeName: nodeName(),
  TaintToleration: taintToleration(),
  NodeAffinity: nodeAffinity(),
  NodePorts: nodePorts(),
  NodeResourcesFit: nodeResourcesFit(),
  VolumeRestrictions: volumeRestrictions(undefined, handle),
  NodeVolumeLimits: nodeVolumeLimits(undefined, handle),
  VolumeBinding: volumeBinding(undefined, handle),
  VolumeZone: volumeZone(undefined, handle),
  PodTopologySpread: podTopologySpread(undefined, handle),
  InterPodAffinity: interPodAffinity(undefined, handle),
  NodeResourcesBalancedAllocation: nodeResourcesBalancedAllocation(),
  ImageLocality: imageLocality(undefined, handle),
});

interface Seen {
  readonly verdicts: Map<string, string>;
  totals: Map<string, number> | undefined;
}

function recorderOf(seen: Seen): AttemptRecorder {
  return {
    ...noDecisions.begin(testPod('any'), 1),
    verdicts({ nodeCount: count, nameOf, statusOf }) {
      for (let index = 0; index < count; index++) seen.verdicts.set(nameOf(index), textOf(statusOf(index)!));
    },
    scored(scores) {
      seen.totals = new Map(Array.from({ length: scores.count }, (_, index) => [scores.nameOf(index), scores.totalOf(index)]));
    },
  };
}

const textOf = ({ code, plugin, reasons }: Status): string => (code === 'success' ? 'fits' : `${plugin} ${code} ${reasons.join()}`);
const sorted = <T>(map: ReadonlyMap<string, T>): [string, T][] => [...map].sort(([left], [right]) => (left < right ? -1 : 1));

/** A cluster of which everything changes at random that these plugins look at. */
class Cluster {
  readonly #random: () => number;
  readonly #informers = new TestInformers();
  readonly #cache = new NodeCache();
  readonly #nominations = new Nominations((node) => this.#cache.table.touch(node));
  readonly #framework: SchedulingFramework;
  readonly #finder: NodeFinder;
  readonly #plain: PlainSearch;
  #placed: Pod[] = [];
  #count = 0;
  /** Told of every change during a search. */
  #look: (() => void) | undefined;

  constructor(seed: number, others: Record<string, SchedulingPlugin> = {}) {
    this.#random = seededRandom(seed);
    for (const name of namespaces) this.#relabel(name);
    for (const name of ['waiting', 'immediate']) this.#informers.set('storageclasses', storageClass(name));
    for (let number = 0; number < claimCount; number++) this.#changeVolume(number);
    const handle = { observe: this.#cache.observe.bind(this.#cache), informers: this.#informers } as unknown as SchedulingHandle;
    const point = new ExtensionPoint<SchedulingPlugin>('scheduling');
    for (const [name, implementation] of Object.entries({ ...defaultPlugins(handle), ...others })) point.add({ name, origin: 'test', implementation });
    this.#framework = new SchedulingFramework(point, { weights });
    const table = this.#cache.table;
    const deps = { table, nominations: this.#nominations, breathe: () => this.#pause(), percentageOfNodesToScore: 100, random: this.#random };
    this.#finder = new NodeFinder({ ...deps, framework: this.#framework });
    this.#plain = new PlainSearch({ ...deps, framework: this.#framework });
    for (let number = 0; number < nodeCount / 2; number++) this.#cache.setNode(this.#randomNode(number));
  }

  change(): void {
    const nodes = this.#cache.snapshot();
    const what = this.#below(16);
    if (nodes.length < 3 || what < 2) return this.#cache.setNode(this.#randomNode(this.#below(nodeCount)));
    if (what === 2) return this.#cache.removeNode(this.#oneOf(nodes).name);
    if (what === 3) return this.#relabel(this.#oneOf(namespaces));
    if (what === 4) return this.#changeVolume(this.#below(claimCount));
    if (what === 5) return this.#changeService();
    if (what === 6) return this.#nominations.set({ ...this.#randomPod(), status: { nominatedNodeName: this.#oneOf(nodes).name } });
    if (what < 10 && this.#placed.length > 0) return this.#changePlaced(this.#placed[this.#below(this.#placed.length)]!, what);
    this.#place({ ...this.#randomPod() }, this.#oneOf(nodes).name);
  }

  /** Searches for a random pod both ways. Answers what came of it. */
  async compare(): Promise<string> {
    const pod = this.#randomPod();
    if (this.#below(6) === 0) this.#nominations.set(pod, this.#oneOf(this.#cache.snapshot()).name);
    const seen: Seen = { verdicts: new Map(), totals: undefined };
    const outcome = await this.#finder.find(this.#framework.newState(), pod, recorderOf(seen));
    const nodes = this.#cache.snapshot();
    const state = this.#framework.newState();
    const { status } = this.#framework.preFilter(state, pod, nodes);
    const failures = new Map<string, Status>();
    if (status.code !== 'success') {
      assert.deepEqual(outcome.kind === 'unfit' ? outcome.diagnosis.preFilterMessage : outcome, status.reasons.join(', '));
      this.#nominations.delete(pod);
      return 'refused as a whole';
    }
    const feasible = await this.#plain.feasible(state, pod, nodes, failures);
    assert.deepEqual(sorted(seen.verdicts), sorted(new Map(nodes.map(({ name }) => [name, textOf(failures.get(name) ?? success)]))));
    if (outcome.kind === 'unfit') {
      assert.equal(feasible.length, 0);
      assert.deepEqual(sorted(new Map(outcome.diagnosis.failures)), sorted(failures));
    } else if (feasible.length > 1) {
      const totals = await this.#framework.score(state, pod, feasible, () => undefined);
      assert.deepEqual(sorted(seen.totals!), sorted(new Map(feasible.map(({ name }, index) => [name, totals[index]!]))));
      assert.equal(seen.totals!.get(outcome.nodeName), Math.max(...totals));
    } else assert.equal(outcome.nodeName, feasible[0]!.name);
    this.#nominations.delete(pod);
    if (outcome.kind === 'found' && this.#below(2) === 0) this.#place(pod, outcome.nodeName);
    return outcome.kind;
  }

  /** Searches for a random pod while the cluster changes, and holds the answer against what asking node by node would have found at some time meanwhile. */
  async race(): Promise<void> {
    const pod = this.#randomPod();
    const fitting = new Set<string>();
    this.#look = (): void => {
      const [state, nodes] = [this.#framework.newState(), this.#cache.snapshot()];
      if (this.#framework.preFilter(state, pod, nodes).status.code !== 'success') return;
      for (const node of nodes) if (this.#plain.check(state, pod, node).code === 'success') fitting.add(node.name);
    };
    this.#look();
    const found = this.#finder.find(this.#framework.newState(), pod);
    for (let turns = this.#below(12); turns > 0; turns--) await Promise.resolve();
    this.change();
    this.#look();
    const outcome = await found;
    this.#look = undefined;
    if (outcome.kind === 'found') assert.ok(fitting.has(outcome.nodeName), `${outcome.nodeName} never took ${JSON.stringify(pod.spec)}`);
  }

  /** Others have their turn now and then, and some of them change a lot. */
  #pause(): Promise<void> | undefined {
    if (!this.#look || this.#below(6) > 0) return undefined;
    return Promise.resolve().then(() => {
      for (let changes = this.#below(10) === 0 ? 80 : 2; changes > 0; changes--) {
        this.change();
        this.#look?.();
      }
    });
  }

  #place(pod: Pod, node: string): void {
    const placed: Pod = { ...pod, spec: { ...pod.spec!, nodeName: node } };
    this.#placed.push(placed);
    this.#cache.assume(placed);
  }

  /** It goes, is on its way out, has other labels, moves, or the assumption is taken back. */
  #changePlaced(pod: Pod, what: number): void {
    this.#placed = this.#placed.filter((other) => other !== pod);
    if (what === 7) return this.#below(2) === 0 ? this.#cache.removePod(pod) : this.#changeAssumed(pod);
    const changed = what === 8 ? { deletionTimestamp: '2020-01-01T00:00:00Z' } : { labels: { app: this.#oneOf(apps) } };
    const newer: Pod = { ...pod, metadata: { ...pod.metadata, ...changed } };
    this.#placed.push(newer);
    this.#cache.setPod(newer);
  }

  #changeAssumed(pod: Pod): void {
    if (this.#cache.isAssumed(pod)) return this.#cache.forget(pod);
    const moved: Pod = { ...pod, spec: { ...pod.spec!, nodeName: this.#oneOf(this.#cache.snapshot()).name } };
    this.#placed.push(moved);
    this.#cache.setPod(moved);
  }

  #relabel(name: string): void {
    this.#informers.set('namespaces', { metadata: { name, labels: { team: this.#oneOf(['a', 'b']) } } });
  }

  #changeService(): void {
    const service = { metadata: { name: this.#oneOf(apps), namespace: this.#oneOf(namespaces) }, spec: { selector: { app: this.#oneOf(apps) } } };
    if (this.#below(3) === 0) this.#informers.delete('services', service);
    else this.#informers.set('services', service);
  }

  /** A claim, waiting for its pod or bound, and the volume of the same number. */
  #changeVolume(number: number): void {
    const isBound = this.#below(2) === 0;
    const version = { resourceVersion: String(++this.#count) };
    const [volumeName, name, storageClassName] = [`v${number}`, `c${number}`, this.#oneOf(['waiting', 'waiting', 'immediate'])];
    const volume: PersistentVolume = {
      metadata: { name: volumeName, uid: volumeName, ...version, ...(this.#below(2) === 0 ? { labels: { [zoneKey]: this.#oneOf(['z1', 'z2']) } } : {}) },
      spec: {
        capacity: { storage: `${1 + this.#below(3)}Gi` },
        accessModes: ['ReadWriteOnce'],
        storageClassName,
        ...(isBound ? { claimRef: { namespace: 'default', name, uid: name } } : {}),
        ...(this.#below(2) === 0
          ? { nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'spot', operator: 'In', values: [this.#oneOf(spots)] }] }] } } }
          : {}),
      },
      status: { phase: isBound ? 'Bound' : 'Available' },
    };
    const claim: PersistentVolumeClaim = {
      metadata: { name, namespace: 'default', uid: name, ...version, ...(isBound ? { annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } } : {}) },
      spec: {
        accessModes: [this.#below(5) === 0 ? 'ReadWriteOncePod' : 'ReadWriteOnce'],
        resources: { requests: { storage: `${1 + this.#below(3)}Gi` } },
        storageClassName,
        ...(isBound ? { volumeName } : {}),
      },
    };
    if (this.#below(5) === 0) this.#informers.delete('persistentvolumes', volume);
    else this.#informers.set('persistentvolumes', deepFreeze(volume));
    if (this.#below(8) === 0) this.#informers.delete('persistentvolumeclaims', claim);
    else this.#informers.set('persistentvolumeclaims', deepFreeze(claim));
  }

  #randomNode(number: number): Node {
    const labels = {
      spot: this.#oneOf(spots),
      ...(this.#below(8) > 0 ? { [hostKey]: `n${this.#below(12) === 0 ? 0 : number}` } : {}),
      ...(this.#below(5) > 0 ? { [zoneKey]: this.#oneOf(['z1', 'z2', 'z3']) } : {}),
    };
    return testNode(`n${number}`, {
      labels,
      spec: this.#below(4) === 0 ? { taints: [{ key: 'k', value: 'v', effect: this.#oneOf(['NoSchedule', 'PreferNoSchedule'] as const) }] } : {},
      allocatable: {
        cpu: this.#oneOf(['4', '9', '9E', '1e399', '0']),
        memory: this.#oneOf(['8Gi', '2Gi', '20E']),
        pods: `${5 + this.#below(9)}`,
        'example.com/gpu': '2',
      },
      status: { images: this.#below(3) === 0 ? [{ names: ['app:1'], sizeBytes: 300e6 + this.#below(3) * 100e6 }] : [] },
    });
  }

  #randomPod(): Pod {
    const amounts = { cpu: this.#oneOf(['250m', '1', '3']), memory: this.#oneOf(['64Mi', '2Gi']), ...(this.#below(6) === 0 ? { 'example.com/gpu': '1' } : {}) };
    // More than any node has: such a pod gets to one all the same when it names it itself.
    const requests = this.#below(12) === 0 ? { cpu: this.#oneOf(['1e399', '9E']), memory: '1e30' } : this.#below(4) > 0 ? amounts : undefined;
    const pod = testPod(`p${this.#count++}`, {
      priority: this.#below(3),
      ...(this.#below(3) === 0 ? { tolerations: [{ key: 'k', operator: 'Exists' }] } : {}),
      ...(this.#below(6) === 0 ? { nodeSelector: { spot: this.#oneOf(spots) } } : {}),
      ...(this.#below(3) === 0 ? { affinity: this.#randomAffinity() } : {}),
      ...(this.#below(3) === 0 ? { topologySpreadConstraints: this.#randomSpread() } : {}),
      ...(this.#below(4) === 0 ? { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: `c${this.#below(claimCount)}` } }] } : {}),
      containers: [
        {
          name: 'main',
          image: this.#oneOf(['app:1', 'other']),
          ...(this.#below(6) === 0 ? { ports: [{ containerPort: 80, hostPort: 80 }] } : {}),
          ...(requests ? { resources: { requests } } : {}),
        },
      ],
    });
    const hasVolumes = (pod.spec!.volumes?.length ?? 0) > 0;
    return { ...pod, metadata: { ...pod.metadata, namespace: hasVolumes ? 'default' : this.#oneOf(namespaces), labels: { app: this.#oneOf(apps) } } };
  }

  #randomAffinity(): Affinity {
    const term = (): PodAffinityTerm => ({
      topologyKey: this.#oneOf([zoneKey, hostKey]),
      labelSelector: this.#below(2) === 0 ? { matchLabels: { app: this.#oneOf(apps) } } : { matchExpressions: [{ key: 'app', operator: 'Exists' }] },
      ...(this.#below(3) === 0 ? { namespaceSelector: this.#below(2) === 0 ? {} : { matchLabels: { team: this.#oneOf(['a', 'b']) } } } : {}),
      ...(this.#below(4) === 0 ? { namespaces: [this.#oneOf(namespaces)] } : {}),
    });
    const terms = (): NonNullable<Affinity['podAffinity']> => ({
      ...(this.#below(2) === 0 ? { requiredDuringSchedulingIgnoredDuringExecution: [term()] } : {}),
      ...(this.#below(2) === 0 ? { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1 + this.#below(100), podAffinityTerm: term() }] } : {}),
    });
    return { ...(this.#below(2) === 0 ? { podAffinity: terms() } : {}), ...(this.#below(2) === 0 ? { podAntiAffinity: terms() } : {}) };
  }

  #randomSpread(): NonNullable<PodSpec['topologySpreadConstraints']> {
    return Array.from({ length: 1 + this.#below(2) }, () => ({
      maxSkew: 1 + this.#below(3),
      topologyKey: this.#oneOf([zoneKey, hostKey]),
      whenUnsatisfiable: this.#oneOf(['DoNotSchedule', 'ScheduleAnyway'] as const),
      labelSelector: { matchLabels: { app: this.#oneOf(apps) } },
      ...(this.#below(3) === 0 ? { nodeTaintsPolicy: 'Honor' as const } : {}),
      ...(this.#below(4) === 0 ? { matchLabelKeys: ['app'] } : {}),
    }));
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #oneOf<T>(choices: readonly T[]): T {
    return choices[this.#below(choices.length)]!;
  }
}

const storageClass = (name: string): StorageClass => ({
  metadata: { name },
  provisioner: 'example.com/disks',
  volumeBindingMode: name === 'waiting' ? 'WaitForFirstConsumer' : 'Immediate',
});

describe('a search with the default plugins', () => {
  it('finds what asking them node by node finds, whatever happens to nodes, pods, namespaces, services and volumes', async () => {
    const outcomes = new Map<string, number>();
    for (let seed = 1; seed <= 10; seed++) {
      const cluster = new Cluster(seed);
      for (let step = 0; step < 150; step++) {
        cluster.change();
        const outcome = await cluster.compare();
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
    }
    for (const outcome of ['found', 'unfit', 'refused as a whole']) assert.ok((outcomes.get(outcome) ?? 0) > 20, `${outcome}: ${outcomes.get(outcome)}`);
  });

  it('finds a node that took the pod at some time during the search, whatever happens meanwhile', async () => {
    const slow: SchedulingPlugin = { filter: () => success, score: (_state, _pod, { name }) => name.length };
    for (let seed = 1; seed <= 6; seed++) {
      const cluster = new Cluster(seed, { slow });
      for (let step = 0; step < 60; step++) cluster.change();
      for (let step = 0; step < 80; step++) await cluster.race();
    }
  });
});
