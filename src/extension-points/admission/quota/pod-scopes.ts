import type { Container, Pod, PodAffinityTerm, PodSpec, WeightedPodAffinityTerm } from '../../../api/generated/core-v1.ts';
import { readAmount } from './amounts.ts';
import { matchesValues, type ScopeRequirement } from './quota-scopes.ts';

/** Whether a pod is in a scope of quotas. */
export function isPodInScope(pod: Pod, scope: ScopeRequirement): boolean {
  switch (scope.scopeName) {
    case 'Terminating':
      return isTerminating(pod);
    case 'NotTerminating':
      return !isTerminating(pod);
    case 'BestEffort':
      return isBestEffort(pod);
    case 'NotBestEffort':
      return !isBestEffort(pod);
    case 'PriorityClass':
      return matchesValues(scope, pod.spec?.priorityClassName ? [pod.spec.priorityClassName] : []);
    case 'CrossNamespacePodAffinity':
      return usesOtherNamespaces(pod.spec);
    default:
      return false;
  }
}

/** A pod that is to end by itself: it has a deadline. */
export const isTerminating = ({ spec }: Pod): boolean => spec?.activeDeadlineSeconds !== undefined && spec.activeDeadlineSeconds >= 0;

/** Whether a pod asks for neither CPU nor memory. The server has said so in the status of all but the oldest pods. */
function isBestEffort({ spec, status }: Pod): boolean {
  if (status?.qosClass) return status.qosClass === 'BestEffort';
  const lists = spec?.resources
    ? [spec.resources]
    : [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].map(({ resources }: Container) => resources);
  return lists.every((resources) => ['cpu', 'memory'].every((name) => !isAsked(resources?.requests?.[name]) && !isAsked(resources?.limits?.[name])));
}

const isAsked = (amount: string | number | undefined): boolean => readAmount(amount).nano > 0n;

function usesOtherNamespaces(spec: PodSpec | undefined): boolean {
  return [spec?.affinity?.podAffinity, spec?.affinity?.podAntiAffinity].some(
    (affinity) =>
      affinity?.requiredDuringSchedulingIgnoredDuringExecution?.some(namesNamespaces) ||
      affinity?.preferredDuringSchedulingIgnoredDuringExecution?.some(({ podAffinityTerm }: WeightedPodAffinityTerm) => namesNamespaces(podAffinityTerm)),
  );
}

const namesNamespaces = ({ namespaces, namespaceSelector }: PodAffinityTerm): boolean => (namespaces?.length ?? 0) > 0 || namespaceSelector !== undefined;
