import type { Namespace, Node, Pod, Taint } from '../../../api/generated/core-v1.ts';
import * as resourceTypes from '../../../api/generated/resource-types.ts';
import type { Labels } from '../../../api/label-selector.ts';
import type { NodeInfo, PlacementObserver, SchedulingHandle } from '../contract.ts';
import { DomainNumbers } from './domain-numbers.ts';
import { NodeCounts } from './node-counts.ts';
import { PodSelections } from './pod-selections.ts';
import { PodsByLabel } from './pods-by-label.ts';
import { TallyBudget } from './tally-budget.ts';

export type ObservingHandle = Pick<SchedulingHandle, 'observe' | 'informers'>;

/** Is told of changes after they were counted. */
export interface PlacementFollower {
  /** A pod came to (1) or went from (-1) a node. */
  podChanged(pod: Pod, node: NodeInfo, amount: 1 | -1): void;
  /** Labels or taints of a node changed; its pods are those of `node`. */
  nodeChanged(node: NodeInfo, old: Node): void;
  /** The domains of a key have other numbers from now on: what was counted by the old ones is void. */
  renumbered(numbers: DomainNumbers): void;
}

/** Numbers of domains that are gone are kept up to this many, and as many as there are nodes. */
const mostSpareNumbers = 1024;
const known = new WeakMap<object, PlacementCounts>();

/** The counts that all plugins with the same handle share. The first to ask starts them. */
export function placementCountsOf(handle: ObservingHandle): PlacementCounts {
  let counts = known.get(handle);
  if (!counts) known.set(handle, (counts = new PlacementCounts(handle)));
  return counts;
}

/** How many pods of which kind are on which nodes and in which topology domains, kept by following the cluster. */
export class PlacementCounts {
  readonly #nodes = new Map<string, NodeInfo>();
  readonly #podsByLabel = new PodsByLabel(this.#nodes);
  readonly #budget = new TallyBudget();
  readonly #followers = new Set<PlacementFollower>();
  readonly #numbers = new Map<string, WeakRef<DomainNumbers>>();
  #numbersToSweep = 64;
  readonly selections: PodSelections;
  /** 1 for each node: how many there are in a domain. */
  readonly nodeCounts = new NodeCounts(this.#nodes, this.#budget);

  constructor(handle: ObservingHandle) {
    const namespaces = handle.informers.informer(resourceTypes.namespaces);
    this.selections = new PodSelections({ nodes: this.#nodes, pods: this.#podsByLabel, budget: this.#budget, namespaces: () => namespaces.list() });
    const changed = ({ metadata }: Namespace): void => this.selections.namespaceChanged(metadata.name!, metadata.labels ?? {});
    namespaces.onChange({ added: changed, updated: changed, deleted: ({ metadata }) => this.selections.namespaceChanged(metadata.name!, undefined) });
    handle.observe(this.#observer());
  }

  get nodeTotal(): number {
    return this.#nodes.size;
  }

  /** The numbers of a topology key's domains. Counts by the numbers of one object are comparable; another may be given out once nobody holds it. */
  numbersOf(key: string): DomainNumbers {
    let numbers = this.#numbers.get(key)?.deref();
    if (!numbers) {
      if (this.#numbers.size >= this.#numbersToSweep) this.#sweep();
      numbers = new DomainNumbers(key);
      this.#numbers.set(key, new WeakRef(numbers));
    }
    return numbers;
  }

  /** Tells of all pods there are, then of every change. */
  follow(follower: PlacementFollower): void {
    this.#followers.add(follower);
    this.eachPod((pod, node) => follower.podChanged(pod, node, 1));
  }

  eachPod(visit: (pod: Pod, node: NodeInfo) => void): void {
    for (const node of this.#nodes.values()) for (const pod of node.pods) visit(pod, node);
  }

  #observer(): PlacementObserver {
    return {
      nodeAdded: (node) => {
        // Whoever tells of it again begins anew: a scheduler that took over.
        const known = this.#nodes.get(node.name);
        if (known) this.#forget(known);
        this.#nodes.set(node.name, node);
        this.nodeCounts.add(node.node, 1);
      },
      nodeChanged: (node, { node: old }) => {
        this.#nodes.set(node.name, node);
        if (isSamePlace(node.node, old)) return;
        this.nodeCounts.nodeChanged(node.node, old);
        this.selections.nodeChanged(node.node, old);
        for (const follower of this.#followers) follower.nodeChanged(node, old);
        this.#renumber();
      },
      nodeRemoved: (node) => {
        this.#forget(this.#nodes.get(node.name) ?? node);
        this.#renumber();
      },
      podAdded: (pod, node) => this.#podChanged(pod, node, 1),
      podRemoved: (pod, node) => this.#podChanged(pod, node, -1),
    };
  }

  #podChanged(pod: Pod, node: NodeInfo, amount: 1 | -1): void {
    this.#nodes.set(node.name, node);
    this.#podsByLabel.podChanged(pod, node.name, amount);
    this.selections.podChanged(pod, node, amount);
    for (const follower of this.#followers) follower.podChanged(pod, node, amount);
  }

  #forget(node: NodeInfo): void {
    for (const pod of node.pods) this.#podChanged(pod, node, -1);
    this.nodeCounts.add(node.node, -1);
    this.#nodes.delete(node.name);
  }

  /** Begins anew with keys whose domains are mostly gone, so that counts stay as small as the cluster. */
  #renumber(): void {
    for (const [key, reference] of this.#numbers) {
      const numbers = reference.deref();
      if (!numbers || numbers.size <= mostSpareNumbers + 2 * this.#nodes.size) continue;
      this.#numbers.delete(key);
      this.nodeCounts.dropTallies(numbers);
      this.selections.renumbered(numbers);
      for (const follower of this.#followers) follower.renumbered(numbers);
    }
  }

  #sweep(): void {
    for (const [key, reference] of this.#numbers) if (!reference.deref()) this.#numbers.delete(key);
    this.#numbersToSweep = Math.max(64, this.#numbers.size * 2);
  }
}

/** Whether nothing changed that decides about which domains a node is in and which pods may count it. */
function isSamePlace(node: Node, old: Node): boolean {
  return isSameLabels(node.metadata.labels, old.metadata.labels) && isSameTaints(node.spec?.taints, old.spec?.taints);
}

function isSameLabels(left: Labels = {}, right: Labels = {}): boolean {
  if (left === right) return true;
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => Object.hasOwn(right, key) && left[key] === right[key]);
}

function isSameTaints(left: readonly Taint[] = [], right: readonly Taint[] = []): boolean {
  return left === right || (left.length === right.length && left.every((taint, index) => JSON.stringify(taint) === JSON.stringify(right[index])));
}
