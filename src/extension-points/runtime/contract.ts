/**
 * What runs containers on a node: the container runtime interface (CRI v1) in TypeScript. Exactly one runtime serves a node.
 * Methods mirror the CRI's, one to one; refusals are `RuntimeError` with a gRPC code. All methods are idempotent where the CRI says so: stopping or removing
 * what is not there succeeds.
 */
export interface Runtime {
  version(): Promise<RuntimeVersion>;
  status(): Promise<RuntimeStatus>;
  /** Tells the runtime the node's pod CIDR. */
  updateRuntimeConfig?(podCidr: string): Promise<void>;

  /** Creates and starts a sandbox; answers its id. `handler` names a RuntimeClass handler, `''` the default. */
  runPodSandbox(config: PodSandboxConfig, handler: string): Promise<string>;
  stopPodSandbox(id: string): Promise<void>;
  removePodSandbox(id: string): Promise<void>;
  podSandboxStatus(id: string): Promise<PodSandboxStatus>;
  listPodSandboxes(filter?: { readonly id?: string; readonly labels?: Readonly<Record<string, string>> }): Promise<readonly PodSandbox[]>;

  createContainer(sandboxId: string, config: ContainerConfig, sandboxConfig: PodSandboxConfig): Promise<string>;
  startContainer(id: string): Promise<void>;
  /** Sends the stop signal, then kills after `timeoutSeconds`; resolves when the container is stopped. */
  stopContainer(id: string, timeoutSeconds: number): Promise<void>;
  removeContainer(id: string): Promise<void>;
  containerStatus(id: string): Promise<ContainerStatus>;
  listContainers(filter?: {
    readonly id?: string;
    readonly sandboxId?: string;
    readonly labels?: Readonly<Record<string, string>>;
  }): Promise<readonly Container[]>;
  updateContainerResources(id: string, resources: LinuxContainerResources): Promise<void>;
  reopenContainerLog(id: string): Promise<void>;
  /** Rejects with code DEADLINE_EXCEEDED when the command outlives `timeoutSeconds` (0: no limit). */
  execSync(id: string, command: readonly string[], timeoutSeconds: number): Promise<ExecSyncResult>;
  /** These three answer the URL of a streaming server (SPDY/3.1, one use). */
  exec(request: ExecRequest): Promise<string>;
  attach(request: AttachRequest): Promise<string>;
  portForward(sandboxId: string, ports: readonly number[]): Promise<string>;
  containerStats(id: string): Promise<ContainerStats>;
  listContainerStats(): Promise<readonly ContainerStats[]>;
  /** Containers created, started, stopped, deleted, as it happens. Absent or rejecting with UNIMPLEMENTED: the agent relists. A hint, never the only source. */
  events?(signal: AbortSignal): AsyncIterable<ContainerEvent>;

  listImages(): Promise<readonly Image[]>;
  /** Undefined when the image is not present. */
  imageStatus(reference: string): Promise<Image | undefined>;
  /** Answers the image reference to create containers with. */
  pullImage(reference: string, authentication: ImageAuthentication | undefined, sandbox: PodSandboxConfig | undefined, signal?: AbortSignal): Promise<string>;
  removeImage(reference: string): Promise<void>;
  imageFilesystem(): Promise<readonly FilesystemUsage[]>;
}

/** gRPC status codes a runtime answers with. */
export type RuntimeErrorCode =
  | 'CANCELLED'
  | 'UNKNOWN'
  | 'INVALID_ARGUMENT'
  | 'DEADLINE_EXCEEDED'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'FAILED_PRECONDITION'
  | 'RESOURCE_EXHAUSTED'
  | 'ABORTED'
  | 'UNIMPLEMENTED'
  | 'INTERNAL'
  | 'UNAVAILABLE';

export class RuntimeError extends Error {
  readonly code: RuntimeErrorCode;
  constructor(code: RuntimeErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'RuntimeError';
    this.code = code;
  }
}

export interface RuntimeVersion {
  readonly name: string;
  readonly version: string;
  readonly apiVersion: string;
}
export interface RuntimeCondition {
  readonly type: string;
  readonly status: boolean;
  readonly reason: string;
  readonly message: string;
}
/** Conditions `RuntimeReady` and `NetworkReady`. `handlers` lists RuntimeClass handlers. */
export interface RuntimeStatus {
  readonly conditions: readonly RuntimeCondition[];
  readonly handlers: readonly string[];
}

export interface PodSandboxMetadata {
  readonly name: string;
  readonly uid: string;
  readonly namespace: string;
  readonly attempt: number;
}
export interface PortMapping {
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly containerPort: number;
  readonly hostPort: number;
  readonly hostIp: string;
}
export interface DnsConfig {
  readonly servers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
}
/** `pod` shares one namespace in the sandbox, `container` gives each its own, `node` uses the host's, `target` another container's. */
export interface NamespaceOption {
  readonly network: NamespaceMode;
  readonly pid: NamespaceMode;
  readonly ipc: NamespaceMode;
  readonly targetId?: string;
}
export type NamespaceMode = 'pod' | 'container' | 'node' | 'target';
export interface SecurityProfile {
  readonly type: 'RuntimeDefault' | 'Unconfined' | 'Localhost';
  readonly localhostRef?: string;
}
export interface SeLinuxOption {
  readonly user: string;
  readonly role: string;
  readonly type: string;
  readonly level: string;
}

