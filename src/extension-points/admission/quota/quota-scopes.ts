import type { ResourceQuota, ScopedResourceSelectorRequirement } from '../../../api/generated/core-v1.ts';
import type { KubernetesObject } from '../../../api/object.ts';
import type { QuotaEvaluator } from './evaluator.ts';

export type ScopeRequirement = ScopedResourceSelectorRequirement;

/** All that a quota asks of the objects it counts. A scope that is only named has to apply. */
export function scopesOf({ spec }: ResourceQuota): readonly ScopeRequirement[] {
  if (!spec?.scopes && !spec?.scopeSelector) return none;
  const named = (spec.scopes ?? []).map((scopeName): ScopeRequirement => ({ scopeName, operator: 'Exists' }));
  return [...named, ...(spec.scopeSelector?.matchExpressions ?? [])];
}

const none: readonly ScopeRequirement[] = [];

/** Whether an object is in all scopes of a quota. */
export const isInScopes = (evaluator: QuotaEvaluator, object: KubernetesObject, scopes: readonly ScopeRequirement[]): boolean =>
  scopes.every((scope) => evaluator.isInScope?.(object, scope) ?? false);

/** Whether one of the values an object has for a scope is what the scope asks for. An object without any has no such label, in the terms of selectors. */
export function matchesValues({ operator, values = [] }: ScopeRequirement, held: readonly string[]): boolean {
  switch (operator) {
    case 'Exists':
      return held.length > 0;
    case 'DoesNotExist':
      return held.length === 0;
    case 'In':
      return held.some((value) => values.includes(value));
    case 'NotIn':
      return held.length === 0 || held.some((value) => !values.includes(value));
    default:
      return false;
  }
}
