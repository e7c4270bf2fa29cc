import type { Pod } from '../../api/generated/core-v1.ts';
import type { Status, StatusCode } from './contract.ts';

/**
 * What is remembered of one try to give a pod a node. JSON throughout: this is also what the API serves, and what `wherry why` tells. Times are RFC 3339 with
 * microseconds. Lists are bounded; where one is cut, a count beside it says how many there were.
 */
export interface SchedulingAttempt {
  readonly pod: PodReference;
  /** From 1. A gated pod has the number of the attempt that its gate holds back. */
  readonly attempt: number;
  /** The profile: `spec.schedulerName` of the pod. */
  readonly schedulerName: string;
  readonly startTime: string;
  /** Until the outcome was known, binding included. Absent while it is not. */
  readonly durationMilliseconds?: number;
  readonly result: AttemptResult;
  /** Where a plugin ended it, when `result` is `Gated`, `Rejected` or `Error`. */
  readonly endedAt?: AttemptStage;
  /** The plugin that ended it there. */
  readonly plugin?: string;
  /** The text of the event: `0/3 nodes are available: ...` */
  readonly message?: string;
  /** The node that was chosen, also when the pod lost it again. */
  readonly nodeName?: string;
  /** The node that was set aside for the pod. */
  readonly nominatedNodeName?: string;
  readonly nodes: NodeCounts;
  /** Why nodes did not take the pod: one entry per plugin, code and reasons, the one with the most nodes first. */
  readonly refusals: readonly NodeRefusal[];
  readonly refusalCount: number;
  /** The chosen node, then the best others, best first; empty when there was nothing to compare. */
  readonly scores: readonly NodeScoreRecord[];
  readonly scoreCount: number;
  /** How many nodes had the highest total: the choice among them was by lot. */
  readonly tiedCount?: number;
  readonly extenders?: readonly ExtenderContribution[];
  readonly preemption?: PreemptionRecord;
  /** What held, or holds, the pod in Permit. */
  readonly waits?: readonly PermitWait[];
  /** What happened to the pod in the queue since its last attempt: the last of them woke it. Oldest first. */
  readonly moves: readonly QueueMove[];
  /** What happened in the queue since this attempt; of the newest attempt of a pod that still waits. */
  readonly movesSince?: readonly QueueMove[];
}

/** `Scheduling`, `Waiting` (in Permit) and `Binding` are on their way to one of the others. */
export type AttemptResult = 'Scheduling' | 'Waiting' | 'Binding' | 'Scheduled' | 'Unschedulable' | 'Error' | 'Gated' | 'Rejected';
export type AttemptStage = 'PreEnqueue' | 'PreFilter' | 'Filter' | 'PostFilter' | 'Score' | 'Reserve' | 'Permit' | 'PreBind' | 'Bind';

