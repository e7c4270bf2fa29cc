import type { Node, Pod } from '../../api/generated/core-v1.ts';
import type { NodeInfo, ResourceTotals } from './contract.ts';
import { hostPorts } from './host-ports.ts';
import type { PodRequests } from './pod-requests.ts';
import { podRequests, resourceTotals } from './pod-requests.ts';

const nothing: ResourceTotals = { milliCpu: 0, memoryBytes: 0, ephemeralStorageBytes: 0, pods: 0, scalar: new Map() };
let lastGeneration = 0;

/** A `NodeInfo` that never changes: adding or removing a pod makes a new one, so whoever holds one sees a consistent state. */
export class NodeRecord implements NodeInfo {
  readonly node: Node;
  readonly name: string;
  readonly pods: readonly Pod[];
  readonly requested: ResourceTotals;
  readonly nonZeroRequested: { readonly milliCpu: number; readonly memoryBytes: number };
  readonly allocatable: ResourceTotals;
  readonly usedPorts: ReadonlyMap<string, ReadonlySet<string>>;
  readonly generation = ++lastGeneration;

  private constructor(fields: Pick<NodeInfo, 'node' | 'pods' | 'requested' | 'nonZeroRequested' | 'allocatable' | 'usedPorts'>) {
    this.node = fields.node;
    this.name = fields.node.metadata.name ?? '';
    this.pods = fields.pods;
    this.requested = fields.requested;
    this.nonZeroRequested = fields.nonZeroRequested;
    this.allocatable = fields.allocatable;
    this.usedPorts = fields.usedPorts;
  }

  static of(node: Node, pods: readonly Pod[] = []): NodeRecord {
    const empty = new NodeRecord({
      node,
      pods: [],
      requested: nothing,
      nonZeroRequested: { milliCpu: 0, memoryBytes: 0 },
      allocatable: resourceTotals(node.status?.allocatable),
      usedPorts: new Map(),
    });
    return pods.reduce<NodeRecord>((record, pod) => record.withPod(pod), empty);
  }

  /** The record itself, or one of what it shows. */
  static from(info: NodeInfo): NodeRecord {
    return info instanceof NodeRecord ? info : NodeRecord.of(info.node, info.pods);
  }

  withNode(node: Node): NodeRecord {
    return new NodeRecord({ ...this, node, allocatable: resourceTotals(node.status?.allocatable) });
  }

  withPod(pod: Pod): NodeRecord {
    return this.#with([...this.pods, pod], pod, 1);
  }

  /** The pod is found by identity of its object. */
  withoutPod(pod: Pod): NodeRecord {
    return this.#with(
      this.pods.filter((candidate) => candidate !== pod),
      pod,
      -1,
    );
  }

  /** With a newer state of a pod that is on the node. */
  withNewer(old: Pod, pod: Pod): NodeRecord {
    // Most changes are of the status; host ports cannot change.
    if (!isSameTotals(podRequests(old), podRequests(pod))) return this.withoutPod(old).withPod(pod);
    return new NodeRecord({ ...this, pods: this.pods.map((candidate) => (candidate === old ? pod : candidate)) });
  }

  #with(pods: readonly Pod[], pod: Pod, sign: 1 | -1): NodeRecord {
    // A sum that was rounded does not come back when the large amount goes: the rest is added up anew.
    if (sign < 0 && !(isExact(this.requested) && isExact(this.nonZeroRequested))) return NodeRecord.of(this.node, pods);
    const requests = podRequests(pod);
    const { milliCpu, memoryBytes } = this.nonZeroRequested;
    return new NodeRecord({
      ...this,
      pods,
      requested: sum(this.requested, requests, sign),
      nonZeroRequested: { milliCpu: milliCpu + sign * requests.nonZero.milliCpu, memoryBytes: memoryBytes + sign * requests.nonZero.memoryBytes },
      usedPorts: hostPorts(pod).length > 0 ? portsOf(pods) : this.usedPorts,
    });
  }
}

const isSameTotals = (left: PodRequests, right: PodRequests): boolean =>
  left.milliCpu === right.milliCpu &&
  left.memoryBytes === right.memoryBytes &&
  left.ephemeralStorageBytes === right.ephemeralStorageBytes &&
  left.nonZero.milliCpu === right.nonZero.milliCpu &&
  left.nonZero.memoryBytes === right.nonZero.memoryBytes &&
  left.scalar.size === right.scalar.size &&
  [...left.scalar].every(([name, amount]) => right.scalar.get(name) === amount);

/** Whether no amount is so large that neighbours of it are the same number. */
function isExact(amounts: Partial<ResourceTotals>): boolean {
  for (const amount of Object.values(amounts)) if (typeof amount === 'number' && !Number.isSafeInteger(amount)) return false;
  for (const amount of amounts.scalar?.values() ?? []) if (!Number.isSafeInteger(amount)) return false;
  return true;
}

function sum(left: ResourceTotals, right: ResourceTotals, sign: 1 | -1): ResourceTotals {
  let scalar = left.scalar;
  if (right.scalar.size > 0) {
    const amounts = new Map(left.scalar);
    for (const [name, amount] of right.scalar) amounts.set(name, (amounts.get(name) ?? 0) + sign * amount);
    scalar = amounts;
  }
  return {
    milliCpu: left.milliCpu + sign * right.milliCpu,
    memoryBytes: left.memoryBytes + sign * right.memoryBytes,
    ephemeralStorageBytes: left.ephemeralStorageBytes + sign * right.ephemeralStorageBytes,
    pods: left.pods + sign * right.pods,
    scalar,
  };
}

function portsOf(pods: readonly Pod[]): Map<string, Set<string>> {
  const ports = new Map<string, Set<string>>();
  for (const { port, hostIP } of pods.flatMap(hostPorts)) {
    const addresses = ports.get(port);
    if (addresses) addresses.add(hostIP);
    else ports.set(port, new Set([hostIP]));
  }
  return ports;
}
