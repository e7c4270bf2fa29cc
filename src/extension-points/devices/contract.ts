/**
 * What gives the containers of a node devices: one plugin per resource name, such as `example.com/gpu`. The node agent is the only caller. The same for a plugin in
 * this process and for one behind a socket (device plugin API v1beta1).
 */
export interface DevicePlugin {
  /** The name that pods ask for: a domain and a name, `example.com/gpu`. Not in `kubernetes.io`. */
  readonly resourceName: string;
  /**
   * The devices there are, now and whenever something of them changes. Each list replaces the one before. When it ends or throws the plugin is gone: its devices
   * are unhealthy at once and forgotten after five minutes, unless it connects again. Must end when `signal` aborts.
   */
  devices(signal: AbortSignal): AsyncIterable<readonly Device[]>;
  /** What a container that is given these devices needs. Called once for each container, when its pod is admitted; a throw refuses the pod, with the message. */
  allocate(deviceIds: readonly string[]): Promise<ContainerAllocation>;
  /** Which of several free devices go well together. A wish: ids that are not available are ignored, and missing ones chosen by the agent. A throw refuses the pod. */
  preferredAllocation?(request: PreferredAllocationRequest): Promise<readonly string[]>;
  /** Called before every start of a container that holds the devices. A throw fails that start, not the pod; the start is tried again. 30 seconds at most. */
  preStartContainer?(deviceIds: readonly string[]): Promise<void>;
}

/** `id` is unique within the resource, 63 bytes at most. */
export interface Device {
  readonly id: string;
  readonly health: DeviceHealth;
  /** The NUMA nodes the device is near to. Empty: it does not matter. */
  readonly numaNodes: readonly number[];
}

/** An unhealthy device stays in the node's capacity but leaves what is allocatable; who holds it keeps it. */
export type DeviceHealth = 'Healthy' | 'Unhealthy';

export interface PreferredAllocationRequest {
  readonly availableIds: readonly string[];
  /** Part of `availableIds`, and chosen already: the answer should hold them. */
  readonly mustIncludeIds: readonly string[];
  readonly size: number;
}

/** Goes into the container beside what its pod says. Where several resources of a container set the same thing, one of them wins. */
export interface ContainerAllocation {
  readonly environment: Readonly<Record<string, string>>;
  readonly mounts: readonly DeviceMount[];
  readonly devices: readonly DeviceNode[];
  /** For the container in the runtime, not for the pod. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Qualified names of the Container Device Interface: `vendor.com/class=name`. */
  readonly cdiDevices: readonly string[];
}

export interface DeviceMount {
  readonly containerPath: string;
  readonly hostPath: string;
  readonly readOnly: boolean;
}

/** `permissions` is made of r, w and m (mknod). */
export interface DeviceNode {
  readonly containerPath: string;
  readonly hostPath: string;
  readonly permissions: string;
}

export const nothingAllocated: ContainerAllocation = { environment: {}, mounts: [], devices: [], annotations: {}, cdiDevices: [] };

/** The one version of the wire there is. */
export const devicePluginVersion = 'v1beta1';
/** Folder and socket of the agent's registration service, below the folder for plugins (`/var/lib/kubelet` of a stock node). */
export const devicePluginFolder = 'device-plugins';
export const registrationSocket = 'kubelet.sock';
/** Folder for sockets that the agent finds by itself. */
export const pluginsRegistryFolder = 'plugins_registry';
