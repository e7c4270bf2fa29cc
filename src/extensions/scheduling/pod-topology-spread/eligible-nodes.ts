import type { Node, Pod } from '../../../api/generated/core-v1.ts';
import { labelOf } from '../../../extension-points/scheduling/node-labels.ts';
import { matchesRequiredNodeAffinity } from '../../../extension-points/scheduling/node-selector.ts';
import { findUntolerated } from '../../../extension-points/scheduling/tolerations.ts';
import type { NodeEligibility } from '../../../extension-points/scheduling/topology/domain-tally.ts';

export interface EligibilityPolicy {
  /** Nodes without one of these labels do not count. */
  readonly requiredKeys: readonly string[];
  /** Whether only nodes that the pod's node selector and affinity admit are counted. */
  readonly honorsNodeAffinity: boolean;
  /** Whether only nodes whose taints the pod tolerates are counted. */
  readonly honorsNodeTaints: boolean;
}

/** The nodes that take part in a constraint of a pod. */
export function eligibleNodes(pod: Pod, { requiredKeys, honorsNodeAffinity, honorsNodeTaints }: EligibilityPolicy): NodeEligibility {
  const { nodeSelector, affinity, tolerations } = pod.spec ?? {};
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const isChoosing = honorsNodeAffinity && Boolean(nodeSelector ?? required);
  return {
    text: JSON.stringify([[...new Set(requiredKeys)].sort(), isChoosing ? [nodeSelector, required] : 0, honorsNodeTaints ? [tolerations] : 0]),
    admits: (node) =>
      hasAllKeys(node, requiredKeys) &&
      (!isChoosing || matchesRequiredNodeAffinity(pod, node)) &&
      (!honorsNodeTaints || !findUntolerated(node.spec?.taints, tolerations, ['NoSchedule', 'NoExecute'])),
  };
}

/** Whether a node has a domain for every key. */
export const hasAllKeys = (node: Node, topologyKeys: readonly string[]): boolean => topologyKeys.every((key) => labelOf(node, key) !== undefined);
