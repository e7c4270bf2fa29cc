import type { ResourceQuotaSpec, ScopedResourceSelectorRequirement } from '../../../api/generated/core-v1.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { Loose } from '../../../extension-points/resources/draft.ts';
import { isHugePages } from './resource-requirements-validation.ts';

type Spec = Loose<ResourceQuotaSpec>;
/** Both are any text until they have been judged. */
type Requirement = Omit<Loose<ScopedResourceSelectorRequirement>, 'scopeName' | 'operator'> & {
  readonly scopeName?: string | undefined;
  readonly operator?: string | undefined;
};

const pods = new Set(['pods']);
const podsAndCompute = new Set([...pods, ...['cpu', 'memory'].flatMap((name) => [name, `requests.${name}`, `limits.${name}`])]);
const claims = new Set(['persistentvolumeclaims', 'requests.storage']);
/** The standard names that a quota with the scope may have. */
const namesInScope: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['Terminating', podsAndCompute],
  ['NotTerminating', podsAndCompute],
  ['BestEffort', pods],
  ['NotBestEffort', podsAndCompute],
  ['PriorityClass', podsAndCompute],
  ['CrossNamespacePodAffinity', podsAndCompute],
  ['VolumeAttributesClass', claims],
]);
const existenceScopes = new Set(['Terminating', 'NotTerminating', 'BestEffort', 'NotBestEffort', 'CrossNamespacePodAffinity']);
const conflicting = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const;

const standardNames = new Set([
  ...podsAndCompute,
  ...claims,
  'ephemeral-storage',
  'requests.ephemeral-storage',
  'limits.ephemeral-storage',
  'resourcequotas',
  'services',
  'services.nodeports',
  'services.loadbalancers',
  'replicationcontrollers',
  'secrets',
  'configmaps',
]);

/** Whether quotas know a name that has no domain. */
export const isStandardQuotaName = (name: string): boolean => standardNames.has(name) || isHugePages(name) || name.startsWith('requests.hugepages-');

/** `scopes` and `scopeSelector` of a quota. The paths and values shown are upstream's, which has no index in them. */
export function validateScopes(spec: Spec): FieldError[] {
  const given: readonly string[] = spec.scopes ?? [];
  const refuse = (detail: string): FieldError => fieldError.invalid('spec.scopes', given, detail);
  const errors = given.flatMap((scope) => [
    ...(namesInScope.has(scope) ? [] : [refuse('unsupported scope')]),
    ...namesBeyond(scope, spec).map(() => refuse('unsupported scope applied to resource')),
  ]);
  return [...errors, ...conflictsAmong(given).map(() => refuse('conflicting scopes')), ...validateSelector(spec)];
}

/** The names of a quota that nothing in a scope counts against. */
const namesBeyond = (scope: string, { hard = {} }: Spec): string[] =>
  namesInScope.has(scope) ? Object.keys(hard).filter((name) => isStandardQuotaName(name) && !namesInScope.get(scope)!.has(name)) : [];

const conflictsAmong = (scopes: readonly string[]): readonly unknown[] => conflicting.filter((pair) => pair.every((scope) => scopes.includes(scope)));

function validateSelector(spec: Spec): FieldError[] {
  const requirements: readonly Requirement[] = spec.scopeSelector?.matchExpressions ?? [];
  const path = 'spec.scopeSelector.matchExpressions';
  // Upstream shows this value as its internal types are, and that of a conflict is the list of scopes, whatever it holds.
  const shown = {
    MatchExpressions: requirements.map(({ scopeName, operator, values }) => ({ ScopeName: scopeName, Operator: operator, Values: values ?? null })),
  };
  const errors = requirements.flatMap((requirement) => [
    ...(namesInScope.has(requirement.scopeName ?? '') ? [] : [fieldError.invalid(`${path}.scopeName`, requirement.scopeName ?? '', 'unsupported scope')]),
    ...namesBeyond(requirement.scopeName ?? '', spec).map(() => fieldError.invalid(path, shown, 'unsupported scope applied to resource')),
    ...validateOperator(requirement, path),
  ]);
  const conflicts = conflictsAmong(requirements.map(({ scopeName = '' }) => scopeName));
  return [...errors, ...conflicts.map(() => fieldError.invalid(path, spec.scopes ?? null, 'conflicting scopes'))];
}

function validateOperator({ scopeName = '', operator = '', values = [] }: Requirement, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (existenceScopes.has(scopeName) && operator !== 'Exists') {
    const detail =
      "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
    errors.push(fieldError.invalid(`${path}.operator`, operator, detail));
  }
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0)
      errors.push(fieldError.required(`${path}.values`, "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"));
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0)
      errors.push(fieldError.invalid(`${path}.values`, values, "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"));
  } else errors.push(fieldError.invalid(`${path}.operator`, operator, 'not a valid selector operator'));
  return errors;
}
