import type { ResourceQuota, ScopedResourceSelectorRequirement } from '../../../api/generated/core-v1.ts';
import { resourcequotas } from '../../../api/generated/resource-types.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft, Loose } from '../../../extension-points/resources/draft.ts';
import { ageColumn, nameColumn } from '../../../extension-points/resources/printer.ts';
import { sameValue } from '../../../extension-points/resources/same-value.ts';
import { eachAt } from './field-checks.ts';
import { amountText } from './resource-amounts.ts';
import { isHugePages, validateAmount, validateResourceName } from './resource-requirements-validation.ts';

const scopes = ['BestEffort', 'CrossNamespacePodAffinity', 'NotBestEffort', 'NotTerminating', 'PriorityClass', 'Terminating', 'VolumeAttributesClass'];
const existenceScopes = new Set(['Terminating', 'NotTerminating', 'BestEffort', 'NotBestEffort', 'CrossNamespacePodAffinity']);
const quotaNames = new Set([
  'cpu',
  'memory',
  'ephemeral-storage',
  'requests.cpu',
  'requests.memory',
  'requests.storage',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'persistentvolumeclaims',
  'configmaps',
  'services.nodeports',
  'services.loadbalancers',
  'count/pods',
]);

/** core/v1 `resourcequotas`. */
export function resourceQuotaDefinition(): ResourceDefinition {
  return defineBuiltIn(resourcequotas, {
    columns: [
      nameColumn,
      { name: 'Request', description: 'Used and allowed amounts of what is requested.', cell: (quota) => usageText(quota, false) },
      { name: 'Limit', description: 'Used and allowed amounts of what is limited.', cell: (quota) => usageText(quota, true) },
      ageColumn,
    ],
    generationFields: [],
    prepareForCreate(draft) {
      draft.status = {};
    },
    validate,
    validateUpdate: (quota, old) => {
      const sorted = ({ spec }: Draft<ResourceQuota>): string[] => [...(spec?.scopes ?? [])].sort();
      return sameValue(sorted(quota), sorted(old)) ? [] : [fieldError.invalid('spec.scopes', quota.spec?.scopes ?? [], 'field is immutable')];
    },
    status: {
      validateUpdate: ({ status }) => (['hard', 'used'] as const).flatMap((list) => validateHard(status?.[list], `status.${list}`)),
    },
  });
}

/** `cpu: 1/2, memory: 1Gi/4Gi`, in the order of the names. */
function usageText({ status }: Draft<ResourceQuota>, ofLimits: boolean): string {
  const names = Object.keys(status?.hard ?? {})
    .filter((name) => name.startsWith('limits.') === ofLimits)
    .sort();
  return names.map((name) => `${name}: ${amountText(status?.used?.[name])}/${amountText(status?.hard?.[name])}`).join(', ');
}

function validate({ spec = {} }: Draft<ResourceQuota>): FieldError[] {
  return [
    ...validateHard(spec.hard, 'spec.hard'),
    ...validateScopes(spec, 'spec.scopes'),
    ...eachAt(spec.scopeSelector?.matchExpressions, 'spec.scopeSelector.matchExpressions', (requirement) =>
      validateRequirement(requirement, 'spec.scopeSelector.matchExpressions'),
    ),
  ];
}

function validateHard(hard: Readonly<Record<string, string | number>> | undefined, path: string): FieldError[] {
  return Object.entries(hard ?? {}).flatMap(([name, amount]) => {
    const at = `${path}[${name}]`;
    const errors = validateResourceName(name, at);
    if (!name.includes('/') && !quotaNames.has(name) && !isHugePages(name) && !name.startsWith('requests.hugepages-'))
      errors.push(fieldError.invalid(at, name, 'must be a standard resource for quota'));
    return [...errors, ...validateAmount(name, amount, at)];
  });
}

function validateScopes(spec: NonNullable<Draft<ResourceQuota>['spec']>, path: string): FieldError[] {
  const given = spec.scopes ?? [];
  const errors = given.filter((scope) => !scopes.includes(scope)).map(() => fieldError.invalid(path, given, 'unsupported scope'));
  const computes = (name: string): boolean => name === 'pods' || name === 'count/pods' || /^(?:requests\.|limits\.)?(?:cpu|memory)$/.test(name);
  const uncovered = given.includes('BestEffort')
    ? Object.keys(spec.hard ?? {}).some((name) => name !== 'pods' && name !== 'count/pods')
    : given.some((scope) => existenceScopes.has(scope)) && Object.keys(spec.hard ?? {}).some((name) => !computes(name));
  if (uncovered) errors.push(fieldError.invalid(path, given, 'unsupported scope applied to resource'));
  const conflicting = [
    ['BestEffort', 'NotBestEffort'],
    ['Terminating', 'NotTerminating'],
  ].some((pair) => pair.every((scope) => given.some((candidate) => candidate === scope)));
  return conflicting ? [...errors, fieldError.invalid(path, given, 'conflicting scopes')] : errors;
}

function validateRequirement(
  {
    scopeName = '',
    operator = '',
    values = [],
  }: Omit<Loose<ScopedResourceSelectorRequirement>, 'scopeName' | 'operator'> & { scopeName?: string | undefined; operator?: string | undefined },
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  if (!scopes.includes(scopeName)) errors.push(fieldError.invalid(`${path}.scopeName`, scopeName, 'unsupported scope'));
  if (existenceScopes.has(scopeName) && operator !== 'Exists')
    errors.push(
      fieldError.invalid(
        `${path}.operator`,
        operator,
        "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity",
      ),
    );
  if ((operator === 'In' || operator === 'NotIn') && values.length === 0)
    errors.push(fieldError.required(`${path}.values`, "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"));
  if ((operator === 'Exists' || operator === 'DoesNotExist') && values.length > 0)
    errors.push(fieldError.invalid(`${path}.values`, values, "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"));
  if (!['In', 'NotIn', 'Exists', 'DoesNotExist'].includes(operator))
    errors.push(fieldError.invalid(`${path}.operator`, operator, 'not a valid selector operator'));
  return errors;
}
