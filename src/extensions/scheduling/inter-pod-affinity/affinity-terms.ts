import type { Affinity, Namespace, Pod, PodAffinityTerm, WeightedPodAffinityTerm } from '../../../api/generated/core-v1.ts';
import { nothing, selectorFromObject } from '../../../api/label-selector.ts';
import type { PodSelection, PodTerm } from '../../../extension-points/scheduling/topology/pod-selection.ts';
import { isSelective, matchesTerm, podSelection } from '../../../extension-points/scheduling/topology/pod-selection.ts';

/** A pod affinity term, ready to be matched. A pod is meant when its namespace is named or selected, and its labels are selected. */
export interface AffinityTerm extends PodTerm {
  readonly topologyKey: string;
  /** The same for terms that mean the same. */
  readonly text: string;
  /** The pods it means. */
  readonly selection: PodSelection;
}

export interface WeightedTerm {
  /** 1 to 100; below 0 for anti-affinity. */
  readonly weight: number;
  readonly term: AffinityTerm;
}

export interface PodTerms {
  readonly requiredAffinity: readonly AffinityTerm[];
  /** The pods that all of these mean: affinity counts only such pods. Absent without terms. */
  readonly wanted?: PodSelection;
  readonly requiredAntiAffinity: readonly AffinityTerm[];
  /** Affinity and anti-affinity. */
  readonly preferred: readonly WeightedTerm[];
  /** Why the terms cannot be read; there are none then. */
  readonly problem?: string;
}

const none: PodTerms = { requiredAffinity: [], requiredAntiAffinity: [], preferred: [] };
const known = new WeakMap<Pod, PodTerms>();
/** By namespace and affinity: the pods of a set have the same terms. The oldest are forgotten. */
const knownByText = new Map<string, PodTerms>();
const mostTexts = 4096;
const longestText = 16 * 1024;

/** The terms of a pod; remembered per pod object. `matchLabelKeys` and `mismatchLabelKeys` were merged into the selectors when the pod was made. */
export function termsOf(pod: Pod): PodTerms {
  const affinity = pod.spec?.affinity;
  if (!affinity?.podAffinity && !affinity?.podAntiAffinity) return none;
  let terms = known.get(pod);
  if (!terms) known.set(pod, (terms = sharedTerms(pod.metadata.namespace ?? '', affinity)));
  return terms;
}

/** Whether there are terms and all of them mean the pod. Their namespaces must have been looked up. */
export const matchesAllTerms = (terms: readonly AffinityTerm[], pod: Pod): boolean => terms.length > 0 && terms.every((term) => matchesTerm(term, pod));

/** The term with its namespace selector replaced by the namespaces that it selects now. */
export function withNamespaces(term: AffinityTerm, namespaces: readonly Namespace[]): AffinityTerm {
  const { namespaceSelector } = term;
  if (!isSelective(namespaceSelector)) return term;
  const selected = namespaces.filter(({ metadata }) => namespaceSelector.matches(metadata.labels)).map(({ metadata }) => metadata.name!);
  return { ...term, namespaces: new Set([...term.namespaces, ...selected]), namespaceSelector: nothing };
}

function sharedTerms(namespace: string, affinity: Affinity): PodTerms {
  const text = JSON.stringify([namespace, affinity.podAffinity, affinity.podAntiAffinity]);
  if (text.length > longestText) return readTerms(namespace, affinity);
  let terms = knownByText.get(text);
  if (!terms) {
    terms = readTerms(namespace, affinity);
    if (knownByText.size >= mostTexts) knownByText.delete(knownByText.keys().next().value!);
    knownByText.set(text, terms);
  }
  return terms;
}

function readTerms(namespace: string, { podAffinity, podAntiAffinity }: Affinity): PodTerms {
  const read = (terms: readonly PodAffinityTerm[] = []): AffinityTerm[] => terms.map((term) => readTerm(namespace, term));
  const readWeighted = (terms: readonly WeightedPodAffinityTerm[] = [], sign: 1 | -1): WeightedTerm[] =>
    terms.map(({ weight, podAffinityTerm }) => ({ weight: sign * weight, term: readTerm(namespace, podAffinityTerm) }));
  try {
    const requiredAffinity = read(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution);
    return {
      requiredAffinity,
      ...(requiredAffinity.length > 0 ? { wanted: podSelection(requiredAffinity) } : {}),
      requiredAntiAffinity: read(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
      preferred: [
        ...readWeighted(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution, 1),
        ...readWeighted(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution, -1),
      ],
    };
  } catch (error) {
    return { ...none, problem: error instanceof Error ? error.message : String(error) };
  }
}

/** Naming no namespaces and selecting none means the pod's own. */
function readTerm(namespace: string, { topologyKey, namespaces = [], namespaceSelector, labelSelector }: PodAffinityTerm): AffinityTerm {
  const term: PodTerm = {
    namespaces: new Set(namespaces.length === 0 && !namespaceSelector ? [namespace] : namespaces),
    namespaceSelector: selectorFromObject(namespaceSelector),
    selector: selectorFromObject(labelSelector),
  };
  const selection = podSelection([term]);
  return { ...term, topologyKey, selection, text: `${topologyKey} ${selection.text}` };
}
