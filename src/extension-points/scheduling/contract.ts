import type { Node, Pod } from '../../api/generated/core-v1.ts';

/**
 * The scheduling framework. A plugin is one object that implements any of these methods; the scheduler sorts it into the extension points it implements.
 * Order, combination and failure of each point are as in Kubernetes' scheduling framework: see README.md.
 * A plugin that is loaded anew takes the place of the old one, which is disposed of when nothing of it is under way; what it listens to through its handle ends by itself.
 * All methods up to Score run on the scheduling path: synchronous and without I/O. Throwing means a bug: the cycle aborts and the pod backs off.
 */
export interface SchedulingPlugin extends Partial<Disposable> {
  /** Before a pod enters the active queue. The first refusal gates the pod. */
  preEnqueue?(pod: Pod): Status;
  /** Orders the active queue: negative when `left` goes first. Exactly one plugin has it. */
  queueSort?(left: QueuedPod, right: QueuedPod): number;
  /** Once per cycle, and again when the cluster changed during its pauses. `skip` turns off this plugin's `filter`. `nodeNames` narrows the nodes; several plugins' are intersected. */
  preFilter?(state: CycleState, pod: Pod, nodes: readonly NodeInfo[]): PreFilterResult;
  /** What `filter` would see if a pod were on, or gone from, the node. Called only after `preFilter`, maybe on a clone of the state. */
  addPod?(state: CycleState, pod: Pod, podToAdd: Pod, node: NodeInfo): Status;
  removePod?(state: CycleState, pod: Pod, podToRemove: Pod, node: NodeInfo): Status;
  /** Once per node until one refuses. Must use the given node, never the snapshot. */
  filter?(state: CycleState, pod: Pod, node: NodeInfo): Status;
  /** When no node was feasible. May nominate one. A promise must settle within 60 s: other pods wait. `signal` aborts when the time is over, here and below. */
  postFilter?(state: CycleState, pod: Pod, failures: ReadonlyMap<string, Status>, signal: AbortSignal): PostFilterResult | Promise<PostFilterResult>;
  /** What `postFilter` would answer, without doing anything: for those who only want to know. Without it the plugin is left out then. */
  reviewPostFilter?(state: CycleState, pod: Pod, failures: ReadonlyMap<string, Status>, signal: AbortSignal): PostFilterResult | Promise<PostFilterResult>;
  /** Before scoring. `skip` turns off this plugin's `score`. */
  preScore?(state: CycleState, pod: Pod, nodes: readonly NodeInfo[]): Status;
  /** Any finite number; after `normalizeScores` it must be within 0 and 100. */
  score?(state: CycleState, pod: Pod, node: NodeInfo): number;
  /** Brings this plugin's scores into 0..100, in place. */
  normalizeScores?(state: CycleState, pod: Pod, scores: NodeScore[]): void;
  /** After a node was chosen. A failure undoes all plugins' reservations in reverse order. A promise must settle within 10 s: other pods wait. */
  reserve?(state: CycleState, pod: Pod, nodeName: string, signal: AbortSignal): Status | Promise<Status>;
  /** Idempotent; may be called though `reserve` was not. */
  unreserve?(state: CycleState, pod: Pod, nodeName: string): void;
  /** `wait` holds the pod until `allow`, `reject` or the timeout (at most 15 minutes). A promise must settle within 10 s: other pods wait. */
  permit?(state: CycleState, pod: Pod, nodeName: string, signal: AbortSignal): PermitResult | Promise<PermitResult>;
  /** Cheap: whether `preBind` will act (`success`) or not (`skip`). */
  preBindPreFlight?(state: CycleState, pod: Pod, nodeName: string): Status;
  /** Within 15 minutes. */
  preBind?(state: CycleState, pod: Pod, nodeName: string, signal: AbortSignal): Promise<Status>;
  /** Within a minute. The first plugin that does not answer `skip` decides. */
  bind?(state: CycleState, pod: Pod, nodeName: string, signal: AbortSignal): Promise<Status>;
  /** Informational, after a bind. */
  postBind?(state: CycleState, pod: Pod, nodeName: string): void;
  /** Which cluster events may make a pod that this plugin refused schedulable. Read once at start. Absent: every event. */
  eventsToRegister?(): readonly ClusterEventWithHint[];

