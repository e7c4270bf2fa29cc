import type { Namespace, Node, Pod, PodAffinityTerm, WeightedPodAffinityTerm } from '../../../api/generated/core-v1.ts';
import * as resourceTypes from '../../../api/generated/resource-types.ts';
import type { Labels, Selector } from '../../../api/label-selector.ts';
import { nothing, selectorFromObject } from '../../../api/label-selector.ts';
import type { CycleState, NodeInfo, NodeScore, SchedulingHandle, SchedulingPlugin, Status } from '../../../extension-points/scheduling/contract.ts';
import { skip, success, unresolvable, unschedulable } from '../../../extension-points/scheduling/contract.ts';
import { labelOf } from '../../../extension-points/scheduling/node-labels.ts';
import { maximumScore } from '../../../extension-points/scheduling/normalize-scores.ts';
import type { InterPodAffinityArgs } from './inter-pod-affinity.ts';
import type { PreferenceOptions } from './preferred-terms.ts';

const filterKey = 'PreFilterInterPodAffinity';
const scoreKey = 'PreScoreInterPodAffinity';

/** InterPodAffinity as the rules read: counts all pods anew in every cycle. What the one that ships is held against. */
export function plainInterPodAffinity(args: InterPodAffinityArgs, handle: Pick<SchedulingHandle, 'snapshot' | 'informers'>): SchedulingPlugin {
  const options: PreferenceOptions = { hardPodAffinityWeight: 1, ignorePreferredTermsOfExistingPods: false, ...args };
  const informer = handle.informers.informer(resourceTypes.namespaces);
  const namespaces = (): readonly Namespace[] => informer.list();

  return {
    preFilter(state, pod, nodes) {
      const { problem } = termsOf(pod);
      if (problem !== undefined) return { status: unresolvable(`parsing pod: ${problem}`) };
      const terms = RequiredTerms.count(pod, nodes, namespaces());
      if (terms.isIdle) return { status: skip };
      state.write(filterKey, terms);
      return { status: success };
    },
    addPod: (state, _pod, other, { node }) => (counted(state).change(other, node, 1), success),
    removePod: (state, _pod, other, { node }) => (counted(state).change(other, node, -1), success),
    filter: (state, _pod, { node }) => counted(state).judge(node),
    preScore(state, pod) {
      const preferences = preferencesFor(pod, handle.snapshot(), namespaces(), options);
      if (!preferences) return skip;
      state.write(scoreKey, preferences);
      return success;
    },
    score(state, _pod, { node }) {
      let sum = 0;
      for (const preference of state.read<TopologyCounts>(scoreKey)?.all(node) ?? []) sum += preference;
      return sum;
    },
    normalizeScores: (_state, _pod, scores) => spreadFromLeastToMost(scores),
  };
}

function counted(state: CycleState): RequiredTerms {
  const terms = state.read<RequiredTerms>(filterKey);
  if (!terms) throw new Error(`error reading "${filterKey}" from cycleState: not found`);
  return terms;
}

interface Subject {
  readonly pod: Pod;
  readonly affinity: readonly AffinityTerm[];
  readonly antiAffinity: readonly AffinityTerm[];
  /** Of the pod's namespace. */
  readonly namespaceLabels: Labels | undefined;
}

/** What is counted in the domains of the terms' topology keys. */
interface Counts {
  /** Pods there whose anti-affinity refuses the pod, once per term. */
  readonly refusing: TopologyCounts;
  /** Pods there that all affinity terms of the pod mean. */
  readonly wanted: TopologyCounts;
  /** Pods there that an anti-affinity term of the pod means. */
  readonly unwanted: TopologyCounts;
}

/** What required affinity and anti-affinity mean for one pod in one cycle, counted once so that each node is judged by a few look-ups. */
class RequiredTerms {
  readonly #subject: Subject;
  readonly #counts: Counts;

  private constructor(subject: Subject, counts: Counts) {
    this.#subject = subject;
    this.#counts = counts;
  }

  /** Counts the pods of all nodes. */
  static count(pod: Pod, nodes: readonly NodeInfo[], namespaces: readonly Namespace[]): RequiredTerms {
    const { requiredAffinity, requiredAntiAffinity } = termsOf(pod);
    const expand = (term: AffinityTerm): AffinityTerm => withNamespaces(term, namespaces);
    const subject: Subject = {
      pod,
      affinity: requiredAffinity.map(expand),
      antiAffinity: requiredAntiAffinity.map(expand),
      namespaceLabels: namespaces.find(({ metadata }) => metadata.name === pod.metadata.namespace)?.metadata.labels,
    };
    const terms = new RequiredTerms(subject, { refusing: new TopologyCounts(), wanted: new TopologyCounts(), unwanted: new TopologyCounts() });
    for (const { node, pods } of nodes) for (const other of pods) terms.change(other, node, 1);
    return terms;
  }

