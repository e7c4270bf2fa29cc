import type { Pod } from '../../../api/generated/core-v1.ts';
import type { Labels, Requirement, Selector } from '../../../api/label-selector.ts';

/** Pods by namespace, which is named or selected, and by labels. */
export interface PodTerm {
  readonly namespaces: ReadonlySet<string>;
  readonly namespaceSelector: Selector;
  readonly selector: Selector;
}

/** The pods that all terms mean. */
export interface PodSelection {
  /** The same text for the same pods. */
  readonly text: string;
  readonly terms: readonly PodTerm[];
  /** Whether pods on their way out count. */
  readonly includesTerminating: boolean;
}

export function podSelection(terms: readonly PodTerm[], includesTerminating = true): PodSelection {
  const text = JSON.stringify([
    includesTerminating,
    ...terms.map(({ namespaces, namespaceSelector, selector }) => [[...namespaces].sort(), partsOf(namespaceSelector), partsOf(selector)]),
  ]);
  return { text, terms, includesTerminating };
}

/** A namespace selector that says something about labels; others select all namespaces, or none, whichever there are. */
export const isSelective = ({ requirements }: Selector): boolean => requirements.length > 0;

/** Whether a term means a pod. `namespaceLabels` are those of the pod's namespace; not needed for terms whose namespaces were looked up. */
export const matchesTerm = (term: PodTerm, { metadata }: Pod, namespaceLabels?: Labels): boolean =>
  (term.namespaces.has(metadata.namespace ?? '') || term.namespaceSelector.matches(namespaceLabels)) && term.selector.matches(metadata.labels);

const partsOf = (selector: Selector): readonly Requirement[] | null => (selector.matchesNothing ? null : selector.requirements);
