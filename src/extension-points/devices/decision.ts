import type { KubernetesObject } from '../../api/object.ts';
import type { ResourceType } from '../../api/resource-type.ts';

/**
 * What a node made of one pod that asked for what only one container can have: devices, claims, CPUs and memory of its own, huge pages. JSON throughout: this is also
 * what the API serves, and what `wherry why` tells. Lists are bounded; where one is cut, a count beside it says how much is missing.
 */
export interface DeviceDecisionRecord {
  /** When the node began; RFC 3339 with microseconds. */
  readonly time: string;
  readonly durationMilliseconds: number;
  readonly pod: { readonly namespace: string; readonly name: string; readonly uid: string };
  readonly nodeName: string;
  /** `Admission`: once, before anything of the pod runs. `Claims`: what drivers made ready, tried until it succeeds. */
  readonly step: 'Admission' | 'Claims';
  /** `Failed` is tried again, `Refused` is not. */
  readonly result: 'Allocated' | 'Refused' | 'Failed';
  /** As the pod's status has them: `UnexpectedAdmissionError`, `OutOfexample.com/gpu`. */
  readonly reason?: string;
  readonly message?: string;
  /** What lies behind the message: where on the machine each resource could have come from. */
  readonly detail?: string;
  /** How often claims were tried in vain before this. */
  readonly failuresBefore?: number;
  /** In the order in which containers got them; one entry for each container and resource. */
  readonly allocations: readonly DeviceAllocationRecord[];
  readonly omittedAllocations?: number;
  readonly claims: readonly ClaimDecisionRecord[];
  /** What containers have for themselves alone. */
  readonly pinned: readonly PinnedContainerRecord[];
}

export interface DeviceAllocationRecord {
  readonly container: string;
  readonly resource: string;
  readonly requested: number;
  /** Which plugin was asked: its name on the roster. Absent when there was none. */
  readonly plugin?: string;
  /** How many devices there were, how many of them healthy, and how many of those nobody held. */
  readonly listed: number;
  readonly healthy: number;
  readonly free: number;
  /** NUMA nodes that the topology manager chose. */
  readonly wantedNumaNodes?: readonly number[];
  readonly devices: readonly ChosenDeviceRecord[];
  readonly omittedDevices?: number;
  /** How long the plugin's `Allocate` took. */
  readonly pluginMilliseconds?: number;
  /** Why it came to nothing. */
  readonly error?: string;
}

export interface ChosenDeviceRecord {
  readonly id: string;
  readonly numaNodes: readonly number[];
  readonly why: DeviceChoiceReason;
}

/**
 * `Reused`: an init container of the pod that has ended held it. `Aligned`: near to the wanted NUMA nodes. `Preferred`: the plugin's wish. `Available`: nobody held it.
 */
export type DeviceChoiceReason = 'Reused' | 'Aligned' | 'Preferred' | 'Available';

export interface ClaimDecisionRecord {
  /** Name of the ResourceClaim. */
  readonly claim: string;
  /** As their drivers prepared them. */
  readonly devices: readonly { readonly driver: string; readonly pool: string; readonly device: string; readonly cdiDevices: readonly string[] }[];
}

export interface PinnedContainerRecord {
  readonly container: string;
  /** As the kernel writes lists: `2-3,6`. */
  readonly cpus?: string;
  /** Bytes by kind (`memory`, `hugepages-2Mi`) and the NUMA nodes they come from. */
  readonly memory?: readonly { readonly kind: string; readonly bytes: number; readonly numaNodes: readonly number[] }[];
}

/** The name of a record: the pod's name, the first digits of its uid, and what it is about. */
export const deviceDecisionName = ({ pod, step }: Pick<DeviceDecisionRecord, 'pod' | 'step'>): string =>
  `${pod.name.slice(0, 225)}.${pod.uid.slice(0, 8)}.${step.toLowerCase()}`;

/** One remembered record. */
export interface RecordedDeviceDecision {
  readonly namespace: string;
  readonly name: string;
  readonly revision: number;
  readonly record: DeviceDecisionRecord;
}

/** Remembers what nodes tell, and answers those who ask. */
export interface DeviceDecisionBook {
  put(record: DeviceDecisionRecord): void;
  find(namespace: string, name: string): RecordedDeviceDecision | undefined;
  /** In no order. Default: of all namespaces. */
  all(namespace?: string): Iterable<RecordedDeviceDecision>;
}

/** A `DeviceDecisionRecord` in the namespace of its pod, as the API serves it: read-only, kept in memory only. */
export interface DeviceDecision extends KubernetesObject, DeviceDecisionRecord {}

export const devicedecisions: ResourceType<DeviceDecision> = {
  group: 'decisions.wherry.dev',
  version: 'v1alpha1',
  resource: 'devicedecisions',
  kind: 'DeviceDecision',
  namespaced: true,
};

/** A node tells what it decided. Nothing is stored; only the node itself may, and only about pods that are bound to it. */
export interface DeviceDecisionReport extends KubernetesObject {
  spec: { readonly nodeName: string; readonly decisions: readonly DeviceDecisionRecord[] };
  /** How many were taken; the others were about pods that are not, or are not this node's. */
  status?: { readonly accepted: number };
}

export const devicedecisionreports: ResourceType<DeviceDecisionReport> = {
  group: 'decisions.wherry.dev',
  version: 'v1alpha1',
  resource: 'devicedecisionreports',
  kind: 'DeviceDecisionReport',
  namespaced: false,
};

/** Under this name the API server is given a `DeviceDecisionBook`. */
export const deviceDecisionsService = 'device-decisions';

/** Bounds of what a node tells at once. */
export const mostReportedDecisions = 100;
export const mostAllocations = 64;
export const mostDevices = 64;
export const longestText = 2_048;