export interface PodSandboxConfig {
  readonly metadata: PodSandboxMetadata;
  readonly hostname: string;
  readonly logDirectory: string;
  readonly dns?: DnsConfig;
  readonly portMappings: readonly PortMapping[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly linux: {
    readonly cgroupParent: string;
    readonly sysctls: Readonly<Record<string, string>>;
    readonly resources?: LinuxContainerResources;
    readonly overhead?: LinuxContainerResources;
    readonly security: {
      readonly namespaces: NamespaceOption;
      readonly privileged: boolean;
      readonly readonlyRootfs: boolean;
      readonly runAsUser?: number;
      readonly runAsGroup?: number;
      readonly supplementalGroups: readonly number[];
      readonly seccomp?: SecurityProfile;
      readonly seLinux?: SeLinuxOption;
    };
  };
}

export interface PodSandbox {
  readonly id: string;
  readonly metadata: PodSandboxMetadata;
  readonly state: 'ready' | 'not-ready';
  readonly createdAtMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}
/** `ips[0]` is the primary address; empty for host-network sandboxes. */
export interface PodSandboxStatus extends PodSandbox {
  readonly ips: readonly string[];
}

export interface Mount {
  readonly containerPath: string;
  readonly hostPath: string;
  readonly readonly: boolean;
  readonly propagation: 'private' | 'host-to-container' | 'bidirectional';
  readonly seLinuxRelabel: boolean;
}
export interface Device {
  readonly containerPath: string;
  readonly hostPath: string;
  readonly permissions: string;
}

/** Zero means unset, as on the wire. Memory in bytes, periods and quotas in microseconds. */
export interface LinuxContainerResources {
  readonly cpuPeriod: number;
  readonly cpuQuota: number;
  readonly cpuShares: number;
  readonly memoryLimitBytes: number;
  readonly oomScoreAdj: number;
  readonly cpusetCpus: string;
  readonly cpusetMems: string;
  readonly hugepageLimits: readonly { readonly pageSize: string; readonly limitBytes: number }[];
  readonly unified: Readonly<Record<string, string>>;
  readonly memorySwapLimitBytes: number;
}

export interface ContainerConfig {
  readonly metadata: { readonly name: string; readonly attempt: number };
  /** What `pullImage` or `imageStatus` answered as id. */
  readonly image: string;
  /** What the user asked for, for status. */
  readonly userSpecifiedImage: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly workingDirectory: string;
  readonly environment: readonly { readonly name: string; readonly value: string }[];
  readonly mounts: readonly Mount[];
  readonly devices: readonly Device[];
  readonly cdiDevices: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Relative to the sandbox's log directory. */
  readonly logPath: string;
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  readonly tty: boolean;
  readonly stopSignal?: string;
  readonly linux: {
    readonly resources: LinuxContainerResources;
    readonly security: {
      readonly capabilitiesAdd: readonly string[];
      readonly capabilitiesDrop: readonly string[];
      readonly privileged: boolean;
      readonly namespaces: NamespaceOption;
      readonly runAsUser?: number;
      readonly runAsUsername?: string;
      readonly runAsGroup?: number;
      readonly readonlyRootfs: boolean;
      readonly supplementalGroups: readonly number[];
      readonly noNewPrivileges: boolean;
      readonly maskedPaths: readonly string[];
      readonly readonlyPaths: readonly string[];
      readonly seccomp?: SecurityProfile;
      readonly appArmor?: SecurityProfile;
      readonly seLinux?: SeLinuxOption;
    };
  };
}

export type ContainerState = 'created' | 'running' | 'exited' | 'unknown';
export interface Container {
  readonly id: string;
  readonly sandboxId: string;
  readonly metadata: { readonly name: string; readonly attempt: number };
  readonly image: string;
  readonly imageRef: string;
  readonly state: ContainerState;
  readonly createdAtMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}
/** Times are 0 when the container has not got there. */
export interface ContainerStatus extends Omit<Container, 'sandboxId'> {
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  readonly exitCode: number;
  /** `OOMKilled`, `Completed`, `Error`, or the runtime's own. */
  readonly reason: string;
  readonly message: string;
  readonly logPath: string;
  readonly mounts: readonly Mount[];
}

export interface ExecSyncResult {
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  readonly exitCode: number;
}
export interface ExecRequest {
  readonly containerId: string;
  readonly command: readonly string[];
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}
export interface AttachRequest {
  readonly containerId: string;
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}
export interface ContainerStats {
  readonly id: string;
  readonly metadata: { readonly name: string; readonly attempt: number };
  readonly labels: Readonly<Record<string, string>>;
  readonly cpu?: { readonly timestampNs: bigint; readonly usageCoreNanoSeconds: bigint; readonly usageNanoCores: bigint };
  readonly memory?: { readonly timestampNs: bigint; readonly workingSetBytes: bigint; readonly usageBytes: bigint; readonly rssBytes: bigint };
  readonly writableLayer?: { readonly usedBytes: bigint; readonly inodesUsed: bigint };
}
export interface ContainerEvent {
  readonly type: 'created' | 'started' | 'stopped' | 'deleted';
  readonly containerId: string;
  readonly createdAtMs: number;
  readonly podUid: string;
}
export interface Image {
  readonly id: string;
  readonly tags: readonly string[];
  readonly digests: readonly string[];
  readonly sizeBytes: number;
  /** The numeric user the image runs as, when it names one. */
  readonly uid?: number;
  readonly username: string;
  readonly pinned: boolean;
}
export interface ImageAuthentication {
  readonly username?: string;
  readonly password?: string;
  readonly auth?: string;
  readonly serverAddress?: string;
  readonly identityToken?: string;
  readonly registryToken?: string;
}
export interface FilesystemUsage {
  readonly mountpoint: string;
  readonly usedBytes: number;
  readonly inodesUsed: number;
}
