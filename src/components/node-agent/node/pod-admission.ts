import type { Node, Pod } from '../../../api/generated/core-v1.ts';
import { nodes } from '../../../api/generated/resource-types.ts';
import type { Client } from '../../../client/client.ts';
import { type Clock, systemClock } from '../../../kernel/clock.ts';
import type { DeviceManager } from '../devices/contract.ts';
import type { DeviceDecisions } from '../devices/decisions/device-decisions.ts';
import { podUid } from '../directories.ts';
import type { PodManager } from '../pod/pod-manager.ts';
import type { AdmissionRefusal, PodServices } from '../pod/pod-services.ts';
import { isTerminalPhase } from '../status/pod-status.ts';
import { AdmissionError } from '../topology/contract.ts';
import type { Pinning } from '../topology/pinning.ts';
import { admitPod, fitOfResize } from './admission.ts';

export interface PodAdmissionParts {
  readonly client: Client;
  readonly nodeName: string;
  readonly devices: Pick<DeviceManager, 'allocatableFor'> | undefined;
  readonly pinning: Pick<Pinning, 'allocate' | 'isIdle' | 'refusalOfResize'>;
  readonly pods: Pick<PodManager, 'activePods' | 'get'>;
  /** The Node as it is known; undefined before it is registered. */
  readonly node: () => Node | undefined;
  /** Told of every admission. Default: nobody. */
  readonly decisions?: Pick<DeviceDecisions, 'admitted'> | undefined;
  /** Default: the system's. */
  readonly clock?: Clock;
}

/** Decides, once for each pod, whether it may run here, and has what it asks for allocated. */
export class PodAdmission {
  readonly #parts: PodAdmissionParts;
  /** Pods that were found to fit and wait for what they are given. */
  readonly #allocating = new Map<string, Pod>();

  constructor(parts: PodAdmissionParts) {
    this.#parts = parts;
  }

  /** Answers why the pod must not run; undefined when it may. Throws when the signal aborts. */
  async admit(pod: Pod, signal: AbortSignal): Promise<AdmissionRefusal | undefined> {
    const { decisions, clock = systemClock } = this.#parts;
    const startedMs = clock.now();
    const { refusal, detail } = await this.#decide(pod, signal);
    decisions?.admitted(pod, { startedMs, ...(refusal ? { refusal } : {}), ...(detail === undefined ? {} : { detail }) });
    return refusal;
  }

  async #decide(pod: Pod, signal: AbortSignal): Promise<{ readonly refusal?: AdmissionRefusal; readonly detail?: string }> {
    const { client, devices, pinning, node, nodeName } = this.#parts;
    const known = node();
    if (!known) return { refusal: { reason: 'InvalidNodeInfo', message: 'Kubelet cannot get node info.' } };
    const asSeenBy = (seen: Node): Node =>
      devices ? { ...seen, status: { ...seen.status, allocatable: devices.allocatableFor(pod, seen.status?.allocatable ?? {}) } } : seen;
    let refusal = admitPod(pod, asSeenBy(known), this.#othersThan(pod));
    // Labels may have changed a moment ago: ask for the newest before a pod is lost over them.
    if (refusal?.reason === 'NodeAffinity') refusal = admitPod(pod, asSeenBy(await client.get(nodes, { name: nodeName })), this.#othersThan(pod));
    if (refusal) return { refusal };
    if (pinning.isIdle) return {};
    this.#allocating.set(podUid(pod), pod);
    try {
      await pinning.allocate(pod, signal);
      return {};
    } catch (error) {
      this.#allocating.delete(podUid(pod));
      signal.throwIfAborted(); // the pod or the agent is being stopped: nothing was refused
      if (error instanceof AdmissionError)
        return { refusal: { reason: error.reason, message: error.message }, ...(error.detail === undefined ? {} : { detail: error.detail }) };
      return { refusal: { reason: 'UnexpectedAdmissionError', message: `Allocate failed due to ${(error as Error).message}, which is unexpected` } };
    }
  }

  /** Whether the node has what a pod that runs here already asks for now. */
  fitOfResize(pod: Pod): ReturnType<PodServices['fitOfResize']> {
    const known = this.#parts.node();
    if (!known) return { kind: 'deferred', message: 'Kubelet cannot get node info.' };
    const active = this.#parts.pods.activePods();
    const granted = active.find((other) => podUid(other) === podUid(pod));
    const fit = fitOfResize(
      pod,
      known,
      active.filter((other) => other !== granted),
    );
    const message = fit.kind === 'infeasible' || !granted ? undefined : this.#parts.pinning.refusalOfResize(granted, pod);
    return message === undefined ? fit : { kind: 'infeasible', message };
  }

  /** Pods that hold resources of the node, and those that were found to fit and wait for what they are given. */
  #othersThan(pod: Pod): readonly Pod[] {
    const { pods } = this.#parts;
    const active = pods.activePods();
    const activeUids = new Set(active.map(podUid));
    for (const uid of this.#allocating.keys()) {
      const known = pods.get(uid);
      if (!known || activeUids.has(uid) || isTerminalPhase(known.status?.phase)) this.#allocating.delete(uid);
    }
    return [...active, ...this.#allocating.values()].filter((other) => podUid(other) !== podUid(pod));
  }
}
