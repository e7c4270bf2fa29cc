import type { Pod } from '../../api/generated/core-v1.ts';
import { podKey } from './pod-facts.ts';

/** Waiting pods that a node was set aside for (`status.nominatedNodeName`). */
export class Nominations {
  readonly #nodeOf = new Map<string, string>();
  readonly #podsOn = new Map<string, Map<string, Pod>>();

  /** Sets a node aside for a pod; empty takes it back. Default: what the pod itself says. */
  set(pod: Pod, node: string | undefined = pod.status?.nominatedNodeName): void {
    this.delete(pod);
    if (!node) return;
    this.#nodeOf.set(podKey(pod), node);
    const pods = this.#podsOn.get(node) ?? new Map<string, Pod>();
    this.#podsOn.set(node, pods.set(podKey(pod), pod));
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
  }

  on(node: string): Iterable<Pod> {
    return this.#podsOn.get(node)?.values() ?? [];
  }

  get isEmpty(): boolean {
    return this.#nodeOf.size === 0;
  }
}
