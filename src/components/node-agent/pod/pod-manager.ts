import type { Pod } from '../../../api/generated/core-v1.ts';
import { isMirrorPod, isStaticPod, podKeyText, podUid } from '../directories.ts';
import type { PodServices } from './pod-services.ts';
import { PodWorker } from './pod-worker.ts';

/** All pods of an agent: one worker each, by uid. */
export class PodManager implements AsyncDisposable {
  readonly #services: (pod: Pod) => PodServices;
  readonly #workers = new Map<string, PodWorker>();
  /** Static pods whose predecessor of the same name is still going away. */
  readonly #waiting = new Map<string, Pod>();
  #isClosed = false;

  constructor(services: (pod: Pod) => PodServices) {
    this.#services = services;
  }

  /** Desired pods, static ones included; those that are being deleted too. */
  pods(): readonly Pod[] {
    return [...this.#workers.values()].map(({ pod }) => pod);
  }

  /** Pods that hold resources of the node. */
  activePods(): readonly Pod[] {
    return [...this.#workers.values()].filter(({ isActive }) => isActive).map(({ pod }) => pod);
  }

  get(uid: string): Pod | undefined {
    return this.#workers.get(uid)?.pod;
  }

  byName(namespace: string, name: string): Pod | undefined {
    for (const { pod } of this.#workers.values()) if (pod.metadata.name === name && pod.metadata.namespace === namespace) return pod;
    return undefined;
  }

  has(uid: string): boolean {
    return this.#workers.has(uid);
  }

  /** A pod was added or changed. */
  put(pod: Pod): void {
    if (this.#isClosed || isMirrorPod(pod)) return;
    const known = this.#workers.get(podUid(pod));
    if (known) return known.update(pod);
    if (isStaticPod(pod) && this.#predecessor(pod)) return void this.#waiting.set(podKeyText(pod), pod);
    const worker = new PodWorker(pod, this.#services(pod), (gone) => this.#onGone(gone));
    this.#workers.set(worker.uid, worker);
    worker.wake();
  }

  /** A pod is not there any more. */
  remove(uid: string): void {
    for (const [key, pod] of this.#waiting) if (podUid(pod) === uid) this.#waiting.delete(key);
    this.#workers.get(uid)?.remove();
  }

  observed(uid: string): void {
    this.#workers.get(uid)?.observe();
  }

  wake(uid: string): void {
    this.#workers.get(uid)?.wake();
  }

  wakeAll(): void {
    for (const worker of this.#workers.values()) worker.wake();
  }

  evict(uid: string, reason: string, message: string): void {
    this.#workers.get(uid)?.evict(reason, message);
  }

  /** Resolves when all workers rest; for tests and for an orderly end. */
  async settled(): Promise<void> {
    await Promise.all([...this.#workers.values()].map((worker) => worker.settled()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#workers.values()].map((worker) => worker[Symbol.asyncDispose]()));
    this.#workers.clear();
  }

  #predecessor(pod: Pod): PodWorker | undefined {
    return [...this.#workers.values()].find((worker) => isStaticPod(worker.pod) && podKeyText(worker.pod) === podKeyText(pod));
  }

  #onGone(worker: PodWorker): void {
    this.#workers.delete(worker.uid);
    const key = podKeyText(worker.pod);
    const next = this.#waiting.get(key);
    this.#waiting.delete(key);
    if (next) this.put(next);
  }
}
