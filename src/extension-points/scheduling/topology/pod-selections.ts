import type { Node, Pod } from '../../../api/generated/core-v1.ts';
import type { Labels } from '../../../api/label-selector.ts';
import { nothing } from '../../../api/label-selector.ts';
import type { NodeInfo } from '../contract.ts';
import type { DomainNumbers } from './domain-numbers.ts';
import type { PodSelection } from './pod-selection.ts';
import { isSelective } from './pod-selection.ts';
import type { CountedCluster } from './selected-pods.ts';
import { SelectedPods } from './selected-pods.ts';
import { SelectorIndex } from './selector-index.ts';

/** More different selections than the pods that are scheduled in turn have. */
const mostSelections = 2048;

interface Known {
  readonly selected: SelectedPods;
  lastUse: number;
}

/** Counts the pods of each selection that is in use: over all pods when it comes up, then by following what changes. */
export class PodSelections {
  readonly #cluster: CountedCluster;
  readonly #known = new Map<string, Known>();
  readonly #index = new SelectorIndex<SelectedPods>();
  /** Those that tell namespaces apart by their labels. */
  readonly #choosing = new Set<SelectedPods>();
  #uses = 0;

  constructor(cluster: CountedCluster) {
    this.#cluster = cluster;
  }

  find(selection: PodSelection): SelectedPods {
    let known = this.#known.get(selection.text);
    if (!known) this.#known.set(selection.text, (known = { selected: this.#make(selection), lastUse: 0 }));
    known.lastUse = ++this.#uses;
    return known.selected;
  }

  podChanged(pod: Pod, node: NodeInfo, amount: 1 | -1): void {
    this.#index.eachCandidate(pod.metadata.labels, (selected) => selected.podChanged(pod, node, amount));
  }

  nodeChanged(node: Node, old: Node): void {
    for (const { selected } of this.#known.values()) selected.counts.nodeChanged(node, old);
  }

  namespaceChanged(name: string, labels: Labels | undefined): void {
    for (const selected of this.#choosing) selected.namespaceChanged(name, labels);
  }

  renumbered(numbers: DomainNumbers): void {
    for (const { selected } of this.#known.values()) selected.counts.dropTallies(numbers);
  }

  #make(selection: PodSelection): SelectedPods {
    if (this.#known.size >= mostSelections) this.#giveUpOldest();
    const selected = new SelectedPods(selection, this.#cluster);
    const [first] = selection.terms;
    this.#index.add(selected, selection.terms.some((term) => term.selector.matchesNothing) ? nothing : first!.selector);
    if (selection.terms.some(({ namespaceSelector }) => isSelective(namespaceSelector))) this.#choosing.add(selected);
    return selected;
  }

  #giveUpOldest(): void {
    const oldest = [...this.#known].sort(([, left], [, right]) => left.lastUse - right.lastUse).slice(0, mostSelections / 8);
    for (const [text, { selected }] of oldest) {
      this.#known.delete(text);
      this.#index.delete(selected);
      this.#choosing.delete(selected);
      selected.counts.dropTallies();
    }
  }
}
