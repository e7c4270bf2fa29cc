import type { Container, Pod, ResourceList, ResourceStatus } from '../../../api/generated/core-v1.ts';
import type { DeviceAllocationRecord } from '../../../extension-points/devices/decision.ts';
import type { Device, Mount } from '../../../extension-points/runtime/contract.ts';
import type { MemoryBlock } from '../memory/memory-state.ts';
import type { HintProvider } from '../topology/contract.ts';
import type { DeviceResourceReport } from './device-report.ts';

/** What allocated devices add to a container. */
export interface ContainerDevices {
  readonly environment: readonly { readonly name: string; readonly value: string }[];
  readonly mounts: readonly Mount[];
  readonly devices: readonly Device[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly cdiDevices: readonly string[];
  /** Groups that the container's process gets beside its own. */
  readonly additionalGroups?: readonly number[];
}

/** CPUs and memory that are given to single containers. */
export interface PinnedResources {
  cpusOf(uid: string, containerName: string): ReadonlySet<number>;
  memoryOf(uid: string, containerName: string): readonly MemoryBlock[];
  readonly allocatableCpus: ReadonlySet<number>;
  readonly allocatableMemory: readonly MemoryBlock[];
}

/** What the device manager sees of its agent. */
export interface DeviceHost {
  /** Pods that are not over. */
  readonly activePods: () => readonly Pod[];
  readonly podByName: (namespace: string, name: string) => Pod | undefined;
  /** Something that the pod's status shows has changed. */
  readonly wake: (uid: string) => void;
  /** Whether the runtime applies the edits of CDI devices by itself. */
  readonly appliesCdi: () => boolean;
  /** NUMA nodes of the machine. Default: one, 0. */
  readonly numaNodes?: readonly number[];
  /** What else containers have for themselves. Default: nothing. */
  readonly pinned?: PinnedResources;
}

/** Who hands out the node's devices. The agent asks; how plugins are found and spoken to is not its business. */
export interface DeviceManager extends HintProvider, AsyncDisposable {
  /** What holds the folders in which plugins connect. */
  readonly directory: string;
  /** Opens what plugins and others connect to. Called once, before anything else. Rejects when that cannot be had. */
  start(host: DeviceHost): Promise<void>;
  /** The plugins of this process may be others than before. */
  refresh(): void;
  /** Reserves what a pod's containers ask for, wherever it is. Idempotent. Throws with the reason when it cannot, or when the signal aborts. */
  allocate(pod: Pod, signal: AbortSignal): Promise<void>;
  /** Before every start of a container. Rejects when the signal aborts: a plugin may never answer. */
  forContainer(pod: Pod, container: Container, signal?: AbortSignal): Promise<ContainerDevices>;
  release(uid: string): void;
  /** Releases what pods hold that are not any more; called once it is known which are. */
  retain(uids: ReadonlySet<string>): void;
  /** What the node's status shows. */
  resources(): { readonly capacity: ResourceList; readonly allocatable: ResourceList };
  /** True when nothing was kept from an earlier run: extended resources that the Node shows are then of a machine that is gone. */
  readonly isNew: boolean;
  /** What counts as allocatable while this pod is admitted: for one that holds devices, at least what is in use (their plugin may not be back yet). */
  allocatableFor(pod: Pod, allocatable: ResourceList): ResourceList;
  /** `allocatedResourcesStatus` of a container; undefined when it holds no devices. */
  healthOf(uid: string, containerName: string): ResourceStatus[] | undefined;
  /** What was tried when devices were allocated to a pod, since it was asked last. */
  takeNotes(pod: Pod): readonly DeviceAllocationRecord[];
  /** For people: every device, its plugin, and who of these pods holds it. */
  report(pods: readonly Pod[]): readonly DeviceResourceReport[];
  /** Told when `resources` changed. */
  onChange(listener: () => void): Disposable;
}

export const noDevices: ContainerDevices = { environment: [], mounts: [], devices: [], annotations: {}, cdiDevices: [] };
