import type { PersistentVolume } from '../../../api/generated/core-v1.ts';
import { persistentvolumes } from '../../../api/generated/resource-types.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft } from '../../../extension-points/resources/draft.ts';
import { ageColumn, type Column, nameColumn } from '../../../extension-points/resources/printer.ts';
import { sameValue } from '../../../extension-points/resources/same-value.ts';
import { timeText } from '../../../kernel/clock.ts';
import { accessModesText } from './access-modes.ts';
import { dnsSubdomainAt, optionalOneOfAt, requiredAt } from './field-checks.ts';
import { jsonDifference } from './json-difference.ts';
import { validateAccessModes } from './persistent-volume-claim-validation.ts';
import { validateNodeSelector } from './pod-scheduling-validation.ts';
import { amountOf, amountText } from './resource-amounts.ts';
import { validateAmount } from './resource-requirements-validation.ts';
import { validateDriverName } from './volume-validation.ts';

type Spec = NonNullable<Draft<PersistentVolume>['spec']>;
const ownFields = new Set([
  'capacity',
  'accessModes',
  'claimRef',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'mountOptions',
  'volumeMode',
  'nodeAffinity',
  'volumeAttributesClassName',
]);

const columns: readonly Column<PersistentVolume>[] = [
  nameColumn,
  { name: 'Capacity', description: 'How much it holds.', cell: ({ spec }) => amountText(spec?.capacity?.['storage']) },
  { name: 'Access Modes', description: 'How it can be mounted.', cell: ({ spec }) => accessModesText(spec?.accessModes) },
  { name: 'Reclaim Policy', description: 'What happens to it when its claim goes.', cell: ({ spec }) => spec?.persistentVolumeReclaimPolicy ?? '' },
  {
    name: 'Status',
    description: 'Whether a claim has it.',
    cell: ({ metadata, status }) => (metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? '')),
  },
  {
    name: 'Claim',
    description: 'The claim that has it.',
    cell: ({ spec }) => (spec?.claimRef ? `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}` : ''),
  },
  {
    name: 'StorageClass',
    description: 'The class it belongs to.',
    cell: ({ metadata, spec }) => metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec?.storageClassName ?? '',
  },
  { name: 'VolumeAttributesClass', description: 'The class of its attributes.', cell: ({ spec }) => spec?.volumeAttributesClassName ?? '<unset>' },
  { name: 'Reason', description: 'Why it is in this state.', cell: ({ status }) => status?.reason ?? '' },
  ageColumn,
  { name: 'VolumeMode', priority: 1, description: 'File system or block device.', cell: ({ spec }) => spec?.volumeMode ?? '<unset>' },
];

/** core/v1 `persistentvolumes`. */
export function persistentVolumeDefinition(): ResourceDefinition {
  return defineBuiltIn(persistentvolumes, {
    columns,
    generationFields: [],
    applyDefaults(draft) {
      const spec = (draft.spec ??= {});
      spec.persistentVolumeReclaimPolicy ||= 'Retain';
      spec.volumeMode ??= 'Filesystem';
      if (spec.hostPath) spec.hostPath.type ??= '';
      (draft.status ??= {}).phase ||= 'Pending';
    },
    prepareForCreate(draft, context) {
      draft.status = { phase: 'Pending', lastPhaseTransitionTime: timeText(context.nowMs) };
    },
    validate,
    validateUpdate,
    selectableFields: { name: ({ metadata }) => metadata.name },
    status: {
      prepareForUpdate(draft, old, context) {
        const phaseChanged = draft.status?.phase !== old.status?.phase;
        const isStale = draft.status?.lastPhaseTransitionTime === old.status?.lastPhaseTransitionTime;
        if (phaseChanged && isStale) draft.status = { ...draft.status, lastPhaseTransitionTime: timeText(context.nowMs) };
      },
    },
  });
}

const sourcesOf = (spec: Spec): Record<string, unknown> =>
  Object.fromEntries(Object.entries(spec).filter(([field, value]) => !ownFields.has(field) && value !== undefined));

