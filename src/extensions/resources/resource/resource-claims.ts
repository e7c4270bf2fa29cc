import { resourceclaims, resourceclaimtemplates } from '../../../api/generated/resource-types.ts';
import type { ResourceClaim } from '../../../api/generated/resource-v1.ts';
import { type FieldError, fieldError, invalid } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft } from '../../../extension-points/resources/draft.ts';
import { validateAnnotations, validateImmutable, validateLabels } from '../../../extension-points/resources/object-meta.ts';
import { ageColumn, nameColumn } from '../../../extension-points/resources/printer.ts';
import { adminAllocationErrors, refuseAdminAccess } from './admin-access.ts';
import { claimStatusAuthorizationErrors } from './claim-status-authorization.ts';
import { dropStaleDeviceStatus, validateClaimStatus } from './claim-status-validation.ts';
import { applyDeviceClaimDefaults, validateDeviceClaim } from './device-claim-validation.ts';

/** resource.k8s.io/v1 `resourceclaims`. */
export function resourceClaimDefinition(): ResourceDefinition {
  return defineBuiltIn(resourceclaims, {
    columns: [nameColumn, { name: 'State', description: 'Whether the claim is pending, allocated, reserved or deleted.', cell: stateText }, ageColumn],
    generationFields: [],
    applyDefaults: (draft) => applyDeviceClaimDefaults(draft.spec?.devices),
    prepareForCreate(draft) {
      draft.status = {};
    },
    // What is stored was checked when it was made and cannot change.
    validate: ({ spec }, { operation }) => (operation === 'CREATE' ? validateDeviceClaim(spec?.devices ?? {}, 'spec.devices') : []),
    validateUpdate: (claim, old) => validateImmutable(claim.spec, old.spec, 'spec'),
    status: { prepareForUpdate: dropStaleDeviceStatus, validateUpdate: validateClaimStatus },
    async beforeCommit(draft, old, context, services) {
      if (!old) refuseAdminAccess({ claim: draft.spec?.devices, kind: 'ResourceClaim' }, context, services);
      if (!old || context.subresource !== 'status') return;
      const errors = [
        ...adminAllocationErrors(draft.status?.allocation, old.status?.allocation, context, services),
        ...(await claimStatusAuthorizationErrors(draft, old, context, services)),
      ];
      if (errors.length > 0) throw invalid({ group: 'resource.k8s.io', kind: 'ResourceClaim' }, context.key.name, errors);
    },
  });
}

/** resource.k8s.io/v1 `resourceclaimtemplates`. */
export function resourceClaimTemplateDefinition(): ResourceDefinition {
  return defineBuiltIn(resourceclaimtemplates, {
    columns: [nameColumn, ageColumn],
    generationFields: [],
    applyDefaults: (draft) => applyDeviceClaimDefaults(draft.spec?.spec?.devices),
    // What is stored was checked when it was made and cannot change.
    validate({ spec }, { operation }) {
      if (operation !== 'CREATE') return [];
      return [
        ...validateAnnotations(spec?.metadata?.annotations, 'spec.metadata.annotations'),
        ...validateLabels(spec?.metadata?.labels, 'spec.metadata.labels'),
        ...forbiddenMetadata(spec?.metadata ?? {}, 'spec.metadata'),
        ...validateDeviceClaim(spec?.spec?.devices ?? {}, 'spec.spec.devices'),
      ];
    },
    validateUpdate: (template, old) => validateImmutable(template.spec, old.spec, 'spec'),
    beforeCommit(draft, old, context, services) {
      if (!old) refuseAdminAccess({ claim: draft.spec?.spec?.devices, kind: 'ResourceClaimTemplate' }, context, services);
    },
  });
}

/** The claims of a template have labels and annotations from it, and nothing else. */
const forbiddenMetadata = (metadata: Readonly<Record<string, unknown>>, path: string): FieldError[] =>
  Object.entries(metadata).flatMap(([field, value]) => {
    const isUnset = value === undefined || value === null || value === '' || value === 0 || (Array.isArray(value) && value.length === 0);
    if (field === 'labels' || field === 'annotations' || isUnset) return [];
    return [fieldError.forbidden(`${path}.${field === 'uid' ? 'uID' : field}`, 'cannot be set')];
  });

function stateText({ metadata, status }: Draft<ResourceClaim>): string {
  const states = metadata.deletionTimestamp ? ['deleted'] : [];
  if (status?.allocation) states.push('allocated', ...((status.reservedFor?.length ?? 0) > 0 ? ['reserved'] : []));
  else if (!metadata.deletionTimestamp) states.push('pending');
  return states.join(',');
}
