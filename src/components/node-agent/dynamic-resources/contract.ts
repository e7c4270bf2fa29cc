import type { Container, Pod, ResourceStatus } from '../../../api/generated/core-v1.ts';
import type { ClaimReference } from '../../../extension-points/devices/dynamic/contract.ts';
import type { ContainerDevices } from '../devices/contract.ts';
import type { PluginHandler } from '../devices/plugin-watcher.ts';

/** What the host of dynamic resources sees of its agent. */
export interface DynamicResourcesHost {
  /** Uids of all pods the agent looks after, those included that are ending. */
  readonly podUids: () => ReadonlySet<string>;
  /** Something that the pod's status shows has changed. */
  readonly wake: (uid: string) => void;
  /** Whether the runtime applies the edits of CDI devices by itself. */
  readonly appliesCdi: () => boolean;
  /** Told what became of claims that had to be made ready. Default: nobody. */
  readonly prepared?: (pod: Pod, outcome: { readonly startedMs: number; readonly error?: Error }) => void;
}

/** Has the devices of ResourceClaims made ready for the pods of the node. The agent asks; how drivers are found and spoken to is not its business. */
export interface DynamicResources extends AsyncDisposable {
  /** Takes drivers that are found in `plugins_registry`. */
  readonly pluginHandler: PluginHandler;
  /** Reads what was prepared before a restart. Called once, before anything else. */
  start(host: DynamicResourcesHost): Promise<void>;
  /** It is known from now on which pods there are: what is prepared for others is undone, now and from time to time. */
  sourcesReady(): void;
  /** Whether the pod refers to claims that nothing is known of: they have to be prepared before any container starts. */
  lacksClaims(pod: Pod): boolean;
  /** Makes all claims of a pod ready. Idempotent. Throws with what stands in the way, in upstream's words, or the signal's reason. */
  prepare(pod: Pod, signal: AbortSignal): Promise<void>;
  /** What a container gets of the pod's claims. Throws when one of them is not prepared. */
  forContainer(pod: Pod, container: Container): Promise<ContainerDevices>;
  /** After the last container of a pod has ended: undoes what no other pod of the node uses. Idempotent. Throws with what stands in the way. */
  unprepare(uid: string): Promise<void>;
  /** `allocatedResourcesStatus` of a container; undefined when it uses no claims. */
  healthOf(pod: Pod, containerName: string): ResourceStatus[] | undefined;
  /** The claims a container uses, with their devices. */
  claimsOf(pod: Pod, container: Container): readonly ClaimInUse[];
  /** For people: which drivers there are. */
  drivers(): readonly DriverReport[];
}

/** A connection to a driver. Of one driver there are several while it is replaced by a newer one. */
export interface DriverReport {
  readonly driver: string;
  /** Its socket. */
  readonly endpoint: string;
  readonly isConnected: boolean;
}

/** What monitoring sees of a claim. */
export interface ClaimInUse extends Omit<ClaimReference, 'uid'> {
  readonly devices: readonly DeviceInUse[];
}

export interface DeviceInUse {
  readonly driver: string;
  readonly pool: string;
  readonly device: string;
  readonly cdiDevices: readonly string[];
  readonly shareId?: string;
}
