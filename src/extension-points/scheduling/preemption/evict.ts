import type { Pod, PodCondition } from '../../../api/generated/core-v1.ts';
import { pods } from '../../../api/generated/resource-types.ts';
import { keyOf } from '../../../api/object.ts';
import { isNotFound } from '../../../api/status.ts';
import { timeText } from '../../../kernel/clock.ts';
import type { SchedulingHandle } from '../contract.ts';
import { priorityOf } from './importance.ts';
import type { Candidate } from './select-victims.ts';

export type EvictHandle = Pick<SchedulingHandle, 'client' | 'events' | 'clock' | 'informers' | 'waitingPods' | 'nominatedPods' | 'activate'>;

/** As many deletions are under way at a time. */
const parallelism = 16;

/** Deletes victims in the background and knows for which pods it is still at it. */
export class Evictions {
  readonly #handle: EvictHandle;
  readonly #plugin: string;
  readonly #running = new Set<string>();
  /** Pods that were to be tried meanwhile and kept out. */
  readonly #kept = new Set<string>();
  /** By pod that wants the room: the victim that goes last, once its turn came. */
  readonly #last = new Map<string, Pod>();

  constructor(handle: EvictHandle, plugin: string) {
    this.#handle = handle;
    this.#plugin = plugin;
  }

  /** Whether a pod is to be kept from being tried: while victims are yet to be deleted. The last one need only be on its way out. */
  keepsOut({ metadata: { uid = '' } }: Pod): boolean {
    if (!this.#running.has(uid)) return false;
    const last = this.#last.get(uid);
    const current = last && this.#handle.informers.informer(pods).get(keyOf(last));
    if (last && (!current || current.metadata.deletionTimestamp)) return false;
    this.#kept.add(uid);
    return true;
  }

  /** Makes room for a pod on its candidate's node. Never rejects: after a failure the pod is tried again, and finds what is left to do. */
  async start(pod: Pod, { nodeName, victims }: Candidate): Promise<void> {
    const leaving = victims.filter(({ metadata }) => !metadata.deletionTimestamp);
    const last = leaving.pop();
    if (!last) return;
    const uid = pod.metadata.uid ?? '';
    this.#running.add(uid);
    try {
      await this.#clearNominations(pod, nodeName);
      for (let index = 0; index < leaving.length; index += parallelism)
        await Promise.all(leaving.slice(index, index + parallelism).map((victim) => this.#evict(victim, pod, nodeName)));
      this.#last.set(uid, last);
      await this.#evict(last, pod, nodeName);
    } catch (error) {
      this.#kept.add(uid);
      const why = error instanceof Error ? error.message : String(error);
      this.#handle.events.record(pod, 'Warning', 'PreemptionFailed', `Could not preempt pods on node ${nodeName}: ${why}`);
    } finally {
      this.#running.delete(uid);
      this.#last.delete(uid);
    }
    // What it waited for may have happened while it was kept out.
    if (this.#kept.delete(uid)) this.#handle.activate([pod]);
  }

  async #evict(victim: Pod, pod: Pod, nodeName: string): Promise<void> {
    const message = `Preempted by pod ${pod.metadata.uid} on node ${nodeName}`;
    const waiting = [...this.#handle.waitingPods()].find((held) => held.pod.metadata.uid === victim.metadata.uid);
    if (waiting) {
      waiting.reject(this.#plugin, 'preempted');
      this.#handle.events.record(victim, 'Normal', 'Preempted', `${message} (in kube-scheduler memory).`);
      return;
    }
    const key = keyOf(victim);
    const { uid } = victim.metadata;
    try {
      const body = { metadata: { uid }, status: { conditions: [this.#condition(victim, pod)] } };
      await this.#handle.client.patch(pods, key, { type: 'strategic', body }, { subresource: 'status' });
      await this.#handle.client.delete(pods, key, uid === undefined ? {} : { preconditions: { uid } });
    } catch (error) {
      if (isNotFound(error)) return;
      throw error;
    }
    this.#handle.events.record(victim, 'Normal', 'Preempted', message);
  }

  #condition({ metadata: { generation } }: Pod, { spec }: Pod): PodCondition {
    return {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'PreemptionByScheduler',
      message: `${spec?.schedulerName ?? 'default-scheduler'}: preempting to accommodate a higher priority pod`,
      lastTransitionTime: timeText(this.#handle.clock.now()),
      ...(generation === undefined ? {} : { observedGeneration: generation }),
    };
  }

  /** Less important pods that count on the node will not get it: they look for another one sooner. */
  async #clearNominations(pod: Pod, nodeName: string): Promise<void> {
    for (const other of [...this.#handle.nominatedPods(nodeName)]) {
      if (priorityOf(other) >= priorityOf(pod) || !other.status?.nominatedNodeName) continue;
      try {
        const body = { metadata: { uid: other.metadata.uid }, status: { nominatedNodeName: '' } };
        await this.#handle.client.patch(pods, keyOf(other), { type: 'strategic', body }, { subresource: 'status' });
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    }
  }
}
