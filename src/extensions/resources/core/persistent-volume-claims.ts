import type { PersistentVolumeClaim } from '../../../api/generated/core-v1.ts';
import { persistentvolumeclaims } from '../../../api/generated/resource-types.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft } from '../../../extension-points/resources/draft.ts';
import { ageColumn, type Column, nameColumn } from '../../../extension-points/resources/printer.ts';
import { sameValue } from '../../../extension-points/resources/same-value.ts';
import { accessModesText } from './access-modes.ts';
import { jsonDifference } from './json-difference.ts';
import { validateClaimSpec } from './persistent-volume-claim-validation.ts';
import { amountText, compareAmounts } from './resource-amounts.ts';

type Claim = Draft<PersistentVolumeClaim>;

const columns: readonly Column<PersistentVolumeClaim>[] = [
  nameColumn,
  {
    name: 'Status',
    description: 'Whether it has a volume.',
    cell: ({ metadata, status }) => (metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? '')),
  },
  { name: 'Volume', description: 'The volume it has.', cell: ({ spec }) => spec?.volumeName ?? '' },
  {
    name: 'Capacity',
    description: 'How much the volume holds.',
    cell: ({ spec, status }) => (spec?.volumeName ? amountText(status?.capacity?.['storage']) : ''),
  },
  {
    name: 'Access Modes',
    description: 'How the volume can be mounted.',
    cell: ({ spec, status }) => (spec?.volumeName ? accessModesText(status?.accessModes) : ''),
  },
  {
    name: 'StorageClass',
    description: 'The class the volume must belong to.',
    cell: ({ metadata, spec }) => metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec?.storageClassName ?? '',
  },
  { name: 'VolumeAttributesClass', description: 'The class of its attributes.', cell: ({ spec }) => spec?.volumeAttributesClassName ?? '<unset>' },
  ageColumn,
  { name: 'VolumeMode', priority: 1, description: 'File system or block device.', cell: ({ spec }) => spec?.volumeMode ?? '<unset>' },
];

/** core/v1 `persistentvolumeclaims`. */
export function persistentVolumeClaimDefinition(): ResourceDefinition {
  return defineBuiltIn(persistentvolumeclaims, {
    columns,
    generationFields: [],
    applyDefaults(draft) {
      const spec = (draft.spec ??= {});
      spec.volumeMode ??= 'Filesystem';
      alignDataSources(draft);
      (draft.status ??= {}).phase ||= 'Pending';
    },
    prepareForCreate(draft) {
      draft.status = { phase: 'Pending' };
    },
    validate: ({ spec }) => validateClaimSpec(spec ?? {}, 'spec'),
    validateUpdate,
    selectableFields: { name: ({ metadata }) => metadata.name },
  });
}

/** `dataSource` is the old form of `dataSourceRef`; where both can say it, both do. */
function alignDataSources({ spec }: Claim): void {
  if (!spec) return;
  const { dataSource, dataSourceRef } = spec;
  if (dataSource && !dataSourceRef) spec.dataSourceRef = { ...dataSource };
  else if (!dataSource && dataSourceRef && !dataSourceRef.namespace) {
    const { namespace: _none, ...local } = dataSourceRef;
    const isOldForm = local.kind === 'PersistentVolumeClaim' || (local.kind === 'VolumeSnapshot' && local.apiGroup === 'snapshot.storage.k8s.io');
    if (isOldForm) spec.dataSource = local;
  }
}

/** A bound claim may ask for more, or for another attributes class; an unbound one may be given its volume. */
function validateUpdate({ spec = {}, status }: Claim, { spec: old = {}, status: oldStatus }: Claim): FieldError[] {
  const errors: FieldError[] = [];
  const rest = { ...spec };
  if (!old.volumeName) rest.volumeName = old.volumeName;
  if (!old.storageClassName && old.storageClassName === undefined) rest.storageClassName = old.storageClassName;
  rest.volumeAttributesClassName = old.volumeAttributesClassName;
  const isBound = oldStatus?.phase === 'Bound';
  if (isBound) {
    const requested = spec.resources?.requests?.['storage'];
    const before = old.resources?.requests?.['storage'];
    if (compareAmounts(requested, before) < 0 && compareAmounts(requested, status?.capacity?.['storage']) <= 0) {
      errors.push(fieldError.forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'));
    }
    rest.resources = { ...spec.resources, requests: old.resources?.requests };
  }
  if (!sameValue(rest, old)) {
    errors.push(
      fieldError.forbidden(
        'spec',
        `spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n${jsonDifference(old, rest)}`,
      ),
    );
  }
  return errors;
}
