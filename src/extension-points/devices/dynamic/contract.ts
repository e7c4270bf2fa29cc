import type { CounterSet, Device, ResourceClaim } from '../../../api/generated/resource-v1.ts';

/**
 * The driver of devices that pods get through ResourceClaims (dynamic resource allocation, resource.k8s.io/v1). It says which devices a node has; the scheduler gives
 * them to claims; the driver then makes the devices of a claim ready for the containers of a pod, before anything of the pod runs.
 */
export interface DynamicDeviceDriver {
  /** What claims and ResourceSlices call the driver: a DNS name such as `gpu.example.com`, 63 bytes at most. */
  readonly name: string;
  /**
   * The pools of devices on this node, now and whenever something of them changes. Each list replaces the one before. While nothing was said yet, nothing is published;
   * when it ends or throws, what was said last stays published. Must end when `signal` aborts.
   */
  pools(signal: AbortSignal): AsyncIterable<readonly DevicePool[]>;
  /**
   * Makes the devices of a claim ready. Asked before the first pod that uses the claim is started, and again whenever the agent does not know what came of it: must
   * answer the same then. Must refuse devices that are prepared for another claim, unless they are shared. A throw keeps the pods waiting, with the message in an event;
   * it is tried again. One call at a time, `unprepare` included; 45 seconds at most.
   */
  prepare(claim: AllocatedClaim): Promise<readonly PreparedDevice[]>;
  /**
   * Undoes it, when no pod on the node uses the claim any more. May come for a claim that is not prepared, and one that does not exist any more: whatever is needed must
   * have been kept by the driver, over its own restarts too. A throw keeps the pod from ending; it is tried again.
   */
  unprepare(claim: ClaimReference): Promise<void>;
  /** How devices are, now and whenever it changes; devices that are left out keep what was said of them until their time is over. Must end when `signal` aborts. */
  health?(signal: AbortSignal): AsyncIterable<readonly DeviceHealth[]>;
}

/** Devices that are published together. `name` is a DNS name, usually the node's; devices are named as DNS labels, unique in the pool. */
export interface DevicePool {
  readonly name: string;
  readonly devices: readonly Device[];
  /** What partitions of the pool's devices use up together. */
  readonly sharedCounters?: readonly CounterSet[];
}

export interface ClaimReference {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** A claim as it was allocated, with what concerns this driver. */
export interface AllocatedClaim extends ClaimReference {
  readonly devices: readonly AllocatedDevice[];
  /** The whole claim, for what is not said here. Never to be written to. */
  readonly object: ResourceClaim;
}

export interface AllocatedDevice {
  /** The claim's name for what it asked for; `request/part` where it gave a choice. */
  readonly request: string;
  readonly pool: string;
  readonly device: string;
  /** The claim looks at the device; others may hold it. */
  readonly isAdminAccess: boolean;
  /** Set when the device is given to several claims at once. */
  readonly shareId?: string;
  /** How much of such a device the claim has: quantities by name. */
  readonly consumedCapacity: Readonly<Record<string, string>>;
  /** What the class, then the claim, has for the driver to read, where it concerns the request. Later ones win. */
  readonly parameters: readonly unknown[];
}

export interface PreparedDevice {
  /** Requests of the claim the device is for; none: all of them. */
  readonly requests: readonly string[];
  readonly pool: string;
  readonly device: string;
  /** What containers get: qualified names of the Container Device Interface, `vendor.com/class=name`. May be none. */
  readonly cdiDevices: readonly string[];
  readonly shareId?: string;
}

export interface DeviceHealth {
  readonly pool: string;
  readonly device: string;
  readonly health: 'Healthy' | 'Unhealthy' | 'Unknown';
  /** Shown in the status of pods, 1,024 bytes at most. */
  readonly message?: string;
  /** After so many seconds without news the health is unknown. Default 30. */
  readonly timeoutSeconds?: number;
}

/** What became of one claim. */
export type PrepareOutcome = { readonly kind: 'prepared'; readonly devices: readonly PreparedDevice[] } | { readonly kind: 'failed'; readonly error: string };
export type UnprepareOutcome = { readonly kind: 'unprepared' } | { readonly kind: 'failed'; readonly error: string };

/** A driver as the node agent sees it: behind its socket, with claims by reference only. Faults read as Go prints them. */
export interface DriverConnection extends Disposable {
  readonly driver: string;
  readonly endpoint: string;
  /** Outcomes by uid of the claim; a driver may leave some out. */
  prepare(claims: readonly ClaimReference[], signal: AbortSignal): Promise<ReadonlyMap<string, PrepareOutcome>>;
  unprepare(claims: readonly ClaimReference[], signal: AbortSignal): Promise<ReadonlyMap<string, UnprepareOutcome>>;
  /** Throws a `RuntimeError` with UNIMPLEMENTED for a driver that does not watch its devices. */
  health(signal: AbortSignal): AsyncIterable<readonly DeviceHealth[]>;
  /** Tells now and whenever it changes whether the driver can be reached. */
  watch(listener: (isConnected: boolean) => void): Disposable;
}

/** What a driver says in `plugins_registry` that it is. */
export const driverPluginType = 'DRAPlugin';
/** Services by which a driver can be used, as drivers and the kubelet name them; the newest first. */
export const driverServices = ['v1.DRAPlugin', 'v1beta1.DRAPlugin'] as const;
export type DriverService = (typeof driverServices)[number];
export const healthService = 'v1alpha1.DRAResourceHealth';
/** Folder for the drivers' own sockets, each in a folder of its own, below the folder for plugins (`/var/lib/kubelet` of a stock node). */
export const pluginsFolder = 'plugins';
