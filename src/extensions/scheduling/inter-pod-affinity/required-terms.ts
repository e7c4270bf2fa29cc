import type { Namespace, Node, Pod } from '../../../api/generated/core-v1.ts';
import type { Labels } from '../../../api/label-selector.ts';
import type { NodeInfo, Status } from '../../../extension-points/scheduling/contract.ts';
import { success, unresolvable, unschedulable } from '../../../extension-points/scheduling/contract.ts';
import type { AffinityTerm } from './affinity-terms.ts';
import { matchesAllTerms, matchesTerm, termsOf, withNamespaces } from './affinity-terms.ts';
import { podsWithAffinity } from './pods-with-affinity.ts';
import { TopologyCounts } from './topology-counts.ts';

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
export class RequiredTerms {
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
    for (const info of nodes) {
      for (const other of podsWithAffinity(info).requiredAntiAffinity) terms.#countRefusing(other, info.node, 1);
      if (terms.#hasOwn) for (const other of info.pods) terms.#countMeant(other, info.node, 1);
    }
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
