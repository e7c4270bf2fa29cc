import { leases } from '../../../api/generated/resource-types.ts';
import { fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import { validateNotNegative } from '../../../extension-points/resources/object-meta.ts';
import { ageColumn, nameColumn } from '../../../extension-points/resources/printer.ts';

/** coordination.k8s.io/v1 `leases`. */
export function leaseDefinition(): ResourceDefinition {
  return defineBuiltIn(leases, {
    createsOnUpdate: true,
    columns: [nameColumn, { name: 'Holder', description: 'Who holds the lease.', cell: (lease) => lease.spec?.holderIdentity ?? '' }, ageColumn],
    generationFields: [],
    validate({ spec }) {
      const seconds = spec?.leaseDurationSeconds;
      return [
        ...(seconds !== undefined && seconds <= 0 ? [fieldError.invalid('spec.leaseDurationSeconds', seconds, 'must be greater than 0')] : []),
        ...validateNotNegative(spec?.leaseTransitions, 'spec.leaseTransitions'),
        ...(spec?.preferredHolder && !spec.strategy ? [fieldError.forbidden('spec.preferredHolder', 'may only be specified when `strategy` is defined')] : []),
      ];
    },
  });
}
