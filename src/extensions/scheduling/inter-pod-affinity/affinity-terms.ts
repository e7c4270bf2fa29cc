import type { Namespace, Pod, PodAffinityTerm, WeightedPodAffinityTerm } from '../../../api/generated/core-v1.ts';
import type { Labels, Selector } from '../../../api/label-selector.ts';
import { nothing, selectorFromObject } from '../../../api/label-selector.ts';

/** A pod affinity term, ready to be matched. A pod is meant when its namespace is named or selected, and its labels are selected. */
export interface AffinityTerm {
  readonly topologyKey: string;
  readonly namespaces: ReadonlySet<string>;
  readonly namespaceSelector: Selector;
  readonly selector: Selector;
}

export interface WeightedTerm {
  /** 1 to 100; below 0 for anti-affinity. */
  readonly weight: number;
  readonly term: AffinityTerm;
}

export interface PodTerms {
  readonly requiredAffinity: readonly AffinityTerm[];
  readonly requiredAntiAffinity: readonly AffinityTerm[];
  /** Affinity and anti-affinity. */
  readonly preferred: readonly WeightedTerm[];
  /** Why the terms cannot be read; there are none then. */
  readonly problem?: string;
}

const none: PodTerms = { requiredAffinity: [], requiredAntiAffinity: [], preferred: [] };
const known = new WeakMap<Pod, PodTerms>();

/** The terms of a pod; remembered per pod object. `matchLabelKeys` and `mismatchLabelKeys` were merged into the selectors when the pod was made. */
export function termsOf(pod: Pod): PodTerms {
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
  if (!podAffinity && !podAntiAffinity) return none;
  let terms = known.get(pod);
  if (!terms) {
    try {
      terms = {
        requiredAffinity: readTerms(pod, podAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
        requiredAntiAffinity: readTerms(pod, podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
        preferred: [
          ...readWeighted(pod, podAffinity?.preferredDuringSchedulingIgnoredDuringExecution, 1),
          ...readWeighted(pod, podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution, -1),
        ],
      };
    } catch (error) {
      terms = { ...none, problem: error instanceof Error ? error.message : String(error) };
    }
    known.set(pod, terms);
  }
  return terms;
}

/** Whether a term means a pod. `namespaceLabels` are those of the pod's namespace; not needed for terms whose namespaces were looked up. */
export const matchesTerm = (term: AffinityTerm, { metadata }: Pod, namespaceLabels?: Labels): boolean =>
  (term.namespaces.has(metadata.namespace ?? '') || term.namespaceSelector.matches(namespaceLabels)) && term.selector.matches(metadata.labels);

/** Whether there are terms and all of them mean the pod: affinity counts only such pods. */
export const matchesAllTerms = (terms: readonly AffinityTerm[], pod: Pod): boolean => terms.length > 0 && terms.every((term) => matchesTerm(term, pod));

/** The term with its namespace selector replaced by the namespaces that it selects now, so that it is evaluated once per cycle instead of once per pod. */
export function withNamespaces(term: AffinityTerm, namespaces: readonly Namespace[]): AffinityTerm {
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