  // For speed; all optional. Without them the methods above are called for every node in every cycle.

  /**
   * Everything of the pod that `preFilter`, `filter`, `preScore`, `score` and the hints of the plugin's events read, as JSON values; undefined: this pod is not like any
   * other. (Whether it is the very pod that an event is about, a hint may ask as well: that pod is asked about by itself.) Whoever has it promises
   * that their results depend on nothing else but the one node they are given and `epoch`, and that scores which are all 0 are all normalised alike. Pods that all plugins
   * sign alike share results, which are worked out again only for nodes that changed.
   */
  sign?(pod: Pod): unknown;
  /** Another value whenever anything beyond pod and node changed that the results of a plugin with `sign` depend on. Absent: there is nothing. */
  epoch?(pod: Pod): string | number;
  /** Instead of `filter` for one node after the other: refuses those of the table's nodes that `filter` would. For a plugin with `sign` this is how a new class of pods begins. */
  filterAll?(state: CycleState, pod: Pod, table: NodeTable, verdicts: Verdicts): void;
  /** Instead of `preScore`: the nodes to be scored are the table's at `indexes`. */
  preScoreAll?(state: CycleState, pod: Pod, table: NodeTable, indexes: Int32Array): Status;
  /** Instead of `score` for one node after the other: `scores[i]` is for the node `indexes[i]` of the table. For a plugin with `sign`: whenever many changed. */
  scoreAll?(state: CycleState, pod: Pod, table: NodeTable, indexes: Int32Array, scores: Float64Array): void;
  /** Instead of `normalizeScores`, in place; must have the same outcome. */
  normalizeAll?(state: CycleState, pod: Pod, table: NodeTable, indexes: Int32Array, scores: Float64Array): void;
}

/** The nodes of a cycle by index. Indexes and arrays hold until the cycle lets others act: keep none of them. */
export interface NodeTable {
  readonly nodes: readonly NodeInfo[];
  indexOf(name: string): number | undefined;
  /** The domains of a label key. Kept in step with the nodes once they were asked for. */
  domains(topologyKey: string): TopologyDomains;
  /** What the nodes have to give, and what is asked of them: the amounts of `NodeInfo` in columns. */
  readonly allocatable: AmountColumns;
  readonly requested: AmountColumns;
  /** The indexes of the nodes whose `allocatable` names an extended resource, or huge pages. */
  holders(scalarResource: string): Iterable<number>;
  /** The indexes of the nodes that have taints or are cordoned (`spec.unschedulable`): mostly few. */
  restricted(): Iterable<number>;
}

/** By node index; longer than there are nodes. Units as in `ResourceTotals`. */
export interface AmountColumns {
  readonly milliCpu: Float64Array;
  readonly memoryBytes: Float64Array;
  readonly ephemeralStorageBytes: Float64Array;
  /** How many pods. */
  readonly pods: Float64Array;
}

/** The values that a label has on the nodes, numbered from 0. An object never gives a number to another value; when most of its values are gone, or it was not asked for in long, another one begins anew. */
export interface TopologyDomains {
  /** The domain of each node by its index; -1 for nodes without the label. Longer than there are nodes. */
  readonly ofNode: Int32Array;
  /** How many nodes are in each domain; 0 for domains that were. Longer than there are domains. */
  readonly nodeCounts: Int32Array;
  /** How many numbers are in use: those of domains without nodes included. */
  readonly size: number;
  /** The number of a value, given now if it has none yet. */
  idOf(value: string): number;
}

