import type { Node, Pod } from '../../../api/generated/core-v1.ts';
import type { Selector } from '../../../api/label-selector.ts';
import type { NodeInfo } from '../contract.ts';
import { anchorOf } from './selector-index.ts';

/** Selectors insist on values of few keys: `app`, `app.kubernetes.io/name`, `pod-template-hash` and the like. For others all pods are looked at. */
const mostKeys = 16;

/** Finds the pods that a selector may match without looking at all of them: by the values of those label keys that selectors insisted on so far. */
export class PodsByLabel {
  readonly #nodes: ReadonlyMap<string, NodeInfo>;
  /** By key and value: pods with the names of their nodes. */
  readonly #byKey = new Map<string, Map<string, Map<Pod, string>>>();

  constructor(nodes: ReadonlyMap<string, NodeInfo>) {
    this.#nodes = nodes;
  }

  podChanged(pod: Pod, nodeName: string, amount: 1 | -1): void {
    for (const [key, byValue] of this.#byKey) put(byValue, { key, pod, nodeName, amount });
  }

  /** Visits every pod that the selector matches, and others; each once. */
  eachCandidate(selector: Selector, visit: (pod: Pod, node: Node) => void): void {
    if (selector.matchesNothing) return;
    const required = anchorOf(selector);
    const byValue = required && this.#indexOf(required.key);
    if (!byValue) {
      for (const { node, pods } of this.#nodes.values()) for (const pod of pods) visit(pod, node);
      return;
    }
    for (const value of required.values) for (const [pod, nodeName] of byValue.get(value) ?? []) visit(pod, this.#nodes.get(nodeName)!.node);
  }

  #indexOf(key: string): ReadonlyMap<string, ReadonlyMap<Pod, string>> | undefined {
    const known = this.#byKey.get(key);
    if (known || this.#byKey.size >= mostKeys) return known;
    const byValue = new Map<string, Map<Pod, string>>();
    for (const { name, pods } of this.#nodes.values()) for (const pod of pods) put(byValue, { key, pod, nodeName: name, amount: 1 });
    this.#byKey.set(key, byValue);
    return byValue;
  }
}

interface Change {
  readonly key: string;
  readonly pod: Pod;
  readonly nodeName: string;
  readonly amount: 1 | -1;
}

function put(byValue: Map<string, Map<Pod, string>>, { key, pod, nodeName, amount }: Change): void {
  const { labels } = pod.metadata;
  const value = labels && Object.hasOwn(labels, key) ? labels[key] : undefined;
  if (value === undefined) return;
  const pods = byValue.get(value);
  if (amount === 1) {
    if (pods) pods.set(pod, nodeName);
    else byValue.set(value, new Map([[pod, nodeName]]));
  } else if (pods?.delete(pod) && pods.size === 0) byValue.delete(value);
}