export interface PodReference {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface NodeCounts {
  readonly total: number;
  /** How many were asked about; the others were not needed (`percentageOfNodesToScore`) or left out by PreFilter. */
  readonly evaluated: number;
  readonly feasible: number;
}

export interface NodeRefusal {
  /** Absent when it was no plugin: an extender, or the scheduler. */
  readonly plugin?: string;
  readonly code: StatusCode;
  readonly reasons: readonly string[];
  /** What lies behind the reasons, when the plugin said. */
  readonly detail?: string;
  /** How many nodes were refused so. */
  readonly count: number;
  /** All of them in small clusters, else a few. */
  readonly nodeNames: readonly string[];
}

/** What the plugins made of one node. */
export interface NodeScoreRecord {
  readonly nodeName: string;
  /** What decides: the sum of the weighted scores, with what extenders added. */
  readonly total: number;
  readonly plugins: readonly PluginScore[];
}
export interface PluginScore {
  readonly name: string;
  readonly raw: number;
  /** 0 to 100. */
  readonly normalized: number;
  readonly weight: number;
  /** `normalized` times `weight`. */
  readonly weighted: number;
}

/** What an extender said. */
export interface ExtenderContribution {
  /** Its URL prefix. */
  readonly name: string;
  readonly verb: 'filter' | 'prioritize' | 'preempt' | 'bind';
  readonly durationMilliseconds: number;
  /** Nodes it was asked about, and how many of them it left. */
  readonly nodesBefore?: number;
  readonly nodesAfter?: number;
  /** What it added to the totals of nodes, weight included. */
  readonly scores?: readonly { readonly nodeName: string; readonly score: number }[];
  /** It failed; `isIgnored` when the attempt went on all the same. */
  readonly error?: string;
  readonly isIgnored?: boolean;
}

/** The search for pods that may go so that this one fits. */
export interface PreemptionRecord {
  readonly plugin?: string;
  /** What it said, also when it found nothing. */
  readonly message?: string;
  /** The node of the candidate that was chosen. */
  readonly nodeName?: string;
  readonly candidateCount: number;
  /** The chosen one first. */
  readonly candidates: readonly PreemptionCandidate[];
  /** What extenders made of the candidates. */
  readonly extenders?: readonly ExtenderContribution[];
}
export interface PreemptionCandidate {
  readonly nodeName: string;
  readonly victimCount: number;
  /** How many of the victims break a PodDisruptionBudget. */
  readonly budgetViolations: number;
  /** The most important first. */
  readonly victims: readonly (PodReference & { readonly priority: number })[];
}

export interface PermitWait {
  readonly plugin: string;
  readonly timeoutSeconds: number;
}

/** Where a pod is in the queue. `InFlight`: it is being tried. */
export type QueuePlace = 'New' | 'Active' | 'Backoff' | 'ErrorBackoff' | 'Unschedulable' | 'Gated' | 'InFlight';

export interface QueueMove {
  readonly time: string;
  readonly from: QueuePlace;
  readonly to: QueuePlace;
  readonly cause: MoveCause;
  /** The plugin whose hint, or gate, decided it. Absent when none did. */
  readonly plugin?: string;
}

/** What moved a pod, in upstream's names of queue events: `PodAdd`, `ScheduleAttemptFailure`, `BackoffComplete`, `NodeAdd`, `AssignedPodDelete`, `NodeUpdateNodeLabel`. */
export interface MoveCause {
  readonly event: string;
  /** What the event was about. */
  readonly object?: { readonly kind: string; readonly namespace?: string; readonly name: string };
}

/** The name of the record of an attempt: the pod's name, the first digits of its uid, and the number. */
export const decisionName = ({ name, uid }: PodReference, attempt: number): string => `${name.slice(0, 230)}.${uid.slice(0, 8)}.${attempt}`;

// What a scheduler tells. All of it is on the scheduling path: a recorder copies what it keeps and returns at once; it never throws and never keeps an accessor.

/** Remembers decisions. `noDecisions` remembers none. */
export interface DecisionRecorder {
  /** A pod went from one place in the queue to another. `atMs` is when. The same `cause` object may come for many pods. */
  moved(pod: Pod, move: Omit<QueueMove, 'time'> & { readonly atMs: number }): void;
  /** A gate keeps a pod from being tried for the `attempt`th time. */
  gated(pod: Pod, about: { readonly attempt: number; readonly status: Status }): void;
  /** An attempt begins. What is not told before `end` is unknown. */
  begin(pod: Pod, attempt: number): AttemptRecorder;
  /** The pod is gone, or no longer this scheduler's to place. */
  forget(pod: Pod): void;
}

/** One attempt, told as it goes. Everything but `end` is optional and may come in any order; the last word counts. */
export interface AttemptRecorder {
  /** What Filter (PreFilter, nominated pods, extenders) made of the nodes. Read before it returns. */
  verdicts(verdicts: NodeVerdicts): void;
  /** What Score made of the feasible nodes, once one of them is chosen: `chosen` is its index in `scores`. Read before it returns. */
  scored(scores: NodeScores, chosen: number): void;
  extended(contribution: ExtenderContribution): void;
  preempted(preemption: PreemptionRecord): void;
  chose(nodeName: string): void;
  /** Permit holds the pod: milliseconds by plugin. */
  waiting(waits: ReadonlyMap<string, number>): void;
  /** Permit let it go; the binding goes on. */
  binding(): void;
  end(outcome: AttemptOutcome): void;
}

export interface AttemptOutcome {
  readonly result: Extract<AttemptResult, 'Scheduled' | 'Unschedulable' | 'Error' | 'Rejected'>;
  readonly endedAt?: AttemptStage | undefined;
  readonly plugin?: string | undefined;
  readonly message?: string | undefined;
  readonly nominatedNodeName?: string | undefined;
}

/** The verdicts on all nodes as a scheduler holds them: by index, in columns. */
export interface NodeVerdicts {
  readonly nodeCount: number;
  readonly feasibleCount: number;
  nameOf(index: number): string;
  /** `success` for a feasible node, undefined for one that was not asked about. Nodes refused alike should have the same object: it is compared first. */
  statusOf(index: number): Status | undefined;
  /**
   * The refusals already counted, for schedulers that keep count: spares the look at every node. `nodeAt` answers the index of the `position`th node refused so;
   * it is asked for few in large clusters.
   */
  readonly refusals?: readonly { readonly status: Status; readonly count: number; nodeAt(position: number): number }[];
  /** How many were asked about. Needed beside `refusals`; otherwise counted. */
  readonly evaluatedCount?: number;
  /** An object that is another whenever any verdict is: verdicts with the object of an earlier attempt are not read again. */
  readonly identity?: object;
}

/** The scores of the feasible nodes; `index` runs from 0 to `count` - 1 over those, `plugin` over `plugins`. */
export interface NodeScores {
  readonly count: number;
  readonly plugins: readonly { readonly name: string; readonly weight: number }[];
  nameOf(index: number): string;
  rawOf(plugin: number, index: number): number;
  normalizedOf(plugin: number, index: number): number;
  totalOf(index: number): number;
  /** The indexes of the best nodes, best first, for schedulers that keep them in order: spares the look at every node. */
  best?(limit: number): ArrayLike<number>;
  /** How many have the highest total. Needed beside `best`; otherwise counted. */
  readonly tiedCount?: number;
}

/** One remembered attempt. */
export interface RecordedAttempt {
  readonly namespace: string;
  /** `decisionName` of it. */
  readonly name: string;
  /** Rises whenever more becomes known of it; no two attempts have the same. */
  readonly revision: number;
  /** Put into words when it is read. */
  readonly attempt: SchedulingAttempt;
}

/** What was remembered, for those who ask. */
export interface DecisionReader {
  find(namespace: string, name: string): RecordedAttempt | undefined;
  /** In no order. Default: of all namespaces. */
  all(namespace?: string): Iterable<RecordedAttempt>;
}

/** Answers what would happen to a pod that does not exist, now: runs a cycle up to the choice of a node, reserves nothing and puts nothing into a queue. */
export interface SchedulingOracle {
  /** Throws when the scheduler does not answer for the pod, or stops. A plugin that fails is an answer (`result: 'Error'`). */
  review(pod: Pod, signal: AbortSignal): Promise<SchedulingAttempt>;
}

const ignoredAttempt: AttemptRecorder = {
  verdicts: () => undefined,
  scored: () => undefined,
  extended: () => undefined,
  preempted: () => undefined,
  chose: () => undefined,
  waiting: () => undefined,
  binding: () => undefined,
  end: () => undefined,
};

/** For schedulers that nobody asks. */
export const noDecisions: DecisionRecorder = {
  moved: () => undefined,
  gated: () => undefined,
  begin: () => ignoredAttempt,
  forget: () => undefined,
};
