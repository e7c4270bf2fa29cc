import type { KubernetesObject } from '../../../api/object.ts';
import type { Amounts } from '../../../extension-points/admission/quota/amounts.ts';
import type { QuotaEvaluator } from '../../../extension-points/admission/quota/evaluator.ts';
import type { ScopeRequirement } from '../../../extension-points/admission/quota/quota-scopes.ts';

/** What may be used only where a quota covers it: one entry of upstream's `ResourceQuotaConfiguration`. */
export interface LimitedResource {
  readonly apiGroup?: string;
  readonly resource: string;
  /** Parts of the names that must be covered when any of them is used. */
  readonly matchContains?: readonly string[];
  /** Scopes that must be covered for objects that are in them. */
  readonly matchScopes?: readonly ScopeRequirement[];
}

/** The names of what an object uses that a quota has to cover. */
export function limitedNames(used: () => Amounts, { resource }: QuotaEvaluator, limited: readonly LimitedResource[]): Set<string> {
  const parts = limited
    .filter((entry) => entry.resource === resource.resource && (entry.apiGroup ?? '') === resource.group)
    .flatMap(({ matchContains = [] }) => matchContains);
  const names = new Set<string>();
  if (parts.length === 0) return names;
  for (const [name, amount] of used()) if (amount.nano > 0n && parts.some((part) => name.includes(part))) names.add(name);
  return names;
}

/** The scopes an object is in that a quota has to cover. */
export const limitedScopes = (object: KubernetesObject, evaluator: QuotaEvaluator, limited: readonly LimitedResource[]): ScopeRequirement[] =>
  limited.flatMap(({ matchScopes = [] }) => matchScopes.filter((scope) => evaluator.isInScope?.(object, scope)));

/** As Go prints them. */
export const scopesText = (scopes: readonly ScopeRequirement[]): string =>
  `[${scopes.map(({ scopeName, operator, values = [] }) => `{${scopeName} ${operator} [${values.join(' ')}]}`).join(' ')}]`;