/** What became of the table's nodes. Of several plugins that refuse a node, the first in order gives the reason. */
export interface Verdicts {
  /** Statuses should be few objects, used again: each distinct one is remembered. */
  refuse(index: number, status: Status): void;
  /** Refuses every node whose mark, by index, is not 0, with the status at that place. For plugins that look at thousands of nodes for each pod. */
  refuseMarked(marks: Uint8Array, statuses: readonly Status[]): void;
  /** Whether an earlier plugin refused the node: it need not be looked at. */
  isRefused(index: number): boolean;
}

/**
 * Follows the scheduler's view of the cluster, so that a plugin can keep counts instead of counting. Called in the midst of changes: must not call back. A changed pod
 * is removed and added; so are all pods of a node that is added or removed, while it is there.
 */
export interface PlacementObserver {
  nodeAdded?(node: NodeInfo): void;
  /** Its labels, taints or status changed, not its pods. */
  nodeChanged?(node: NodeInfo, old: NodeInfo): void;
  nodeRemoved?(node: NodeInfo): void;
  /** A pod that is on the node, or assumed to be. `node` is with it. */
  podAdded?(pod: Pod, node: NodeInfo): void;
  /** `node` is without it. */
  podRemoved?(pod: Pod, node: NodeInfo): void;
}

export type StatusCode = 'success' | 'error' | 'unschedulable' | 'unschedulable-and-unresolvable' | 'wait' | 'skip' | 'pending';
/** `plugin` is filled in by the framework. */
export interface Status {
  readonly code: StatusCode;
  readonly reasons: readonly string[];
  readonly plugin?: string;
  readonly error?: unknown;
  /** Of a refusal by `filter`: what lies behind the reasons, in a sentence. For those who ask why; events and conditions do not have it. */
  readonly detail?: string;
}

export const success: Status = Object.freeze({ code: 'success', reasons: [] });
export const skip: Status = Object.freeze({ code: 'skip', reasons: [] });
/** Refused here and now; preempting pods on this node may help. */
export const unschedulable = (...reasons: string[]): Status => ({ code: 'unschedulable', reasons });
/** Refused, and removing pods will not help. */
export const unresolvable = (...reasons: string[]): Status => ({ code: 'unschedulable-and-unresolvable', reasons });

export interface PreFilterResult {
  readonly status: Status;
  readonly nodeNames?: ReadonlySet<string>;
}
/** `nominatedNodeName` `''` clears a nomination; absent leaves it. `preemption` is for those who ask why: what was found. */
export interface PostFilterResult {
  readonly status: Status;
  readonly nominatedNodeName?: string;
  readonly preemption?: import('./decision.ts').PreemptionRecord;
}
export interface PermitResult {
  readonly status: Status;
  readonly timeoutMs?: number;
}
export interface NodeScore {
  readonly name: string;
  score: number;
}
export interface QueuedPod {
  readonly pod: Pod;
  readonly queuedAtMs: number;
  readonly attempts: number;
}

/** Data that plugins share within one scheduling cycle. Values with `clone` are cloned with the state. */
export interface CycleState {
  read<T>(key: string): T | undefined;
  write(key: string, value: unknown): void;
  delete(key: string): void;
  clone(): CycleState;
}

/** A node and the pods on it, as the cycle sees them. Read-only. CPU in millicores, the rest in bytes or counts. */
export interface NodeInfo {
  readonly node: Node;
  readonly name: string;
  readonly pods: readonly Pod[];
  /** Sum of the requests of `pods`. */
  readonly requested: ResourceTotals;
  /** The same with upstream's defaults for pods without requests (100m CPU, 200 MiB), which scores use. */
  readonly nonZeroRequested: { readonly milliCpu: number; readonly memoryBytes: number };
  readonly allocatable: ResourceTotals;
  /** `protocol/port` to the host IPs in use. */
  readonly usedPorts: ReadonlyMap<string, ReadonlySet<string>>;
  /** Rises when anything above changes. */
  readonly generation: number;
}

