import type { Node, Pod } from '../../../api/generated/core-v1.ts';
import type { Labels } from '../../../api/label-selector.ts';
import type { NodeTable, Status, Verdicts } from '../../../extension-points/scheduling/contract.ts';
import { success, unresolvable, unschedulable } from '../../../extension-points/scheduling/contract.ts';
import { labelOf } from '../../../extension-points/scheduling/node-labels.ts';
import type { DomainTally } from '../../../extension-points/scheduling/topology/domain-tally.ts';
import { everyNode } from '../../../extension-points/scheduling/topology/domain-tally.ts';
import { NodeMarks } from '../../../extension-points/scheduling/topology/node-marks.ts';
import type { PlacementCounts } from '../../../extension-points/scheduling/topology/placement-counts.ts';
import { matchesTerm } from '../../../extension-points/scheduling/topology/pod-selection.ts';
import type { SelectedPods } from '../../../extension-points/scheduling/topology/selected-pods.ts';
import { termsOf } from './affinity-terms.ts';
import { DomainSums } from './domain-sums.ts';
import type { ExistingTerms } from './existing-terms.ts';

/** What upstream says. Removing pods never brings affinity about, so that refusal is final. */
const refusals = {
  affinity: unresolvable("node(s) didn't match pod affinity rules"),
  antiAffinity: unschedulable("node(s) didn't match pod anti-affinity rules"),
  existing: unschedulable("node(s) didn't satisfy existing pods anti-affinity rules"),
} satisfies Record<string, Status>;

interface Subject {
  readonly pod: Pod;
  /** Of the pod's namespace. */
  readonly namespaceLabels: Labels | undefined;
  /** The topology keys of the affinity terms, each once. */
  readonly wantedKeys: readonly string[];
  /** The pods that all affinity terms mean. */
  readonly wanted: SelectedPods | undefined;
  /** Whether the pod is one of those itself. */
  readonly isWanted: boolean;
  /** The pods that each anti-affinity term means. */
  readonly unwanted: readonly { readonly topologyKey: string; readonly selected: SelectedPods }[];
}

/** What is counted in the domains of the terms' topology keys. */
interface Sums {
  /** Pods there whose anti-affinity refuses the pod, once per term. */
  readonly refusing: DomainSums;
  /** Pods there that all affinity terms of the pod mean. */
  readonly wanted: DomainSums;
  /** Pods there that an anti-affinity term of the pod means. */
  readonly unwanted: DomainSums;
}

/** What required affinity and anti-affinity mean for one pod in one cycle. Clones are for imagining changes. */
export class RequiredTerms {
  readonly #subject: Subject;
  readonly #sums: Sums;

  private constructor(subject: Subject, sums: Sums) {
    this.#subject = subject;
    this.#sums = sums;
  }

  /** Looks up what was counted for the pod's terms, and which terms of pods on nodes mean it. Undefined when no node can be refused. */
  static find(pod: Pod, placements: PlacementCounts, existing: ExistingTerms, namespaceLabels: Labels | undefined): RequiredTerms | undefined {
    const { requiredAffinity, requiredAntiAffinity, wanted: selection } = termsOf(pod);
    const refusing = new DomainSums();
    existing.requiredAntiAffinity.eachMeaning(pod, namespaceLabels, (_term, tally) => refusing.add(tally));
    if (requiredAffinity.length === 0 && requiredAntiAffinity.length === 0 && refusing.isEmpty) return undefined;

    const wanted = selection && placements.selections.find(selection);
    const subject: Subject = {
      pod,
      namespaceLabels,
      wantedKeys: [...new Set(requiredAffinity.map(({ topologyKey }) => topologyKey))],
      wanted,
      isWanted: wanted?.means(pod) ?? false,
      unwanted: requiredAntiAffinity.map((term) => ({ topologyKey: term.topologyKey, selected: placements.selections.find(term.selection) })),
    };
    const sums: Sums = { refusing, wanted: new DomainSums(), unwanted: new DomainSums() };
    const tallyOf = ({ counts }: SelectedPods, key: string): DomainTally => counts.tally(placements.numbersOf(key), everyNode);
    for (const key of subject.wantedKeys) sums.wanted.add(tallyOf(wanted!, key));
    for (const { topologyKey, selected } of subject.unwanted) sums.unwanted.add(tallyOf(selected, topologyKey));
    return new RequiredTerms(subject, sums);
  }

  /** Takes a pod to be on (1) or gone from (-1) a node. */
  change(other: Pod, node: Node, amount: 1 | -1): void {
    const { pod, namespaceLabels, wantedKeys, wanted, unwanted } = this.#subject;
    for (const term of termsOf(other).requiredAntiAffinity)
      if (matchesTerm(term, pod, namespaceLabels)) this.#sums.refusing.change(node, term.topologyKey, amount);
    if (wanted?.means(other)) for (const key of wantedKeys) this.#sums.wanted.change(node, key, amount);
    for (const { topologyKey, selected } of unwanted) if (selected.means(other)) this.#sums.unwanted.change(node, topologyKey, amount);
  }

  judge(node: Node): Status {
    const { refusing, unwanted } = this.#sums;
    if (!this.#hasWanted(node)) return refusals.affinity;
    if (this.#subject.unwanted.some(({ topologyKey }) => unwanted.of(node, topologyKey) > 0)) return refusals.antiAffinity;
    return refusing.keys.some((key) => refusing.of(node, key) > 0) ? refusals.existing : success;
  }

  /** Judges every node of the table. */
  judgeAll(table: NodeTable, verdicts: Verdicts): void {
    const { refusing, wanted, unwanted } = this.#sums;
    if (refusing.hasChanges || wanted.hasChanges || unwanted.hasChanges) {
      for (const [index, { node }] of table.nodes.entries()) {
        const status = verdicts.isRefused(index) ? success : this.judge(node);
        if (status !== success) verdicts.refuse(index, status);
      }
      return;
    }
    // From the verdict that comes last to the one that comes first.
    const marks = new NodeMarks(table);
    for (const key of refusing.keys) marks.put(refusing.column(key)!, 0, { above: 3 });
    for (const key of unwanted.keys) marks.put(unwanted.column(key)!, 0, { above: 2 });
    const isFirst = this.#isFirst;
    for (const key of this.#subject.wantedKeys) {
      const column = wanted.column(key);
      if (isFirst) marks.putOnUnlabelled(1, key);
      else if (column) marks.put(column, 0, { notAbove: 1, unlabelled: 1 });
      else marks.putOnAll(1);
    }
    marks.refuse(verdicts, [success, refusals.affinity, refusals.antiAffinity, refusals.existing]);
  }

  clone(): RequiredTerms {
    const { refusing, wanted, unwanted } = this.#sums;
    return new RequiredTerms(this.#subject, { refusing: refusing.clone(), wanted: wanted.clone(), unwanted: unwanted.clone() });
  }

  #hasWanted(node: Node): boolean {
    const { wantedKeys } = this.#subject;
    if (wantedKeys.length === 0) return true;
    if (wantedKeys.some((key) => labelOf(node, key) === undefined)) return false;
    return wantedKeys.every((key) => this.#sums.wanted.of(node, key) > 0) || this.#isFirst;
  }

  /** The first of a group of pods that want each other may go anywhere. */
  get #isFirst(): boolean {
    return this.#subject.isWanted && this.#sums.wanted.isEmpty;
  }
}