function validate({ spec = {} }: Draft<PersistentVolume>): FieldError[] {
  const errors = [...validateAccessModes(spec.accessModes, 'spec'), ...validateCapacity(spec)];
  const sources = Object.keys(sourcesOf(spec));
  if (sources.length === 0) errors.push(fieldError.required('spec', 'must specify a volume type'));
  errors.push(...sources.slice(1).map((field) => fieldError.forbidden(`spec.${field}`, 'may not specify more than 1 volume type')));
  errors.push(
    ...validateSource(spec),
    ...optionalOneOfAt(spec.persistentVolumeReclaimPolicy, ['Delete', 'Recycle', 'Retain'], 'spec.persistentVolumeReclaimPolicy'),
  );
  if (spec.hostPath?.path === '/' && spec.persistentVolumeReclaimPolicy === 'Recycle')
    errors.push(fieldError.forbidden('spec.persistentVolumeReclaimPolicy', "may not be 'recycle' for a hostPath mount of '/'"));
  if (spec.storageClassName) errors.push(...dnsSubdomainAt(spec.storageClassName, 'spec.storageClassName'));
  errors.push(...optionalOneOfAt(spec.volumeMode, ['Block', 'Filesystem'], 'spec.volumeMode'));
  if (spec.nodeAffinity) {
    errors.push(
      ...(spec.nodeAffinity.required
        ? validateNodeSelector(spec.nodeAffinity.required, 'spec.nodeAffinity.required')
        : [fieldError.required('spec.nodeAffinity.required', 'must specify required node constraints')]),
    );
  } else if (spec.local) errors.push(fieldError.required('spec.nodeAffinity', 'Local volume requires node affinity'));
  return errors;
}

function validateCapacity({ capacity = {} }: Spec): FieldError[] {
  const names = Object.keys(capacity);
  if (names.length === 0) return [fieldError.required('spec.capacity')];
  if (capacity['storage'] === undefined || names.length > 1) return [fieldError.notSupported('spec.capacity', capacity, ['storage'])];
  const errors = validateAmount('storage', capacity['storage'], 'spec.capacity[storage]');
  if (errors.length === 0 && amountOf(capacity['storage']).nano === 0n)
    errors.push(fieldError.invalid('spec.capacity[storage]', amountText(capacity['storage']), 'must be greater than zero'));
  return errors;
}

function validateSource(spec: Spec): FieldError[] {
  return [
    ...(spec.hostPath ? requiredAt(spec.hostPath.path, 'spec.hostPath.path') : []),
    ...(spec.nfs ? [...requiredAt(spec.nfs.server, 'spec.nfs.server'), ...requiredAt(spec.nfs.path, 'spec.nfs.path')] : []),
    ...(spec.local ? requiredAt(spec.local.path, 'spec.local.path') : []),
    ...(spec.csi ? [...validateDriverName(spec.csi.driver ?? '', 'spec.csi.driver'), ...requiredAt(spec.csi.volumeHandle, 'spec.csi.volumeHandle')] : []),
  ];
}

function validateUpdate({ spec = {} }: Draft<PersistentVolume>, { spec: old = {} }: Draft<PersistentVolume>): FieldError[] {
  const errors: FieldError[] = [];
  const [sources, oldSources] = [sourcesOf(spec), sourcesOf(old)];
  // A driver's secret for growing the volume may come later.
  const withoutExpansion = (source: Record<string, unknown>): unknown => ({
    ...source,
    csi: source['csi'] && { ...(source['csi'] as object), controllerExpandSecretRef: undefined },
  });
  if (!sameValue(withoutExpansion(sources), withoutExpansion(oldSources))) {
    errors.push(
      fieldError.forbidden('spec.persistentvolumesource', `spec.persistentvolumesource is immutable after creation\n${jsonDifference(oldSources, sources)}`),
    );
  }
  if (spec.volumeMode !== old.volumeMode) errors.push(fieldError.invalid('spec.volumeMode', spec.volumeMode, 'field is immutable'));
  if (old.nodeAffinity && !sameValue(old.nodeAffinity, spec.nodeAffinity))
    errors.push(fieldError.invalid('spec.nodeAffinity', spec.nodeAffinity ?? null, 'field is immutable, except for updating from beta label to GA'));
  return errors;
}