export interface ResourceTotals {
  readonly milliCpu: number;
  readonly memoryBytes: number;
  readonly ephemeralStorageBytes: number;
  readonly pods: number;
  /** Extended resources and huge pages by name. */
  readonly scalar: ReadonlyMap<string, number>;
}

export type EventResource =
  | 'Pod'
  | 'AssignedPod'
  | 'UnscheduledPod'
  | 'Node'
  | 'PersistentVolume'
  | 'PersistentVolumeClaim'
  | 'storage.k8s.io/CSINode'
  | 'storage.k8s.io/CSIDriver'
  | 'storage.k8s.io/VolumeAttachment'
  | 'storage.k8s.io/CSIStorageCapacity'
  | 'storage.k8s.io/StorageClass'
  | 'resource.k8s.io/ResourceClaim'
  | 'resource.k8s.io/ResourceSlice'
  | 'resource.k8s.io/DeviceClass'
  | '*'
  | (string & {});
export type EventAction =
  | 'Add'
  | 'Delete'
  | 'Update'
  | 'UpdateNodeAllocatable'
  | 'UpdateNodeLabel'
  | 'UpdateNodeTaint'
  | 'UpdateNodeCondition'
  | 'UpdateNodeAnnotation'
  | 'UpdatePodLabel'
  | 'UpdatePodScaleDown'
  | 'UpdatePodToleration'
  | 'UpdatePodSchedulingGatesEliminated'
  | 'UpdatePodGeneratedResourceClaim';
export interface ClusterEvent {
  readonly resource: EventResource;
  readonly actions: readonly EventAction[];
}
export interface ClusterEventWithHint {
  readonly event: ClusterEvent;
  /** Whether this event may help this pod. Absent or throwing: `queue`. */
  readonly hint?: (pod: Pod, old: unknown, current: unknown) => 'queue' | 'skip';
}

/** What a plugin factory is given. */
export interface SchedulingHandle {
  readonly client: import('../../client/client.ts').Client;
  readonly informers: import('../../client/informer.ts').Informers;
  readonly events: import('../../client/events.ts').EventRecorder;
  readonly clock: import('../../kernel/clock.ts').Clock;
  /** Those of the configuration, in the order in which they are asked. The scheduler asks them itself; preemption has to. */
  readonly extenders: readonly import('./extender.ts').SchedulingExtender[];
  /** The nodes of the current cycle. Valid in the scheduling cycle only. */
  snapshot(): readonly NodeInfo[];
  nodeInfo(name: string): NodeInfo | undefined;
  /** Tells the observer of all nodes and pods there are, then of every change. To be asked for when the plugin is made; disposing ends it. */
  observe(observer: PlacementObserver): Disposable;
  /**
   * All plugins' `filter`, for what-ifs in `postFilter`: with the waiting pods of the same or a higher priority that the node was set aside for, and without. Throws
   * when a plugin fails, as the next two do.
   */
  filterWithNominatedPods(state: CycleState, pod: Pod, node: NodeInfo): Status;
  /** All plugins' `addPod`; `node` is what it would be with the pod. */
  addPod(state: CycleState, pod: Pod, podToAdd: Pod, node: NodeInfo): void;
  /** All plugins' `removePod`; `node` is what it would be without the pod. */
  removePod(state: CycleState, pod: Pod, podToRemove: Pod, node: NodeInfo): void;
  /** Waiting pods that a node was set aside for; without a name, those of all nodes. */
  nominatedPods(nodeName?: string): Iterable<Pod>;
  waitingPods(): Iterable<WaitingPod>;
  /** Moves pods to the active queue. */
  activate(pods: readonly Pod[]): void;
}

export interface WaitingPod {
  readonly pod: Pod;
  /** Plugins that still hold it. */
  readonly pending: readonly string[];
  allow(plugin: string): void;
  reject(plugin: string, reason: string): void;
}

/** A module of a plugin exports this as `default`, and may export the plugin's `name`. `args` are its pluginConfig arguments. */
export type SchedulingPluginFactory = (args: unknown, handle: SchedulingHandle) => SchedulingPlugin;
