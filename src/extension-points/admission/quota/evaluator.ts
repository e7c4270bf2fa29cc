import type { KubernetesObject } from '../../../api/object.ts';
import type { ResourceType } from '../../../api/resource-type.ts';
import type { AdmissionRequest } from '../contract.ts';
import type { Amounts } from './amounts.ts';
import type { ScopeRequirement } from './quota-scopes.ts';

/**
 * How objects of one resource count against quotas. Admission and the controller count by the same evaluators; what they count by, and how, is upstream's
 * (`pkg/quota/v1/evaluator/core`).
 */
export interface QuotaEvaluator {
  readonly resource: { readonly group: string; readonly resource: string };
  /** Whether a CREATE or UPDATE may change what is used. Cheap. */
  handles(request: AdmissionRequest): boolean;
  /** Those of the names of a quota that objects of this resource count against. */
  matchingNames(names: Iterable<string>): string[];
  /** What an object says too little about to be counted by these names, in upstream's words. Absent: every object says enough. */
  unspecified?(object: KubernetesObject, names: readonly string[]): string | undefined;
  /** Whether an object is in a scope. Absent: it is in none, and quotas with scopes do not count it. */
  isInScope?(object: KubernetesObject, scope: ScopeRequirement): boolean;
  /** What an object uses. */
  usage(object: KubernetesObject): Amounts;
  /** When, in milliseconds since the epoch, what an object uses changes though the object does not. */
  changesAtMs?(object: KubernetesObject): number | undefined;
  /** Other resources that `usage` and `matchingNames` look at. */
  readonly reads?: readonly ResourceType[];
}
