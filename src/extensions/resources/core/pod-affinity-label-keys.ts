import { isCommon, rememberCommon } from '../../../api/common-parts.ts';
import type { Pod, PodAffinityTerm } from '../../../api/generated/core-v1.ts';
import type { LabelSelector } from '../../../api/generated/meta-v1.ts';
import type { Draft, Loose } from '../../../extension-points/resources/draft.ts';

type Labels = Readonly<Record<string, string>>;

/** Writes `matchLabelKeys` and `mismatchLabelKeys` of a new pod into its label selectors, with the values the pod has. */
export function mergeLabelKeys(pod: Draft<Pod>): void {
  const labels = pod.metadata.labels ?? {};
  if (isCommon(pod.spec)) {
    if (!hasLabelKeys(pod.spec)) return;
    pod.spec = structuredClone(pod.spec);
  }
  for (const affinity of [pod.spec?.affinity?.podAffinity, pod.spec?.affinity?.podAntiAffinity]) {
    for (const term of affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) mergeTerm(term, labels);
    for (const weighted of affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [])
      if (weighted.podAffinityTerm) mergeTerm(weighted.podAffinityTerm, labels);
  }
  for (const constraint of pod.spec?.topologySpreadConstraints ?? [])
    if (constraint.labelSelector) addKeys(constraint.labelSelector, constraint.matchLabelKeys, 'In', labels);
}

const hasLabelKeys = rememberCommon((spec: NonNullable<Draft<Pod>['spec']>) =>
  /"(?:mis)?matchLabelKeys":/.test(JSON.stringify([spec.affinity, spec.topologySpreadConstraints])),
);

function mergeTerm(term: Loose<PodAffinityTerm>, labels: Labels): void {
  if (!term.labelSelector) return;
  addKeys(term.labelSelector, term.matchLabelKeys, 'In', labels);
  addKeys(term.labelSelector, term.mismatchLabelKeys, 'NotIn', labels);
}

function addKeys(selector: Loose<LabelSelector>, keys: readonly string[] | undefined, operator: 'In' | 'NotIn', labels: Labels): void {
  for (const key of keys ?? []) {
    const value = labels[key];
    if (value !== undefined) (selector.matchExpressions ??= []).push({ key, operator, values: [value] });
  }
}
