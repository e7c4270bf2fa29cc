import type { Pod } from '../../api/generated/core-v1.ts';
import { podKey } from './pod-facts.ts';

/** Waiting pods that a node was set aside for (`status.nominatedNodeName`). */
export class Nominations {
  readonly #nodeOf = new Map<string, string>();
  readonly #podsOn = new Map<string, Map<string, Pod>>();

  /** Takes over what the pod says; absent or empty removes it. */
  set(pod: Pod): void {
    this.delete(pod);
    const node = pod.status?.nominatedNodeName;
    if (!node) return;
    this.#nodeOf.set(podKey(pod), node);
    const pods = this.#podsOn.get(node) ?? new Map<string, Pod>();
    this.#podsOn.set(node, pods.set(podKey(pod), pod));
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
