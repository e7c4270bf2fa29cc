import type { Node, Pod } from '../../../api/generated/core-v1.ts';
import { pods } from '../../../api/generated/resource-types.ts';
import { keyOf, nameOf } from '../../../api/object.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../../../api/status.ts';
import type { Client } from '../../../client/client.ts';
import type { Log } from '../../../kernel/log.ts';
import { hashAnnotation, isStaticPod, mirrorAnnotation, podKeyText } from '../directories.ts';

export interface MirrorPodsDeps {
  readonly client: Client;
  readonly log: Log;
  readonly node: () => Node | undefined;
}

/** The objects in the API that show static pods. Deleting one does not delete its pod: it is made again. */
export class MirrorPods {
  readonly #deps: MirrorPodsDeps;
  readonly #mirrors = new Map<string, Pod>();

  constructor(deps: MirrorPodsDeps) {
    this.#deps = deps;
  }

  /** What the API has. */
  put(mirror: Pod): void {
    this.#mirrors.set(podKeyText(mirror), mirror);
  }

  remove(mirror: Pod): void {
    if (this.#mirrors.get(podKeyText(mirror))?.metadata.uid === mirror.metadata.uid) this.#mirrors.delete(podKeyText(mirror));
  }

  of(pod: Pod): Pod | undefined {
    return this.#mirrors.get(podKeyText(pod));
  }

  all(): readonly Pod[] {
    return [...this.#mirrors.values()];
  }

  /** Makes the mirror of a static pod, or replaces one that shows something else. Without the API the pod runs unseen. */
  async ensure(pod: Pod): Promise<void> {
    if (!isStaticPod(pod)) return;
    const hash = pod.metadata.annotations?.[hashAnnotation] ?? '';
    const current = this.of(pod);
    const isRight = current?.metadata.annotations?.[mirrorAnnotation] === hash && current.metadata.deletionTimestamp === undefined;
    if (isRight) return;
    try {
      if (current) await this.delete(current);
      this.put(await this.#deps.client.create(pods, this.#mirrorOf(pod, hash)));
    } catch (error) {
      if (!isAlreadyExists(error)) this.#deps.log.warn('static pod not shown in the API; trying again', { pod: podKeyText(pod), error });
    }
  }

  async delete(mirror: Pod): Promise<void> {
    try {
      await this.#deps.client.delete(pods, keyOf(mirror), { gracePeriodSeconds: 0, preconditions: { uid: mirror.metadata.uid } });
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
    this.remove(mirror);
  }

  #mirrorOf(pod: Pod, hash: string): Pod {
    const { uid: _uid, ...metadata } = pod.metadata;
    const node = this.#deps.node();
    const owner = node?.metadata.uid ? [{ apiVersion: 'v1', kind: 'Node', name: nameOf(node), uid: node.metadata.uid, controller: true }] : [];
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      spec: pod.spec,
      metadata: { ...metadata, annotations: { ...metadata.annotations, [mirrorAnnotation]: hash }, ...(owner.length > 0 ? { ownerReferences: owner } : {}) },
    };
  }
}