  /** Whether no node can be refused. */
  get isIdle(): boolean {
    return !this.#hasOwn && this.#counts.refusing.isEmpty;
  }

  /** Takes a pod to be on (1) or gone from (-1) a node. */
  change(other: Pod, node: Node, amount: 1 | -1): void {
    this.#countRefusing(other, node, amount);
    this.#countMeant(other, node, amount);
  }

  /** Upstream's verdict and wording. Removing pods never brings affinity about, so that refusal is final. */
  judge(node: Node): Status {
    if (!this.#hasWanted(node)) return unresolvable("node(s) didn't match pod affinity rules");
    if (this.#subject.antiAffinity.some(({ topologyKey }) => this.#counts.unwanted.of(node, topologyKey) > 0))
      return unschedulable("node(s) didn't match pod anti-affinity rules");
    for (const count of this.#counts.refusing.all(node)) if (count > 0) return unschedulable("node(s) didn't satisfy existing pods anti-affinity rules");
    return success;
  }

  clone(): RequiredTerms {
    const { refusing, wanted, unwanted } = this.#counts;
    return new RequiredTerms(this.#subject, { refusing: refusing.clone(), wanted: wanted.clone(), unwanted: unwanted.clone() });
  }

  get #hasOwn(): boolean {
    return this.#subject.affinity.length > 0 || this.#subject.antiAffinity.length > 0;
  }

  #hasWanted(node: Node): boolean {
    if (this.#subject.affinity.length === 0) return true;
    const { labels = {} } = node.metadata;
    if (!this.#subject.affinity.every(({ topologyKey }) => Object.hasOwn(labels, topologyKey))) return false;
    if (this.#subject.affinity.every(({ topologyKey }) => this.#counts.wanted.of(node, topologyKey) > 0)) return true;
    // The first of a group of pods that want each other may go anywhere.
    return this.#counts.wanted.isEmpty && matchesAllTerms(this.#subject.affinity, this.#subject.pod);
  }

  #countRefusing(other: Pod, node: Node, amount: number): void {
    for (const term of termsOf(other).requiredAntiAffinity)
      if (matchesTerm(term, this.#subject.pod, this.#subject.namespaceLabels)) this.#counts.refusing.add(node, term.topologyKey, amount);
  }

  #countMeant(other: Pod, node: Node, amount: number): void {
    if (matchesAllTerms(this.#subject.affinity, other))
      for (const { topologyKey } of this.#subject.affinity) this.#counts.wanted.add(node, topologyKey, amount);
    for (const term of this.#subject.antiAffinity) if (matchesTerm(term, other)) this.#counts.unwanted.add(node, term.topologyKey, amount);
  }
}

/**
 * How much each domain is preferred: what the pod prefers of the pods that are there, and what those prefer of the pod. Undefined when nobody prefers anything.
 */
function preferencesFor(
  pod: Pod,
  nodes: readonly NodeInfo[],
  namespaces: readonly Namespace[],
  { hardPodAffinityWeight, ignorePreferredTermsOfExistingPods }: PreferenceOptions,
): TopologyCounts | undefined {
  const own = termsOf(pod).preferred.map(({ weight, term }) => ({ weight, term: withNamespaces(term, namespaces) }));
  if (ignorePreferredTermsOfExistingPods && own.length === 0) return undefined;
  const namespaceLabels = namespaces.find(({ metadata }) => metadata.name === pod.metadata.namespace)?.metadata.labels;
  const preferences = new TopologyCounts();
  for (const { node, pods } of nodes) {
    if (own.length > 0)
      for (const other of pods) for (const { weight, term } of own) if (matchesTerm(term, other)) preferences.add(node, term.topologyKey, weight);
    for (const other of pods) {
      const { requiredAffinity, preferred } = termsOf(other);
      if (hardPodAffinityWeight > 0) {
        for (const term of requiredAffinity) if (matchesTerm(term, pod, namespaceLabels)) preferences.add(node, term.topologyKey, hardPodAffinityWeight);
      }
      for (const { weight, term } of preferred) if (matchesTerm(term, pod, namespaceLabels)) preferences.add(node, term.topologyKey, weight);
    }
  }
  return preferences.isEmpty ? undefined : preferences;
}

/** Spreads scores, which may be below 0, over 0 to 100; all alike become 0. */
function spreadFromLeastToMost(scores: readonly NodeScore[]): void {
  let least = Infinity;
  let most = -Infinity;
  for (const { score } of scores) {
    least = Math.min(least, score);
    most = Math.max(most, score);
  }
  const range = most - least;
  for (const entry of scores) entry.score = range > 0 ? Math.trunc(maximumScore * ((entry.score - least) / range)) : 0;
}

/** A pod affinity term, ready to be matched. A pod is meant when its namespace is named or selected, and its labels are selected. */
interface AffinityTerm {
  readonly topologyKey: string;
  readonly namespaces: ReadonlySet<string>;
  readonly namespaceSelector: Selector;
  readonly selector: Selector;
}

interface WeightedTerm {
  /** 1 to 100; below 0 for anti-affinity. */
  readonly weight: number;
  readonly term: AffinityTerm;
}

interface PodTerms {
  readonly requiredAffinity: readonly AffinityTerm[];
  readonly requiredAntiAffinity: readonly AffinityTerm[];
  /** Affinity and anti-affinity. */
  readonly preferred: readonly WeightedTerm[];
  /** Why the terms cannot be read; there are none then. */
  readonly problem?: string;
}

const none: PodTerms = { requiredAffinity: [], requiredAntiAffinity: [], preferred: [] };

/** The terms of a pod. `matchLabelKeys` and `mismatchLabelKeys` were merged into the selectors when the pod was made. */
function termsOf(pod: Pod): PodTerms {
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
  if (!podAffinity && !podAntiAffinity) return none;
  try {
    return {
      requiredAffinity: readTerms(pod, podAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
      requiredAntiAffinity: readTerms(pod, podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
      preferred: [
        ...readWeighted(pod, podAffinity?.preferredDuringSchedulingIgnoredDuringExecution, 1),
        ...readWeighted(pod, podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution, -1),
      ],
    };
  } catch (error) {
    return { ...none, problem: error instanceof Error ? error.message : String(error) };
  }
}

/** Whether a term means a pod. `namespaceLabels` are those of the pod's namespace; not needed for terms whose namespaces were looked up. */
const matchesTerm = (term: AffinityTerm, { metadata }: Pod, namespaceLabels?: Labels): boolean =>
  (term.namespaces.has(metadata.namespace ?? '') || term.namespaceSelector.matches(namespaceLabels)) && term.selector.matches(metadata.labels);

/** Whether there are terms and all of them mean the pod: affinity counts only such pods. */
const matchesAllTerms = (terms: readonly AffinityTerm[], pod: Pod): boolean => terms.length > 0 && terms.every((term) => matchesTerm(term, pod));

/** The term with its namespace selector replaced by the namespaces that it selects now. */
function withNamespaces(term: AffinityTerm, namespaces: readonly Namespace[]): AffinityTerm {
  const { namespaceSelector } = term;
  // Without requirements it selects all, or nothing: either way there is nothing to look up.
  if (namespaceSelector.requirements.length === 0) return term;
  const selected = namespaces.filter(({ metadata }) => namespaceSelector.matches(metadata.labels)).map(({ metadata }) => metadata.name!);
  return { ...term, namespaces: new Set([...term.namespaces, ...selected]), namespaceSelector: nothing };
}

const readTerms = (pod: Pod, terms: readonly PodAffinityTerm[] = []): AffinityTerm[] => terms.map((term) => readTerm(pod, term));

const readWeighted = (pod: Pod, terms: readonly WeightedPodAffinityTerm[] = [], sign: 1 | -1): WeightedTerm[] =>
  terms.map(({ weight, podAffinityTerm }) => ({ weight: sign * weight, term: readTerm(pod, podAffinityTerm) }));

/** Naming no namespaces and selecting none means the pod's own. */
function readTerm({ metadata }: Pod, { topologyKey, namespaces = [], namespaceSelector, labelSelector }: PodAffinityTerm): AffinityTerm {
  return {
    topologyKey,
    namespaces: new Set(namespaces.length === 0 && !namespaceSelector ? [metadata.namespace ?? ''] : namespaces),
    namespaceSelector: selectorFromObject(namespaceSelector),
    selector: selectorFromObject(labelSelector),
  };
}

/** A number per topology domain, which is a label key with one of its values. */
class TopologyCounts {
  readonly #counts = new Map<string, Map<string, number>>();

  /** Whether every domain counts 0. */
  get isEmpty(): boolean {
    return this.#counts.size === 0;
  }

  /** Adds to the domain that a node is in; a node without the label is in none. */
  add(node: Node, key: string, amount: number): void {
    const value = labelOf(node, key);
    if (value === undefined) return;
    const counts = this.#counts.get(key) ?? new Map<string, number>();
    const count = (counts.get(value) ?? 0) + amount;
    if (count === 0) counts.delete(value);
    else counts.set(value, count);
    if (counts.size === 0) this.#counts.delete(key);
    else this.#counts.set(key, counts);
  }

  /** The count of a node's domain. */
  of(node: Node, key: string): number {
    const counts = this.#counts.get(key);
    const value = counts && labelOf(node, key);
    return value === undefined ? 0 : (counts!.get(value) ?? 0);
  }

  /** The counts of all domains a node is in, one per key. */
  *all(node: Node): Iterable<number> {
    for (const key of this.#counts.keys()) yield this.of(node, key);
  }

  clone(): TopologyCounts {
    const copy = new TopologyCounts();
    for (const [key, counts] of this.#counts) copy.#counts.set(key, new Map(counts));
    return copy;
  }
}
