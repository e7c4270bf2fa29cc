import type { Node, Pod, TopologySpreadConstraint } from '../../../api/generated/core-v1.ts';
import type { Labels, Selector } from '../../../api/label-selector.ts';
import { createSelector, nothing, selectorFromLabels, selectorFromObject } from '../../../api/label-selector.ts';
import { labelOf } from '../../../extension-points/scheduling/node-labels.ts';
import type { NodeEligibility } from '../../../extension-points/scheduling/topology/domain-tally.ts';
import type { PodSelection } from '../../../extension-points/scheduling/topology/pod-selection.ts';
import { podSelection } from '../../../extension-points/scheduling/topology/pod-selection.ts';
import { eligibleNodes } from './eligible-nodes.ts';

export const hostnameKey = 'kubernetes.io/hostname';

/** A topology spread constraint with its defaults filled in. */
export interface SpreadConstraint {
  readonly maxSkew: number;
  readonly topologyKey: string;
  /** Of pods in the pod's own namespace. */
  readonly selector: Selector;
  /** The pods it counts. A selector without requirements counts none. */
  readonly selection: PodSelection;
  readonly minDomains: number;
  /** Whether only nodes whose taints the pod tolerates are counted. */
  readonly honorsNodeTaints: boolean;
  /** The nodes it counts. */
  readonly eligible: NodeEligibility;
}

export type Action = TopologySpreadConstraint['whenUnsatisfiable'];

export interface ReadOptions {
  readonly action: Action;
  /** Whether nodes without the key of one constraint are out for all. */
  readonly needsAllKeys: boolean;
  /** Instead of the constraints' own selectors. */
  readonly selector?: Selector;
}

/** Those of a pod's constraints that ask for an action. Throws for selectors that cannot be read. */
export function readConstraints(constraints: readonly TopologySpreadConstraint[], pod: Pod, options: ReadOptions): readonly SpreadConstraint[] {
  const asked = constraints.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === options.action);
  const requiredKeys = options.needsAllKeys ? asked.map(({ topologyKey }) => topologyKey) : [];
  return asked.map(
    ({ maxSkew, topologyKey, labelSelector, minDomains = 1, nodeAffinityPolicy = 'Honor', nodeTaintsPolicy = 'Ignore', matchLabelKeys = [] }) => {
      const selector = options.selector ?? narrowed(selectorFromObject(labelSelector), matchLabelKeys, pod.metadata.labels ?? {});
      const honorsNodeTaints = nodeTaintsPolicy === 'Honor';
      return {
        maxSkew,
        topologyKey,
        selector,
        selection: selectionOf(selector, pod),
        minDomains,
        honorsNodeTaints,
        eligible: eligibleNodes(pod, { requiredKeys, honorsNodeAffinity: nodeAffinityPolicy === 'Honor', honorsNodeTaints }),
      };
    },
  );
}

/** Whether a node has a domain for every constraint. */
export const hasAllDomains = (node: Node, constraints: readonly SpreadConstraint[]): boolean =>
  constraints.every(({ topologyKey }) => labelOf(node, topologyKey) !== undefined);

function selectionOf(selector: Selector, { metadata: { namespace = '' } }: Pod): PodSelection {
  const term = { namespaces: new Set([namespace]), namespaceSelector: nothing, selector: selector.requirements.length === 0 ? nothing : selector };
  return podSelection([term], false);
}

/** `matchLabelKeys`: only pods with the same values as this one. Keys that it does not have are passed over. */
function narrowed(selector: Selector, keys: readonly string[], labels: Labels): Selector {
  const same = Object.fromEntries(keys.flatMap((key) => (Object.hasOwn(labels, key) ? [[key, labels[key]!]] : [])));
  if (selector.matchesNothing || Object.keys(same).length === 0) return selector;
  return createSelector([...selectorFromLabels(same).requirements, ...selector.requirements]);
}
