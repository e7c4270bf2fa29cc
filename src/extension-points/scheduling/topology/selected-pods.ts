import type { Namespace, Pod } from '../../../api/generated/core-v1.ts';
import type { Labels } from '../../../api/label-selector.ts';
import type { NodeInfo } from '../contract.ts';
import { NodeCounts } from './node-counts.ts';
import type { PodSelection, PodTerm } from './pod-selection.ts';
import { isSelective } from './pod-selection.ts';
import type { PodsByLabel } from './pods-by-label.ts';
import type { TallyBudget } from './tally-budget.ts';

/** What selections are counted over. */
export interface CountedCluster {
  readonly nodes: ReadonlyMap<string, NodeInfo>;
  readonly pods: PodsByLabel;
  readonly budget: TallyBudget;
  namespaces(): readonly Namespace[];
}

/** A selection and how many of its pods are on each node, followed from the time it was made. */
export class SelectedPods {
  readonly selection: PodSelection;
  readonly counts: NodeCounts;
  readonly #nodes: ReadonlyMap<string, NodeInfo>;
  readonly #terms: readonly ResolvedTerm[];

  constructor(selection: PodSelection, { nodes, pods, budget, namespaces }: CountedCluster) {
    this.selection = selection;
    this.counts = new NodeCounts(nodes, budget);
    this.#nodes = nodes;
    this.#terms = selection.terms.map((term) => new ResolvedTerm(term, namespaces));
    pods.eachCandidate(selection.terms[0]!.selector, (pod, node) => {
      if (this.#counts(pod)) this.counts.add(node, 1);
    });
  }

  /** Whether all terms mean a pod. */
  means({ metadata }: Pod): boolean {
    for (const term of this.#terms) if (!term.means(metadata)) return false;
    return true;
  }

  podChanged(pod: Pod, { node }: NodeInfo, amount: 1 | -1): void {
    if (this.#counts(pod)) this.counts.add(node, amount);
  }

  /** `labels` are those that a namespace has now; undefined: it is gone. */
  namespaceChanged(name: string, labels: Labels | undefined): void {
    const changing = this.#terms.filter((term) => term.isSelected(labels) !== term.selected?.has(name));
    if (changing.every(({ selected }) => !selected)) return;
    this.#addPodsOf(name, -1);
    for (const term of changing) term.toggle(name);
    this.#addPodsOf(name, 1);
  }

  #addPodsOf(namespace: string, amount: 1 | -1): void {
    for (const info of this.#nodes.values()) for (const pod of info.pods) if (pod.metadata.namespace === namespace) this.podChanged(pod, info, amount);
  }

  #counts(pod: Pod): boolean {
    return (this.selection.includesTerminating || !pod.metadata.deletionTimestamp) && this.means(pod);
  }
}

/** A term with the namespaces that its selector selects now. */
class ResolvedTerm {
  readonly #term: PodTerm;
  readonly #isAnyNamespace: boolean;
  /** Absent when namespaces are not told apart by their labels. */
  readonly selected: Set<string> | undefined;

  constructor(term: PodTerm, namespaces: () => readonly Namespace[]) {
    this.#term = term;
    const { namespaceSelector } = term;
    const isChoosing = isSelective(namespaceSelector);
    this.#isAnyNamespace = !isChoosing && !namespaceSelector.matchesNothing;
    this.selected = isChoosing
      ? new Set(namespaces().flatMap(({ metadata }) => (namespaceSelector.matches(metadata.labels) ? [metadata.name!] : [])))
      : undefined;
  }

  means({ namespace = '', labels }: Pod['metadata']): boolean {
    return (this.#isAnyNamespace || this.#term.namespaces.has(namespace) || this.selected?.has(namespace) === true) && this.#term.selector.matches(labels);
  }

  /** Whether the selector selects a namespace that has these labels. */
  isSelected(labels: Labels | undefined): boolean {
    return labels !== undefined && this.#term.namespaceSelector.matches(labels);
  }

  toggle(name: string): void {
    if (!this.selected?.delete(name)) this.selected?.add(name);
  }
}
