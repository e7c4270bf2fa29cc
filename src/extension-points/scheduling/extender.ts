import type { Pod } from '../../api/generated/core-v1.ts';
import type { NodeInfo } from './contract.ts';

/**
 * Something outside the framework that has a say in scheduling, as an `extenders` entry of a KubeSchedulerConfiguration describes it. `http-extender.ts` speaks the
 * wire. Extenders are asked in order, ignorable ones last. All methods reject when the extender cannot be reached, answers nonsense or reports an error; whoever calls
 * goes on without an extender that is ignorable, and gives up the attempt otherwise. A method that is absent: the extender has no such verb.
 */
export interface SchedulingExtender {
  /** Its `urlPrefix`, for messages. */
  readonly name: string;
  readonly isIgnorable: boolean;
  /** What its scores (0 to 10) are multiplied with, on top of the 10 that bring them to the scale of plugins. */
  readonly weight: number;
  /** Whether the pod asks for one of the resources it manages; it is not called for others. */
  isInterested(pod: Pod): boolean;
  /**
   * Takes nodes out, after all plugins' `filter`. Given what earlier extenders left, at least one node; what it answers is a subset, in its own order. A pod that lost
   * nodes this way waits for any event, as if refused by the plugin `extenderPluginName`.
   */
  filter?(pod: Pod, nodes: readonly NodeInfo[], signal: AbortSignal): Promise<ExtenderFilterResult>;
  /**
   * Scores of 0 to 10 by node name, of the nodes it has an opinion on; names it was not given are to be passed over. A node's total rises by
   * score × `weight` × 10. Nobody minds a rejection here: the extender then has no opinion.
   */
  prioritize?(pod: Pod, nodes: readonly NodeInfo[], signal: AbortSignal): Promise<ReadonlyMap<string, number>>;
  /**
   * Narrows what preemption may do: by node name whom to evict there. `nodeInfo` finds the node of a name. A node without victims is a fault unless the extender is
   * ignorable.
   */
  preempt?(pod: Pod, victims: ExtenderVictims, nodeInfo: (name: string) => NodeInfo | undefined, signal: AbortSignal): Promise<ExtenderVictims>;
  /** Binds in the place of the `bind` plugins. At most one extender has it. */
  bind?(pod: Pod, nodeName: string, signal: AbortSignal): Promise<void>;
}

export interface ExtenderFilterResult {
  readonly nodes: readonly NodeInfo[];
  /** Why a node was taken out, by its name; preempting pods there may help. Nodes taken out without a reason are in neither map. */
  readonly failed: ReadonlyMap<string, string>;
  /** The same for nodes where removing pods will not help; counts when a node is in both. */
  readonly failedAndUnresolvable: ReadonlyMap<string, string>;
}

/** By node name: the pods to evict there, and how many of them a PodDisruptionBudget would protect. */
export type ExtenderVictims = ReadonlyMap<string, { readonly pods: readonly Pod[]; readonly disruptionBudgetViolations: number }>;

/** Stands for extenders among the plugins that refused a pod: such a pod is tried again after any event. */
export const extenderPluginName = 'Extender';
