import type { Container, Pod, ResourceList } from '../../api/generated/core-v1.ts';
import type { Device, Mount } from '../../extension-points/runtime/contract.ts';

/** What allocated devices add to a container. */
export interface ContainerDevices {
  readonly environment: readonly { readonly name: string; readonly value: string }[];
  readonly mounts: readonly Mount[];
  readonly devices: readonly Device[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly cdiDevices: readonly string[];
}

/** Who hands out the node's devices. The agent asks; how plugins are found and spoken to is not its business. */
export interface DeviceManager {
  /** Reserves what a pod's containers ask for, when the pod is admitted. Idempotent. Throws with the reason when it cannot. */
  allocate(pod: Pod): Promise<void>;
  /** Before every start of a container. */
  forContainer(pod: Pod, container: Container): Promise<ContainerDevices>;
  release(uid: string): void;
  /** What the node's status shows. */
  resources(): { readonly capacity: ResourceList; readonly allocatable: ResourceList };
  /** Told when `resources` changed. */
  onChange(listener: () => void): Disposable;
}

export const noDevices: ContainerDevices = { environment: [], mounts: [], devices: [], annotations: {}, cdiDevices: [] };
