import type { Pod } from '../../api/generated/core-v1.ts';
import { podKey } from './pod-facts.ts';

/** Waiting pods that a node was set aside for (`status.nominatedNodeName`). */
export class Nominations {
  readonly #nodeOf = new Map<string, string>();
  readonly #podsOn = new Map<string, Map<string, Pod>>();
  readonly #onChange: (node: string) => void;

  /** `onChange` is told of every node for which the pods change. */
  constructor(onChange: (node: string) => void = () => undefined) {
    this.#onChange = onChange;
  }

  /** Sets a node aside for a pod; empty takes it back. Default: what the pod itself says. */
  set(pod: Pod, node: string | undefined = pod.status?.nominatedNodeName): void {
    this.delete(pod);
    if (!node) return;
    this.#nodeOf.set(podKey(pod), node);
    const pods = this.#podsOn.get(node) ?? new Map<string, Pod>();
    this.#podsOn.set(node, pods.set(podKey(pod), pod));
    this.#onChange(node);
  }

  /** Takes over a newer state of a pod. A node set aside for it stays so while the pod says nothing about it: what was decided may not be written yet. */
  update(pod: Pod, old: Pod): void {
    const isSilent = !pod.status?.nominatedNodeName && !old.status?.nominatedNodeName;
    this.set(pod, isSilent ? this.#nodeOf.get(podKey(pod)) : pod.status?.nominatedNodeName);
  }

  delete(pod: Pod): void {
    const key = podKey(pod);
    const node = this.#nodeOf.get(key);
    if (node === undefined) return;
    this.#nodeOf.delete(key);
    const pods = this.#podsOn.get(node);
    pods?.delete(key);
    if (pods?.size === 0) this.#podsOn.delete(node);
    this.#onChange(node);
  }

  /** Of one node, or of all. */
  on(node?: string): Iterable<Pod> {
    if (node === undefined) return this.#all();
    return this.#podsOn.get(node)?.values() ?? [];
  }

  /** The node that was set aside for a pod. */
  nodeOf(pod: Pod): string | undefined {
    return this.#nodeOf.get(podKey(pod));
  }

  /** The nodes that were set aside for any pod. */
  nodes(): Iterable<string> {
    return this.#podsOn.keys();
  }

  *#all(): Iterable<Pod> {
    for (const pods of this.#podsOn.values()) yield* pods.values();
  }

  get isEmpty(): boolean {
    return this.#nodeOf.size === 0;
  }
}
