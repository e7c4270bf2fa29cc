import type { Pod } from '../../../../api/generated/core-v1.ts';
import { nameOf } from '../../../../api/object.ts';
import {
  type ClaimDecisionRecord,
  type DeviceDecisionRecord,
  longestText,
  mostDevices,
  type PinnedContainerRecord,
} from '../../../../extension-points/devices/decision.ts';
import { type Clock, microTimeText } from '../../../../kernel/clock.ts';
import { cpuListText } from '../../cpus/cpu-list.ts';
import { podUid } from '../../directories.ts';
import type { DynamicResources } from '../../dynamic-resources/contract.ts';
import type { AdmissionRefusal } from '../../pod/pod-services.ts';
import type { Pinning } from '../../topology/pinning.ts';
import { containersOf } from '../../topology/topology-manager.ts';
import type { DeviceManager } from '../contract.ts';

export interface DeviceDecisionsParts {
  readonly nodeName: string;
  readonly devices: Pick<DeviceManager, 'takeNotes'> | undefined;
  readonly dynamicResources: Pick<DynamicResources, 'claimsOf'> | undefined;
  readonly pinning: Pick<Pinning, 'cpusOf' | 'memoryOf'>;
  readonly record: (decision: DeviceDecisionRecord) => void;
  readonly clock: Clock;
}

/** Reasons that are about what only one container can have; so are those that begin with `OutOf`. */
const ownReasons = new Set(['UnexpectedAdmissionError', 'TopologyAffinityError', 'SMTAlignmentError']);
/** Pods whose claims fail, at most; of more the count begins anew. */
const maximumFailing = 1_000;

/** Puts together what is remembered of a pod that asked for devices and the like. Pods that asked for nothing, and got nothing, leave no record. */
export class DeviceDecisions {
  readonly #parts: DeviceDecisionsParts;
  readonly #failing = new Map<string, { count: number; message: string }>();

  constructor(parts: DeviceDecisionsParts) {
    this.#parts = parts;
  }

  /** A pod was admitted, or refused. */
  admitted(pod: Pod, { startedMs, refusal, detail }: { readonly startedMs: number; readonly refusal?: AdmissionRefusal; readonly detail?: string }): void {
    const allocations = this.#parts.devices?.takeNotes(pod) ?? [];
    const pinned = this.#pinned(pod);
    const isAboutDevices = refusal !== undefined && (ownReasons.has(refusal.reason) || refusal.reason.startsWith('OutOf'));
    if (allocations.length === 0 && pinned.length === 0 && !isAboutDevices) return;
    this.#record(pod, startedMs, {
      step: 'Admission',
      result: refusal ? 'Refused' : 'Allocated',
      ...(refusal ? { reason: refusal.reason, message: refusal.message.slice(0, longestText) } : {}),
      ...(detail === undefined ? {} : { detail: detail.slice(0, longestText) }),
      allocations,
      claims: [],
      pinned,
    });
  }

  /** The claims of a pod were made ready, or could not be. The same failure again is not told again until the tenth time. */
  prepared(pod: Pod, { startedMs, error }: { readonly startedMs: number; readonly error?: Error }): void {
    const uid = podUid(pod);
    const before = this.#failing.get(uid);
    if (error) {
      const count = (before?.count ?? 0) + 1;
      if (this.#failing.size >= maximumFailing) this.#failing.clear();
      this.#failing.set(uid, { count, message: error.message });
      if (before?.message === error.message && count % 10 !== 0) return;
    } else this.#failing.delete(uid);
    this.#record(pod, startedMs, {
      step: 'Claims',
      result: error ? 'Failed' : 'Allocated',
      ...(error ? { reason: 'FailedPrepareDynamicResources', message: error.message.slice(0, longestText) } : {}),
      ...(before ? { failuresBefore: before.count } : {}),
      allocations: [],
      claims: this.#claims(pod),
      pinned: [],
    });
  }

  #record(pod: Pod, startedMs: number, told: Omit<DeviceDecisionRecord, 'time' | 'durationMilliseconds' | 'pod' | 'nodeName'>): void {
    const { nodeName, record, clock } = this.#parts;
    record({
      time: microTimeText(startedMs),
      durationMilliseconds: Math.max(0, clock.now() - startedMs),
      pod: { namespace: pod.metadata.namespace ?? '', name: nameOf(pod), uid: podUid(pod) },
      nodeName,
      ...told,
    });
  }

  #claims(pod: Pod): ClaimDecisionRecord[] {
    const claims = new Map<string, ClaimDecisionRecord>();
    for (const container of containersOf(pod))
      for (const { name, devices } of this.#parts.dynamicResources?.claimsOf(pod, container) ?? [])
        claims.set(name, {
          claim: name,
          devices: devices.slice(0, mostDevices).map(({ driver, pool, device, cdiDevices }) => ({ driver, pool, device, cdiDevices })),
        });
    return [...claims.values()];
  }

  #pinned(pod: Pod): PinnedContainerRecord[] {
    const { pinning } = this.#parts;
    return containersOf(pod).flatMap(({ name }) => {
      const cpus = pinning.cpusOf(podUid(pod), name);
      const memory = pinning.memoryOf(podUid(pod), name);
      if (cpus.size === 0 && memory.length === 0) return [];
      return [
        {
          container: name,
          ...(cpus.size > 0 ? { cpus: cpuListText(cpus) } : {}),
          ...(memory.length > 0 ? { memory: memory.map(({ type, size, numaAffinity }) => ({ kind: type, bytes: size, numaNodes: numaAffinity })) } : {}),
        },
      ];
    });
  }
}
