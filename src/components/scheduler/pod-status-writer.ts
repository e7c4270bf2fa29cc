import { findCondition } from '../../api/conditions.ts';
import type { Pod, PodCondition } from '../../api/generated/core-v1.ts';
import { pods } from '../../api/generated/resource-types.ts';
import { keyOf } from '../../api/object.ts';
import { isNotFound } from '../../api/status.ts';
import type { Client } from '../../client/client.ts';
import type { Clock } from '../../kernel/clock.ts';
import { timeText } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import { podKey, podName } from './pod-facts.ts';

/** Why a pod is not scheduled, as its condition says it. */
export interface NotScheduled {
  readonly reason: 'Unschedulable' | 'SchedulerError' | 'SchedulingGated';
  readonly message: string;
  /** Absent leaves a nomination, `''` clears it. */
  readonly nominatedNodeName?: string;
  /** The nomination that the API was told of last, where the pod at hand may not know of it yet. */
  readonly toldNodeName?: string;
}

interface Unsaid {
  readonly pod: Pod;
  readonly why: NotScheduled;
  /** Whether the pod at hand is older than what was being written of it: it says nothing about what need not be written. */
  readonly isStale: boolean;
}

/** So many are on their way at a time. After one change of a node ten thousand pods may have to be told of; whoever else writes is not to wait for all of them. */
const mostWrites = 32;

/**
 * Writes the condition `PodScheduled` in the background, in the order in which pods came; of a pod that has to wait for its turn only what was said last is written.
 * Failures are logged: the next attempt writes it again. Disposing gives up what has not begun.
 */
export class PodStatusWriter implements AsyncDisposable {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #log: Log;
  /** What is still to be written, by pod key. */
  readonly #waiting = new Map<string, Unsaid>();
  /** By pod key: two writes of one pod would overtake each other. */
  readonly #running = new Map<string, Promise<void>>();
  #isStopped = false;

  constructor({ client, clock, log }: { client: Client; clock: Clock; log: Log }) {
    this.#client = client;
    this.#clock = clock;
    this.#log = log;
  }

  write(pod: Pod, why: NotScheduled): void {
    const key = podKey(pod);
    const before = this.#waiting.get(key)?.why;
    this.#waiting.set(key, { pod, why: before ? withNomination(why, before) : why, isStale: this.#running.has(key) });
    this.#begin();
  }

  /** The pod has a node now, or is gone: what was to be said of it does not hold any more. */
  forget(pod: Pod): void {
    this.#waiting.delete(podKey(pod));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true;
    this.#waiting.clear();
    await Promise.all(this.#running.values());
  }

  /** Tells of the node that a pod is to be bound to, when that will take a while. Resolves when it is said, or cannot be. */
  nominate(pod: Pod, nominatedNodeName: string): Promise<void> {
    return this.#patch(pod, { nominatedNodeName });
  }

  #begin(): void {
    for (const [key, { pod, why, isStale }] of this.#waiting) {
      if (this.#isStopped || this.#running.size >= mostWrites) return;
      if (this.#running.has(key)) continue;
      this.#waiting.delete(key);
      const status = this.#change(pod, why, isStale);
      if (!status) continue;
      const run = this.#patch(pod, status).finally(() => {
        this.#running.delete(key);
        this.#begin();
      });
      this.#running.set(key, run);
    }
  }

  #change(pod: Pod, { reason, message, nominatedNodeName, toldNodeName }: NotScheduled, isStale: boolean): Partial<Pod['status']> {
    const old = findCondition(pod.status?.conditions, 'PodScheduled');
    const isNominationChange = nominatedNodeName !== undefined && nominatedNodeName !== (toldNodeName ?? pod.status?.nominatedNodeName ?? '');
    const isSame = !isStale && old?.status === 'False' && old.reason === reason && old.message === message;
    if (isSame && !isNominationChange) return undefined;
    const { generation } = pod.metadata;
    const condition: PodCondition = {
      type: 'PodScheduled',
      status: 'False',
      reason,
      message,
      lastTransitionTime: old?.status === 'False' && old.lastTransitionTime ? old.lastTransitionTime : timeText(this.#clock.now()),
      ...(generation === undefined ? {} : { observedGeneration: generation }),
    };
    return { conditions: [condition], ...(isNominationChange ? { nominatedNodeName } : {}) };
  }

  async #patch(pod: Pod, status: Partial<Pod['status']>): Promise<void> {
    try {
      await this.#client.patch(pods, keyOf(pod), { type: 'strategic', body: { metadata: { uid: pod.metadata.uid }, status } }, { subresource: 'status' });
    } catch (error) {
      if (!isNotFound(error)) this.#log.warn('pod status not written', { pod: podName(pod), error });
    }
  }
}

/** What is written in the place of something else has to say what that would have said of the node. */
const withNomination = (why: NotScheduled, before: NotScheduled): NotScheduled => ({
  ...why,
  ...(why.nominatedNodeName === undefined && before.nominatedNodeName !== undefined ? { nominatedNodeName: before.nominatedNodeName } : {}),
  ...(why.toldNodeName === undefined && before.toldNodeName !== undefined ? { toldNodeName: before.toldNodeName } : {}),
});
