import type { Node, Pod, TopologySpreadConstraint } from '../../../api/generated/core-v1.ts';
import type { Labels, Selector } from '../../../api/label-selector.ts';
import { createSelector, selectorFromLabels, selectorFromObject } from '../../../api/label-selector.ts';
import type { NodeInfo } from '../../../extension-points/scheduling/contract.ts';
import { labelOf } from '../../../extension-points/scheduling/node-labels.ts';
import { matchesRequiredNodeAffinity } from '../../../extension-points/scheduling/node-selector.ts';
import { findUntolerated } from '../../../extension-points/scheduling/tolerations.ts';
import type { DefaultSelector } from './default-selector.ts';

export const hostnameKey = 'kubernetes.io/hostname';

/** A topology spread constraint with its defaults filled in. */
export interface SpreadConstraint {
  readonly maxSkew: number;
  readonly topologyKey: string;
  /** Of pods in the pod's own namespace. */
  readonly selector: Selector;
  /** The same for all constraints that select the same pods. */
  readonly selects: string;
  readonly minDomains: number;
  /** Whether only nodes that the pod's node selector and affinity admit are counted. */
  readonly honorsNodeAffinity: boolean;
  /** Whether only nodes whose taints the pod tolerates are counted. */
  readonly honorsNodeTaints: boolean;
}

type Action = TopologySpreadConstraint['whenUnsatisfiable'];

/** `hard` constraints refuse nodes, `soft` ones score them. */
export interface ConstraintSource {
  hard(pod: Pod): readonly SpreadConstraint[];
  soft(pod: Pod): readonly SpreadConstraint[];
}

/** The constraints of pods; those without any have the default ones, if something says which pods belong with them. */
export function createConstraintSource(defaults: readonly TopologySpreadConstraint[], defaultSelector: DefaultSelector): ConstraintSource {
  const constraintsOf = (pod: Pod, action: Action): readonly SpreadConstraint[] => {
    const own = pod.spec?.topologySpreadConstraints ?? [];
    if (own.length > 0) return read(own, pod, action);
    const constraints = read(defaults, pod, action);
    if (constraints.length === 0) return constraints;
    const selector = defaultSelector(pod);
    return selector.requirements.length === 0 ? [] : constraints.map((constraint) => ({ ...constraint, ...selecting(selector, pod) }));
  };
  return { hard: (pod) => constraintsOf(pod, 'DoNotSchedule'), soft: (pod) => constraintsOf(pod, 'ScheduleAnyway') };
}

/** Whether a node has a domain for every constraint. Nodes without are left out of the counts of all. */
export const hasAllKeys = (node: Node, constraints: readonly SpreadConstraint[]): boolean =>
  constraints.every(({ topologyKey }) => labelOf(node, topologyKey) !== undefined);

/** Whether a node takes part in a constraint of a pod. */
export const isCounted = ({ honorsNodeAffinity, honorsNodeTaints }: SpreadConstraint, pod: Pod, node: Node): boolean =>
  (!honorsNodeAffinity || matchesRequiredNodeAffinity(pod, node)) &&
  (!honorsNodeTaints || !findUntolerated(node.spec?.taints, pod.spec?.tolerations, ['NoSchedule', 'NoExecute']));

/** More selectors than are in use at a time. */
const mostCounts = 256;
/** By `selects`, for as long as the pods of a node stay the same. */
const knownCounts = new WeakMap<readonly Pod[], Map<string, number>>();

/** How many selected pods are on a node, those on their way out left aside. A selector without requirements selects none. */
export function countSelected({ pods }: NodeInfo, { selector, selects }: SpreadConstraint, { metadata: { namespace } }: Pod): number {
  if (selector.requirements.length === 0 || pods.length === 0) return 0;
  let counts = knownCounts.get(pods);
  if (!counts || counts.size >= mostCounts) knownCounts.set(pods, (counts = new Map()));
  let count = counts.get(selects);
  if (count === undefined) {
    count = 0;
    for (const { metadata } of pods) if (!metadata.deletionTimestamp && metadata.namespace === namespace && selector.matches(metadata.labels)) count++;
    counts.set(selects, count);
  }
  return count;
}

const selecting = (selector: Selector, { metadata }: Pod): Pick<SpreadConstraint, 'selector' | 'selects'> => ({
  selector,
  selects: `${metadata.namespace} ${selector.toString()}`,
});

function read(constraints: readonly TopologySpreadConstraint[], pod: Pod, action: Action): SpreadConstraint[] {
  return constraints
    .filter(({ whenUnsatisfiable }) => whenUnsatisfiable === action)
    .map(({ maxSkew, topologyKey, labelSelector, minDomains = 1, nodeAffinityPolicy = 'Honor', nodeTaintsPolicy = 'Ignore', matchLabelKeys = [] }) => ({
      maxSkew,
      topologyKey,
      ...selecting(narrowed(selectorFromObject(labelSelector), matchLabelKeys, pod.metadata.labels ?? {}), pod),
      minDomains,
      honorsNodeAffinity: nodeAffinityPolicy === 'Honor',
      honorsNodeTaints: nodeTaintsPolicy === 'Honor',
    }));
}

/** `matchLabelKeys`: only pods with the same values as this one. Keys that it does not have are passed over. */
function narrowed(selector: Selector, keys: readonly string[], labels: Labels): Selector {
  const same = Object.fromEntries(keys.flatMap((key) => (Object.hasOwn(labels, key) ? [[key, labels[key]!]] : [])));
  if (selector.matchesNothing || Object.keys(same).length === 0) return selector;
  return createSelector([...selectorFromLabels(same).requirements, ...selector.requirements]);
}
