import type { ResourceList, ResourceQuota } from '../../../api/generated/core-v1.ts';
import { resourcequotas } from '../../../api/generated/resource-types.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft } from '../../../extension-points/resources/draft.ts';
import { ageColumn, nameColumn } from '../../../extension-points/resources/printer.ts';
import { amountText, compareAmounts, settleAmounts } from './resource-amounts.ts';
import { isStandardQuotaName, validateScopes } from './resource-quota-scopes.ts';
import { validateAmount, validateResourceName } from './resource-requirements-validation.ts';

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
    applyDefaults({ spec, status }) {
      for (const list of [spec?.hard, status?.hard, status?.used]) settleAmounts(list);
    },
    prepareForCreate(draft) {
      draft.status = {};
    },
    validate: ({ spec = {} }) => [...validateHard(spec.hard, 'spec.hard'), ...validateScopes(spec)],
    validateUpdate: (quota, old) => {
      const scopes = ({ spec }: Draft<ResourceQuota>): Set<string> => new Set(spec?.scopes);
      const isSame = scopes(quota).symmetricDifference(scopes(old)).size === 0;
      return isSame ? [] : [fieldError.invalid('spec.scopes', quota.spec?.scopes ?? null, 'field is immutable')];
    },
    warnings: ({ spec }, old) => (old ? [] : warningsOf(spec?.hard ?? {})),
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

const validateHard = (hard: ResourceList | undefined, path: string): FieldError[] =>
  Object.entries(hard ?? {}).flatMap(([name, amount]) => {
    const at = `${path}[${name}]`;
    const errors = validateResourceName(name, at);
    if (!name.includes('/') && !isStandardQuotaName(name)) errors.push(fieldError.invalid(at, name, 'must be a standard resource for quota'));
    return [...errors, ...validateAmount(name, amount, at)];
  });

/** Who may request more than be limited to has most likely mixed them up. */
function warningsOf(hard: ResourceList): string[] {
  return ['cpu', 'memory', 'storage', 'ephemeral-storage'].flatMap((resource) => {
    const isOlder = resource === 'cpu' || resource === 'memory';
    const request = hard[`requests.${resource}`] === undefined && isOlder ? resource : `requests.${resource}`;
    const limit = `limits.${resource}`;
    if (hard[request] === undefined || hard[limit] === undefined || compareAmounts(hard[request], hard[limit]) <= 0) return [];
    return [`ResourceQuota ${request} (${amountText(hard[request])}) should be less than ${limit} (${amountText(hard[limit])})`];
  });
}
