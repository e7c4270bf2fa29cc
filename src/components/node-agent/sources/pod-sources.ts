import type { Pod } from '../../../api/generated/core-v1.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { DisposalStack } from '../../../kernel/disposal.ts';
import type { Log } from '../../../kernel/log.ts';
import { isMirrorPod, isStaticPod, podUid } from '../directories.ts';
import type { PodManager } from '../pod/pod-manager.ts';
import type { StatusReporter } from '../status/status-reporter.ts';
import type { MirrorPods } from './mirror-pods.ts';
import type { NodePods } from './node-pods.ts';
import { followStaticPods } from './static-pods.ts';

export interface PodSourcesParts {
  readonly pods: PodManager;
  readonly mirrors: MirrorPods;
  readonly statuses: StatusReporter;
  readonly nodeName: string;
  readonly staticPodDirectory: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** Where pods come from: the API's pods of this node and the folder of static pods, whose mirrors in the API are kept in step with them. */
export class PodSources implements AsyncDisposable {
  readonly #parts: PodSourcesParts;
  readonly #stack = new DisposalStack();
  #areReady = false;

  constructor(parts: PodSourcesParts) {
    this.#parts = parts;
  }

  /** All that is wanted is known. */
  get areReady(): boolean {
    return this.#areReady;
  }

  /** Resolves when the pods of the folder were read once. */
  async followStatic(): Promise<void> {
    const { staticPodDirectory: directory, nodeName, clock, log, pods } = this.#parts;
    if (!directory) return;
    this.#stack.use(await followStaticPods({ directory, nodeName, clock, log, put: (pod) => pods.put(pod), remove: (pod) => this.#onStaticRemoved(pod) }));
  }

  /** The API's pods, which must have been listed. */
  followApi(nodePods: NodePods): void {
    const { pods, mirrors, statuses } = this.#parts;
    this.#stack.use(
      nodePods.follow({
        put: (pod) => {
          if (isMirrorPod(pod)) return this.#onMirror(pod);
          statuses.observe(pod, podUid(pod));
          pods.put(pod);
        },
        remove: (pod) => {
          if (!isMirrorPod(pod)) return pods.remove(podUid(pod));
          mirrors.remove(pod);
          this.#staticOf(pod).forEach((owner) => pods.wake(podUid(owner)));
        },
      }),
    );
    for (const mirror of mirrors.all()) if (this.#staticOf(mirror).length === 0) this.#dropMirror(mirror);
    this.#areReady = true;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack[Symbol.asyncDispose]();
  }

  #onStaticRemoved(pod: Pod): void {
    const { pods, mirrors, log } = this.#parts;
    pods.remove(podUid(pod));
    const mirror = mirrors.of(pod);
    if (mirror) mirrors.delete(mirror).catch((error: unknown) => log.warn('mirror of a static pod not removed', { error }));
  }

  #onMirror(mirror: Pod): void {
    const { pods, mirrors, statuses } = this.#parts;
    mirrors.put(mirror);
    const [owner] = this.#staticOf(mirror);
    if (owner) {
      statuses.observe(mirror, podUid(owner));
      if (mirror.metadata.deletionTimestamp) pods.wake(podUid(owner));
    } else if (this.#areReady) {
      this.#dropMirror(mirror);
    }
  }

  #dropMirror(mirror: Pod): void {
    const { mirrors, log } = this.#parts;
    mirrors.delete(mirror).catch((error: unknown) => log.warn('mirror without a static pod not removed', { error }));
  }

  #staticOf(mirror: Pod): Pod[] {
    return this.#parts.pods
      .pods()
      .filter((pod) => isStaticPod(pod) && pod.metadata.name === mirror.metadata.name && pod.metadata.namespace === mirror.metadata.namespace);
  }
}
