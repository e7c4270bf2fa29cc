import type { Node, Pod, TopologySpreadConstraint } from '../../../api/generated/core-v1.ts';
import * as resourceTypes from '../../../api/generated/resource-types.ts';
import type { Labels, Requirement, Selector } from '../../../api/label-selector.ts';
import { createSelector, selectorFromLabels, selectorFromObject } from '../../../api/label-selector.ts';
import type { Informers } from '../../../client/informer.ts';
import type { CycleState, NodeInfo, NodeScore, SchedulingHandle, SchedulingPlugin, Status } from '../../../extension-points/scheduling/contract.ts';
import { skip, success, unresolvable, unschedulable } from '../../../extension-points/scheduling/contract.ts';
import { labelOf } from '../../../extension-points/scheduling/node-labels.ts';
import { matchesRequiredNodeAffinity } from '../../../extension-points/scheduling/node-selector.ts';
import { maximumScore } from '../../../extension-points/scheduling/normalize-scores.ts';
import { findUntolerated } from '../../../extension-points/scheduling/tolerations.ts';
import type { PodTopologySpreadArgs } from './pod-topology-spread.ts';

const hostnameKey = 'kubernetes.io/hostname';
const systemDefaults: readonly TopologySpreadConstraint[] = [
  { topologyKey: hostnameKey, whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 3 },
  { topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 5 },
];

const filterKey = 'PreFilterPodTopologySpread';
const scoreKey = 'PreScorePodTopologySpread';

/** PodTopologySpread as the rules read: counts all pods anew in every cycle. What the one that ships is held against. */
export function plainPodTopologySpread(args: PodTopologySpreadArgs, handle: Pick<SchedulingHandle, 'snapshot' | 'informers'>): SchedulingPlugin {
  const isSystemDefaulted = args.defaultingType !== 'List';
  const defaults = isSystemDefaulted ? systemDefaults : (args.defaultConstraints ?? []);
  const constraints = createConstraintSource(defaults, createDefaultSelector(handle.informers));

  return {
    preFilter(state, pod, nodes) {
      const hard = constraints.hard(pod);
      if (hard.length === 0) return { status: skip };
      state.write(filterKey, HardConstraints.count(pod, hard, nodes));
      return { status: success };
    },
    addPod: (state, _pod, other, { node }) => (counted(state).change(other, node, 1), success),
    removePod: (state, _pod, other, { node }) => (counted(state).change(other, node, -1), success),
    filter: (state, _pod, { node }) => counted(state).judge(node),
    preScore(state, pod, fitting) {
      const nodes = handle.snapshot();
      const soft = nodes.length === 0 ? [] : constraints.soft(pod);
      if (soft.length === 0) return skip;
      const needsAllKeys = (pod.spec?.topologySpreadConstraints?.length ?? 0) > 0 || !isSystemDefaulted;
      state.write(scoreKey, weighSoftConstraints(pod, soft, { fitting, nodes, needsAllKeys }));
      return success;
    },
    score: (state, pod, node) => spreadScore(weighed(state), pod, node),
    normalizeScores: (state, _pod, scores) => favourEmptiest(weighed(state), scores),
  };
}

const counted = (state: CycleState): HardConstraints => found(state, filterKey);
const weighed = (state: CycleState): SoftConstraints => found(state, scoreKey);

function found<T>(state: CycleState, key: string): T {
  const value = state.read<T>(key);
  if (value === undefined) throw new Error(`error reading "${key}" from cycleState: not found`);
  return value;
}

const refusal = "node(s) didn't match pod topology spread constraints";

/** The selected pods per domain of one constraint. */
class Domains {
  readonly #counts: Map<string, number>;
  #least: number | undefined;

  constructor(counts: ReadonlyMap<string, number> = new Map()) {
    this.#counts = new Map(counts);
  }

  get size(): number {
    return this.#counts.size;
  }

