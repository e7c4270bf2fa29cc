import { storageclasses } from '../../../api/generated/resource-types.ts';
import type { StorageClass } from '../../../api/generated/storage-v1.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft } from '../../../extension-points/resources/draft.ts';
import { validateImmutable, validateLabelKey } from '../../../extension-points/resources/object-meta.ts';
import { ageColumn, nameColumn } from '../../../extension-points/resources/printer.ts';
import { sameValue } from '../../../extension-points/resources/same-value.ts';
import { duplicates, eachAt, oneOfAt, optionalOneOfAt, qualifiedNameAt, requiredAt } from '../core/field-checks.ts';
import { isDefaultClass } from './default-class.ts';

const parameterBytesLimit = 262_144;

/** storage.k8s.io/v1 `storageclasses`. */
export function storageClassDefinition(): ResourceDefinition {
  return defineBuiltIn(storageclasses, {
    columns: [
      { ...nameColumn, cell: (storageClass) => `${storageClass.metadata.name ?? ''}${isDefaultClass(storageClass.metadata) ? ' (default)' : ''}` },
      { name: 'Provisioner', description: 'Who makes the volumes.', cell: ({ provisioner }) => provisioner ?? '' },
      { name: 'ReclaimPolicy', description: 'What happens to volumes whose claim goes.', cell: ({ reclaimPolicy }) => reclaimPolicy ?? 'Delete' },
      { name: 'VolumeBindingMode', description: 'When volumes are made.', cell: ({ volumeBindingMode }) => volumeBindingMode ?? 'Immediate' },
      { name: 'AllowVolumeExpansion', description: 'Whether volumes may grow.', cell: ({ allowVolumeExpansion }) => allowVolumeExpansion ?? false },
      ageColumn,
    ],
    generationFields: [],
    applyDefaults(draft) {
      draft.reclaimPolicy ??= 'Delete';
      draft.volumeBindingMode ??= 'Immediate';
    },
    validate,
    validateUpdate: (storageClass, old) => [
      ...(sameValue(storageClass.parameters, old.parameters) ? [] : [fieldError.forbidden('parameters', 'updates to parameters are forbidden.')]),
      ...((storageClass.provisioner ?? '') === (old.provisioner ?? '') ? [] : [fieldError.forbidden('provisioner', 'updates to provisioner are forbidden.')]),
      ...(storageClass.reclaimPolicy === old.reclaimPolicy ? [] : [fieldError.forbidden('reclaimPolicy', 'updates to reclaimPolicy are forbidden.')]),
      ...validateImmutable(storageClass.volumeBindingMode, old.volumeBindingMode, 'volumeBindingMode'),
    ],
  });
}

function validate(storageClass: Draft<StorageClass>): FieldError[] {
  const { provisioner = '', parameters = {} } = storageClass;
  const errors = provisioner === '' ? [fieldError.required('provisioner', provisioner)] : qualifiedNameAt(provisioner.toLowerCase(), 'provisioner');
  if (Object.keys(parameters).length > 512) errors.push(fieldError.tooLong('parameters', 512));
  if (Object.keys(parameters).some((key) => key === '')) errors.push(fieldError.invalid('parameters', '', 'field can not be empty.'));
  const bytes = Object.entries(parameters).reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  if (bytes > parameterBytesLimit) errors.push(fieldError.tooLong('parameters', parameterBytesLimit));
  errors.push(
    ...optionalOneOfAt(storageClass.reclaimPolicy, ['Delete', 'Retain'], 'reclaimPolicy'),
    ...oneOfAt(storageClass.volumeBindingMode, ['Immediate', 'WaitForFirstConsumer'], 'volumeBindingMode'),
  );
  return [
    ...errors,
    ...eachAt(storageClass.allowedTopologies, 'allowedTopologies', (term, path) => {
      const keys = duplicates();
      return eachAt(term.matchLabelExpressions, `${path}.matchLabelExpressions`, ({ key = '', values = [] }, at) => {
        const duplicate = duplicates();
        return [
          ...requiredAt(values, `${at}.values`),
          ...eachAt(values, `${at}.values`, (value, valuePath) => duplicate(value, valuePath)),
          ...validateLabelKey(key, `${at}.key`),
          ...keys(key, `${at}.key`),
        ];
      });
    }),
  ];
}
