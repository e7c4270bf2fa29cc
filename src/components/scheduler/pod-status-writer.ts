import { findCondition } from '../../api/conditions.ts';
import type { Pod, PodCondition } from '../../api/generated/core-v1.ts';
import { pods } from '../../api/generated/resource-types.ts';
import { keyOf } from '../../api/object.ts';
import { isNotFound } from '../../api/status.ts';
import type { Client } from '../../client/client.ts';
import type { Clock } from '../../kernel/clock.ts';
import { timeText } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import { podName } from './pod-facts.ts';

/** Why a pod is not scheduled, as its condition says it. */
export interface NotScheduled {
  readonly reason: 'Unschedulable' | 'SchedulerError' | 'SchedulingGated';
  readonly message: string;
  /** Absent leaves a nomination, `''` clears it. */
  readonly nominatedNodeName?: string;
  /** The nomination that the API was told of last, where the pod at hand may not know of it yet. */
  readonly toldNodeName?: string;
}

/** Writes the condition `PodScheduled` in the background. Failures are logged: the next attempt writes it again. */
export class PodStatusWriter implements AsyncDisposable {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #running = new Set<Promise<void>>();

  constructor({ client, clock, log }: { client: Client; clock: Clock; log: Log }) {
    this.#client = client;
    this.#clock = clock;
    this.#log = log;
  }

  write(pod: Pod, why: NotScheduled): void {
    const status = this.#change(pod, why);
    if (!status) return;
    const run = this.#patch(pod, status).finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#running);
  }

  /** Tells of the node that a pod is to be bound to, when that will take a while. Resolves when it is said, or cannot be. */
  nominate(pod: Pod, nominatedNodeName: string): Promise<void> {
    return this.#patch(pod, { nominatedNodeName });
  }

  #change(pod: Pod, { reason, message, nominatedNodeName, toldNodeName }: NotScheduled): Partial<Pod['status']> {
    const old = findCondition(pod.status?.conditions, 'PodScheduled');
    const isNominationChange = nominatedNodeName !== undefined && nominatedNodeName !== (toldNodeName ?? pod.status?.nominatedNodeName ?? '');
    const isSame = old?.status === 'False' && old.reason === reason && old.message === message;
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