  /** The count of the emptiest domain. */
  get least(): number {
    if (this.#least === undefined) {
      this.#least = Infinity;
      for (const count of this.#counts.values()) this.#least = Math.min(this.#least, count);
    }
    return this.#least;
  }

  of(value: string): number {
    return this.#counts.get(value) ?? 0;
  }

  add(value: string, amount: number): void {
    this.#counts.set(value, this.of(value) + amount);
    this.#least = undefined;
  }

  clone(): Domains {
    return new Domains(this.#counts);
  }
}

/** The constraints that one pod must keep in one cycle, with the pods of every domain counted once. */
class HardConstraints {
  readonly #pod: Pod;
  readonly #constraints: readonly SpreadConstraint[];
  /** By constraint. */
  readonly #domains: readonly Domains[];

  private constructor(pod: Pod, constraints: readonly SpreadConstraint[], domains: readonly Domains[]) {
    this.#pod = pod;
    this.#constraints = constraints;
    this.#domains = domains;
  }

  /** Counts the pods of all nodes. */
  static count(pod: Pod, constraints: readonly SpreadConstraint[], nodes: readonly NodeInfo[]): HardConstraints {
    const domains = constraints.map(() => new Domains());
    for (const info of nodes) {
      if (!hasAllKeys(info.node, constraints)) continue;
      for (const [index, constraint] of constraints.entries()) {
        if (!isCounted(constraint, pod, info.node)) continue;
        domains[index]!.add(labelOf(info.node, constraint.topologyKey)!, countSelected(info, constraint, pod));
      }
    }
    return new HardConstraints(pod, constraints, domains);
  }

  /** Takes a pod to be on (1) or gone from (-1) a node. */
  change(other: Pod, node: Node, amount: 1 | -1): void {
    if (other.metadata.namespace !== this.#pod.metadata.namespace || !hasAllKeys(node, this.#constraints)) return;
    for (const [index, constraint] of this.#constraints.entries()) {
      if (!constraint.selector.matches(other.metadata.labels) || !isCounted(constraint, this.#pod, node)) continue;
      this.#domains[index]!.add(labelOf(node, constraint.topologyKey)!, amount);
    }
  }

  /** Upstream's verdict and wording. */
  judge(node: Node): Status {
    for (const [index, { topologyKey, selector, maxSkew, minDomains }] of this.#constraints.entries()) {
      const value = labelOf(node, topologyKey);
      if (value === undefined) return unresolvable(`${refusal} (missing required label)`);
      const domains = this.#domains[index]!;
      // With fewer domains than asked for, those that are missing count as empty.
      const least = domains.size < minDomains ? 0 : domains.least;
      const own = selector.matches(this.#pod.metadata.labels) ? 1 : 0;
      if (domains.of(value) + own - least > maxSkew) return unschedulable(refusal);
    }
    return success;
  }

  clone(): HardConstraints {
    return new HardConstraints(
      this.#pod,
      this.#constraints,
      this.#domains.map((domains) => domains.clone()),
    );
  }
}

interface Weighed {
  readonly constraint: SpreadConstraint;
  /** The selected pods per domain among the fitting nodes; a node's own count is taken from it instead when the domain is the node. */
  readonly domains: ReadonlyMap<string, number>;
  /** Grows with the number of domains, so that pods in one of many weigh more. */
  readonly domainWeight: number;
}

/** What one scoring of a pod's soft constraints needs. */
interface SoftConstraints {
  readonly weighed: readonly Weighed[];
  /** Nodes that lack a topology key; they score 0. */
  readonly ignored: ReadonlySet<string>;
}

/**
 * Counts the pods of each domain. `fitting` are the nodes to be scored, `nodes` all of the cluster. `needsAllKeys`: nodes that lack the key of one constraint are out
 * for all; not so under the system's default constraints, which must work on clusters without zones.
 */
function weighSoftConstraints(
  pod: Pod,
  constraints: readonly SpreadConstraint[],
  { fitting, nodes, needsAllKeys }: { fitting: readonly NodeInfo[]; nodes: readonly NodeInfo[]; needsAllKeys: boolean },
): SoftConstraints {
  const isOut = ({ node }: NodeInfo): boolean => needsAllKeys && !hasAllKeys(node, constraints);
  const ignored = new Set(fitting.filter(isOut).map(({ name }) => name));
  const scored = fitting.filter(({ name }) => !ignored.has(name));
  const weighed = constraints.map((constraint) => {
    const { topologyKey } = constraint;
    const domains = new Map<string, number>();
    if (topologyKey !== hostnameKey) for (const { node } of scored) domains.set(labelOf(node, topologyKey) ?? '', 0);
    return { constraint, domains, domainWeight: Math.log((topologyKey === hostnameKey ? scored.length : domains.size) + 2) };
  });
  for (const info of nodes) {
    if (isOut(info)) continue;
    for (const { constraint, domains } of weighed) {
      const value = labelOf(info.node, constraint.topologyKey) ?? '';
      const count = domains.get(value);
      if (count === undefined || !isCounted(constraint, pod, info.node)) continue;
      domains.set(value, count + countSelected(info, constraint, pod));
    }
  }
  return { weighed, ignored };
}

/** The more pods in the node's domains, the more; upstream's formula. */
function spreadScore({ weighed, ignored }: SoftConstraints, pod: Pod, info: NodeInfo): number {
  if (ignored.has(info.name)) return 0;
  let score = 0;
  for (const { constraint, domains, domainWeight } of weighed) {
    const value = labelOf(info.node, constraint.topologyKey);
    if (value === undefined) continue;
    const isOwnDomain = constraint.topologyKey === hostnameKey;
    const count = isOwnDomain ? countSelected(info, constraint, pod) : (domains.get(value) ?? 0);
    score += count * domainWeight + (constraint.maxSkew - 1);
  }
  return Math.round(score);
}

/** Turns the scores around: the emptiest becomes 100, ignored nodes 0. */
function favourEmptiest({ ignored }: SoftConstraints, scores: readonly NodeScore[]): void {
  const counted = scores.filter(({ name }) => !ignored.has(name));
  let least = Infinity;
  let most = 0;
  for (const { score } of counted) {
    least = Math.min(least, score);
    most = Math.max(most, score);
  }
  for (const entry of scores) {
    if (ignored.has(entry.name)) entry.score = 0;
    else entry.score = most === 0 ? maximumScore : Math.trunc((maximumScore * (most + least - entry.score)) / most);
  }
}

/** A topology spread constraint with its defaults filled in. */
interface SpreadConstraint {
  readonly maxSkew: number;
  readonly topologyKey: string;
  /** Of pods in the pod's own namespace. */
  readonly selector: Selector;
  readonly minDomains: number;
  /** Whether only nodes that the pod's node selector and affinity admit are counted. */
  readonly honorsNodeAffinity: boolean;
  /** Whether only nodes whose taints the pod tolerates are counted. */
  readonly honorsNodeTaints: boolean;
}

type Action = TopologySpreadConstraint['whenUnsatisfiable'];

/** `hard` constraints refuse nodes, `soft` ones score them. */
interface ConstraintSource {
  hard(pod: Pod): readonly SpreadConstraint[];
  soft(pod: Pod): readonly SpreadConstraint[];
}

/** The constraints of pods; those without any have the default ones, if something says which pods belong with them. */
function createConstraintSource(defaults: readonly TopologySpreadConstraint[], defaultSelector: DefaultSelector): ConstraintSource {
  const constraintsOf = (pod: Pod, action: Action): readonly SpreadConstraint[] => {
    const own = pod.spec?.topologySpreadConstraints ?? [];
    if (own.length > 0) return read(own, pod, action);
    const constraints = read(defaults, pod, action);
    if (constraints.length === 0) return constraints;
    const selector = defaultSelector(pod);
    return selector.requirements.length === 0 ? [] : constraints.map((constraint) => ({ ...constraint, selector }));
  };
  return { hard: (pod) => constraintsOf(pod, 'DoNotSchedule'), soft: (pod) => constraintsOf(pod, 'ScheduleAnyway') };
}

/** Whether a node has a domain for every constraint. Nodes without are left out of the counts of all. */
const hasAllKeys = (node: Node, constraints: readonly SpreadConstraint[]): boolean =>
  constraints.every(({ topologyKey }) => labelOf(node, topologyKey) !== undefined);

/** Whether a node takes part in a constraint of a pod. */
const isCounted = ({ honorsNodeAffinity, honorsNodeTaints }: SpreadConstraint, pod: Pod, node: Node): boolean =>
  (!honorsNodeAffinity || matchesRequiredNodeAffinity(pod, node)) &&
  (!honorsNodeTaints || !findUntolerated(node.spec?.taints, pod.spec?.tolerations, ['NoSchedule', 'NoExecute']));

/** How many selected pods are on a node, those on their way out left aside. A selector without requirements selects none. */
function countSelected({ pods }: NodeInfo, { selector }: SpreadConstraint, { metadata: { namespace } }: Pod): number {
  if (selector.requirements.length === 0) return 0;
  return pods.filter(({ metadata }) => !metadata.deletionTimestamp && metadata.namespace === namespace && selector.matches(metadata.labels)).length;
}

function read(constraints: readonly TopologySpreadConstraint[], pod: Pod, action: Action): SpreadConstraint[] {
  return constraints
    .filter(({ whenUnsatisfiable }) => whenUnsatisfiable === action)
    .map(({ maxSkew, topologyKey, labelSelector, minDomains = 1, nodeAffinityPolicy = 'Honor', nodeTaintsPolicy = 'Ignore', matchLabelKeys = [] }) => ({
      maxSkew,
      topologyKey,
      selector: narrowed(selectorFromObject(labelSelector), matchLabelKeys, pod.metadata.labels ?? {}),
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

/** The pods that belong with a pod when it does not say so itself. */
type DefaultSelector = (pod: Pod) => Selector;

/** Finds them by the services that select the pod and by the set that controls it. Rule: upstream's `DefaultSelector`. */
function createDefaultSelector(informers: Informers): DefaultSelector {
  const services = informers.informer(resourceTypes.services);
  const replicationControllers = informers.informer(resourceTypes.replicationcontrollers);
  const sets = { ReplicaSet: informers.informer(resourceTypes.replicasets), StatefulSet: informers.informer(resourceTypes.statefulsets) };

  const ofController = ({ metadata }: Pod): readonly Requirement[] => {
    const owner = metadata.ownerReferences?.find(({ controller }) => controller);
    if (!owner) return [];
    const key = { name: owner.name, ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }) };
    if (owner.apiVersion === 'v1' && owner.kind === 'ReplicationController')
      return selectorFromLabels(replicationControllers.get(key)?.spec?.selector).requirements;
    if (owner.apiVersion === 'apps/v1' && (owner.kind === 'ReplicaSet' || owner.kind === 'StatefulSet'))
      return selectorFromObject(sets[owner.kind].get(key)?.spec?.selector).requirements;
    return [];
  };

  return (pod) => {
    const pairs: Record<string, string> = {};
    for (const { spec } of services.list(pod.metadata.namespace))
      if (spec?.selector && selectorFromLabels(spec.selector).matches(pod.metadata.labels)) Object.assign(pairs, spec.selector);
    return createSelector([...selectorFromLabels(pairs).requirements, ...ofController(pod)]);
  };
}
