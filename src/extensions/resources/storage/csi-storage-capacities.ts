import { csistoragecapacities } from '../../../api/generated/resource-types.ts';
import { fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import { validateImmutable } from '../../../extension-points/resources/object-meta.ts';
import { nameColumn } from '../../../extension-points/resources/printer.ts';
import { dnsSubdomainAt } from '../core/field-checks.ts';
import { validateLabelSelector } from '../core/pod-scheduling-validation.ts';
import { amountText, isNegativeAmount } from '../core/resource-amounts.ts';

/** storage.k8s.io/v1 `csistoragecapacities`. */
export function csiStorageCapacityDefinition(): ResourceDefinition {
  return defineBuiltIn(csistoragecapacities, {
    columns: [
      nameColumn,
      { name: 'StorageClassName', description: 'The class the capacity is for.', cell: ({ storageClassName }) => storageClassName ?? '' },
      { name: 'Capacity', description: 'What can still be made there.', cell: ({ capacity }) => (capacity === undefined ? '' : amountText(capacity)) },
    ],
    generationFields: [],
    validate: ({ storageClassName = '', nodeTopology, capacity, maximumVolumeSize }) => [
      ...dnsSubdomainAt(storageClassName, 'storageClassName'),
      ...validateLabelSelector(nodeTopology, 'nodeTopology'),
      ...[['capacity', capacity] as const, ['maximumVolumeSize', maximumVolumeSize] as const].flatMap(([path, amount]) =>
        amount !== undefined && isNegativeAmount(amount) ? [fieldError.invalid(path, amountText(amount), 'must be greater than or equal to 0')] : [],
      ),
    ],
    validateUpdate: (object, old) => [
      ...validateImmutable(object.nodeTopology, old.nodeTopology, 'nodeTopology'),
      ...validateImmutable(object.storageClassName, old.storageClassName, 'storageClassName'),
    ],
  });
}
